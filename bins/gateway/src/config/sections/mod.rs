//! The configuration as written: one structure a section, everything optional, nothing checked but shapes.

mod alerts;
mod breaker;
mod business;
mod carriers;
mod desk;
mod elevenlabs;
mod exotel;
mod ivr;
mod jobs;
mod links;
mod opening;
mod policy;
mod sandbox;
mod server;
mod threecx;
mod voices;

pub use alerts::{Alert, Webhook};
pub use breaker::Breaker;
pub use business::{Business, Hours, OwnTexts};
pub use carriers::{EightXEight, EightXEightSms, Twilio, TwilioMessages, TwilioTemplate, TwilioWhatsapp};
pub use desk::{CalDav, Email, GoogleCalendar};
pub use elevenlabs::{ElevenLabs, ElevenLabsFields};
pub use exotel::{Exotel, ExotelSms};
pub use ivr::Ivr;
pub use jobs::{Jobs, Limits};
pub use links::Links;
pub use opening::Opening;
pub use policy::Policy;
pub use sandbox::Sandbox;
pub use server::{Database, Server};
pub use threecx::ThreeCx;
pub use voices::Voices;

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sections {
    /// Carriers for outbound calls, the preferred one first, for businesses that name none.
    pub voice: Option<Vec<String>>,
    /// What answers whoever rings a business that says nothing of its own: `menu`; `stream`, the media socket; `agent`, the
    /// one of `elevenlabs`; `greet`, a greeting at once and then an agent, see `voices`; or `seed`, seed 001's own answer, for contract tests.
    pub inbound: Option<String>,
    /// Who sends text messages: `eightxeight`, `exotel`, `twilio`, or `none`. Absent: the first of them that has a sender.
    pub sms: Option<String>,
    /// Providers whose webhooks are taken without proof of their origin.
    pub insecure_webhooks: Vec<String>,
    /// The only number that is ever dialled or texted.
    pub test_number: Option<String>,
    /// Where the gateway listens and keeps its files.
    pub server: Server,
    /// Which database.
    pub database: Database,
    /// The businesses by id.
    pub businesses: BTreeMap<String, Business>,
    /// Files of flows, by the name under which they are checked: `clinic = "flows/clinic.toml"`.
    pub flows: BTreeMap<String, String>,
    /// IVRs that carriers run, by name; `ivr` is meant where a webhook names none.
    pub ivr: BTreeMap<String, Ivr>,
    /// What the staff is told of, by name.
    pub alerts: BTreeMap<String, Alert>,
    /// Where alerts are posted to, by name.
    pub webhooks: BTreeMap<String, Webhook>,
    /// Files of texts that replace built-in ones, by language: `es = "texts/es.ftl"`.
    pub texts: BTreeMap<String, String>,
    /// Links in messages, behind which people answer by themselves.
    pub links: Links,
    /// How effects are run.
    pub jobs: Jobs,
    /// When a carrier that fails is left alone.
    pub breaker: Breaker,
    /// What keeps one visitor from taking everything.
    pub limits: Limits,
    /// 8x8 as a carrier.
    pub eightxeight: EightXEight,
    /// Twilio as a carrier.
    pub twilio: Twilio,
    /// Exotel: key presses of its flows, calls, text messages.
    pub exotel: Exotel,
    /// Mail.
    pub email: Email,
    /// Google Calendar.
    pub google_calendar: GoogleCalendar,
    /// A calendar on a CalDAV server.
    pub caldav: CalDav,
    /// ElevenLabs: what its voice agents collect, calls that are handed to one.
    pub elevenlabs: ElevenLabs,
    /// 3CX: webhooks about its calls, and calls steered by Call Control.
    pub threecx: ThreeCx,
    /// Greetings, and voices that are made ready meanwhile.
    pub voices: Voices,
    /// The pretended carrier.
    pub sandbox: Sandbox,
}

/// The sections by name, for the nearest known word.
pub const NAMES: [&str; 27] = [
    "voice",
    "inbound",
    "sms",
    "insecure_webhooks",
    "test_number",
    "server",
    "database",
    "businesses",
    "flows",
    "ivr",
    "alerts",
    "webhooks",
    "texts",
    "links",
    "jobs",
    "breaker",
    "limits",
    "eightxeight",
    "twilio",
    "exotel",
    "email",
    "google_calendar",
    "caldav",
    "elevenlabs",
    "threecx",
    "voices",
    "sandbox",
];
