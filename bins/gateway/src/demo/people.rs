//! The demo's appointments: who is rung, what they are scripted to do, and what should come of it.

use crate::failure::Failure;
use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment, Status},
    effect::Channel,
    personal::{Email, PersonName, Phone},
    speech::Language,
};
use serde::Deserialize;

/// The appointments that come with the gateway.
const FILE: &str = include_str!("../../../../fixtures/demo/appointments.csv");

/// Somebody with an appointment, and what should come of it.
#[derive(Debug, Clone)]
pub(super) struct Scripted {
    pub(super) appointment: NewAppointment,
    /// What their telephone is scripted to do, in words.
    pub(super) script: String,
    pub(super) expected: Status,
    /// The keys of the last call, in order.
    pub(super) keys: Vec<String>,
    /// How many calls are placed.
    pub(super) calls: usize,
    /// What they are sent, each once.
    pub(super) messages: Vec<Channel>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    phone: String,
    email: String,
    service: String,
    language: String,
    time_zone: Tz,
    starts_in: String,
    notes: String,
    script: String,
    expected: String,
    keys: String,
    calls: usize,
    messages: String,
}

/// Reads the appointments, with times that lie ahead of `now`.
pub(super) fn read(business: &str, now: DateTime<Utc>) -> Result<Vec<Scripted>, Failure> {
    let mut reader = csv::Reader::from_reader(FILE.as_bytes());
    let lines = reader.deserialize::<Line>().enumerate();
    lines
        .map(|(index, line)| {
            let number = index + 2;
            let wrong = |what: &dyn std::fmt::Display| {
                Failure::broken(format!("fixtures/demo/appointments.csv, line {number}: {what}"))
            };
            let line = line.map_err(|error| wrong(&error))?;
            scripted(business, line, now).map_err(|error| wrong(&error))
        })
        .collect()
}

fn scripted(business: &str, line: Line, now: DateTime<Utc>) -> Result<Scripted, String> {
    let channel = |name: &str| match name {
        "sms" => Ok(Channel::Sms),
        "email" => Ok(Channel::Email),
        other => Err(format!("{other:?} is no channel")),
    };
    let customer = Customer {
        name: PersonName::parse(&line.name).map_err(|error| error.to_string())?,
        phone: Phone::parse(&line.phone, None).map_err(|error| error.to_string())?,
        email: Some(Email::parse(&line.email).map_err(|error| error.to_string())?),
        language: Some(Language::parse(&line.language).map_err(|error| error.to_string())?),
        time_zone: Some(line.time_zone),
    };
    Ok(Scripted {
        appointment: NewAppointment {
            external_id: Some(format!("demo-{}", &line.phone[line.phone.len().saturating_sub(4)..])),
            business: business.to_owned(),
            business_name: None,
            starts_at: starts_at(&line.starts_in, line.time_zone, now)?,
            duration_minutes: 30,
            service: Some(line.service),
            notes: Some(line.notes).filter(|notes| !notes.is_empty()),
            confirm: Confirm::Now,
            customer,
        },
        script: line.script,
        expected: line.expected.parse()?,
        keys: line.keys.split_whitespace().map(str::to_owned).collect(),
        calls: line.calls,
        messages: line.messages.split_whitespace().map(channel).collect::<Result<_, _>>()?,
    })
}

/// `2d 16:00`: the day after tomorrow at four in the afternoon, where the person is.
fn starts_at(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let wrong = || format!("{text:?} is no time; write it like \"2d 16:00\"");
    let (days, time) = text.split_once("d ").ok_or_else(wrong)?;
    let days: u64 = days.parse().map_err(|_| wrong())?;
    let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| wrong())?;
    let day = now.with_timezone(&zone).date_naive().checked_add_days(Days::new(days)).ok_or_else(wrong)?;
    zone.from_local_datetime(&day.and_time(time)).earliest().map(|at| at.to_utc()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scripted_number_has_an_appointment_that_lies_ahead() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let people = read("lakeside", now).unwrap();
        let numbers: Vec<_> =
            people.iter().map(|person| person.appointment.customer.phone.reveal().to_owned()).collect();
        for ending in [100, 101, 102, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114] {
            assert!(numbers.contains(&format!("+15005550{ending}")), "{ending}");
        }
        assert_eq!(numbers.len(), 13);
        assert!(people.iter().all(|person| person.appointment.starts_at > now));
    }
}
