//! Who had an appointment in the month, and how each of them answers.

use super::{drawn, one_of};
use chrono::{DateTime, Datelike, Days, Duration, NaiveTime, TimeZone, Utc, Weekday};
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    personal::{Email, PersonName, Phone},
    rules::Rules,
};

/// Whose appointments these are.
pub(super) const BUSINESS: &str = "lakeside";

/// How somebody answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Presses(&'static str),
    Silent,
    HangsUp,
    NoAnswer,
    Busy,
    Machine,
    /// The carrier's answer to our request is lost, and it cannot be asked.
    Lost,
}

/// An appointment, and how its person answers one call after the other.
pub(super) struct Plan {
    pub(super) booked_at: DateTime<Utc>,
    pub(super) appointment: NewAppointment,
    pub(super) answers: [Fate; 4],
    /// Whether the person came, when asked to say.
    pub(super) came: bool,
    /// Whether messages to them come back.
    pub(super) unreachable: bool,
}

const FIRST: [&str; 20] = [
    "Ana", "Ben", "Chloe", "David", "Elif", "Femke", "Goran", "Hana", "Ivo", "Julia", "Karim", "Lotte", "Mira", "Noor",
    "Oscar", "Priya", "Ruben", "Sofia", "Tomas", "Yara",
];
const LAST: [&str; 16] = [
    "Bakker", "Costa", "de Vries", "Jansen", "Kaya", "Lim", "Meyer", "Novak", "Okafor", "Peters", "Rossi", "Silva",
    "Smit", "Visser", "Willems", "Yilmaz",
];
const SERVICES: [&str; 5] = ["Check-up", "Cleaning", "Filling", "Crown fitting", "Consultation"];

/// Appointments of the days that have passed, and of those to come that people were asked about.
pub(super) fn appointments(rules: &Rules, now: DateTime<Utc>, days: i64) -> Vec<Plan> {
    let Some(zone) = rules.business(BUSINESS).map(|business| business.time_zone) else { return Vec::new() };
    let today = now.with_timezone(&zone).date_naive();
    let mut plans = Vec::new();
    for after in -days..=4 {
        let Some(day) = today.checked_add_signed(Duration::days(after)) else { continue };
        let many = match day.weekday() {
            Weekday::Sun => 0,
            Weekday::Sat => 5,
            _ => 14,
        };
        for slot in 0..many {
            let n = u64::try_from((after + days) * 40 + slot).unwrap_or(0);
            let minutes = u32::try_from(9 * 60 + slot * 35).unwrap_or(540);
            let time = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap_or_default();
            let Some(starts_at) = zone.from_local_datetime(&day.and_time(time)).earliest() else { continue };
            plans.extend(plan(n, starts_at.to_utc(), now));
        }
    }
    plans
}

fn plan(n: u64, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Plan> {
    let pick = |seed: u64, of: u64| usize::try_from(drawn(n * 31 + seed) % of).unwrap_or(0);
    let (first, last) = (FIRST[pick(1, 20)], LAST[pick(2, 16)]);
    let answer = |call: u64| {
        let mut all = vec![
            (Fate::Presses("1"), 52),
            (Fate::NoAnswer, 16),
            (Fate::Machine, 9),
            (Fate::Presses("0"), 6),
            (Fate::Presses("2"), 6),
            (Fate::Busy, 5),
            (Fate::HangsUp, 4),
            (Fate::Silent, 3),
        ];
        if call == 0 {
            all.push((Fate::Lost, 1));
        }
        one_of(n * 97 + call, &all).unwrap_or(Fate::NoAnswer)
    };
    let booked_at = starts_at.checked_sub_days(Days::new(2 + drawn(n) % 9))?;
    let latest = now - Duration::minutes(i64::try_from(drawn(n) % 2_000).unwrap_or(0));
    let email = format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase().replace(' ', ""));
    Some(Plan {
        booked_at: booked_at.min(latest),
        appointment: NewAppointment {
            external_id: Some(format!("LD-{n:05}")),
            business: BUSINESS.to_owned(),
            business_name: None,
            customer: Customer {
                name: PersonName::parse(&format!("{first} {last}")).ok()?,
                // 555-01xx is nobody's number.
                phone: Phone::parse(&format!("+1{}555{:04}", 201 + n % 700, 100 + n % 100), None).ok()?,
                email: Email::parse(&email).ok(),
                language: None,
                time_zone: None,
            },
            starts_at,
            duration_minutes: 30,
            service: Some(SERVICES[pick(3, 5)].to_owned()),
            notes: None,
            confirm: Confirm::Policy,
        },
        answers: [answer(0), answer(1), answer(2), answer(3)],
        came: !drawn(n + 7).is_multiple_of(12),
        unreachable: drawn(n + 11).is_multiple_of(19),
    })
}
