//! Requests that place calls.

use crate::common::{ACCOUNT, KEY, SECRET, TOKEN, alone, pair, perform, place};
use frontdesk_core::ports::{CallCommand, CallProvider, Happened, Performed, Trouble};
use frontdesk_testkit::{carriers::Fault, suite::call_provider::tells_nothing};
use rstest::rstest;
use std::time::Duration;

#[tokio::test]
async fn a_call_is_placed_into_the_flow_with_our_name_and_the_address_of_its_end() {
    let (vendor, adapter, _) =
        pair(|config| config.webhook_base = Some("https://desk.example/".parse().unwrap())).await;
    let call = place("one", "+15005550101");
    let placed = perform(&adapter, CallCommand::Place(call.clone())).await.unwrap();
    let [taken] = vendor.ledger().placed().try_into().unwrap();
    assert_eq!(placed, Performed::Placed { provider_call_id: taken.id });
    for (name, value) in [
        ("From", "+15005550101"),
        ("CallerId", "+15005550000"),
        ("Url", "http://my.exotel.com/acme1/exoml/start_voice/684213"),
        ("CallType", "trans"),
        ("TimeLimit", "900"),
        ("TimeOut", "30"),
        ("CustomField", call.call_id.to_string().as_str()),
        ("StatusCallback", "https://desk.example/webhooks/exotel/status?secret=secret-of-the-test"),
        ("StatusCallbackContentType", "application/json"),
        ("StatusCallbackEvents[0]", "terminal"),
    ] {
        assert_eq!(taken.request[name], value, "{name}");
    }
}

#[rstest]
#[case(Fault::TooMany(Some(7)), Happened::No, Trouble::RateLimited(Some(7)))]
#[case(Fault::TooMany(None), Happened::No, Trouble::RateLimited(None))]
#[case(Fault::Status(400), Happened::No, Trouble::Broken)]
#[case(Fault::Status(401), Happened::No, Trouble::Unauthorised)]
#[case(Fault::Status(402), Happened::No, Trouble::Unauthorised)]
#[case(Fault::Status(403), Happened::No, Trouble::Barred)]
#[case(Fault::Status(503), Happened::Maybe, Trouble::Unavailable)]
#[case(Fault::Lies(500), Happened::Maybe, Trouble::Unavailable)]
#[case(Fault::LosesAnswer, Happened::Maybe, Trouble::Unavailable)]
#[tokio::test]
async fn an_answer_that_says_no_or_nothing_means_what_it_can(
    #[case] fault: Fault,
    #[case] happened: Happened,
    #[case] trouble: Trouble,
) {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().disturb([fault]);
    let error = perform(&adapter, CallCommand::Place(place("one", "+15005550101"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (happened, trouble), "{error}");
    tells_nothing(&error, &[KEY, TOKEN, SECRET, ACCOUNT, "9876543210"]);
}

#[tokio::test]
async fn an_answer_that_is_late_or_xml_leaves_the_call_in_doubt() {
    let (vendor, adapter, _) =
        pair(|config| config.api.as_mut().unwrap().answer_within = Duration::from_millis(50)).await;
    vendor.ledger().disturb([Fault::Slow(Duration::from_secs(5))]);
    let error = perform(&adapter, CallCommand::Place(place("one", "+15005550101"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable), "{error}");
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.tells_xml(true);
    let error = perform(&adapter, CallCommand::Place(place("one", "+15005550101"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Broken));
    assert!(error.to_string().contains("base_url"), "{error}");
}

#[tokio::test]
async fn credentials_of_another_account_are_refused_and_the_region_is_named() {
    let (_vendor, adapter, _) = pair(|config| config.api.as_mut().unwrap().key = "another".into()).await;
    let error = adapter.check().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.to_string().contains("region") && error.to_string().contains("UNAUTHORIZED"), "{error}");
    let (_vendor, adapter, _) = pair(|_| {}).await;
    adapter.check().await.unwrap();
}

#[tokio::test]
async fn what_is_not_configured_is_not_offered_and_not_done() {
    assert!(alone().abilities().dials && alone().abilities().finds);
    let (vendor, adapter, _) = pair(|config| config.app = None).await;
    assert!(!adapter.abilities().dials && adapter.abilities().finds);
    let error = perform(&adapter, CallCommand::Place(place("one", "+15005550101"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unsupported));
    assert_eq!(vendor.ledger().placed(), []);
    let (_vendor, adapter, _) = pair(|config| config.api = None).await;
    assert!(!adapter.abilities().dials && !adapter.abilities().finds);
    assert_eq!(adapter.check().await.unwrap_err().trouble, Trouble::Unsupported);
}
