//! Calls that are placed, looked up and ended.

use crate::house::{House, place};
use frontdesk_core::{
    event::EndCause,
    ports::{Happened, Performed, Trouble},
    reply::Verb,
};
use frontdesk_testkit::{
    CUSTOMER_PHONE,
    carriers::{Fault, Script},
    suite::call_provider::tells_nothing,
};
use rstest::rstest;

fn from_150(config: &mut frontdesk_threecx::Config) {
    config.control.as_mut().unwrap().extension = Some("150".to_owned());
}

#[rstest]
#[case::statuses_in_words(false)]
#[case::statuses_as_numbers(true)]
#[tokio::test]
async fn a_call_goes_out_by_the_extensions_device_whose_name_is_encoded(#[case] numbers: bool) {
    let house = House::with(from_150).await;
    house.pbx.counts(numbers);
    let placed = house.perform(place()).await.unwrap();
    let Performed::Placed { provider_call_id } = placed else { panic!("{placed:?}") };
    let placed = house.pbx.ledger().placed();
    assert_eq!((placed.len(), placed[0].to.reveal()), (1, CUSTOMER_PHONE));
    assert_eq!(provider_call_id, format!("pbx:{}:{}", placed[0].id, house.clock.now().timestamp()));
    let want = "POST /callcontrol/150/devices/sip%3A150%40127.0.0.1%3A5483%3Brinstance%3Dc2a75fd2f1caea71/makecall";
    assert!(house.pbx.asked().iter().any(|line| line == want), "{:?}", house.pbx.asked());
    assert!(placed[0].request["attacheddata"]["frontdesk_call_id"].is_string());
}

#[rstest]
#[case::unprocessable(422, Trouble::Barred, "uaCSTA")]
#[case::not_ready(424, Trouble::Barred, "registered")]
#[case::not_allowed(403, Trouble::Unauthorised, "licence")]
#[case::too_many(429, Trouble::RateLimited(None), "fewer")]
#[tokio::test]
async fn what_is_refused_surely_did_not_happen(#[case] status: u16, #[case] trouble: Trouble, #[case] says: &str) {
    let house = House::open().await;
    house.pbx.ledger().disturb([Fault::Status(status)]);
    let error = house.perform(place()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(error.to_string().contains(says), "{error}");
    tells_nothing(&error, &["31612345678"]);
    assert_eq!(house.pbx.ledger().placed(), []);
}

#[rstest]
#[case::words(false)]
#[case::numbers(true)]
#[tokio::test]
async fn a_final_status_that_says_no_is_no(#[case] numbers: bool) {
    let house = House::open().await;
    house.pbx.counts(numbers);
    house.pbx.ledger().script(CUSTOMER_PHONE, Script { refused: true, ..Script::presses([]) });
    let error = house.perform(place()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Barred), "{error}");
    assert!(error.to_string().contains("NoDestinations"), "{error}");
}

#[rstest]
#[case::its_answer_was_lost(Fault::LosesAnswer)]
#[case::it_failed_and_did_it(Fault::Lies(500))]
#[tokio::test]
async fn a_call_in_doubt_is_found_among_those_under_way_and_never_placed_twice(#[case] fault: Fault) {
    let house = House::open().await;
    house.pbx.ledger().disturb([fault]);
    let error = house.perform(place()).await.unwrap_err();
    assert_eq!(error.happened, Happened::Maybe, "{error}");
    let found = house.find(None).await.unwrap();
    let Performed::Found { provider_call_id, ended: None } = found else { panic!("{found:?}") };
    assert_eq!(house.pbx.ledger().placed().len(), 1);
    assert_eq!(house.hang_up(&provider_call_id).await.unwrap(), Performed::Done);
    assert_eq!(house.pbx.parts("ivrapp"), []);
}

#[tokio::test]
async fn a_call_of_the_persons_own_is_not_mistaken_for_one_in_doubt() {
    let house = House::open().await;
    house.pbx.ring(CUSTOMER_PHONE, "", "ivrapp");
    let error = house.find(None).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
    // Nor does it hide the one that we placed.
    house.pbx.ledger().disturb([Fault::LosesAnswer]);
    house.perform(place()).await.unwrap_err();
    let placed = house.pbx.ledger().placed().remove(0).id;
    let found = house.find(None).await.unwrap();
    assert!(
        matches!(&found, Performed::Found { provider_call_id, ended: None }
            if provider_call_id.starts_with(&format!("pbx:{placed}:"))),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_call_that_was_told_of_as_incoming_is_never_one_in_doubt() {
    let mut house = House::open().await;
    house.relay().await;
    // A PBX that does not say who led it here.
    house.pbx.hides_origin();
    house.pbx.ring(CUSTOMER_PHONE, "", "ivrapp");
    house.told(1).await;
    let error = house.find(None).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
}

#[tokio::test]
async fn a_call_that_is_not_under_way_is_not_ruled_out() {
    let house = House::open().await;
    let error = house.find(None).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
}

#[tokio::test]
async fn a_call_that_is_known_by_name_is_under_way_or_over() {
    let house = House::open().await;
    let Performed::Placed { provider_call_id } = house.perform(place()).await.unwrap() else { panic!() };
    let found = |ended| Performed::Found { provider_call_id: provider_call_id.clone(), ended };
    assert_eq!(house.find(Some(&provider_call_id)).await.unwrap(), found(None));
    house.pbx.hang_up(house.pbx.parts("ivrapp")[0].callid);
    let over = Some((EndCause::Completed, None));
    assert_eq!(house.find(Some(&provider_call_id)).await.unwrap(), found(over));
    assert_eq!(house.hang_up(&provider_call_id).await.unwrap(), Performed::Done, "ended already, and fine");
}

#[tokio::test]
async fn a_place_without_call_control_is_not_one_without_calls() {
    let house = House::with(|config| {
        let control = config.control.as_mut().unwrap();
        control.base_url = control.base_url.join("elsewhere").unwrap();
    })
    .await;
    let error = house.find(Some("pbx:7:1765368000")).await.unwrap_err();
    assert!(error.to_string().contains("base_url"), "{error}");
}

#[tokio::test]
async fn a_number_that_came_again_is_another_call_which_nobody_touches() {
    let mut house = House::open().await;
    house.relay().await;
    let callid = house.pbx.ring("0612345678", "", "ivrapp");
    house.name().await;
    let before = format!("pbx:{callid}:1765368000");
    assert_eq!(house.steer(&before, vec![Verb::Hangup]).await.unwrap(), Performed::Over);
    assert_eq!(house.hang_up(&before).await.unwrap(), Performed::Done);
    assert_eq!(house.pbx.parts("ivrapp").len(), 1);
}

#[tokio::test]
async fn a_call_that_was_named_before_a_restart_keeps_its_name() {
    let mut house = House::open().await;
    let callid = house.pbx.ring("0612345678", "", "ivrapp");
    house.relay().await;
    assert_eq!(house.hang_up(&format!("pbx:{callid}:1765368000")).await.unwrap(), Performed::Done);
    assert_eq!(house.pbx.parts("ivrapp"), []);
}

#[tokio::test]
async fn a_call_of_another_relays_is_not_mistaken_for_one_of_ours() {
    let house = House::open().await;
    house.pbx.ring("0612345678", "", "ivrapp");
    let error = house.hang_up("abc123-def456-ghi789").await.unwrap_err();
    assert_eq!(error.happened, Happened::No);
    assert!(error.to_string().contains("threecx.relay"), "{error}");
    assert_eq!(house.pbx.parts("ivrapp").len(), 1);
}
