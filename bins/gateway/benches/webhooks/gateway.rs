//! The gateway's own door on SQLite, with calls that are about to be answered.

use super::{
    WEBHOOKS_PER_CALL,
    load::{Load, request},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    call::{Call, CallState, Direction, Walk},
    id::{AppointmentId, CallId},
    machine::{Happening, advance, take},
    personal::{PersonName, Phone},
    ports::{Decision, IvrStore, Subject},
    rules::Business,
    speech::Language,
};
use frontdesk_gateway::{
    clock,
    config::{self, Inputs},
    secrets::Secrets,
    wire::{Parts, join},
};
use frontdesk_store::Store;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{collections::BTreeMap, net::SocketAddr, path::Path};

const SECRET: &str = "bench-webhook-secret";

/// A gateway that serves.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    business: Business,
}

/// Serves the door on a fresh database.
pub(crate) async fn open(folder: &Path) -> Door {
    let variables = [
        ("FRONTDESK_SANDBOX__WEBHOOK_SECRET", SECRET),
        ("FRONTDESK_ADMIN_TOKEN", "bench-admin-token"),
        ("FRONTDESK_DATA", "gateway"),
        ("FRONTDESK_LIMITS__WEBHOOKS_PER_SECOND", "1000000"),
    ];
    let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let config =
        config::load(&Inputs { file: None, folder: folder.to_owned(), variables }).expect("the configuration holds");
    let secrets = Secrets::keep(&config).expect("the data folder can be written");
    let store = Store::open(&format!("sqlite://{}", folder.join("door.db").display())).await.expect("a database");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let parts = Parts { config: &config, secrets: &secrets, listen: address, store: store.clone(), journal: None };
    let gateway = join(parts).expect("the parts fit");
    let service = gateway.router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });

    let business = config.rules.businesses.values().next().expect("a business").clone();
    Door { address, store, business }
}

impl Door {
    /// Places calls, and prepares what the carrier will send about them. Calls that talk at the same time were placed at
    /// about the same time, as on a real day.
    pub(crate) async fn load(&self, connections: usize, calls: usize) -> Load {
        let mut load = vec![Vec::with_capacity(calls * WEBHOOKS_PER_CALL); connections];
        let now = clock::world().now();
        for _ in 0..calls {
            let placed = join_all((0..connections).map(|_| dial(&self.store, &self.business, now))).await;
            for (requests, call) in load.iter_mut().zip(placed) {
                requests.extend(story(call, now));
            }
        }
        Load(load)
    }
}

/// Writes a call that rings, about an appointment that is being asked about.
async fn dial(store: &Store, business: &Business, now: DateTime<Utc>) -> CallId {
    let (id, call_id) = (AppointmentId(clock::fresh()), CallId(clock::fresh()));
    let phone = Phone::parse("+15005550199", None).expect("a number");
    let customer = Customer {
        name: PersonName::parse("Bench").expect("a name"),
        phone: phone.clone(),
        email: None,
        language: Some(Language::En),
        time_zone: None,
    };
    let new = NewAppointment {
        external_id: None,
        business: business.id.clone(),
        business_name: None,
        customer,
        starts_at: now + chrono::Duration::days(1),
        duration_minutes: 30,
        service: None,
        notes: None,
        confirm: Confirm::None,
    };
    let appointment = take(&business.policy, id, new, now).appointment;
    let appointment = advance(&business.policy, appointment, &Happening::CallBegan { call: call_id }, now).appointment;
    let call = Call {
        id: call_id,
        appointment_id: Some(id),
        effect_id: None,
        round: 1,
        business: business.id.clone(),
        provider: "sandbox".to_owned(),
        provider_call_id: Some(format!("SC{}", call_id.0.simple())),
        direction: Direction::Outbound,
        from: phone.clone(),
        to: phone,
        flow: business.flow.clone(),
        language: Language::En,
        state: CallState::Dialing,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: now,
        started_at: None,
        ended_at: None,
        seconds: None,
        updated_at: now,
    };
    let subject = Subject::New { business: business.id.clone(), external_id: None, id };
    let decision = Decision { call: Some(call), appointment: Some(appointment), ..Decision::default() };
    store.advance(subject, None, now, Box::new(move |_| decision)).await.expect("the call is written");
    call_id
}

/// Picked up, heard again, a wrong key, the right one, the end.
fn story(call: CallId, now: DateTime<Utc>) -> Vec<Vec<u8>> {
    let digits = |turn: u32, key: &str| {
        (format!("digits:{turn}"), format!(r#""type":"digits","step":"menu","turn":{turn},"digits":"{key}""#))
    };
    let events = [
        ("answered:0".to_owned(), r#""type":"answered","by":"human""#.to_owned()),
        digits(1, "9"),
        digits(2, "5"),
        digits(3, "1"),
        ("ended:0".to_owned(), r#""type":"ended","cause":"completed","seconds":20"#.to_owned()),
    ];
    let sc = format!("SC{}", call.0.simple());
    let at = now.to_rfc3339();
    let timestamp = now.timestamp().to_string();
    let path = format!("/webhooks/sandbox/voice?call={call}");
    let hook = |(name, what): (String, String)| {
        let body = format!(
            r#"{{"id":"{sc}:{name}","call":"{sc}","reference":"{call}","from":"+15005550000","to":"+15005550199",{what},"at":"{at}"}}"#
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
        mac.update(format!("{timestamp}.{body}").as_bytes());
        let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
        request(&path, &[("x-sandbox-timestamp", &timestamp), ("x-sandbox-signature", &signature)], &body)
    };
    events.into_iter().map(hook).collect()
}
