//! Placing calls: what is sent, and what every answer means.

use crate::common::{KEY, SECRET, alone, nobody, now, pair, perform, place};
use chrono::Duration;
use frontdesk_core::{
    id::EffectId,
    ports::{CallCommand, CallProvider, Happened, Performed, PlaceCall, Trouble},
    reply::{Reply, Verb},
};
use frontdesk_eightxeight::EightXEight;
use frontdesk_testkit::{carriers::Fault, suite::call_provider::tells_nothing};
use rstest::rstest;
use serde_json::{Value, json};
use std::num::NonZeroU32;

#[tokio::test]
async fn a_call_rings_greets_and_listens_with_every_number_sent() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let placed = perform(&adapter, &place("one", "+15005550106")).await.unwrap();
    let calls = vendor.ledger().placed();
    assert_eq!(placed, Performed::Placed { provider_call_id: calls[0].id.clone() });
    assert_eq!(
        calls[0].request,
        json!({
            "validUntil": "2026-11-20T09:15:00.000Z",
            "callflow": [
                {"action": "makeCall", "params": {"source": "+15005550000", "destination": "+15005550106"}},
                {"action": "sayAndCapture", "params": {
                    "promptMessage": "Hello.", "voiceProfile": "en-US-BenjaminRUS", "speed": 1, "minDigits": 1,
                    "maxDigits": 1, "digitTimeout": 500, "overallTimeout": 1000, "completeOnHash": false, "noOfTries": 1,
                }},
            ],
        })
    );
}

#[tokio::test]
async fn a_configured_sound_is_played_before_the_greeting() {
    let (vendor, adapter, _) = pair(|config| {
        config.greeting.sound = Some("https://desk.example/sounds/7f3a.mp3".parse().unwrap());
        config.send_client_request_id = true;
    })
    .await;
    let call = place("one", "+15005550106");
    perform(&adapter, &call).await.unwrap();
    let request = &vendor.ledger().placed()[0].request;
    let actions: Vec<_> = request["callflow"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    assert_eq!(actions, ["makeCall", "playFile", "sayAndCapture"]);
    assert_eq!(request["clientRequestId"], call.call_id.to_string());
}

#[rstest]
#[case::a_rate_limit(Fault::TooMany(Some(3)), Happened::No, Trouble::RateLimited(Some(3)))]
#[case::a_rate_limit_without_a_time(Fault::TooMany(None), Happened::No, Trouble::RateLimited(None))]
#[case::an_error_of_the_server(Fault::Status(500), Happened::Maybe, Trouble::Unavailable)]
#[case::a_broken_gateway(Fault::Status(502), Happened::Maybe, Trouble::Unavailable)]
#[case::a_time_out_on_the_way(Fault::Status(408), Happened::Maybe, Trouble::Unavailable)]
#[case::a_forbidden_address(Fault::Status(403), Happened::No, Trouble::Unauthorised)]
#[case::a_page_instead_of_an_answer(Fault::Status(200), Happened::Maybe, Trouble::Broken)]
#[case::a_lost_answer(Fault::LosesAnswer, Happened::Maybe, Trouble::Unavailable)]
#[tokio::test]
async fn an_answer_means(#[case] fault: Fault, #[case] happened: Happened, #[case] trouble: Trouble) {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().disturb([fault]);
    let error = perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (happened, trouble), "{error}");
    tells_nothing(&error, &[KEY, SECRET]);
}

