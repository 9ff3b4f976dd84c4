//! What became of a call whose request was not answered.

use crate::common::{find, nobody, now, pair, perform, place, soon};
use chrono::Duration;
use frontdesk_core::{
    event::EndCause,
    personal::Phone,
    ports::{CallCommand, Happened, Performed, Trouble},
};
use frontdesk_testkit::{carriers::Fault, phone};

#[tokio::test]
async fn a_call_without_an_answer_is_found_by_what_is_on_its_record() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    let (ours, other) = (place("ours", "+15005550107"), place("another", "+15005550107"));
    perform(&adapter, CallCommand::Place(other)).await.unwrap();
    vendor.ledger().disturb([Fault::LosesAnswer]);
    let lost = perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap_err();
    assert_eq!(lost.happened, Happened::Maybe);
    soon(vendor.ledger().settled()).await;
    clock.pass(Duration::minutes(30));
    let found = perform(&adapter, find(&ours)).await.unwrap();
    let sid = vendor.ledger().placed()[1].id.clone();
    assert_eq!(found, Performed::Found { provider_call_id: sid, ended: Some((EndCause::Busy, None)) });
}

#[tokio::test]
async fn a_call_to_the_same_person_proves_nothing_before_its_record_is_complete() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    perform(&adapter, CallCommand::Place(place("another", "+15005550107"))).await.unwrap();
    soon(vendor.ledger().settled()).await;
    let never = place("never placed", "+15005550107");
    clock.pass(Duration::minutes(10));
    assert_eq!(perform(&adapter, find(&never)).await.unwrap_err().trouble, Trouble::Unavailable);
    clock.pass(Duration::minutes(20));
    assert_eq!(perform(&adapter, find(&never)).await.unwrap(), Performed::Missing);
}

#[tokio::test]
async fn a_call_that_may_yet_appear_is_not_missing() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    vendor.lists_calls(false);
    let ours = place("ours", "+15005550108");
    vendor.ledger().disturb([Fault::LosesAnswer]);
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap_err();
    soon(vendor.ledger().settled()).await;
    assert!(perform(&adapter, find(&ours)).await.is_err());
    vendor.lists_calls(true);
    clock.pass(Duration::minutes(30));
    assert!(matches!(perform(&adapter, find(&ours)).await.unwrap(), Performed::Found { .. }));
}

#[tokio::test]
async fn a_call_from_before_is_not_taken_for_ours() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    let ours = place("ours", "+15005550107");
    perform(&adapter, CallCommand::Place(place("another", "+15005550107"))).await.unwrap();
    soon(vendor.ledger().settled()).await;
    clock.pass(Duration::minutes(10));
    let CallCommand::Find { call_id, provider_call_id, from, to, .. } = find(&ours) else { panic!("not a look-up") };
    let since = clock.now() - Duration::minutes(6);
    let command = CallCommand::Find { call_id, provider_call_id, from, to, since, asked: since };
    assert_eq!(perform(&adapter, command).await.unwrap(), Performed::Missing);
}

#[tokio::test]
async fn a_call_to_somebody_forgotten_is_never_said_to_be_missing() {
    let (_vendor, adapter, clock) = pair(|_| {}).await;
    clock.pass(Duration::hours(1));
    let ours = place("ours", "+15005550107");
    let CallCommand::Find { call_id, provider_call_id, from, since, .. } = find(&ours) else { panic!("not a look-up") };
    let command = CallCommand::Find { call_id, provider_call_id, from, to: Phone::forgotten(), since, asked: since };
    assert!(perform(&adapter, command).await.is_err());
}

#[tokio::test]
async fn a_call_is_found_by_the_carriers_name_and_never_said_to_be_missing() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let ours = place("ours", "+15005550101");
    let Performed::Placed { provider_call_id } = perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap()
    else {
        panic!("not placed")
    };
    soon(vendor.ledger().settled()).await;
    let by_name = |sid: &str| CallCommand::Find {
        call_id: ours.call_id,
        provider_call_id: Some(sid.to_owned()),
        from: phone("+15005550000"),
        to: ours.to.clone(),
        since: now(),
        asked: now(),
    };
    let found = perform(&adapter, by_name(&provider_call_id)).await.unwrap();
    // Its webhooks went to where nobody listens; the call was connected and ended all the same.
    assert_eq!(found, Performed::Found { provider_call_id, ended: Some((EndCause::Completed, Some(0))) });
    let unknown = perform(&adapter, by_name("CA../../Messages")).await.unwrap_err();
    assert_eq!((unknown.happened, unknown.trouble), (Happened::No, Trouble::Broken));
}

#[tokio::test]
async fn a_carrier_that_is_away_rules_nothing_out() {
    let (_, adapter, _) = pair(|config| config.base_url = Some(nobody())).await;
    assert!(perform(&adapter, find(&place("ours", "+15005550101"))).await.is_err());
}

#[tokio::test]
async fn a_long_list_is_followed_from_page_to_page() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    let ours = place("ours", "+15005550107");
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap();
    for n in 0..220 {
        perform(&adapter, CallCommand::Place(place(&n.to_string(), "+15005550107"))).await.unwrap();
    }
    soon(vendor.ledger().settled()).await;
    clock.pass(Duration::minutes(30));
    assert!(matches!(perform(&adapter, find(&ours)).await.unwrap(), Performed::Found { .. }));
}
