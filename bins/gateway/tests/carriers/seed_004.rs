//! Seed 004's own `.env` and webhooks, as its test script sends them; signed, which the seed left for later.

use crate::{
    common::House,
    vendors::{ACCOUNT, CLINIC, TOKEN, env_of_twilio, twilio},
};
use chrono::Duration;
use frontdesk_core::{appointment::Status, ports::IvrStore};
use frontdesk_testkit::carriers::{Script, twilio::sign};
use reqwest::{Method, Response};
use rstest::rstest;

const INCOMING: &str = "/api/v1/webhooks/incoming-call";
const CALLER: &str = "+15551234567";
const NUMBER: &str = "+15559876543";
const SID: &str = "CA1234567890abcdef";

fn env(base: &str) -> String {
    format!(
        "# Base URL for webhooks (use ngrok URL during development)\nBASE_URL={base}\n\n\
         # POC SAFETY: Only call this number for testing outbound calls\nYOUR_TEST_NUMBER=+1234567890\n\
         TWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN={TOKEN}\nTWILIO_NUMBER={NUMBER}\n"
    )
}

async fn post(house: &House, path: &str, more: &[(&str, &str)], proved: bool) -> Response {
    let all = [("From", CALLER), ("To", NUMBER), ("CallSid", SID), ("AccountSid", ACCOUNT), ("Direction", "inbound")];
    let form: Vec<(String, String)> =
        all.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let public = house.config.public_url.as_ref().unwrap().as_str().trim_end_matches('/').to_owned();
    let signature = sign(TOKEN, &format!("{public}{path}"), &form);
    let mut request = house.http.post(format!("{}{path}", house.running.url)).form(&form);
    if proved {
        request = request.header("X-Twilio-Signature", signature);
    }
    request.send().await.unwrap()
}

