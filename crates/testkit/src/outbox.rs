//! Somebody who sends messages, and a calendar, pretended in memory.

use crate::Line;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Status,
    effect::Channel,
    id::{AppointmentId, EffectId},
    ports::{
        Busy, CalendarEntry, CalendarSink, Entered, Happened, Notification, Notifier, Port, PortError, PortResult,
        Trouble,
    },
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Debug, Default)]
struct Outbox {
    plan: VecDeque<Line>,
    sent: Vec<(EffectId, Notification)>,
    untold: Vec<EffectId>,
}

/// Sends SMS, WhatsApp and mail into a list.
#[derive(Debug, Default)]
pub struct PretendNotifier {
    outbox: Mutex<Outbox>,
}

impl PretendNotifier {
    /// The lines of the messages to come; one for each request, retries included.
    pub fn plan(&self, lines: impl IntoIterator<Item = Line>) {
        self.outbox().plan.extend(lines);
    }

    /// Every message that really went out, in order. A message sent twice is in it twice.
    #[must_use]
    pub fn sent(&self) -> Vec<(EffectId, Notification)> {
        self.outbox().sent.clone()
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port for PretendNotifier {
    fn name(&self) -> &str {
        "pretend"
    }
}

#[async_trait]
impl Notifier for PretendNotifier {
    fn channels(&self) -> &[Channel] {
        &[Channel::Sms, Channel::Whatsapp, Channel::Email]
    }

    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        if !self.channels().contains(&notification.channel) {
            return Err(PortError::unsupported("pretend", "send on this channel"));
        }
        let mut outbox = self.outbox();
        let line = outbox.plan.pop_front().unwrap_or_default();
        // What is said about callbacks means nothing for a message, and nobody lies about one.
        let line = if line == Line::Lies { Line::Good } else { line };
        if line.acts() {
            outbox.sent.push((*effect, notification.clone()));
        }
        if !line.tells() {
            outbox.untold.push(*effect);
        }
        let error = |happened, trouble, what: &str| Err(PortError::new("pretend", happened, trouble, what));
        match line {
            Line::Good | Line::Lies | Line::LosesCallbacks | Line::Disorder => Ok(format!("M-{effect}")),
            Line::Away => error(Happened::No, Trouble::Unavailable, "nobody there"),
            Line::Refuses => error(Happened::No, Trouble::Refused, "this address is not written to"),
            _ => error(Happened::Maybe, Trouble::Unavailable, "no answer came"),
        }
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<String>> {
        let outbox = self.outbox();
        if outbox.untold.contains(effect) {
            let what = "the look-up got no answer";
            return Err(PortError::new("pretend", Happened::No, Trouble::Unavailable, what));
        }
        Ok(outbox.sent.iter().any(|(sent, _)| sent == effect).then(|| format!("M-{effect}")))
    }
}

/// A calendar in memory.
#[derive(Debug, Default)]
pub struct PretendCalendar {
    entries: Mutex<BTreeMap<AppointmentId, CalendarEntry>>,
    away: Mutex<u32>,
}

impl PretendCalendar {
    /// Is away for so many requests.
    pub fn away_for(&self, requests: u32) {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = requests;
    }

    fn answers(&self) -> PortResult<()> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if *away > 0 {
            *away -= 1;
            return Err(PortError::new("pretend", Happened::No, Trouble::Unavailable, "the calendar is away"));
        }
        Ok(())
    }

    /// What it shows.
    #[must_use]
    pub fn entries(&self) -> Vec<CalendarEntry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl Port for PretendCalendar {
    fn name(&self) -> &str {
        "pretend"
    }
}

#[async_trait]
impl CalendarSink for PretendCalendar {
    async fn put(&self, entry: &CalendarEntry, _effect: &EffectId) -> PortResult<Entered> {
        self.answers()?;
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = entries.get(&entry.appointment_id).is_none_or(|there| there.revision <= entry.revision);
        if newer {
            entries.insert(entry.appointment_id, entry.clone());
        }
        Ok(Entered { id: format!("E-{}", entry.appointment_id), link: None })
    }

    async fn busy(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        self.answers()?;
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let takes_time =
            entries.values().filter(|entry| entry.business == business && entry.status != Status::Cancelled);
        let mut busy: Vec<_> = takes_time.map(|entry| Busy { from: entry.starts_at, to: entry.ends_at }).collect();
        busy.retain(|busy| busy.from < to && busy.to > from);
        busy.sort_unstable();
        Ok(busy)
    }

    async fn remove(&self, _business: &str, appointment: &AppointmentId) -> PortResult<()> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(appointment);
        Ok(())
    }
}
