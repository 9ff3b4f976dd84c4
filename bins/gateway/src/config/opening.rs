//! When a business can be visited.

use super::{businesses, sections, settings::Checker};
use chrono::{Duration, NaiveDate};
use frontdesk_core::slots::Opening;

pub(super) fn build(checker: &mut Checker<'_>, id: &str, section: &sections::Business) -> Opening {
    let (own, usual) = (&section.opening, Opening::default());
    let key = |name: &str| format!("businesses.{id}.opening.{name}");
    let hours = own.hours.as_ref().map(|hours| businesses::week(checker, &key("hours"), hours));
    let (days, named) = match &own.closed {
        Some(days) => (days, key("closed")),
        // What is wrong with those was said where they are read first.
        None => (&section.holidays, String::new()),
    };
    let closed = days.iter().filter_map(|text| {
        let day = text.parse::<NaiveDate>();
        if named.is_empty() {
            return day.ok();
        }
        let day = day.map_err(|_| format!("holds {text:?}, which is no day; write it like \"2026-12-25\""));
        checker.keep(&named, day)
    });
    let closed = closed.collect();
    let step = own.step.map_or(i64::from(usual.step) * 60, |span| span.0.num_seconds());
    if step % 60 != 0 {
        checker.problem(&key("step"), "is no whole number of minutes; write it like \"15m\"");
    }
    let span = |given: Option<super::span::Span>, usual: Duration| given.map_or(usual, |span| span.0);
    Opening {
        hours_said: hours.is_some(),
        hours: hours.unwrap_or(usual.hours),
        closed,
        step: u32::try_from(step / 60).unwrap_or(u32::MAX),
        notice: span(own.notice, usual.notice),
        horizon: span(own.horizon, usual.horizon),
        buffer: span(own.buffer, usual.buffer),
        capacity: own.capacity.unwrap_or(usual.capacity),
        hold: span(own.hold, usual.hold),
    }
}
