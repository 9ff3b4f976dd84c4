//! `gateway explain`: everything that happened to an appointment or a call, in one timeline, numbers masked.

use crate::{
    config::{Config, Inputs},
    database,
    failure::Failure,
    logging,
    term::{self, Ink, Table, Tone},
    wire,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    effect::{Effect, EffectState},
    id::{AppointmentId, CallId},
    ivr,
    ports::{CallFilter, CaptureStore, EffectFilter, IvrStore, StoredEvent},
};
use frontdesk_store::Store;
use std::str::FromStr;
use uuid::Uuid;

/// What may be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    /// An appointment or a call of ours.
    Ours(Uuid),
    /// A call in an IVR that a carrier runs.
    Captured(i64),
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let captured = || text.parse().ok().filter(|id| *id > 0).map(Self::Captured);
        text.parse().ok().map(Self::Ours).or_else(captured).ok_or_else(|| {
            "ids look like 019aa06f-4c80-8a1b-9c2d-3e4f5a6b7c8d; `gateway export appointments` lists them".to_owned()
        })
    }
}

/// Prints the timeline of an appointment or call.
///
/// # Errors
/// Exit code 1 when there is nothing of this id, 2 when the database is away.
pub async fn run(config: &Config, inputs: &Inputs, id: Id, json: bool) -> Result<(), Failure> {
    logging::start(inputs, "warn");
    let store = database::open_as_is(config).await?;
    let id = match id {
        Id::Ours(id) => id,
        Id::Captured(id) => {
            let call = store.captured_call(id).await;
            store.close().await;
            return captured(config, id, call?, json);
        }
    };
    let story = Story::read(&store, id).await;
    store.close().await;
    let Some(story) = story? else {
        return Err(Failure::wrong(format!(
            "there is no appointment or call {id}; ids stand in `gateway export` and the dashboard"
        )));
    };
    if json {
        term::say(&format!("{}\n", story.json()))?;
    } else {
        let zone = story.zone(config);
        term::say(&story.text(zone, Ink(term::colour(&std::io::stdout(), inputs))))?;
    }
    Ok(())
}

/// A captured call has no timeline: what is known of it are its presses, and they are shown elsewhere.
fn captured(config: &Config, id: i64, call: Option<ivr::Call>, json: bool) -> Result<(), Failure> {
    let Some(call) = call else {
        let listed = "they are listed at /ivr, and by `gateway export ivr-paths`";
        return Err(Failure::wrong(format!("no call {id} was captured in a carrier's IVR; {listed}")));
    };
    let local = || format!("http://{}", wire::reachable(config.listen));
    let base = config.public_url.as_ref().map_or_else(local, |url| url.as_written().trim_end_matches('/').to_owned());
    let (page, presses) = (format!("{base}/ivr/calls/{id}"), call.inputs.len());
    if json {
        let told = serde_json::json!({
            "captured": { "id": id, "provider": call.provider, "provider_call_id": call.sid, "business": call.business,
                "flow": call.flow, "started_at": call.started_at, "presses": presses, "page": page },
        });
        return term::say(&format!("{told}\n"));
    }
    let keys = if presses == 1 { "1 key press".to_owned() } else { format!("{presses} key presses") };
    term::say(&format!(
        "Call {id} went through the IVR {} of {}, which told {keys}. They are shown at {page}; `gateway export ivr-inputs` \
         lists those of all calls.\n",
        call.flow, call.provider
    ))
}

/// All there is to tell.
struct Story {
    appointment: Option<Appointment>,
    calls: Vec<Call>,
    effects: Vec<Effect>,
    events: Vec<StoredEvent>,
}

impl Story {
    async fn read(store: &Store, id: Uuid) -> Result<Option<Self>, Failure> {
        let mut appointment = store.appointment(AppointmentId(id)).await?;
        let call = store.call(CallId(id)).await?;
        if appointment.is_none() && call.is_none() {
            return Ok(None);
        }
        if let (None, Some(of)) = (&appointment, call.as_ref().and_then(|call| call.appointment_id)) {
            appointment = store.appointment(of).await?;
        }
        let (about, only) = match &call {
            Some(call) => (None, Some(call.id)),
            None => (appointment.as_ref().map(|appointment| appointment.id), None),
        };
        let calls = match (call, about) {
            (Some(call), _) => vec![call],
            (None, about) => {
                let filter = CallFilter { appointment_id: about, limit: 500, ..CallFilter::default() };
                let mut calls = store.calls(filter).await?.items;
                calls.reverse();
                calls
            }
        };
        let filter = EffectFilter { appointment_id: about, call_id: only, limit: 500, ..EffectFilter::default() };
        let mut effects = store.effects(filter).await?.items;
        effects.sort_by_key(|effect| (effect.created_at, effect.id));
        let events = store.timeline(about, only).await?;
        Ok(Some(Self { appointment, calls, effects, events }))
    }

