//! Writing into a calendar, and asking what is taken there.

use crate::{
    GoogleCalendar,
    event::{Event, FIELDS, FIELDS_TO_KEEP, Marks, body, emptied, names, without_nulls},
    rest::Ask,
    trouble::{Refusal, failed},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use frontdesk_core::{
    appointment::Status,
    id::AppointmentId,
    ports::{Busy, CalendarEntry, Entered, Happened, PortResult, Trouble},
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// How often somebody else may get ahead of one write before it is left to a later attempt.
const TURNS: u32 = 4;

impl GoogleCalendar {
    /// Writes the entry into the event that has its name, or, where that is somebody else's, the next name.
    pub(crate) async fn write(&self, entry: &CalendarEntry) -> PortResult<Entered> {
        let calendar = self.config.calendar_of(&entry.business);
        // A burst of writes into one calendar is refused, and whoever comes second would only read what changes meanwhile.
        let _turn = self.turn(calendar).await?;
        for name in names(&entry.appointment_id) {
            if let Some(event) = self.write_as(calendar, &name, entry).await? {
                return Ok(Entered { id: event.id, link: event.html_link });
            }
        }
        let what = format!("every name of this appointment is taken by other events in the calendar {calendar}");
        Err(failed(Happened::No, Trouble::Broken, what))
    }

    /// `None` when the event of this name is none of ours.
    async fn write_as(&self, calendar: &str, name: &str, entry: &CalendarEntry) -> PortResult<Option<Event>> {
        // Only a first revision is likely to be new.
        let mut there = if entry.revision > 1 { self.event(calendar, name).await? } else { None };
        for _ in 0..TURNS {
            let Some(event) = there else {
                match self.insert(calendar, name, entry).await? {
                    Ok(event) => return Ok(Some(event)),
                    Err(refusal) if refusal.taken() => there = self.event(calendar, name).await?,
                    Err(refusal) => return Err(self.rest.refused(&refusal, calendar, Happened::Maybe)),
                }
                continue;
            };
            let Some(marks) = event.marks().filter(|marks| marks.appointment == entry.appointment_id) else {
                return Ok(None);
            };
            let Some(change) = wanted(&event, &marks, entry) else {
                return Ok(Some(event));
            };
            match self.patch(calendar, &event, entry, change).await? {
                Ok(event) => return Ok(Some(event)),
                Err(refusal) if refusal.overtaken() || refusal.gone() => there = self.event(calendar, name).await?,
                Err(refusal) => return Err(self.rest.refused(&refusal, calendar, Happened::Maybe)),
            }
        }
        let what = "somebody else keeps changing the event; it is written later";
        Err(failed(Happened::Maybe, Trouble::Unavailable, what))
    }

    /// The event of this name, deleted ones included.
    pub(crate) async fn event(&self, calendar: &str, name: &str) -> PortResult<Option<Event>> {
        let query = [("fields", FIELDS_TO_KEEP)];
        match self.rest.try_ask(Ask::new(Method::GET, &["calendars", calendar, "events", name], &query)).await? {
            Ok(event) => read(event, Happened::No).map(Some),
            Err(refusal) if refusal.gone() => Ok(None),
            Err(refusal) => Err(self.rest.refused(&refusal, calendar, Happened::No)),
        }
    }

    async fn insert(&self, calendar: &str, name: &str, entry: &CalendarEntry) -> PortResult<Result<Event, Refusal>> {
        let mut event = without_nulls(body(entry, &Event::default(), true).into());
        event["id"] = name.into();
        let guest = entry.guest.as_ref().filter(|_| self.config.invites() && entry.status != Status::Cancelled);
        let path = ["calendars", calendar, "events"];
        if let Some(guest) = guest {
            let mut inviting = event.clone();
            inviting["attendees"] = json!([{ "email": guest.reveal() }]);
            inviting["guestsCanInviteOthers"] = false.into();
            inviting["guestsCanSeeOtherGuests"] = false.into();
            match self.send(Method::POST, &path, true, &inviting, None).await? {
                // Nothing was written at all: the appointment matters more than the invitation.
                Err(refusal) if refusal.may_not_invite() => {}
                done => return Ok(done),
            }
        }
        self.send(Method::POST, &path, false, &event, None).await
    }

    async fn patch(
        &self,
        calendar: &str,
        event: &Event,
        entry: &CalendarEntry,
        Change { times, tell_guests }: Change,
    ) -> PortResult<Result<Event, Refusal>> {
        // Who was invited, and what the guests answered, is left as it is.
        let change = Value::Object(body(entry, event, times));
        let (path, etag) = (["calendars", calendar, "events", &event.id], event.etag.as_deref());
        // Nor is anybody written to who is not to be contacted.
        if tell_guests && self.config.invites() && entry.guest.is_some() {
            match self.send(Method::PATCH, &path, true, &change, etag).await? {
                Err(refusal) if refusal.may_not_invite() => {}
                done => return Ok(done),
            }
        }
        self.send(Method::PATCH, &path, false, &change, etag).await
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        tell_guests: bool,
        event: &Value,
        etag: Option<&str>,
    ) -> PortResult<Result<Event, Refusal>> {
        let query = [("sendUpdates", if tell_guests { "all" } else { "none" }), ("fields", FIELDS)];
        match self.rest.try_ask(Ask::new(method, path, &query).body(event).only_if(etag)).await? {
            Ok(event) => read(event, Happened::Maybe).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Takes the event out, and what it says of the person before.
    pub(crate) async fn take_out(&self, business: &str, appointment: &AppointmentId) -> PortResult<()> {
        let calendar = self.config.calendar_of(business);
        let _turn = self.turn(calendar).await?;
        for name in names(appointment) {
            let Some(event) = self.event(calendar, &name).await? else {
                // A calendar that is not shared any more has no events either, as far as Google says.
                return self.rest.role(calendar).await.map(drop);
            };
            if event.marks().is_none_or(|marks| marks.appointment != *appointment) {
                continue;
            }
            if event.deleted() {
                return Ok(());
            }
            let path = ["calendars", calendar, "events", &name];
            let quietly = [("sendUpdates", "none"), ("fields", "id")];
            let emptied = emptied();
            let told = [("sendUpdates", if self.config.invites() { "all" } else { "none" })];
            for ask in [Ask::new(Method::PATCH, &path, &quietly).body(&emptied), Ask::new(Method::DELETE, &path, &told)]
            {
                match self.rest.try_ask(ask).await? {
                    Ok(_) => {}
                    Err(refusal) if refusal.gone() => return Ok(()),
                    Err(refusal) => return Err(self.rest.refused(&refusal, calendar, Happened::Maybe)),
                }
            }
            return Ok(());
        }
        Ok(())
    }

    /// What is taken, whoever has taken it.
    /// <https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query>
    pub(crate) async fn taken(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        if from >= to {
            return Ok(Vec::new());
        }
        let calendar = self.config.calendar_of(business);
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        // Whole seconds, and never none of them.
        let to_second = to + Duration::milliseconds(999);
        let question = json!({ "timeMin": time(from), "timeMax": time(to_second), "timeZone": "UTC", "items": [{ "id": calendar }] });
        let answer = self.rest.try_ask(Ask::new(Method::POST, &["freeBusy"], &[]).body(&question)).await?;
        let answer = answer.map_err(|refusal| self.rest.refused(&refusal, calendar, Happened::No))?;
        let broken = || failed(Happened::No, Trouble::Broken, "Google's answer does not say what is taken");
        let answer: FreeBusy = serde_json::from_value(answer).map_err(|_| broken())?;
        // `primary` may come back under the address it stands for.
        let mut calendars = answer.calendars;
        let of =
            calendars.remove(calendar).or_else(|| calendars.into_iter().next().map(|(_, of)| of)).ok_or_else(broken)?;
        if let Some(error) = of.errors.first() {
            // It stands within an answer of 200.
            let status = match error.reason.as_str() {
                "notFound" => 404,
                "internalError" | "backendError" => 503,
                _ => 403,
            };
            let refusal = Refusal { status, reason: error.reason.clone(), retry_after: None };
            return Err(self.rest.refused(&refusal, calendar, Happened::No));
        }
        let mut busy: Vec<_> = of.busy.into_iter().map(|busy| Busy { from: busy.start, to: busy.end }).collect();
        busy.retain(|busy| busy.from < to && busy.to > from);
        busy.sort_unstable();
        Ok(busy)
    }
}

/// What is changed of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    times: bool,
    /// Whether it concerns whoever was invited: another time, or none at all.
    tell_guests: bool,
}

/// Whether the entry is to be written over the event, and then how much of it.
///
/// Where the desk has moved the event and we have not moved the appointment, the desk's time stands, and is told as a
/// [`HandEdit`](frontdesk_core::ports::HandEdit) of the revision that is written now.
fn wanted(event: &Event, marks: &Marks, entry: &CalendarEntry) -> Option<Change> {
    if marks.revision >= entry.revision {
        return None;
    }
    let cancelled = entry.status == Status::Cancelled;
    if event.deleted() {
        // The desk took it out, and cancelled the appointment by that: nothing is to be shown.
        return (!cancelled).then_some(Change { times: true, tell_guests: true });
    }
    let ours_moved = marks.moved_by(entry);
    Some(Change { times: ours_moved || !event.moved(marks), tell_guests: ours_moved || cancelled })
}

fn read(event: Value, doubt: Happened) -> PortResult<Event> {
    let event: Option<Event> = serde_json::from_value(event).ok().filter(|event: &Event| !event.id.is_empty());
    event
        .ok_or_else(|| failed(doubt, Trouble::Broken, "Google's answer holds no event; does base_url lead to its API?"))
}

#[derive(Deserialize)]
struct FreeBusy {
    calendars: std::collections::BTreeMap<String, Taken>,
}

#[derive(Deserialize)]
struct Taken {
    #[serde(default)]
    busy: Vec<Span>,
    #[serde(default)]
    errors: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(default)]
    reason: String,
}
