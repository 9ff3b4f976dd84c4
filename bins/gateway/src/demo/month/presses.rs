//! Who rang the dealer's IVR in the month, and what they pressed.

use super::{drawn, one_of};
use crate::failure::Failure;
use chrono::{DateTime, Datelike, Duration, TimeZone, Utc, Weekday};
use frontdesk_core::{
    ivr::{Capture, Place},
    personal::{Phone, RawNumber},
    ports::IvrStore,
    rules::Rules,
};
use std::sync::Arc;

/// Whose IVR it is.
const BUSINESS: &str = "machines";

/// A call: when it began, and what was pressed after how many seconds.
pub(super) struct Rung {
    n: u64,
    started_at: DateTime<Utc>,
    presses: Vec<(&'static str, &'static str, i64)>,
}

/// How busy each hour is, from midnight on.
const HOURS: [(i64, u64); 15] = [
    (7, 2),
    (8, 6),
    (9, 14),
    (10, 20),
    (11, 22),
    (12, 15),
    (13, 10),
    (14, 13),
    (15, 17),
    (16, 18),
    (17, 14),
    (18, 9),
    (19, 5),
    (20, 3),
    (21, 1),
];

/// The calls of the days that have passed, today's until now.
pub(super) fn calls(rules: &Rules, now: DateTime<Utc>, days: i64) -> Vec<Rung> {
    let Some(zone) = rules.business(BUSINESS).map(|business| business.time_zone) else { return Vec::new() };
    let today = now.with_timezone(&zone).date_naive();
    let mut calls = Vec::new();
    for before in (0..=days).rev() {
        let day = today - Duration::days(before);
        let many = match day.weekday() {
            Weekday::Sun => 40,
            Weekday::Sat => 110,
            _ => 170 + (days - before) * 2,
        };
        for call in 0..many {
            let n = u64::try_from((days - before) * 1_000 + call).unwrap_or(0);
            let hour = one_of(n * 3, &HOURS).unwrap_or(11);
            let second = i64::try_from(drawn(n * 5) % 3_600).unwrap_or(0);
            let midnight = day.and_time(chrono::NaiveTime::MIN);
            let Some(midnight) = zone.from_local_datetime(&midnight).earliest() else { continue };
            let started_at = midnight.to_utc() + Duration::seconds(hour * 3_600 + second);
            if started_at < now {
                calls.push(Rung { n, started_at, presses: presses(n) });
            }
        }
    }
    calls.sort_by_key(|call| call.started_at);
    calls
}

/// Down the tree; at each step some give up, and some say nothing.
fn presses(n: u64) -> Vec<(&'static str, &'static str, i64)> {
    let mut presses = Vec::new();
    let mut at = 6;
    let mut press = |step: &'static str, of: &[(&'static str, u64)], gives_up: u64| {
        let seed = n * 13 + u64::try_from(presses.len()).unwrap_or(0);
        at += 5 + i64::try_from(drawn(seed * 7) % 14).unwrap_or(0);
        let keys = if drawn(seed * 11) % 100 < gives_up { "" } else { one_of(seed, of).unwrap_or("") };
        presses.push((step, keys, at));
        Some(keys).filter(|keys| !keys.is_empty())
    };
    let model = [("1", 5), ("2", 3), ("3", 2), ("4", 1)];
    let _: Option<()> = (|| {
        press("language", &[("1", 68), ("2", 32)], 9)?;
        let state = press("state", &[("1", 44), ("2", 22), ("3", 21), ("4", 13)], 7)?;
        if state == "4" {
            return None;
        }
        let service = press("service", &[("1", 18), ("2", 39), ("3", 16), ("4", 12), ("5", 9), ("9", 6)], 11)?;
        match service {
            "1" => drop(press("model", &model, 14)?),
            "4" => drop(press("model", &[("1", 2), ("2", 3)], 14)?),
            "2" if press("model", &model, 17)? == "1" => drop(press("hp", &[("1", 3), ("2", 2)], 8)?),
            _ => {}
        }
        Some(())
    })();
    presses
}

/// Keeps what was pressed in a call, one press after the other.
pub(super) async fn capture(call: Rung, store: &dyn IvrStore, rules: &Rules) -> Result<(), Failure> {
    let (Some(business), Some(tree)) = (rules.business(BUSINESS), rules.tree(None)) else { return Ok(()) };
    let place = Place {
        provider: "exotel".to_owned(),
        business: business.id.clone(),
        zone: business.time_zone,
        tree: Arc::clone(tree),
    };
    let caller = format!("98{:08}", drawn(call.n * 17 % 4_000) % 100_000_000);
    for (step, keys, after) in call.presses {
        let pressed_at = call.started_at + Duration::seconds(after);
        let capture = Capture {
            sid: format!("{:016x}{:016x}", drawn(call.n), drawn(call.n + 1)),
            flow: None,
            step: step.to_owned(),
            raw: keys.to_owned(),
            digits: (!keys.is_empty()).then(|| keys.to_owned()),
            told_at: Some(pressed_at),
            started_at: Some(call.started_at),
            from: RawNumber::new(&format!("0{caller}")),
            phone: Phone::parse(&format!("+91{caller}"), None).ok(),
            to: RawNumber::new("08047491899"),
            called: None,
            circle: None,
        };
        store.capture(capture, place.clone(), pressed_at).await?;
    }
    Ok(())
}
