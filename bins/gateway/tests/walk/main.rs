//! From the request to the final state: the real router on a real socket, the sandbox as carrier.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

mod agents;
mod alerts;
#[path = "../common/mod.rs"]
mod common;
mod real;

use common::{House, QUICK};
use frontdesk_core::{
    appointment::Status,
    effect::EffectState,
    ports::{EffectFilter, IvrStore},
};
use frontdesk_gateway::import::{Outcome, Target, read};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case("+15005550101", Status::Confirmed, 1)]
#[case("+15005550100", Status::Cancelled, 1)]
#[case("+15005550102", Status::RescheduleRequested, 1)]
#[case("+15005550105", Status::Confirmed, 1)]
#[case("+15005550107", Status::Unreached, 2)]
#[case("+15005550110", Status::Unreached, 1)]
#[case("+15005550111", Status::Unreached, 1)]
#[case("+15005550112", Status::Confirmed, 1)]
#[case("+15005550114", Status::Confirmed, 1)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_scripted_callee_does_becomes_the_appointments_state(
    #[case] phone: &str,
    #[case] status: Status,
    #[case] calls: usize,
) {
    let house = House::open(QUICK, &[]).await;
    let id = house.book(phone).await;
    house.until_status(id, status).await;
    let shown = house.get(&format!("/api/v1/appointments/{id}")).await;
    assert_eq!(shown["status"], status.as_str());
    let listed = house.get("/api/v1/calls").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), calls);
    assert_eq!(house.stats().await["duplicate_placements"], 0);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_the_calendar_feed() {
    let house = House::open(QUICK, &[]).await;
    let id = house.book("+15005550101").await;
    let confirmed = house.until_status(id, Status::Confirmed).await;
    // The entry is written by a job of its own; its line in the timeline says that it is there.
    let store = house.running.gateway.store.clone();
    let mut lines = store.subscribe();
    let written = async {
        loop {
            let filter = EffectFilter { appointment_id: Some(id), limit: 100, ..EffectFilter::default() };
            let effects = store.effects(filter).await.unwrap().items;
            let waits = |effect: &frontdesk_core::effect::Effect| {
                effect.action.kind() == "calendar"
                    && matches!(effect.state, EffectState::Waiting | EffectState::Started)
            };
            if !effects.iter().any(waits) {
                return;
            }
            drop(lines.recv().await);
        }
    };
    tokio::time::timeout(common::PATIENCE, written).await.unwrap();
    let calendar = house.running.gateway.calendar.list("clinic").unwrap();
    assert_eq!(calendar.len(), 1);
    assert_eq!((calendar[0].status, calendar[0].revision), (Status::Confirmed, confirmed.revision));
    house.running.stop().await.unwrap();
}