#[rstest]
#[case::a_number_that_is_none("+15005550111", "acme_voice_01", Trouble::Refused)]
#[case::an_unknown_subaccount("+15005550101", "acme & sons/..", Trouble::Broken)]
#[tokio::test]
async fn what_surely_did_not_happen(#[case] number: &str, #[case] subaccount: &str, #[case] trouble: Trouble) {
    let (vendor, _, clock) = pair(|_| {}).await;
    let mut config = crate::common::config(&vendor.url(), &nobody(), &clock);
    config.subaccount_id = subaccount.to_owned();
    let adapter = EightXEight::new(config, crate::common::http());
    let error = perform(&adapter, &place("one", number)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert_eq!(vendor.ledger().placed(), []);
}

#[tokio::test]
async fn a_wrong_key_or_voice_is_a_matter_of_configuration() {
    let (vendor, _, clock) = pair(|_| {}).await;
    let config = crate::common::config(&vendor.url(), &nobody(), &clock);
    let mut wrong = config.clone();
    wrong.api_key = "another".into();
    let error = perform(&EightXEight::new(wrong, crate::common::http()), &place("one", "+15005550101")).await;
    assert_eq!(error.unwrap_err().trouble, Trouble::Unauthorised);
    let mut wrong = config;
    wrong.voices = frontdesk_core::speech::Language::ALL.map(|language| (language, "no-such-voice".to_owned())).into();
    let error = perform(&EightXEight::new(wrong, crate::common::http()), &place("one", "+15005550101")).await;
    let error = error.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
    assert!(error.to_string().contains("-1002") && error.to_string().contains("voice"), "{error}");
}

#[tokio::test]
async fn a_base_url_may_name_the_version() {
    let (vendor, adapter, _) = pair(|config| {
        let url = config.base_url.take().unwrap();
        config.base_url = Some(url.join("/api/v1").unwrap());
    })
    .await;
    perform(&adapter, &place("one", "+15005550106")).await.unwrap();
    assert_eq!(vendor.ledger().placed().len(), 1);
}

#[tokio::test]
async fn a_number_that_is_being_called_is_not_called_by_another_attempt() {
    let (vendor, adapter, clock) = pair(|_| {}).await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    let error = perform(&adapter, &place("two", "+15005550101")).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(Some(240))));
    perform(&adapter, &place("three", "+15005550100")).await.unwrap();
    // The end of the first was never told; its number is free when it must be over.
    clock.pass(Duration::minutes(30));
    perform(&adapter, &place("two", "+15005550101")).await.unwrap();
}

#[tokio::test]
async fn a_call_that_surely_was_not_placed_leaves_its_number_free() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().disturb([Fault::TooMany(None)]);
    perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    perform(&adapter, &place("two", "+15005550101")).await.unwrap();
}

#[tokio::test]
async fn calls_are_spread_over_time_and_whoever_is_sent_away_was_not_called() {
    let (vendor, adapter, clock) = pair(|config| config.calls_per_minute = NonZeroU32::new(30)).await;
    perform(&adapter, &place("one", "+15005550100")).await.unwrap();
    let error = perform(&adapter, &place("two", "+15005550101")).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(Some(2))));
    assert_eq!(vendor.ledger().placed().len(), 1);
    clock.pass(Duration::seconds(2));
    perform(&adapter, &place("two", "+15005550101")).await.unwrap();
}

#[tokio::test]
async fn a_call_cannot_be_looked_up_ended_or_told_anything_from_outside() {
    let adapter = alone();
    let PlaceCall { call_id, from, to, .. } = place("one", "+15005550101");
    for command in [
        CallCommand::Find { call_id, provider_call_id: None, from, to, since: now(), asked: now() },
        CallCommand::Hangup { call_id, provider_call_id: "session".to_owned() },
        CallCommand::Steer { call_id, provider_call_id: "session".to_owned(), reply: Reply(vec![Verb::Hangup]) },
    ] {
        let error = adapter.perform(&command, &EffectId::derive(now(), &["x"])).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unsupported));
    }
}

#[tokio::test]
async fn a_carrier_that_does_not_answer_in_time_may_have_placed_the_call() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    drop(adapter);
    let mut config = crate::common::config(&vendor.url(), &nobody(), &frontdesk_testkit::Clock::at(now()));
    config.answer_within = std::time::Duration::from_millis(20);
    vendor.ledger().disturb([Fault::Slow(std::time::Duration::from_secs(60))]);
    let adapter = EightXEight::new(config, crate::common::http());
    let error = perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable), "{error}");
    tells_nothing(&error, &[KEY, SECRET]);
}

/// Answers that the pretended vendor never gives, from somebody who only says one thing.
#[rstest]
#[case(json!({"sessionStatus": "NOT CREATED", "statusCode": "-1014"}), Happened::No, Trouble::Barred)]
#[case(json!({"sessionStatus": "NOT_CREATED", "statusCode": -9999}), Happened::Maybe, Trouble::Unavailable)]
#[case(json!({"sessionStatus": "CREATED", "sessionId": ""}), Happened::Maybe, Trouble::Broken)]
#[case(json!({"sessionId": "7c1d0a01", "statusCode": 1}), Happened::Maybe, Trouble::Broken)]
#[case(json!([]), Happened::Maybe, Trouble::Broken)]
#[tokio::test]
async fn success_is_a_session_that_was_created_and_nothing_else(
    #[case] body: Value,
    #[case] happened: Happened,
    #[case] trouble: Trouble,
) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let router = axum::Router::new().fallback(move || async move { axum::Json(body) });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let config = crate::common::config(&url, &nobody(), &frontdesk_testkit::Clock::at(now()));
    let adapter = EightXEight::new(config, crate::common::http());
    let error = perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (happened, trouble), "{error}");
}
