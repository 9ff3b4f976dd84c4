//! What webhooks mean, beyond the recorded ones.

use crate::common::{SECRET, alone, captured, config, http, nobody, now, pair, perform, place};
use axum::http::HeaderMap;
use frontdesk_core::{
    call::CallRef,
    event::{EndCause, Event},
    ports::{CallProvider, Received, ReceivedAbout, Rejected, WebhookRequest},
    reply::{Reply, Verb},
};
use frontdesk_eightxeight::{EightXEight, VOICE_WEBHOOK_ADDRESSES};
use frontdesk_testkit::{Clock, carriers::Fault, fixtures, phone, suite::call_provider::live_call};
use serde_json::{Value, json};

fn request(body: &Value) -> WebhookRequest {
    let url = format!("https://desk.example/webhooks/eightxeight/vca?secret={SECRET}");
    captured("vca", url, &HeaderMap::new(), body.to_string().as_bytes())
}

fn receive(adapter: &EightXEight, body: &Value) -> Received {
    adapter.receive(&request(body), now()).unwrap()
}

fn action(session: &str, client_action_id: Option<&str>, keys: Option<&str>) -> Value {
    json!({
        "eventType": "CALL_ACTION",
        "payload": {
            "sessionId": session, "callDirection": "OUTBOUND", "callStatus": "ACTION_COMPLETED",
            "source": "+15005550000", "destination": "+15005550101", "timestamp": "2026-11-20T09:00:10.000Z",
            "eventData": {"dtmf": keys}, "clientActionId": client_action_id,
        },
    })
}

fn call_of(received: &Received) -> CallRef {
    match &received.about {
        ReceivedAbout::Call { call, .. } => call.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_that_had_to_wait_comes_back_as_itself_and_under_its_own_key() {
    let adapter = alone();
    let call = live_call("eightxeight");
    let id = |reply| -> String {
        let answer: Value = serde_json::from_str(&adapter.render(&Reply(vec![reply]), Some(&call)).body).unwrap();
        answer["clientActionId"].as_str().unwrap().to_owned()
    };
    let first = receive(&adapter, &action("s-1", Some(&format!("{}.q.2.menu", call.id.0.simple())), Some("1")));
    let resume = id(Verb::Resume { event: Box::new(first.event.clone()), hold: 1, call: None });
    let again = receive(&adapter, &action("s-1", Some(&resume), None));
    assert_eq!((&again.event, &again.once, again.hold), (&first.event, &first.once, 1));
    let picked_up = receive(&adapter, &action("s-1", None, None));
    let resume = id(Verb::Resume { event: Box::new(picked_up.event.clone()), hold: 2, call: None });
    let again = receive(&adapter, &action("s-1", Some(&resume), Some("1")));
    assert_eq!((&again.event, &again.once, again.hold), (&picked_up.event, &picked_up.once, 2));
}

#[test]
fn a_session_nobody_here_placed_is_named_by_its_own_id() {
    let received = receive(&alone(), &action("s-1", None, None));
    assert_eq!(call_of(&received), CallRef::Theirs { provider: "eightxeight".to_owned(), id: "s-1".to_owned() });
}

#[test]
fn a_session_without_a_name_of_ours_says_who_is_rung_and_when() {
    let received = receive(&alone(), &action("s-1", None, None));
    let ReceivedAbout::Call { parties, provider_call_id, .. } = received.about else { panic!("not about a call") };
    assert_eq!(parties, Some((phone("+15005550000"), phone("+15005550101"))));
    assert_eq!(provider_call_id.as_deref(), Some("s-1"));
    assert_eq!(received.at, Some(now() + chrono::Duration::seconds(10)));
}

#[test]
fn only_what_is_asked_for_is_heard() {
    let status = |kind: &str, status: &str| {
        let mut body = action("s-1", None, None);
        body["eventType"] = json!(kind);
        body["payload"]["callStatus"] = json!(status);
        receive(&alone(), &body).heard
    };
    assert!(status("CALL_ACTION", "ACTION_COMPLETED"));
    assert!(!status("CALL_STATUS", "CALL_INITIATED"));
    assert!(!status("SESSION_SUMMARY", ""));
}

#[tokio::test]
async fn the_end_of_a_call_frees_its_number() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    perform(&adapter, &place("one", "+15005550101")).await.unwrap();
    let session = vendor.ledger().placed()[0].id.clone();
    let summary = json!({"eventType": "SESSION_SUMMARY", "payload": {"sessionId": session, "sessionStatus": "BUSY"}});
    perform(&adapter, &place("two", "+15005550101")).await.unwrap_err();
    receive(&adapter, &summary);
    perform(&adapter, &place("two", "+15005550101")).await.unwrap();
}

#[tokio::test]
async fn the_end_of_a_call_whose_name_was_lost_frees_the_number_it_rang() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    perform(&adapter, &place("one", "+15005550101")).await.unwrap_err();
    let leg = json!({"source": "+15005550000", "destination": "+15005550101", "callStatus": "BUSY"});
    let payload = json!({
        "sessionId": "s-1", "sessionStatus": "BUSY", "startTime": "2026-11-20T09:00:00Z", "details": {"callA": leg},
    });
    receive(&adapter, &json!({"eventType": "SESSION_SUMMARY", "payload": payload}));
    perform(&adapter, &place("two", "+15005550101")).await.unwrap();
}

#[test]
fn an_echo_of_our_own_name_for_the_call_is_used() {
    let call = place("one", "+15005550101").call_id;
    let summary = json!({
        "eventType": "SESSION_SUMMARY",
        "payload": {"sessionId": "s-1", "sessionStatus": "BUSY", "clientRequestId": call.to_string()},
    });
    let received = receive(&alone(), &summary);
    assert_eq!(call_of(&received), CallRef::Ours(call));
    assert_eq!(received.event, Event::Ended { cause: EndCause::Busy, seconds: None });
}