/// The request as seed 000 prints it.
const SEED_000: &str = r#"{
    "orderId": "APT123",
    "customerPhone": "+6591234567",
    "businessName": "Business Name",
    "appointmentTime": "2025-04-20T19:30:00Z"
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn seed_000s_own_request_rings_the_customer_once() {
    let house = House::open("[sandbox]\npace = 0.0\n", &[("WEBHOOK_AUTH_TOKEN", "secret123")]).await;
    let make_call = || async {
        let request = house
            .http
            .post(format!("{}/api/make-call", house.running.url))
            .header("Authorization", "Basic YWRtaW46c2VjcmV0MTIz")
            .header("Content-Type", "application/json")
            .body(SEED_000);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (status, first) = make_call().await;
    assert_eq!((status, &first["success"]), (200, &json!(true)), "{first}");
    let call = first["data"]["callId"].as_str().unwrap();
    assert!(first["data"]["sessionId"].is_string() && first["data"]["appointmentId"].is_string(), "{first}");

    let (status, again) = make_call().await;
    assert_eq!((status, &again["data"]["callId"]), (200, &json!(call)), "{again}");
    assert_eq!(house.stats().await["calls_placed"], 1);

    // The customer is at the browser phone, and presses 1.
    let ringing = house.get("/sandbox/api/calls?active=true").await;
    let at_phone = ringing[0]["id"].as_str().unwrap().to_owned();
    let press = |what: &str, body: Value| {
        let path = format!("/sandbox/api/calls/{at_phone}/{what}");
        house.ask(Method::POST, &path).json(&body).send()
    };
    assert!(press("answer", json!({})).await.unwrap().status().is_success());
    let carrier = house.running.gateway.carrier.clone().unwrap();
    let mut changes = carrier.changes();
    let asked = async {
        while !carrier.calls(true).iter().any(|call| call.asking) {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(common::PATIENCE, asked).await.unwrap();
    assert!(press("digits", json!({ "digits": "1" })).await.unwrap().status().is_success());
    let id = first["data"]["appointmentId"].as_str().unwrap().parse().unwrap();
    house.until_status(id, Status::Confirmed).await;
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_token() {
    let house = House::open(QUICK, &[]).await;
    for path in ["/api/v1/appointments", "/api/v1/calls", "/sandbox/api/calls", "/sandbox/carrier/v1/stats"] {
        let response = house.http.get(format!("{}{path}", house.running.url)).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
    for path in ["/livez", "/readyz", "/health"] {
        let response = house.http.get(format!("{}{path}", house.running.url)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_show_how_each_carrier_is_and_what_is_under_way() {
    let house = House::open(QUICK, &[]).await;
    let metrics = format!("{}/metrics", house.running.url);
    let seen = house.http.get(&metrics).send().await.unwrap().text().await.unwrap();
    for (state, value) in [("closed", 1), ("open", 0), ("half_open", 0)] {
        let line = format!("frontdesk_carrier_breaker{{carrier=\"sandbox\",state=\"{state}\"}} {value}");
        assert!(seen.contains(&line), "{seen} lacks {line}");
    }
    for state in ["waiting", "started", "uncertain"] {
        let line = format!("frontdesk_effects{{state=\"{state}\"}} ");
        let shown =
            async { while !house.http.get(&metrics).send().await.unwrap().text().await.unwrap().contains(&line) {} };
        // They are counted beside the requests, for the first time at the start.
        assert!(tokio::time::timeout(std::time::Duration::from_secs(20), shown).await.is_ok(), "no {line}");
    }
    house.running.stop().await.unwrap();
}

const ROWS: &[u8] = b"name,phone,starts_at,confirm\nAna,+15005550101,2099-01-01 10:00,none\nBo,+15005550102,2099-01-01 11:00,none\nAna,+15005550101,2099-01-01 10:00,none\n";

#[tokio::test(flavor = "multi_thread")]
async fn repeated_rows_change_nothing_in_a_running_gateway() {
    let house = House::open(QUICK, &[]).await;
    let target = Target::find(&house.config).await.unwrap();
    assert!(matches!(target, Target::Running(_)));
    repeated_rows_change_nothing(&target, &house.config).await;
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_rows_change_nothing_in_a_database_nobody_serves() {
    let house = House::open(QUICK, &[]).await;
    let config = house.config.clone();
    house.running.stop().await.unwrap();
    let target = Target::find(&config).await.unwrap();
    assert!(matches!(target, Target::Database(..)));
    repeated_rows_change_nothing(&target, &config).await;
    target.close().await;
}

async fn repeated_rows_change_nothing(target: &Target, config: &frontdesk_gateway::config::Config) {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        for row in read(ROWS, &config.rules, frontdesk_gateway::clock::now()).unwrap() {
            outcomes.push(target.take(row.unwrap().appointment).await.unwrap());
        }
    }
    use Outcome::{Taken, Unchanged};
    assert_eq!(outcomes, [Taken, Taken, Unchanged, Unchanged, Unchanged, Unchanged]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_before_a_stop_is_done_after_the_next_start() {
    let house = House::open(QUICK, &[]).await;
    let config = house.config.clone();
    let folder = house.folder;
    house.running.stop().await.unwrap();
    // Taken while nobody serves: the database alone remembers it.
    let target = Target::find(&config).await.unwrap();
    let rows = b"name,phone,starts_at,confirm\nAna,+15005550101,2099-01-01 10:00,now\n";
    for row in read(rows, &config.rules, frontdesk_gateway::clock::now()).unwrap() {
        assert_eq!(target.take(row.unwrap().appointment).await.unwrap(), Outcome::Taken);
    }
    target.close().await;
    let socket = frontdesk_gateway::serve::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let secrets = frontdesk_gateway::secrets::Secrets::keep(&config).unwrap();
    let running = frontdesk_gateway::serve::start(&config, &secrets, socket, None).await.unwrap();
    let house = House { folder, config, secrets, running, http: house.http };
    let listed = house.get("/api/v1/appointments").await;
    let id = listed["items"][0]["id"].as_str().unwrap().parse().unwrap();
    house.until_status(id, Status::Confirmed).await;
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_call_is_finished_before_the_gateway_stops() {
    let house = House::open(QUICK, &[]).await;
    let id = house.book("+14155550123").await;
    let carrier = house.running.gateway.carrier.clone().unwrap();
    let mut changes = carrier.changes();
    let mut until = async |wanted: &dyn Fn(&frontdesk_sandbox::carrier::CallView) -> bool| {
        loop {
            if let Some(call) = carrier.calls(true).into_iter().find(|call| wanted(call)) {
                return call.id;
            }
            changes.changed().await.unwrap();
        }
    };
    let call = until(&|call| call.state == "ringing").await;
    carrier.answer(&call).unwrap();
    until(&|call| call.asking).await;

    let (url, config, stopping) =
        (house.running.url.clone(), house.config.clone(), house.running.gateway.stopping.clone());
    let stopped = tokio::spawn(house.running.stop());
    stopping.cancelled().await;
    let ready = house.http.get(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert_eq!(ready.json::<Value>().await.unwrap()["stopping"], true);
    assert!(!stopped.is_finished());
    carrier.press(&call, "1").unwrap();
    tokio::time::timeout(common::PATIENCE, stopped).await.unwrap().unwrap().unwrap();

    let store = frontdesk_gateway::database::open_as_is(&config).await.unwrap();
    assert_eq!(store.appointment(id).await.unwrap().unwrap().status, Status::Confirmed);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_in_this_process_forgets_a_person_with_us() {
    let house = House::open(QUICK, &[]).await;
    // A number that is never picked up gets a message and a mail.
    let id = house.book("+15005550107").await;
    house.until_status(id, Status::Unreached).await;
    let carrier = house.running.gateway.carrier.clone().unwrap();
    assert!(!carrier.calls(false).is_empty());
    carrier.write(carrier.calls(false)[0].to.clone(), None, "thank you".to_owned()).unwrap();
    carrier.at_rest().await;
    let forgotten = house.ask(Method::DELETE, "/api/v1/contacts/+15005550107").send().await.unwrap();
    assert_eq!(forgotten.status(), 200);
    assert!(carrier.calls(false).is_empty());
    assert!(carrier.messages(None).is_empty());
    house.running.stop().await.unwrap();
}
