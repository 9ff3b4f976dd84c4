//! Requests and what their errors mean.

use crate::common::{ACCOUNT, TOKEN, now, pair, perform, place, soon};
use chrono::Duration;
use frontdesk_core::{
    id::EffectId,
    ports::{CallCommand, CallProvider, Happened, Performed, PlaceCall, Trouble},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_testkit::{carriers::Fault, suite::call_provider};
use frontdesk_twilio::{Account, Amd, ApiKey};
use rstest::rstest;
use std::num::NonZeroU32;

#[tokio::test]
async fn a_call_is_asked_for_with_everything_that_is_to_be_told_of_it() {
    let (vendor, adapter, _) = pair(|config| config.amd = Amd::Beside).await;
    let ours = place("ours", "+15005550107");
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap();
    let placed = vendor.ledger().placed();
    let request = &placed[0].request;
    for (name, hook) in
        [("Url", "voice"), ("StatusCallback", "status"), ("AsyncAmdStatusCallback", "amd"), ("FallbackUrl", "fallback")]
    {
        let url = request[name].as_str().unwrap();
        let end = format!("/webhooks/twilio/{hook}?call={}#rc=2&rp=ct,rt,5xx", ours.call_id);
        assert!(url.ends_with(&end), "{name}: {url}");
    }
    assert_eq!((&request["Timeout"], &request["MachineDetection"]), (&"30".into(), &"Enable".into()));
    soon(vendor.ledger().settled()).await;
    let told: Vec<_> = vendor.ledger().deliveries().iter().map(|it| it.body["CallStatus"].clone()).collect();
    assert_eq!(told, ["initiated", "ringing", "busy"], "each of the wanted events has a key of its own");
}

#[tokio::test]
async fn what_comes_faster_than_the_account_dials_is_not_asked_for() {
    let (vendor, adapter, clock) = pair(|config| config.calls_per_minute = NonZeroU32::new(60)).await;
    let ask = async |n: u32| {
        let command = CallCommand::Place(place(&n.to_string(), "+15005550107"));
        adapter.perform(&command, &EffectId::derive(now(), &[&n.to_string()])).await
    };
    assert!(matches!(ask(0).await, Ok(Performed::Placed { .. })));
    for n in 1..4 {
        let error = ask(n).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(Some(n))));
    }
    assert_eq!(vendor.ledger().placed().len(), 1, "nothing went out");
    clock.pass(Duration::seconds(1));
    assert!(ask(1).await.is_ok() && ask(2).await.is_err(), "everybody comes back in their own second");
}

#[tokio::test]
async fn without_a_wish_to_know_nobody_listens_for_machines() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let ours = PlaceCall { detect_machine: false, ..place("ours", "+15005550107") };
    perform(&adapter, CallCommand::Place(ours)).await.unwrap();
    assert!(vendor.ledger().placed()[0].request.get("MachineDetection").is_none());
}

#[rstest]
#[case::too_many(Fault::TooMany(Some(3)), Happened::No, Trouble::RateLimited(Some(3)))]
#[case::too_many_without_a_time(Fault::TooMany(None), Happened::No, Trouble::RateLimited(None))]
#[case::broken(Fault::Status(500), Happened::Maybe, Trouble::Unavailable)]
#[case::a_proxys_page(Fault::Status(503), Happened::Maybe, Trouble::Unavailable)]
#[case::forbidden(Fault::Status(403), Happened::No, Trouble::Unauthorised)]
#[case::elsewhere(Fault::Status(301), Happened::No, Trouble::Broken)]
#[case::lost(Fault::LosesAnswer, Happened::Maybe, Trouble::Unavailable)]
#[tokio::test]
async fn a_request_that_goes_wrong_says_whether_it_may_have_happened(
    #[case] fault: Fault,
    #[case] happened: Happened,
    #[case] trouble: Trouble,
) {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().disturb([fault]);
    let error = perform(&adapter, CallCommand::Place(place("ours", "+15005550107"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (happened, trouble), "{error}");
    call_provider::tells_nothing(&error, &[TOKEN, ACCOUNT, "15005550107"]);
}

#[tokio::test]
async fn a_refused_number_is_refused_for_good_and_is_not_repeated() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let error = perform(&adapter, CallCommand::Place(place("ours", "+15005550111"))).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Refused));
    assert!(error.to_string().contains("21211"), "{error}");
    call_provider::tells_nothing(&error, &[TOKEN, ACCOUNT, "15005550111"]);
    assert!(vendor.ledger().placed().is_empty());
}

