//! Compares what came out with what was scripted.

use super::people::Scripted;
use crate::{
    failure::Failure,
    term::{Ink, Table, Tone},
};
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{Call, CallState},
    effect::{Action, Channel, Effect, EffectState, Message},
    id::AppointmentId,
    ports::{CallFilter, EffectFilter, IvrStore},
};
use frontdesk_sandbox::LocalCalendar;
use frontdesk_store::Store;
use std::collections::BTreeMap;

/// What the carrier says about itself.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Stats {
    calls_placed: usize,
    duplicate_placements: u64,
    messages_sent: usize,
    duplicate_messages: u64,
    /// How often a call was asked for, by our id of it.
    references: BTreeMap<String, u64>,
}

/// What came of one appointment.
pub(super) struct Verdict {
    pub(super) name: String,
    script: String,
    expected: Status,
    appointment: Appointment,
    keys: Vec<String>,
    calls: usize,
    sent: Vec<Channel>,
    calendar: Option<Status>,
    /// What is not as scripted; empty when everything is.
    pub(super) wrong: Vec<String>,
}

/// Where everything is looked up.
pub(super) struct Books<'a> {
    pub(super) store: &'a Store,
    pub(super) calendar: &'a LocalCalendar,
    pub(super) stats: &'a Stats,
}

impl Books<'_> {
    pub(super) async fn judge(&self, id: AppointmentId, person: &Scripted) -> Result<Verdict, Failure> {
        let lost = || Failure::wrong(format!("appointment {id} is not in the book any more"));
        let appointment = self.store.appointment(id).await?.ok_or_else(lost)?;
        let filter = CallFilter { appointment_id: Some(id), limit: 100, ..CallFilter::default() };
        let calls = self.store.calls(filter).await?.items;
        let filter = EffectFilter { appointment_id: Some(id), limit: 500, ..EffectFilter::default() };
        let effects = self.store.effects(filter).await?.items;
        let business = appointment.business.clone();
        let calendar = self.calendar.clone();
        let entries = tokio::task::spawn_blocking(move || calendar.list(&business)).await;
        let entries = entries
            .map_err(|error| Failure::broken(error.to_string()))?
            .map_err(|error| Failure::broken(error.to_string()))?;
        let entry = entries.into_iter().find(|entry| entry.appointment_id == id);
        let mut verdict = Verdict {
            name: appointment.customer.name.reveal().to_owned(),
            script: person.script.clone(),
            expected: person.expected,
            keys: calls.first().map(pressed).unwrap_or_default(),
            calls: calls.len(),
            sent: sent(&effects),
            calendar: entry.as_ref().map(|entry| entry.status),
            appointment,
            wrong: Vec::new(),
        };
        verdict.wrong = self.faults(&verdict, person, &calls, entry.map(|entry| entry.revision));
        Ok(verdict)
    }

    fn faults(&self, verdict: &Verdict, person: &Scripted, calls: &[Call], shown: Option<u32>) -> Vec<String> {
        let mut wrong = Vec::new();
        let status = verdict.appointment.status;
        if status != person.expected {
            wrong.push(format!("is {}, not {}", words(status), words(person.expected)));
        }
        if verdict.calls != person.calls {
            wrong.push(format!("was rung {} times, not {}", verdict.calls, person.calls));
        }
        if calls.iter().any(|call| call.state != CallState::Ended) {
            wrong.push("a call is not over".to_owned());
        }
        if verdict.keys != person.keys {
            wrong.push(format!("pressed {:?}, not {:?}", verdict.keys, person.keys));
        }
        if verdict.sent != person.messages {
            wrong.push("was not sent exactly what was scripted".to_owned());
        }
        if verdict.calendar != Some(status) || shown != Some(verdict.appointment.revision) {
            wrong.push("the calendar does not show it".to_owned());
        }
        let placed_twice =
            |call: &Call| self.stats.references.get(&call.id.to_string()).is_some_and(|times| *times > 1);
        if calls.iter().any(placed_twice) {
            wrong.push("one call was placed twice".to_owned());
        }
        // Whoever pressed a key was rung by a call the carrier has placed exactly once.
        let heard = calls.iter().filter(|call| !call.walk.path.is_empty());
        if heard.into_iter().any(|call| self.stats.references.get(&call.id.to_string()) != Some(&1)) {
            wrong.push("the carrier does not count its call once".to_owned());
        }
        wrong
    }
}

fn pressed(call: &Call) -> Vec<String> {
    call.walk.path.iter().filter_map(|step| step.split_once('=').map(|(_, keys)| keys.to_owned())).collect()
}

/// The questions that went out by message, in the order of the ladder.
fn sent(effects: &[Effect]) -> Vec<Channel> {
    let mut sent: Vec<Channel> = effects
        .iter()
        .filter(|effect| effect.state == EffectState::Done)
        .filter_map(|effect| match effect.action {
            Action::Notify { channel, message: Message::AskToConfirm } => Some(channel),
            _ => None,
        })
        .collect();
    sent.sort_unstable();
    sent
}

fn words(status: Status) -> String {
    status.as_str().replace('_', " ")
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Confirmed => Tone::Good,
        Status::Cancelled | Status::RescheduleRequested => Tone::Warn,
        Status::Unreached => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// The appointments, each with what was expected of it and what came out.
pub(super) fn table(verdicts: &[Verdict], ink: Ink) -> String {
    let mut table = Table::new(&["who", "their telephone", "expected", "came out", "calls", "keys", "sent", ""]);
    for verdict in verdicts {
        let status = verdict.appointment.status;
        let sent: Vec<_> = verdict.sent.iter().map(|channel| channel.as_str()).collect();
        let (mark, said) = if verdict.wrong.is_empty() {
            (Tone::Quiet, "as scripted".to_owned())
        } else {
            (Tone::Bad, verdict.wrong.join("; "))
        };
        table.row(vec![
            (Tone::Bold, verdict.name.clone()),
            (Tone::Quiet, verdict.script.clone()),
            (Tone::Plain, words(verdict.expected)),
            (tone(status), words(status)),
            (Tone::Plain, verdict.calls.to_string()),
            (Tone::Plain, verdict.keys.join(" ")),
            (Tone::Plain, sent.join(", ")),
            (mark, said),
        ]);
    }
    table.text(ink)
}

/// The carrier's own count, in one line.
pub(super) fn counts(stats: &Stats) -> String {
    format!(
        "The carrier counts {} calls and {} messages, {} calls and {} messages asked for twice.",
        stats.calls_placed, stats.messages_sent, stats.duplicate_placements, stats.duplicate_messages
    )
}
