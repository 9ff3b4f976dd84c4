//! Alerts of a running gateway: from what people answer on the telephone to a signed request.

use crate::common::{House, PATIENCE, QUICK};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use frontdesk_core::{
    appointment::Status,
    effect::EffectState,
    id::AppointmentId,
    ports::{EffectFilter, IvrStore},
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// The name of a message, and what it says.
type Got = (String, Value);

/// Refuses the first request, and takes all others.
#[derive(Clone)]
struct Receiver {
    tell: mpsc::UnboundedSender<Got>,
    refused: Arc<AtomicBool>,
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    receiver.tell.send((id, serde_json::from_str(&body).unwrap())).unwrap();
    if receiver.refused.swap(true, Ordering::SeqCst) { StatusCode::NO_CONTENT } else { StatusCode::BAD_GATEWAY }
}

/// Books one after the other whom `who` names, until something is posted.
async fn book_until_posted(
    house: &House,
    got: &mut mpsc::UnboundedReceiver<Got>,
    who: impl Fn(usize) -> String,
) -> (Got, Vec<AppointmentId>) {
    let mut booked = Vec::new();
    let posted = async {
        loop {
            booked.push(house.book(&who(booked.len())).await);
            if let Ok(got) = tokio::time::timeout(Duration::from_millis(200), got.recv()).await {
                return got.unwrap();
            }
        }
    };
    let posted = tokio::time::timeout(PATIENCE, posted).await.expect("something is posted");
    (posted, booked)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_posted_once_and_once_more_when_it_is_over() {
    let (tell, mut got) = mpsc::unbounded_channel();
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/alerts", socket.local_addr().unwrap());
    let router = Router::new().route("/alerts", post(take)).with_state(Receiver { tell, refused: Arc::default() });
    let receiver = tokio::spawn(async move { axum::serve(socket, router).await });
    let toml = format!(
        "{QUICK}\n[alerts.few-confirm]\nwhen = \"confirm_rate\"\nbelow = 50\nover = \"1s\"\nleast = 2\nwebhook = [\"erp\"]\n\
         [webhooks.erp]\nurl = \"{url}\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n"
    );
    let house = House::open(&toml.replace("[jobs]\n", "[jobs]\nlook_at_alerts = \"1s\"\n"), &[]).await;

    let ((id, body), booked) = book_until_posted(&house, &mut got, |n| format!("+1500{n:03}0100")).await;
    assert_eq!((&body["type"], &body["data"]["rule"]), (&"alert.firing".into(), &"few-confirm".into()));
    assert_eq!(body["data"]["value"], 0.0);
    // It was refused, and comes again as what it was.
    let again = tokio::time::timeout(PATIENCE, got.recv()).await.expect("it is posted again").unwrap();
    assert_eq!(again, (id.clone(), body));
    let metrics = house.http.get(format!("{}/metrics", house.running.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("frontdesk_alerts_firing{rule=\"few-confirm\"} 1"), "{metrics}");

    for appointment in booked {
        house.until_status(appointment, Status::Cancelled).await;
    }
    let ((over, body), _) = book_until_posted(&house, &mut got, |n| format!("+1500{n:03}0101")).await;
    assert_eq!(body["type"], "alert.resolved");
    assert_ne!(over, id);

    let alerts = async || {
        let shown = house.get("/api/v1/effects?limit=500").await;
        let shown = shown["items"].as_array().unwrap().clone();
        shown.into_iter().filter(|effect| effect["kind"] == "alert").collect::<Vec<_>>()
    };
    let shown = alerts().await;
    assert_eq!((&shown[1]["alert"]["firing"], &shown[1]["alert"]["to"]), (&true.into(), &"webhook erp".into()));
    // The receiver's answer may still be on its way into the row.
    let store = &house.running.gateway.store;
    let mut lines = store.subscribe();
    let settled = async {
        let filter = || EffectFilter { limit: 500, ..EffectFilter::default() };
        let open = |effect: &frontdesk_core::effect::Effect| {
            effect.action.kind() == "alert" && effect.state != EffectState::Done
        };
        while store.effects(filter()).await.unwrap().items.iter().any(open) {
            drop(lines.recv().await);
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("everything is done");
    assert_eq!(alerts().await.len(), 2);
    assert!(got.try_recv().is_err());
    house.running.stop().await.unwrap();
    receiver.abort();
}