#[tokio::test]
async fn ending_a_call_that_is_over_is_fine() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let ours = place("ours", "+15005550107");
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap();
    soon(vendor.ledger().settled()).await;
    let provider_call_id = vendor.calls()[0].sid.clone();
    let hang_up = CallCommand::Hangup { call_id: ours.call_id, provider_call_id };
    assert_eq!(perform(&adapter, hang_up).await.unwrap(), Performed::Done);
}

fn steer(ours: &PlaceCall, provider_call_id: &str, text: &str) -> CallCommand {
    let say = Verb::Say { text: text.to_owned(), language: Language::En };
    let (call_id, provider_call_id) = (ours.call_id, provider_call_id.to_owned());
    CallCommand::Steer { call_id, provider_call_id, reply: Reply(vec![say, Verb::Hangup]) }
}

#[tokio::test]
async fn a_call_that_is_over_cannot_be_told_anything() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let ours = place("ours", "+15005550107");
    perform(&adapter, CallCommand::Place(ours.clone())).await.unwrap();
    soon(vendor.ledger().settled()).await;
    let told = steer(&ours, &vendor.calls()[0].sid, "Goodbye.");
    assert_eq!(perform(&adapter, told).await.unwrap(), Performed::Over);
}

#[tokio::test]
async fn a_document_that_twilio_would_not_take_for_a_live_call_is_not_sent() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let told = steer(&place("ours", "+15005550107"), "CA1", &"&".repeat(800));
    let error = perform(&adapter, told).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
    assert!(error.to_string().contains("4000 characters"), "{error}");
    assert_eq!(vendor.complaints(), []);
}

#[tokio::test]
async fn the_account_is_checked_without_changing_anything() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    assert_eq!(adapter.check().await.unwrap(), Account { trial: Some(false) });
    assert!(vendor.ledger().placed().is_empty());
}

#[tokio::test]
async fn a_standard_key_is_checked_by_what_it_may_read() {
    const SID: &str = "SK0123456789abcdef0123456789abcdef";
    let key = |config: &mut frontdesk_twilio::Config| {
        config.api_key = Some(ApiKey { sid: SID.to_owned(), secret: "secret-of-the-key".into() });
    };
    let (vendor, adapter, _) = pair(key).await;
    assert_eq!(adapter.check().await.unwrap_err().trouble, Trouble::Unauthorised);
    vendor.give_key(SID, "secret-of-the-key");
    assert_eq!(adapter.check().await.unwrap(), Account { trial: None });
    assert!(perform(&adapter, CallCommand::Place(place("ours", "+15005550107"))).await.is_ok());
}

#[rstest]
#[case::a_token(|config: &mut frontdesk_twilio::Config| config.auth_tokens = vec!["wrong".into()])]
#[case::a_key(|config: &mut frontdesk_twilio::Config| {
    config.api_key = Some(ApiKey { sid: "SK0".to_owned(), secret: "wrong".into() });
})]
#[tokio::test]
async fn wrong_credentials_are_named_as_such(#[case] wrong: fn(&mut frontdesk_twilio::Config)) {
    let (_vendor, adapter, _) = pair(wrong).await;
    let error = adapter.check().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.to_string().contains("account_sid"), "{error}");
}