async fn known_caller(house: &House) {
    let body = serde_json::json!({
        "customer": { "name": "Ana Lim", "phone": CALLER },
        "starts_at": (frontdesk_gateway::clock::now() + Duration::days(2)).to_rfc3339(),
        "confirm": "none",
    });
    let answer = house.ask(Method::POST, "/api/v1/appointments").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[rstest]
#[case("https://abc123.ngrok.io")]
#[case("http://abc123.ngrok.io")]
#[case("abc123.ngrok.io")]
#[case("https://abc123.ngrok.io/")]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_connected_with_our_socket_whatever_form_the_base_url_has(#[case] base: &str) {
    let house = House::with_env("inbound = \"stream\"\n", &[], |_| env(base)).await;
    known_caller(&house).await;
    let answer = post(&house, INCOMING, &[("CallStatus", "ringing")], true).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().unwrap().contains("xml"));
    let twiml = answer.text().await.unwrap();
    assert!(twiml.contains("<Response><Connect "), "{twiml}");
    let stream = "<Stream url=\"wss://abc123.ngrok.io/api/v1/voice/media-stream\"";
    assert!(twiml.contains(stream), "{twiml}");
    for (name, value) in [("From", CALLER), ("To", NUMBER), ("CallSid", SID), ("caller_name", "Ana Lim")] {
        let parameter = format!("<Parameter name=\"{name}\" value=\"{value}\"/>");
        assert!(twiml.contains(&parameter), "{twiml} lacks {parameter}");
    }
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_url_in_capitals_is_what_twilio_signs() {
    let house = House::with_env("", &[], |_| env("https://Clinic.Example.com")).await;
    let form = [("From", CALLER), ("To", NUMBER), ("CallSid", SID), ("AccountSid", ACCOUNT), ("Direction", "inbound")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (base, status) in
        [("https://Clinic.Example.com", 200), ("https://clinic.example.com", 200), ("https://CLINIC.example.com", 403)]
    {
        let signature = sign(TOKEN, &format!("{base}{INCOMING}"), &form);
        let request = house.http.post(format!("{}{INCOMING}", house.running.url)).form(&form);
        let answer = request.header("X-Twilio-Signature", signature).send().await.unwrap();
        assert_eq!(answer.status(), status, "{base}");
    }
    house.running.stop().await.unwrap();
}

#[rstest]
#[case(INCOMING)]
#[case("/api/v1/voice/incoming")]
#[tokio::test(flavor = "multi_thread")]
async fn without_an_agent_a_known_caller_is_greeted_by_name_and_hears_the_menu(#[case] path: &str) {
    let house = House::with_env("", &[], |_| env("https://abc123.ngrok.io")).await;
    known_caller(&house).await;
    let twiml = post(&house, path, &[("CallStatus", "ringing")], true).await.text().await.unwrap();
    assert!(twiml.contains("<Gather") && twiml.contains("Hello Ana Lim"), "{twiml}");
    house.running.stop().await.unwrap();
}

#[rstest]
#[case("/api/v1/webhooks/call-status")]
#[case("/api/v1/webhooks/twilio/status")]
#[tokio::test(flavor = "multi_thread")]
async fn how_a_call_goes_on_is_stored_and_counted(#[case] path: &str) {
    let house = House::with_env("inbound = \"stream\"\n", &[], |_| env("https://abc123.ngrok.io")).await;
    post(&house, INCOMING, &[("CallStatus", "ringing")], true).await;
    for status in ["ringing", "in-progress", "completed", "completed"] {
        let more = [("CallStatus", status), ("CallDuration", "42")];
        let answer = post(&house, path, &more, true).await;
        assert_eq!(answer.status(), 200, "{status}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.text().await.unwrap(), r#"{"status":"received"}"#, "as its own test script expects");
    }
    let listed = house.get("/api/v1/calls").await;
    let call = &listed["items"][0];
    assert_eq!((&call["state"], &call["seconds"]), (&"ended".into(), &42.into()), "{call}");
    let counted = house.get("/api/v1/ivr/flow?flow=inbound").await;
    assert_eq!(counted["flows"][0]["outcomes"]["captured"], 1, "{counted}");
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_call_that_nobody_knows_are_counted() {
    let house = House::with_env("", &[], |_| env("https://abc123.ngrok.io")).await;
    let news = [("CallStatus", "ringing"), ("CallStatus", "completed")];
    for said in news {
        assert_eq!(post(&house, "/api/v1/webhooks/call-status", &[said], true).await.status(), 200);
    }
    let metrics = house.http.get(format!("{}/metrics", house.running.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("frontdesk_webhooks_astray_total{provider=\"twilio\"}"), "{metrics}");
    house.running.stop().await.unwrap();
}

#[rstest]
#[case(INCOMING)]
#[case("/api/v1/webhooks/call-status")]
#[case("/api/v1/webhooks/twilio/status")]
#[case("/api/v1/voice/incoming")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_is_refused(#[case] path: &str) {
    let house = House::with_env("", &[], |_| env("https://abc123.ngrok.io")).await;
    assert_eq!(post(&house, path, &[("CallStatus", "ringing")], false).await.status(), 403);
    assert_eq!(house.get("/api/v1/calls").await["items"], serde_json::json!([]));
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_test_number_is_ever_dialled() {
    let vendor = twilio().await;
    let api = vendor.url();
    let fenced = |url: &str| format!("BASE_URL={url}\nYOUR_TEST_NUMBER=+15005550101\n{}", env_of_twilio(api.as_str()));
    let house = House::with_env(CLINIC, &[], fenced).await;
    let other = house.book("+15005550100").await;
    let ours = house.book("+15005550101").await;
    house.until_status(ours, Status::Confirmed).await;
    house.until_status(other, Status::Unreached).await;
    let dialled = vendor.ledger().placed();
    assert_eq!(dialled.iter().map(|placed| placed.to.reveal()).collect::<Vec<_>>(), ["+15005550101"]);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_confirms_by_the_menu_on_a_whole_call() {
    let vendor = twilio().await;
    let api = vendor.url();
    let house = House::with_env("", &[], |url| format!("BASE_URL={url}\n{}", env_of_twilio(api.as_str()))).await;
    known_caller(&house).await;
    let hook = |name: &str| format!("{}/api/v1/webhooks/{name}", house.running.url);
    let (voice, status) = (hook("incoming-call"), hook("call-status"));
    let heard = vendor.ring(CALLER, NUMBER, &voice, &status, Script::presses(["1"])).await.heard;
    assert!(heard[0].starts_with("Hello Ana Lim"), "{heard:?}");
    assert_eq!(vendor.complaints(), []);
    let store = &house.running.gateway.store;
    let listed = house.get("/api/v1/appointments").await;
    let id = listed["items"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(store.appointment(id).await.unwrap().unwrap().status, Status::Confirmed);
    house.running.stop().await.unwrap();
}