    fn zone(&self, config: &Config) -> Tz {
        let business = self.appointment.as_ref().map(|appointment| &appointment.business);
        let business = business.or_else(|| self.calls.first().map(|call| &call.business));
        business.and_then(|id| config.rules.business(id)).map_or(Tz::UTC, |business| business.time_zone)
    }

    fn text(&self, zone: Tz, ink: Ink) -> String {
        let at = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string();
        let mut out = String::new();
        if let Some(appointment) = &self.appointment {
            let person = &appointment.customer;
            let head = format!("{} on {} ({})", person.name, at(appointment.starts_at), zone.name());
            out.push_str(&format!("{}\n", ink.paint(Tone::Bold, &head)));
            let why = appointment.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
            let status = appointment.status.as_str().replace('_', " ");
            out.push_str(&format!(
                "{status}{why}; {} in round {}; number {}; appointment {}\n\n",
                times(appointment.tries),
                appointment.round,
                person.phone,
                appointment.id
            ));
        }
        let mut lines = Table::new(&["when", "what", "and"]);
        for event in &self.events {
            let tone = match event.recorded.kind.as_str() {
                "failed" => Tone::Bad,
                "uncertain" | "waiting" | "again" | "skipped" | "parked" => Tone::Warn,
                _ => Tone::Plain,
            };
            let what = event.recorded.kind.replace('_', " ");
            lines.row(vec![(Tone::Quiet, at(event.at)), (tone, what), (Tone::Plain, event.recorded.note.clone())]);
        }
        out.push_str(&lines.text(ink));
        if !self.calls.is_empty() {
            let mut calls = Table::new(&["call", "began", "with", "outcome", "keys", "seconds", "message"]);
            for call in &self.calls {
                let outcome =
                    call.outcome.map_or_else(|| call.state.as_str(), |outcome| outcome.as_str()).replace('_', " ");
                calls.row(vec![
                    (Tone::Plain, call.id.to_string()),
                    (Tone::Quiet, at(call.created_at)),
                    (Tone::Plain, format!("{} by {}", call.to, call.provider)),
                    (Tone::Plain, outcome),
                    (Tone::Plain, call.walk.path.join(" ")),
                    (Tone::Plain, call.seconds.map_or(String::new(), |seconds| seconds.to_string())),
                    (Tone::Plain, recording(call).unwrap_or_default().to_owned()),
                ]);
            }
            out.push_str(&format!("\n{}", calls.text(ink)));
        }
        if !self.effects.is_empty() {
            let mut effects = Table::new(&["intent", "due", "state", "begun", "because"]);
            for effect in &self.effects {
                let tone = match effect.state {
                    EffectState::Failed => Tone::Bad,
                    EffectState::Uncertain => Tone::Warn,
                    EffectState::Done => Tone::Good,
                    EffectState::Skipped => Tone::Quiet,
                    EffectState::Waiting | EffectState::Started => Tone::Plain,
                };
                effects.row(vec![
                    (Tone::Plain, effect.action.intent()),
                    (Tone::Quiet, at(effect.due_at)),
                    (tone, effect.state.as_str().to_owned()),
                    (Tone::Plain, effect.attempt.to_string()),
                    (Tone::Plain, effect.because()),
                ]);
            }
            out.push_str(&format!("\n{}", effects.text(ink)));
        }
        out
    }

    fn json(&self) -> serde_json::Value {
        let appointment = self.appointment.as_ref().map(|appointment| {
            serde_json::json!({
                "id": appointment.id, "external_id": appointment.external_id, "business": appointment.business,
                "status": appointment.status, "reason": appointment.reason, "starts_at": appointment.starts_at,
                "round": appointment.round, "tries": appointment.tries,
            })
        });
        let calls: Vec<_> = self
            .calls
            .iter()
            .map(|call| {
                serde_json::json!({
                    "id": call.id, "provider": call.provider, "provider_call_id": call.provider_call_id, "state": call.state,
                    "outcome": call.outcome, "path": call.walk.path, "seconds": call.seconds, "recording": recording(call),
                    "transcript": call.transcript,
                    "created_at": call.created_at,
                })
            })
            .collect();
        let effects: Vec<_> = self
            .effects
            .iter()
            .map(|effect| {
                serde_json::json!({
                    "id": effect.id, "kind": effect.action.kind(), "state": effect.state, "due_at": effect.due_at,
                    "attempt": effect.attempt, "reason": effect.reason, "result": effect.result, "tried": effect.tried,
                })
            })
            .collect();
        serde_json::json!({ "appointment": appointment, "calls": calls, "effects": effects, "events": self.events })
    }
}

/// Where the message that was left is kept. For whoever may read the database; no log has it.
fn recording(call: &Call) -> Option<&str> {
    call.recording.as_ref().map(|link| link.reveal())
}

fn times(tries: u32) -> String {
    if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") }
}
