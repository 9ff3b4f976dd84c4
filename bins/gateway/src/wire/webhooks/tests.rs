use super::*;
use crate::config::signing_key;
use axum::{Router, extract::State, http::HeaderMap, routing::post};
use chrono::DateTime;
use rstest::rstest;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The example of Standard Webhooks: its key, and what a message is signed with.
#[test]
fn the_published_example_is_signed_as_published() {
    let key = signing_key(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()).unwrap();
    let signed =
        signature(key.expose_secret(), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[rstest]
#[case("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
#[case("whsec_MfKQ9r8GKYqrTwjU")]
#[case("whsec_not base64")]
#[case("")]
fn what_is_no_signing_secret_is_none(#[case] text: &str) {
    assert!(signing_key(&text.into()).is_none());
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What came, and what is answered.
#[derive(Clone)]
struct Receiver {
    answer: (StatusCode, Option<(&'static str, &'static str)>),
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap) {
    receiver.got.lock().unwrap().push((headers, body));
    let (status, header) = receiver.answer;
    let more = header.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    (status, more.into_iter().collect())
}

/// Posts once to a receiver that answers so.
async fn sent(
    status: u16,
    header: Option<(&'static str, &'static str)>,
) -> (PortResult<()>, Vec<(HeaderMap, String)>, EffectId) {
    let receiver = Receiver { answer: (StatusCode::from_u16(status).unwrap(), header), got: Arc::default() };
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/s3cret-path", socket.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/hooks/s3cret-path", post(take)).with_state(receiver.clone());
    let server = tokio::spawn(async move { axum::serve(socket, router).await });
    let key = signing_key(&SECRET.into()).unwrap();
    let outgoing = Outgoing::new("erp", Webhook { url, key }, super::super::carriers::client().unwrap());
    let now = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
    let effect = EffectId::derive(now, &["alert"]);
    let result = outgoing.send("{\"type\":\"alert.firing\"}", &effect, now).await;
    server.abort();
    let got = std::mem::take(&mut *receiver.got.lock().unwrap());
    (result, got, effect)
}

#[tokio::test]
async fn a_receiver_can_prove_who_sent_it_and_tell_repeats() {
    let (result, got, effect) = sent(204, None).await;
    result.unwrap();
    let [(headers, body)] = &got[..] else { panic!("{got:?}") };
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"];
    let of: HashMap<_, _> = names.map(|name| (name, headers[name].to_str().unwrap())).into();
    assert_eq!(of["webhook-id"], effect.to_string());
    assert_eq!(of["webhook-timestamp"], "1614265330");
    assert_eq!(of["content-type"], "application/json");
    let key = signing_key(&SECRET.into()).unwrap();
    assert_eq!(of["webhook-signature"], signature(key.expose_secret(), of["webhook-id"], 1_614_265_330, body));
}

#[rstest]
#[case(500, None, Trouble::Unavailable)]
#[case(400, None, Trouble::Unavailable)]
#[case(307, Some(("location", "http://127.0.0.1:1/elsewhere")), Trouble::Unavailable)]
#[case(429, Some(("retry-after", "7")), Trouble::RateLimited(Some(7)))]
#[case(503, Some(("retry-after", "90")), Trouble::RateLimited(Some(90)))]
#[case(410, None, Trouble::Refused)]
#[tokio::test]
async fn whatever_is_no_success_is_tried_again_unless_it_is_gone_for_good(
    #[case] status: u16,
    #[case] header: Option<(&'static str, &'static str)>,
    #[case] trouble: Trouble,
) {
    let (result, got, _) = sent(status, header).await;
    let error = result.unwrap_err();
    assert_eq!((error.trouble, got.len()), (trouble, 1), "{error}");
    assert_eq!(error.retryable(), trouble != Trouble::Refused);
    let told = format!("{error} {error:?}");
    assert!(!told.contains("s3cret-path") && !told.contains("127.0.0.1"), "{told}");
}

#[tokio::test]
async fn a_receiver_that_is_away_surely_got_nothing() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap()).parse().unwrap();
    drop(socket);
    let key = signing_key(&SECRET.into()).unwrap();
    let outgoing = Outgoing::new("erp", Webhook { url, key }, super::super::carriers::client().unwrap());
    let now = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
    let error = outgoing.send("{}", &EffectId::derive(now, &["alert"]), now).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
}
