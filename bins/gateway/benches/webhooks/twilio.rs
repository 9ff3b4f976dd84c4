//! Twilio's key presses at the gateway's own door: a signed form comes in, is verified, decided and committed, and TwiML
//! goes out. Every caller asks to hear the menu again, so that each press is a question answered and a question asked.

use super::{
    WEBHOOKS_PER_CALL,
    house::{self, House},
    load::Load,
};
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
use frontdesk_gateway::clock;
use frontdesk_testkit::carriers::twilio::sign;
use futures_util::future::join_all;
use std::{net::SocketAddr, path::Path};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "bench-auth-token";
const NUMBER: &str = "+15005550000";
const PUBLIC: &str = "https://desk.example.com";

/// A gateway that serves Twilio.
pub(crate) struct Door {
    house: House,
    callers: usize,
}

/// Serves the door on a fresh database.
pub(crate) async fn open(folder: &Path) -> Door {
    let variables = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_NUMBER", NUMBER),
        ("BASE_URL", PUBLIC),
    ];
    Door { house: house::open(folder, "twilio", &variables).await, callers: 0 }
}

impl Door {
    pub(crate) fn address(&self) -> SocketAddr {
        self.house.address
    }

    /// Lets callers hear the menu, and prepares what they press.
    pub(crate) async fn load(&mut self, connections: usize, calls: usize) -> Load {
        let presses = u32::try_from(WEBHOOKS_PER_CALL).expect("a few");
        let mut load = vec![Vec::with_capacity(calls * WEBHOOKS_PER_CALL); connections];
        for _ in 0..calls {
            let callers = self.callers + 1..=self.callers + connections;
            self.callers += connections;
            let named = callers.map(|caller| (caller, format!("CA{caller:032x}")));
            let rung = join_all(named.map(async |(caller, sid)| {
                let id = ring(&self.house.engine, &self.house.business, caller, &sid).await;
                (id, sid)
            }));
            for (requests, (id, sid)) in load.iter_mut().zip(rung.await) {
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
