//! Twilio's key presses at the gateway's own door: a signed form comes in, is verified, decided and committed, and TwiML
//! goes out. Every caller asks to hear the menu again, so that each press is a question answered and a question asked.

use super::{WEBHOOKS_PER_CALL, load::Load};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    call::CallRef,
    engine::Engine,
    event::Event,
    id::CallId,
    personal::{PersonName, Phone},
    ports::{Received, ReceivedAbout},
};
use frontdesk_gateway::{
    clock,
    config::{self, Inputs},
    secrets::Secrets,
    wire::{Parts, join},
};
use frontdesk_store::Store;
use frontdesk_testkit::carriers::twilio::sign;
use std::{collections::BTreeMap, net::SocketAddr, path::Path};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "bench-auth-token";
const NUMBER: &str = "+15005550000";
const PUBLIC: &str = "https://desk.example.com";

/// A gateway that serves Twilio.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    engine: Engine,
    business: String,
    callers: usize,
}

/// Serves the door on a fresh database.
pub(crate) async fn open(folder: &Path) -> Door {
    let variables = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_NUMBER", NUMBER),
        ("BASE_URL", PUBLIC),
        ("FRONTDESK_ADMIN_TOKEN", "bench-admin-token"),
        ("FRONTDESK_DATA", "twilio"),
        ("FRONTDESK_LIMITS__WEBHOOKS_PER_SECOND", "1000000"),
    ];
    let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let config =
        config::load(&Inputs { file: None, folder: folder.to_owned(), variables }).expect("the configuration holds");
    let secrets = Secrets::keep(&config).expect("the data folder can be written");
    let store = Store::open(&format!("sqlite://{}", folder.join("twilio.db").display())).await.expect("a database");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let parts = Parts { config: &config, secrets: &secrets, listen: address, store, journal: None };
    let gateway = join(parts).expect("the parts fit");
    let service = gateway.router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });

    let business = config.rules.businesses.keys().next().expect("a business").clone();
    Door { address, engine: gateway.engine, business, callers: 0 }
}

impl Door {
    /// Lets callers hear the menu, and prepares what they press.
    pub(crate) async fn load(&mut self, connections: usize, calls: usize) -> Load {
        let presses = u32::try_from(WEBHOOKS_PER_CALL).expect("a few");
        let mut load = vec![Vec::with_capacity(calls * WEBHOOKS_PER_CALL); connections];
        for _ in 0..calls {
            for requests in &mut load {
                self.callers += 1;
                let sid = format!("CA{:032x}", self.callers);
                let id = ring(&self.engine, &self.business, self.callers, &sid).await;
                requests.extend((1..=presses).map(|turn| press(id, &sid, turn)));
            }
        }
        Load(load)
    }
}

/// Somebody with an appointment rings, and hears the menu.
async fn ring(engine: &Engine, business: &str, caller: usize, sid: &str) -> CallId {
    let phone = |text: &str| -> Phone { serde_json::from_value(text.into()).expect("it has the shape of a number") };
    let from = phone(&format!("+1500{caller:07}"));
    let customer = Customer {
        name: PersonName::parse("Bench").expect("a name"),
        phone: from.clone(),
        email: None,
        language: None,
        time_zone: None,
    };
    let new = NewAppointment {
        external_id: None,
        business: business.to_owned(),
        business_name: None,
        customer,
        starts_at: clock::now() + Duration::days(1),
        duration_minutes: 30,
        service: None,
        notes: None,
        confirm: Confirm::None,
    };
    engine.book(new, None).await.expect("the store answers");
    let about = ReceivedAbout::Call {
        call: CallRef::Theirs { provider: frontdesk_twilio::NAME.to_owned(), id: sid.to_owned() },
        provider_call_id: Some(sid.to_owned()),
        parties: Some((from, phone(NUMBER))),
    };
    let received = Received::new(about, format!("{sid}:incoming"), Event::Incoming);
    let answered = engine.receive(frontdesk_twilio::NAME, received).await.expect("the store answers");
    answered.call.expect("a call").id
}

/// The key that has the menu said again, as Twilio posts it.
fn press(call: CallId, sid: &str, turn: u32) -> Vec<u8> {
    let path = format!("/webhooks/twilio/voice?call={call}&step=menu&turn={turn}");
    let form = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", sid),
        ("CallStatus", "in-progress"),
        ("Digits", "9"),
        ("Direction", "inbound"),
        ("FinishedOnKey", ""),
        ("From", "+15005550199"),
        ("To", NUMBER),
        ("msg", "Gather End"),
    ];
    let form: Vec<(String, String)> =
        form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let signature = sign(TOKEN, &format!("{PUBLIC}{path}"), &form);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         x-twilio-signature: {signature}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
