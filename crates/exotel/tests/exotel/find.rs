//! What became of a call.

use crate::common::{now, pair, perform, place};
use chrono::Duration;
use frontdesk_core::{
    event::EndCause,
    ports::{CallCommand, Happened, Performed, PlaceCall, Trouble},
};
use frontdesk_testkit::carriers::{Fault, Pickup, Script};

fn find(place: &PlaceCall, sid: Option<String>) -> CallCommand {
    CallCommand::Find {
        call_id: place.call_id,
        provider_call_id: sid,
        from: place.from.clone(),
        to: place.to.clone(),
        since: now(),
        asked: now(),
    }
}

#[tokio::test]
async fn a_call_is_found_by_its_name_with_its_end() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().script("+15005550107", Script::unanswered(Pickup::Busy));
    for (number, ended) in
        [("+15005550101", Some((EndCause::Completed, Some(42)))), ("+15005550107", Some((EndCause::Busy, None)))]
    {
        let call = place(number, number);
        let placed = perform(&adapter, CallCommand::Place(call.clone())).await.unwrap();
        let Performed::Placed { provider_call_id } = placed else { panic!("{placed:?}") };
        vendor.ledger().settled().await;
        let found = perform(&adapter, find(&call, Some(provider_call_id.clone()))).await.unwrap();
        assert_eq!(found, Performed::Found { provider_call_id, ended });
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_any_more_rules_nothing_out() {
    let (_vendor, adapter, _) = pair(|_| {}).await;
    let error = perform(&adapter, find(&place("one", "+15005550101"), Some("gone".to_owned()))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken), "{error}");
}

#[tokio::test]
async fn a_call_that_shows_our_name_is_found_and_one_that_shows_another_is_not_taken_for_it() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    vendor.shows_custom_field(true);
    let (ours, other) = (place("ours", "+15005550101"), place("other", "+15005550101"));
    // Several pages of others before it.
    for name in ["a", "b", "c", "d"] {
        perform(&adapter, CallCommand::Place(place(name, "+15005550102"))).await.unwrap();
    }
    vendor.ledger().disturb([Fault::LosesAnswer]);
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap_err();
    let placed = vendor.ledger().placed();
    let found = perform(&adapter, find(&ours, None)).await.unwrap();
    assert!(matches!(found, Performed::Found { provider_call_id, .. } if provider_call_id == placed[4].id));
    clock.pass(Duration::hours(1));
    assert_eq!(perform(&adapter, find(&other, None)).await.unwrap(), Performed::Missing);
}

#[tokio::test]
async fn a_call_to_the_same_number_that_shows_no_name_leaves_it_open() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    // Shown with a nought before it, and without its country.
    let call = place("one", "+919876543210");
    perform(&adapter, CallCommand::Place(call.clone())).await.unwrap_err();
    clock.pass(Duration::hours(1));
    let error = perform(&adapter, find(&call, None)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
}

#[tokio::test]
async fn a_zone_that_is_not_the_accounts_rules_nothing_out() {
    // The account's times are Indian; taken for Singapore's they lie two and a half hours back.
    let (vendor, adapter, clock) = pair(|config| config.time_zone = chrono_tz::Tz::Asia__Singapore).await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    let call = place("one", "+15005550101");
    perform(&adapter, CallCommand::Place(call.clone())).await.unwrap_err();
    clock.pass(Duration::hours(1));
    let error = perform(&adapter, find(&call, None)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
}

#[tokio::test]
async fn an_earlier_call_to_the_same_number_does_not_stand_in_the_way() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    perform(&adapter, CallCommand::Place(place("yesterday", "+15005550101"))).await.unwrap();
    vendor.ledger().settled().await;
    clock.pass(Duration::hours(20));
    let call = place("one", "+15005550101");
    let mut command = find(&call, None);
    if let CallCommand::Find { since, asked, .. } = &mut command {
        (*since, *asked) = (clock.now(), clock.now());
    }
    clock.pass(Duration::minutes(6));
    assert_eq!(perform(&adapter, command).await.unwrap(), Performed::Missing);
}

#[tokio::test]
async fn that_there_was_no_call_is_said_only_once_it_would_be_listed() {
    let (_vendor, adapter, clock) = pair(|_| {}).await;
    let call = place("one", "+15005550101");
    let error = perform(&adapter, find(&call, None)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
    // Others do not matter.
    perform(&adapter, CallCommand::Place(place("other", "+15005550102"))).await.unwrap();
    clock.pass(Duration::minutes(6));
    assert_eq!(perform(&adapter, find(&call, None)).await.unwrap(), Performed::Missing);
}
