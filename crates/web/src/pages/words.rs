//! The front desk's words for what the machines know.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::{OffsetName, Tz};
use frontdesk_core::{
    appointment::{Answered, Appointment, Confirm, Status},
    breaker::BreakerState,
    call::{Call, CallState, Direction},
    effect::{Action, Channel, Effect, EffectState},
    engine::CarrierState,
};

/// A status in words, with a tone and a mark that say the same without colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    /// `good`, `warn`, `bad`, `live` or `plain`: a class of the style sheet.
    pub(crate) tone: &'static str,
    pub(crate) mark: &'static str,
}

impl Said {
    pub(crate) fn new(tone: &'static str, text: impl Into<String>) -> Self {
        let mark = match tone {
            "good" => "✓",
            "warn" => "!",
            "bad" => "✕",
            "live" => "☎",
            _ => "·",
        };
        Self { text: text.into(), tone, mark }
    }
}

/// What has become of an appointment.
pub(crate) fn status(it: &Appointment, zone: Tz, now: DateTime<Utc>) -> Said {
    let by = |said: &str| match &it.answer {
        Some(answer) => format!("{said} {}", how(answer, zone, now)),
        None => said.to_owned(),
    };
    match it.status {
        Status::Scheduled if it.confirm == Confirm::None => Said::new("plain", "Booked"),
        Status::Scheduled => Said::new("plain", "Not asked yet"),
        Status::Confirming if it.live_call.is_some() => Said::new("plain", "Being called now"),
        Status::Confirming => Said::new(
            "plain",
            match it.tries {
                0 => "Being asked".to_owned(),
                1 => "Being asked, called once".to_owned(),
                n => format!("Being asked, called {n} times"),
            },
        ),
        Status::Confirmed => Said::new("good", by("Confirmed")),
        Status::Cancelled => Said::new("bad", by("Cancelled")),
        Status::RescheduleRequested => Said::new(
            "warn",
            match &it.answer {
                Some(answer) => format!("Wants another time ({})", how(answer, zone, now)),
                None => "Wants another time".to_owned(),
            },
        ),
        Status::Unreached => Said::new(
            "warn",
            match &it.reason {
                Some(reason) => format!("Not reached: {reason}"),
                None => "Not reached".to_owned(),
            },
        ),
        Status::Completed => Said::new("good", "Done"),
        Status::NoShow => Said::new("bad", "Did not come"),
    }
}

/// `by phone, 14:02`
fn how(answer: &Answered, zone: Tz, now: DateTime<Utc>) -> String {
    let by = match answer.channel {
        Channel::Voice => "by phone",
        Channel::Sms => "by text",
        Channel::Whatsapp => "by WhatsApp",
        Channel::Email => "by mail",
        Channel::Link => "by link",
        Channel::Desk => "at the desk",
    };
    format!("{by}, {}", moment(answer.at, zone, now))
}

/// `14:02` within the day, `Thu 3 Jul, 14:02` beyond, with the year where it is another one.
pub(crate) fn moment(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let (local, today) = (at.with_timezone(&zone), now.with_timezone(&zone));
    if local.date_naive() == today.date_naive() {
        local.format("%H:%M").to_string()
    } else if chrono::Datelike::year(&local) == chrono::Datelike::year(&today) {
        local.format("%a %-d %b, %H:%M").to_string()
    } else {
        local.format("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// `today, 14:30`, `tomorrow, 14:30`, else as [`moment`].
pub(crate) fn when(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let clock = at.with_timezone(&zone).format("%H:%M");
    if day(at) == day(now) {
        format!("today, {clock}")
    } else if Some(day(at)) == day(now).succ_opt() {
        format!("tomorrow, {clock}")
    } else {
        moment(at, zone, now)
    }
}

/// [`when`], with the zone beside it where that is not the page's.
pub(crate) fn when_here(at: DateTime<Utc>, zone: Tz, page: Tz, now: DateTime<Utc>) -> String {
    let mark = if zone == page { String::new() } else { format!(" {}", zone_mark(zone, at)) };
    format!("{}{mark}", when(at, zone, now))
}

/// `in 40 min`, `2 h ago`; nothing beyond a day, where the date says more.
pub(crate) fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    let span = at - now;
    let minutes = span.num_minutes().abs();
    if span.abs() > Duration::hours(24) {
        return None;
    }
    let amount = match minutes {
        0 => return Some("now".to_owned()),
        1..=99 => format!("{minutes} min"),
        _ => format!("{} h", (minutes + 30) / 60),
    };
    Some(if span > Duration::zero() { format!("in {amount}") } else { format!("{amount} ago") })
}

/// The zone as people say it: `Singapore time`, or its own name where it has no place, as `UTC`.
pub(crate) fn zone_name(zone: Tz) -> String {
    match zone.name().rsplit_once('/') {
        Some((_, place)) => format!("{} time", place.replace('_', " ")),
        None => zone.name().to_owned(),
    }
}

/// The zone beside a clock, short: `EST`, or its distance from UTC where people have no abbreviation for it.
pub(crate) fn zone_mark(zone: Tz, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone);
    let name = local.offset().abbreviation().unwrap_or_default();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("UTC{}", local.format("%:z").to_string().trim_end_matches(":00"))
    }
}

