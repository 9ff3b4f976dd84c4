//! Who carries the calls: the sandbox in a process of its own, or a pretended vendor in the test's. All of them survive
//! the gateway, as real ones would.

use crate::load::CLIENTS;
use frontdesk_gateway::{clock, wire};
use frontdesk_testkit::{
    Clock,
    carriers::{Ledger, Pace, Pickup, Script, eightxeight, twilio},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub(crate) const SANDBOX_TOKEN: &str = "crash-test-carrier-token";
const SANDBOX_SECRET: &str = "crash-test-carrier-secret";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const AUTH_TOKEN: &str = "crash-test-auth-token";
const API_KEY: &str = "crash-test-api-key";
const WEBHOOK_SECRET: &str = "crash-test-webhook-secret";

/// How the numbers end that are called on the sandbox: those who answer in every way it knows.
const CALLEES: [&str; 10] = ["0101", "0100", "0102", "0105", "0107", "0108", "0110", "0112", "0113", "0114"];

/// How much faster a vendor's clock goes: Twilio keeps what it knows of a call back for a quarter of an hour.
const HASTE: u32 = 300;

/// How long a client waits at least between two bookings with a vendor.
const BREATH: Duration = Duration::from_millis(10);

/// How many more people there are appointments for than were called.
const AHEAD: u64 = 200;

#[derive(Clone)]
pub(crate) enum Carrier {
    Sandbox,
    Twilio(twilio::Twilio),
    EightXEight(eightxeight::EightXEight),
}

impl Carrier {
    pub(crate) async fn twilio() -> Self {
        let clock = Clock::at(clock::now());
        let settings = twilio::Settings {
            account: ACCOUNT.to_owned(),
            token: AUTH_TOKEN.to_owned(),
            clock: clock.clone(),
            pace: Pace::a_second_takes(Duration::from_millis(5)),
        };
        tokio::spawn(async move {
            // By the time that went by and not by ticks: on a busy machine those come late, and its clock would fall behind.
            let mut last = Instant::now();
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let now = Instant::now();
                clock.pass(chrono::Duration::from_std((now - last) * HASTE).unwrap());
                last = now;
            }
        });
        Self::Twilio(twilio::Twilio::start(settings, wire::http_client().unwrap()).await.unwrap())
    }

    pub(crate) async fn eightxeight() -> Self {
        let mut settings = eightxeight::Settings::new(API_KEY, Arc::new(clock::now));
        settings.pace = Pace::a_second_takes(Duration::from_millis(5));
        Self::EightXEight(eightxeight::EightXEight::start(settings, wire::http_client().unwrap()).await.unwrap())
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sandbox => "the sandbox",
            Self::Twilio(_) => "Twilio",
            Self::EightXEight(_) => "8x8",
        }
    }

    /// What a vendor has seen and done; the sandbox counts for itself.
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        match self {
            Self::Sandbox => None,
            Self::Twilio(vendor) => Some(vendor.ledger()),
            Self::EightXEight(vendor) => Some(vendor.ledger()),
        }
    }

    /// Its part of the configuration. The port is the sandbox's.
    pub(crate) fn config(&self, port: u16) -> String {
        match self {
            Self::Sandbox => format!(
                "[sandbox]\npace = 0.0\nbase_url = \"http://127.0.0.1:{port}\"\naccount_token = \"{SANDBOX_TOKEN}\"\n\
                 webhook_secret = \"{SANDBOX_SECRET}\"\n"
            ),
            Self::Twilio(vendor) => format!(
                "[twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"{AUTH_TOKEN}\"\nbase_url = \"{}\"\n\
                 calls_per_minute = 0\n",
                vendor.url()
            ),
            Self::EightXEight(vendor) => format!(
                "[eightxeight]\napi_key = \"{API_KEY}\"\nsubaccount_id = \"acme_voice_01\"\nbase_url = \"{}\"\n\
                 webhook_secret = \"{WEBHOOK_SECRET}\"\ncalls_per_minute = 0\n\
                 [eightxeight.sms]\nsubaccount_id = \"acme_sms_01\"\n",
                vendor.url()
            ),
        }
    }

    /// Whether it can be asked what became of a call; of a message none can.
    pub(crate) fn finds(&self) -> bool {
        !matches!(self, Self::EightXEight(_))
    }

    /// The wait before the first look-up, which is the only one where nobody can be asked (8x8, and text messages).
    pub(crate) fn lookup_after(&self) -> &'static str {
        if matches!(self, Self::Sandbox) { "1s" } else { "40ms" }
    }

    /// Learns where the gateway is, where it has to be told beforehand.
    pub(crate) fn meet(&self, gateway: &str) {
        let Self::EightXEight(vendor) = self else { return };
        for kind in ["VCA", "VSS"] {
            let url = format!("{gateway}/webhooks/eightxeight/{}", kind.to_lowercase()).parse().unwrap();
            let authorization = Some(WEBHOOK_SECRET.to_owned());
            vendor.register(kind, eightxeight::Webhook { url, authorization, enabled: true });
        }
    }

    /// Whom this client books its `n`th appointment for. Everybody has a number of their own: nobody is rung while they are
    /// on the telephone, and who was rung twice can be told from two people. The sandbox has ten thousand.
    pub(crate) fn callee(&self, client: usize, n: usize) -> String {
        let Some(ledger) = self.ledger() else {
            let n = n * CLIENTS + client;
            return format!("+1500{:03}{}", n / CALLEES.len() % 1000, CALLEES[n % CALLEES.len()]);
        };
        let number = format!("+1415{}{n:06}", client + 2);
        ledger.script(&number, script(n + client));
        number
    }

    /// A vendor keeps all it has seen for the count at the end, so it is not given more than can be counted. Nor is more
    /// booked (`booked` so far) than is called meanwhile: on a fast machine the call that a window is about would wait for
    /// thousands of others.
    pub(crate) async fn breathe(&self, booked: u64, stop: &AtomicBool) {
        let Some(ledger) = self.ledger() else { return };
        tokio::time::sleep(BREATH).await;
        // One in fourteen is refused, see `script`.
        while ledger.numbers() as u64 + AHEAD < booked * 13 / 14 && !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(BREATH).await;
        }
    }
}

/// Callees and lines of every kind, one after the other.
fn script(n: usize) -> Script {
    let confirms = || Script::presses(["1"]);
    match n % 14 {
        0 => Script::presses(["0"]),
        1 => Script::presses(["2"]),
        2 => Script::presses(["5", "1"]),
        3 => Script::presses([]),
        4 => Script::unanswered(Pickup::Busy),
        5 => Script::unanswered(Pickup::NoAnswer),
        6 => Script::unanswered(Pickup::Declines),
        7 => Script::unanswered(Pickup::Machine),
        8 => Script { refused: true, ..confirms() },
        9 => Script { loses_answer: true, ..confirms() },
        10 => Script { leaves_in_menu: true, ..confirms() },
        11 => Script { disorderly: true, ..confirms() },
        // The answer takes so long that a kill at random often comes before it.
        12 => Script { answers_after: Duration::from_millis(80), ..confirms() },
        _ => Script { rings_after: Duration::from_millis(80), ..confirms() },
    }
}
