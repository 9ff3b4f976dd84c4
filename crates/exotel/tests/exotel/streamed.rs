//! Callers who are joined with a voice agent, by a flow with a Voicebot applet.

use crate::common::{APP, Desk, Door, SECRET};
use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
    routing::get,
};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    links::Links,
    ports::{FromLine, MediaLine, Talk, TalkEnd, WebhookRequest},
    rules::Inbound,
};
use frontdesk_exotel::NAME;
use frontdesk_testkit::{
    BUSINESS, BUSINESS_PHONE, DESK_PHONE,
    carriers::{
        Pickup, Script,
        exotel::{CallView, Flow},
    },
    phone,
};
use rstest::rstest;

const CALLER: &str = "+15005550101";

/// A socket behind which an agent has a conversation that ends so.
fn agent(end: TalkEnd) -> Router<Door> {
    let upgrade = move |State(door): State<Door>, headers: HeaderMap, uri: Uri, upgrade: WebSocketUpgrade| async move {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let request = WebhookRequest {
            method: "GET".to_owned(),
            hook: "exotel-stream".to_owned(),
            url: format!("https://desk.example{uri}"),
            headers: headers.collect(),
            body: Vec::new(),
            peer: None,
        };
        match door.parts.get().unwrap().0.line().admit(&request, chrono::DateTime::UNIX_EPOCH) {
            Ok(()) => upgrade.on_upgrade(move |socket| converse(door, socket, end)),
            Err(_) => StatusCode::UNAUTHORIZED.into_response(),
        }
    };
    Router::new().route("/stream", get(upgrade))
}

async fn converse(door: Door, mut socket: WebSocket, end: TalkEnd) {
    let (adapter, engine) = door.parts.get().unwrap();
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { break };
        let Ok(FromLine::Started(start)) = adapter.line().read(&text.into()) else { continue };
        let Some(brief) = engine.admit_stream(NAME, &start).await.unwrap() else { break };
        let talk = Talk {
            conversation: None,
            end,
            lines: Vec::new(),
            first_word_ms: None,
            turns_ms: Vec::new(),
            interruptions: 0,
            dropped: 0,
        };
        engine.talked(brief.call_id, &talk).await.unwrap();
        break;
    }
}

/// Joins callers with that agent, where there is one.
async fn house(streams: bool, others: Router<Door>) -> Desk {
    let desk = Desk::open_as(
        |config, rules, base| {
            config.streams = streams;
            rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Stream;
            rules.media.insert(NAME.to_owned(), format!("{}/stream", base.replace("http://", "ws://")));
            rules.links = Links::new(base.parse().unwrap(), vec!["stream-key".into()]);
        },
        others,
    )
    .await;
    desk.vendor.draw(APP, Flow::streamed(&desk.hooks, SECRET, 3));
    desk
}

/// Rings about an appointment that is in the book.
async fn ring(desk: &Desk, script: Script) -> (CallView, Appointment) {
    let appointment = desk.book(CALLER, Confirm::None).await;
    let view = desk.vendor.ring(&phone(CALLER), &phone(BUSINESS_PHONE), APP, script).await;
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
    (view, desk.appointment(appointment.id).await)
}

fn hooks(desk: &Desk) -> Vec<String> {
    desk.vendor.ledger().deliveries().into_iter().map(|it| it.hook).collect()
}

#[tokio::test]
async fn whom_the_agent_has_served_is_asked_nothing_more() {
    let desk = house(true, agent(TalkEnd::AgentDone)).await;
    let (view, _) = ring(&desk, Script::presses(["1"])).await;
    assert_eq!(view.heard, Vec::<String>::new());
    assert_eq!(hooks(&desk), ["switch", "voicebot", "switch"]);
    let call = desk.store.all_calls().remove(0);
    assert_eq!(call.talk.unwrap().end, TalkEnd::AgentDone);
}

#[rstest]
#[case(Pickup::Person, 1)]
#[case(Pickup::NoAnswer, 2)]
#[tokio::test]
async fn whom_the_agent_puts_through_is_connected_with_the_desk(#[case] pickup: Pickup, #[case] heard: usize) {
    let desk = house(true, agent(TalkEnd::Transfer)).await;
    desk.vendor.ledger().script(DESK_PHONE, Script { pickup, ..Script::presses([]) });
    let (view, _) = ring(&desk, Script::presses([])).await;
    assert_eq!(view.heard.len(), heard, "{view:?}");
    let connect = desk.vendor.ledger().deliveries().into_iter().find(|it| it.hook == "connect").unwrap();
    assert!(connect.answer.contains(DESK_PHONE), "{}", connect.answer);
}

#[tokio::test]
async fn who_finds_no_agent_goes_on_with_keys() {
    for others in [Router::new(), agent(TalkEnd::AgentLost)] {
        let desk = house(true, others).await;
        let (view, appointment) = ring(&desk, Script::presses(["1"])).await;
        assert!(view.heard[0].contains("not available"), "{view:?}");
        assert_eq!(appointment.status, Status::Confirmed);
    }
}

#[tokio::test]
async fn a_flow_without_a_voicebot_is_walked_by_keys() {
    let desk = house(false, agent(TalkEnd::AgentDone)).await;
    let (view, appointment) = ring(&desk, Script::presses(["1"])).await;
    assert!(view.heard[0].contains("Ana Lim"), "{view:?}");
    assert_eq!(appointment.status, Status::Confirmed);
    assert_eq!(hooks(&desk)[..2], ["switch", "gather"]);
}