#[test]
fn a_withheld_number_is_no_reason_to_refuse_a_webhook() {
    let mut body = action("s-1", None, None);
    body["payload"]["callDirection"] = json!("INBOUND");
    body["payload"]["callStatus"] = json!("CALL_RECEIVED");
    body["payload"]["source"] = json!("anonymous");
    assert!(matches!(receive(&alone(), &body).event, Event::Noted { .. }));
}

/// Every member of every recorded webhook missing, or something else than it should be.
#[test]
fn no_document_is_more_than_a_bad_request() {
    let odd = [Value::Null, json!(7), json!("x"), json!([]), json!({}), json!(["x"]), json!({"dtmf": {}})];
    for fixture in fixtures("eightxeight") {
        let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
        config.webhook_secrets = vec![fixture.secret.clone().into()];
        let adapter = EightXEight::new(config, http());
        let whole: Value = serde_json::from_slice(&fixture.request().body).unwrap();
        for pointer in pointers(&whole, "") {
            for odd in &odd {
                let mut body = whole.clone();
                *body.pointer_mut(&pointer).unwrap() = odd.clone();
                let mut request = fixture.request();
                request.body = body.to_string().into_bytes();
                match adapter.receive(&request, fixture.now) {
                    Ok(_) | Err(Rejected::Malformed(_)) => {}
                    Err(other) => panic!("{} with {odd} at {pointer}: {other}", fixture.name),
                }
            }
        }
    }
    for body in ["", "{", "[]", "7", "\u{0}", "<xml/>"] {
        let mut request = request(&Value::Null);
        request.body = body.as_bytes().to_vec();
        assert!(matches!(alone().receive(&request, now()), Err(Rejected::Malformed(_))), "{body}");
    }
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let members = value.as_object().into_iter().flatten();
    let below = members.flat_map(|(name, value)| pointers(value, &format!("{at}/{name}")));
    std::iter::once(at.to_owned()).chain(below).collect()
}

#[test]
fn a_webhook_from_an_address_that_is_not_on_the_list_is_refused() {
    let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
    config.allowed_addresses = VOICE_WEBHOOK_ADDRESSES.to_vec();
    let adapter = EightXEight::new(config, http());
    let from = |peer: Option<&str>| {
        let mut request = request(&action("s-1", None, None));
        request.peer = peer.map(|peer| peer.parse().unwrap());
        adapter.receive(&request, now()).map(drop)
    };
    assert_eq!(from(Some("52.74.232.241")), Ok(()));
    assert_eq!(from(Some("::ffff:52.74.232.241")), Ok(()));
    assert_eq!(from(Some("52.74.232.242")), Err(Rejected::Unauthentic(403)));
    assert_eq!(from(None), Err(Rejected::Unauthentic(403)));
}

#[test]
fn messages_come_from_addresses_of_their_own_whatever_path_they_come_to() {
    let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
    config.allowed_addresses = VOICE_WEBHOOK_ADDRESSES.to_vec();
    let message = json!({"namespace": "SMS", "eventType": "INBOUND_MESSAGE_RECEIVED", "payload": {"umid": "u-1"}});
    let from = |config: &frontdesk_eightxeight::Config, hook: &str, body: &Value, peer: &str| {
        let mut request = request(body);
        (request.hook, request.peer) = (hook.to_owned(), Some(peer.parse().unwrap()));
        EightXEight::new(config.clone(), http()).receive(&request, now()).map(drop)
    };
    for hook in ["sms", "vca"] {
        assert_eq!(from(&config, hook, &message, "192.0.2.7"), Ok(()), "no list for messages");
        let refused = from(&config, hook, &action("s-1", None, None), "192.0.2.7");
        assert_eq!(refused, Err(Rejected::Unauthentic(403)), "a key press by way of {hook}");
    }
    config.sms.as_mut().unwrap().allowed_addresses = vec!["192.0.2.7".parse().unwrap()];
    assert_eq!(from(&config, "sms", &message, "192.0.2.7"), Ok(()));
    assert_eq!(from(&config, "sms", &message, "52.74.232.241"), Err(Rejected::Unauthentic(403)));
}

#[test]
fn without_a_secret_no_webhook_is_taken_unless_the_door_was_opened_on_purpose() {
    let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
    config.webhook_secrets = vec!["".into()];
    let mut bare = request(&action("s-1", None, None));
    bare.url = "https://desk.example/webhooks/eightxeight/vca?secret=".to_owned();
    let closed = EightXEight::new(config.clone(), http());
    let refused = closed.receive(&bare, now()).unwrap_err();
    assert_eq!(refused, Rejected::Unauthentic(401));
    assert!(closed.refusal("vca", &refused).contains("Authorization"));
    config.insecure_webhooks = true;
    assert!(EightXEight::new(config, http()).receive(&bare, now()).is_ok());
}

#[test]
fn a_secret_that_is_being_changed_is_taken_in_both_forms_and_any_place() {
    let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
    config.webhook_secrets = vec!["the-new-one".into(), SECRET.into()];
    let adapter = EightXEight::new(config, http());
    let mut request = request(&action("s-1", None, None));
    request.headers.push(("authorization".to_owned(), "Bearer of-a-proxy".to_owned()));
    assert!(adapter.receive(&request, now()).is_ok());
    request.url = "https://desk.example/webhooks/eightxeight/vca".to_owned();
    assert_eq!(adapter.receive(&request, now()), Err(Rejected::Unauthentic(401)));
    request.headers.push(("x-webhook-secret".to_owned(), "the-new-one".to_owned()));
    assert!(adapter.receive(&request, now()).is_ok());
}
