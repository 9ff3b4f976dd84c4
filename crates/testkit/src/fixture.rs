use chrono::{DateTime, Utc};
use frontdesk_core::{
    booking::Booking,
    ivr::Capture,
    ports::{Fate, Received, ReceivedAbout, WebhookRequest},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A recorded webhook: `fixtures/<provider>/<case>/request.json`, and beside it, in `expected.json`, what it means.
///
/// `UPDATE_FIXTURES=1` writes the expectations anew from what the adapter understands; read the difference before you
/// keep it.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The folder's name.
    pub name: String,
    /// The secret the provider was configured with.
    pub secret: String,
    /// When it arrived.
    pub now: DateTime<Utc>,
    request: WebhookRequest,
    expected: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    secret: String,
    now: DateTime<Utc>,
    #[serde(default = "post")]
    method: String,
    hook: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    /// Anything a reader should know.
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    note: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

/// Every fixture of a provider, by name.
///
/// # Panics
/// When there is none, or one cannot be read.
#[must_use]
pub fn fixtures(provider: &str) -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(provider);
    let entries = fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    folders.retain(|folder| folder.join("request.json").is_file());
    folders.sort();
    assert!(!folders.is_empty(), "{} holds no case with a request.json", root.display());
    folders.iter().map(|folder| Fixture::read(folder)).collect()
}

impl Fixture {
    fn read(folder: &Path) -> Self {
        let path = folder.join("request.json");
        let broken = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", path.display()) };
        let text = fs::read_to_string(&path).unwrap_or_else(|error| broken(&error));
        let recorded: Recorded = serde_json::from_str(&text).unwrap_or_else(|error| broken(&error));
        let request = WebhookRequest {
            method: recorded.method,
            hook: recorded.hook,
            url: recorded.url,
            headers: recorded.headers,
            body: recorded.body.into_bytes(),
            peer: None,
        };
        Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            secret: recorded.secret,
            now: recorded.now,
            request,
            expected: folder.join("expected.json"),
        }
    }

    /// The request as it came in.
    #[must_use]
    pub fn request(&self) -> WebhookRequest {
        self.request.clone()
    }

    /// Holds what was understood against the expectation, or writes it down under `UPDATE_FIXTURES=1`.
    ///
    /// # Panics
    /// When it is something else than expected, or nothing is expected yet.
    pub fn expect(&self, received: &Received) {
        let got = described(received);
        if updating() {
            let text = serde_json::to_string_pretty(&got).expect("a JSON value is written");
            fs::write(&self.expected, text + "\n")
                .unwrap_or_else(|error| panic!("{}: {error}", self.expected.display()));
            return;
        }
        let read = fs::read_to_string(&self.expected);
        let text =
            read.unwrap_or_else(|error| panic!("{}: {error}; UPDATE_FIXTURES=1 writes it", self.expected.display()));
        let expected: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", self.expected.display()));
        assert_eq!(got, expected, "{} means something else; UPDATE_FIXTURES=1 writes it anew", self.name);
    }
}

#[expect(clippy::disallowed_methods, reason = "whether expectations are written anew is told by the environment")]
fn updating() -> bool {
    std::env::var("UPDATE_FIXTURES").is_ok_and(|value| value == "1")
}

fn described(received: &Received) -> Value {
    let about = match &received.about {
        ReceivedAbout::Call { call, provider_call_id, parties } => {
            json!({ "call": call, "provider_call_id": provider_call_id, "parties": parties })
        }
        ReceivedAbout::Message { from, to, channel, body } => {
            json!({ "from": from, "to": to, "channel": channel, "body": body })
        }
        ReceivedAbout::Sent { effect, reference, fate } => {
            let (reason, opted_out) = match fate {
                Fate::Undelivered { reason, opted_out } => (Some(reason), *opted_out),
                Fate::UnderWay | Fate::Delivered | Fate::Read => (None, false),
            };
            let fate = match fate {
                Fate::UnderWay => "under way",
                Fate::Delivered => "delivered",
                Fate::Read => "read",
                Fate::Undelivered { .. } => "undelivered",
            };
            json!({ "effect": effect, "reference": reference, "fate": fate, "reason": reason, "opted_out": opted_out })
        }
        ReceivedAbout::Capture { capture, answer } => {
            let Capture { sid, flow, step, raw, digits, told_at, started_at, from, phone, to, called, circle } =
                &**capture;
            json!({
                "call": sid, "flow": flow, "step": step, "raw": raw, "digits": digits, "told_at": told_at,
                "started_at": started_at, "from": from, "phone": phone, "to": to, "called": called, "circle": circle,
                "answer": { "status": answer.status, "content_type": answer.content_type, "body": answer.body },
            })
        }
        ReceivedAbout::Booking { booking, dialect } => {
            let Booking {
                key,
                by_words,
                conversation,
                call,
                called,
                business,
                phone,
                name,
                email,
                when,
                told,
                wish,
                service,
                summary,
                language,
                at,
                seconds,
            } = &**booking;
            let mut described = json!({
                "dialect": dialect, "key": key, "conversation": conversation, "called": called, "business": business,
                "phone": phone, "name": name, "email": email, "when": when, "told": told, "wish": wish,
                "service": service, "summary": summary, "language": language, "at": at, "seconds": seconds,
            });
            // Few have one.
            if let Some(call) = call {
                described["call"] = json!(call);
            }
            if *by_words {
                described["by_words"] = json!(true);
            }
            described
        }
        ReceivedAbout::Nothing { answer } => json!({ "answer": { "status": answer.status, "body": answer.body } }),
        ReceivedAbout::Caller { from, to } => json!({ "from": from, "to": to }),
    };
    let Received { once, event, hold, heard, at, .. } = received;
    json!({ "about": about, "once": once, "event": event, "hold": hold, "heard": heard, "at": at })
}
