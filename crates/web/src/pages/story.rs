//! What happened, as `gateway explain` tells it: every line of the timeline, every call, everything that was intended.

use super::{
    terms,
    words::{self, Said},
};
use crate::{app::App, problem::Answer};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    call::Call,
    effect::{Effect, EffectState},
    id::{AppointmentId, CallId},
    ports::{CallFilter, EffectFilter, StoredEvent},
};

/// Everything about an appointment or a call.
pub(crate) struct Story {
    /// `Singapore time`
    pub(crate) zone: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) calls: Vec<CallLine>,
    pub(crate) intents: Vec<Intent>,
}

/// A line of the timeline.
pub(crate) struct Line {
    pub(crate) at: String,
    pub(crate) exact: String,
    /// The day, where it is another one than that of the line before.
    pub(crate) day: Option<String>,
    /// The kind, in words.
    pub(crate) what: String,
    pub(crate) tone: &'static str,
    pub(crate) note: String,
}

/// A call in a table.
pub(crate) struct CallLine {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) with: String,
    pub(crate) said: Said,
    pub(crate) keys: String,
    pub(crate) length: String,
}

/// Something that was intended, and how far it has come.
pub(crate) struct Intent {
    pub(crate) what: String,
    pub(crate) due: String,
    pub(crate) exact: String,
    pub(crate) state: Said,
    pub(crate) attempt: u32,
    pub(crate) because: String,
}

/// What a story is told from.
pub(crate) struct Material {
    pub(crate) calls: Vec<Call>,
    pub(crate) effects: Vec<Effect>,
    events: Vec<StoredEvent>,
}

impl Material {
    /// Everything about an appointment: its calls included, the oldest first.
    pub(crate) async fn of_appointment(app: &App, id: AppointmentId) -> Answer<Self> {
        let store = app.store();
        let filter = CallFilter { appointment_id: Some(id), limit: 500, ..CallFilter::default() };
        let mut calls = store.calls(filter).await?.items;
        calls.reverse();
        let filter = EffectFilter { appointment_id: Some(id), limit: 500, ..EffectFilter::default() };
        let effects = store.effects(filter).await?.items;
        Ok(Self { calls, effects, events: store.timeline(Some(id), None).await? })
    }

    /// Everything about one call.
    pub(crate) async fn of_call(app: &App, id: CallId) -> Answer<Self> {
        let store = app.store();
        let filter = EffectFilter { call_id: Some(id), limit: 500, ..EffectFilter::default() };
        let effects = store.effects(filter).await?.items;
        Ok(Self { calls: Vec::new(), effects, events: store.timeline(None, Some(id)).await? })
    }

    /// The story, by the clocks of `zone`.
    pub(crate) fn told(&self, zone: Tz, now: DateTime<Utc>) -> Story {
        let mut effects: Vec<&Effect> = self.effects.iter().collect();
        effects.sort_by_key(|effect| (effect.created_at, effect.id));
        Story {
            zone: words::zone_name(zone),
            lines: lines(&self.events, zone),
            calls: self.calls.iter().map(|call| call_line(call, zone, now)).collect(),
            intents: effects.into_iter().map(|effect| intent(effect, zone, now)).collect(),
        }
    }
}

fn lines(events: &[StoredEvent], zone: Tz) -> Vec<Line> {
    let mut day = None;
    let line = |event: &StoredEvent| {
        let local = event.at.with_timezone(&zone);
        let new_day = day.replace(local.date_naive()) != Some(local.date_naive());
        Line {
            at: local.format("%H:%M:%S").to_string(),
            exact: local.to_rfc3339(),
            day: new_day.then(|| local.format("%A %-d %B %Y").to_string()),
            what: event.recorded.kind.replace('_', " "),
            tone: match event.recorded.kind.as_str() {
                "failed" => "bad",
                "uncertain" | "waiting" | "again" | "skipped" | "parked" => "warn",
                _ => "plain",
            },
            note: words::capital(&event.recorded.note),
        }
    };
    events.iter().map(line).collect()
}

fn call_line(call: &Call, zone: Tz, now: DateTime<Utc>) -> CallLine {
    CallLine {
        id: call.id.to_string(),
        at: words::moment(call.created_at, zone, now),
        exact: call.created_at.with_timezone(&zone).to_rfc3339(),
        with: format!("{} by {}", call.party(), call.provider),
        said: terms::call(call),
        keys: call.walk.path.join(" "),
        length: call.seconds.map(terms::length).unwrap_or_default(),
    }
}

fn intent(effect: &Effect, zone: Tz, now: DateTime<Utc>) -> Intent {
    let state = match effect.state {
        EffectState::Waiting if effect.due_at <= now => "Due now",
        state => terms::effect_state(state),
    };
    Intent {
        what: words::capital(&effect.action.intent()),
        due: words::moment(effect.due_at, zone, now),
        exact: effect.due_at.with_timezone(&zone).to_rfc3339(),
        state: Said::new(terms::effect_tone(effect.state), state),
        attempt: effect.attempt,
        because: words::capital(&effect.because()),
    }
}