/// What an effect is, as a thing.
pub(crate) fn thing(action: &Action) -> &'static str {
    match action {
        Action::Call { .. } => "call",
        Action::Notify { channel, .. } => match channel {
            Channel::Email => "mail",
            Channel::Whatsapp => "WhatsApp message",
            _ => "text message",
        },
        Action::Calendar { .. } => "calendar entry",
        Action::Wake { .. } => "reminder",
        Action::HangUp { line: Some(_) } => "end of a second line",
        Action::HangUp { line: None } => "end of a call that rings",
        Action::Steer { .. } => "word to a live call",
        Action::Alert(_) => "alert to the staff",
        Action::AgentCall(_) => "call back by the voice agent",
        Action::CloneVoice => "voice",
        Action::DeleteVoice { .. } => "end of a voice",
    }
}

/// What is going on with an effect; `None` where nobody needs to know.
pub(crate) fn effect(it: &Effect, zone: Tz, now: DateTime<Utc>) -> Option<Said> {
    // Timers are nobody's business, and neither is the calendar as long as it works.
    let routine = match it.action {
        Action::Wake { .. } => it.state != EffectState::Uncertain,
        // Gone as soon as it is done; a line that could not be ended ends by itself.
        Action::HangUp { .. } => true,
        // Gone with the call; what came of that is told.
        Action::Steer { .. } => true,
        Action::Calendar { .. } => it.state != EffectState::Failed && it.attempt == 0,
        _ => false,
    };
    if routine {
        return None;
    }
    let thing = thing(&it.action);
    let because = it.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Some(match it.state {
        EffectState::Waiting if it.due_at <= now => {
            Said::new("plain", format!("{} is due now{because}", capital(thing)))
        }
        EffectState::Waiting => {
            Said::new("plain", format!("{} {}{because}", capital(thing), when(it.due_at, zone, now)))
        }
        EffectState::Started => Said::new("plain", format!("{} is on its way", capital(thing))),
        EffectState::Uncertain if it.wants_job() => {
            Said::new("warn", format!("We do not know whether the {thing} went out; checking"))
        }
        EffectState::Uncertain => {
            Said::new("bad", format!("Nobody could tell whether the {thing} went out; please ask the person"))
        }
        EffectState::Failed if it.action.kind() == "calendar" => {
            Said::new("bad", format!("The calendar does not show this yet{because}"))
        }
        EffectState::Failed => Said::new("bad", format!("The {thing} did not go out{because}")),
        EffectState::Skipped | EffectState::Done => return None,
    })
}

/// Where a live call stands.
pub(crate) fn call(it: &Call, now: DateTime<Utc>) -> String {
    let state = match (it.state, it.direction) {
        (CallState::Queued | CallState::Dialing, _) => "dialling",
        (CallState::Ringing, Direction::Outbound) => "ringing",
        (CallState::Ringing, Direction::Inbound) => "ringing here",
        (CallState::InProgress, Direction::Outbound) => "talking",
        (CallState::InProgress, Direction::Inbound) => "rang us, talking",
        (CallState::Ended, _) => "over",
    };
    match it.started_at {
        Some(began) if it.state == CallState::InProgress => {
            let seconds = (now - began).num_seconds().max(0);
            format!("{state}, {}:{:02}", seconds / 60, seconds % 60)
        }
        _ => state.to_owned(),
    }
}

/// A carrier that is left alone; nothing while it is well.
pub(crate) fn carrier(it: &CarrierState, zone: Tz, now: DateTime<Utc>) -> Option<String> {
    if it.breaker == BreakerState::Closed {
        return None;
    }
    let why = it.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let next = it.rests_until.filter(|until| *until > now);
    let next = next.map_or_else(
        || "The next call tries it again".to_owned(),
        |until| format!("It is tried again at {}", moment(until, zone, now)),
    );
    let failures = if it.failures == 1 { "a failure".to_owned() } else { format!("{} failures in a row", it.failures) };
    Some(format!("No calls go out by {} after {failures}{why}. {next}.", it.name))
}

/// The first letter as a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use chrono_tz::{America::New_York, Asia::Singapore};

    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2030, 3, day, hour, minute, 0).unwrap()
    }

    #[test]
    fn within_the_day_of_the_zone_the_clock_says_enough() {
        let now = at(1, 4, 0);
        assert_eq!(moment(at(1, 6, 2), Singapore, now), "14:02");
        assert_eq!(moment(at(1, 17, 0), Singapore, now), "Sat 2 Mar, 01:00");
        assert_eq!(when(at(1, 17, 0), Singapore, now), "tomorrow, 01:00");
        assert_eq!(moment(at(1, 6, 2) + Duration::days(366), Singapore, now), "Sun 2 Mar 2031, 14:02");
    }

    #[test]
    fn distances_are_told_within_a_day_only() {
        let now = at(1, 4, 0);
        assert_eq!(distance(at(1, 4, 40), now).as_deref(), Some("in 40 min"));
        assert_eq!(distance(at(1, 2, 0), now).as_deref(), Some("2 h ago"));
        assert_eq!(distance(now, now).as_deref(), Some("now"));
        assert_eq!(distance(at(3, 4, 0), now), None);
    }

    #[test]
    fn zones_are_told_as_people_say_them() {
        assert_eq!(zone_name(New_York), "New York time");
        assert_eq!(zone_name(chrono_tz::UTC), "UTC");
        assert_eq!(zone_mark(New_York, at(1, 0, 0)), "EST");
        assert_eq!(zone_mark(Singapore, at(1, 0, 0)), "UTC+08");
    }
}
