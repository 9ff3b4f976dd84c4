//! What callers told a voice agent that could not be done: only a person can settle it.

use super::{
    overview::Need,
    words::{self, Said},
};
use crate::{app::App, problem::Answer};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    booking::{Collected, Wish},
    call::{Call, Outcome},
    ports::{AppointmentFilter, CallFilter},
};

/// How long the desk is reminded of it.
const REMIND: Duration = Duration::days(3);
/// The most that are shown.
const MOST: u32 = 50;

/// Each conversation that nobody has seen to yet, the oldest first.
pub(super) async fn needs(app: &App, here: Tz, now: DateTime<Utc>) -> Answer<Vec<Need>> {
    let filter =
        CallFilter { outcome: Some(Outcome::Unbooked), from: Some(now - REMIND), limit: MOST, ..CallFilter::default() };
    let mut needs = Vec::new();
    for call in app.store().calls(filter).await?.items {
        if settled(app, &call).await? {
            continue;
        }
        let zone = app.zone_of(Some(&call.business));
        needs.push(Need {
            href: format!("/calls/{}", call.id),
            name: who(&call),
            when: words::when_here(call.created_at, zone, here, now),
            said: Said::new("warn", said(call.collected.as_deref())),
        });
    }
    needs.reverse();
    Ok(needs)
}

/// Whether the person has had an appointment taken or answered since.
async fn settled(app: &App, call: &Call) -> Answer<bool> {
    if call.from.nobodys() {
        return Ok(false);
    }
    let filter =
        AppointmentFilter { q: Some(call.from.reveal().to_owned()), limit: 100, ..AppointmentFilter::default() };
    let theirs = app.store().appointments(filter).await?.items;
    Ok(theirs.iter().any(|it| {
        let answered = it.answer.is_some_and(|answer| answer.at > call.created_at);
        it.customer.phone == call.from && (it.created_at > call.created_at || answered)
    }))
}

fn who(call: &Call) -> String {
    let named = call.collected.as_ref().and_then(|collected| collected.name.as_ref());
    match named {
        Some(name) => name.reveal().to_owned(),
        None if call.from.nobodys() => "Somebody without a number".to_owned(),
        None => call.from.to_string(),
    }
}

fn said(collected: Option<&Collected>) -> String {
    let wish = match collected.map(|collected| collected.wish) {
        Some(Wish::Move) => "Wants another time",
        Some(Wish::Cancel) => "Wants to cancel",
        Some(Wish::Confirm) => "Wants to confirm",
        _ => "Wants an appointment",
    };
    match collected.and_then(|collected| collected.refused.as_ref()) {
        Some(why) => format!("{wish}, told a voice agent: {why}"),
        None => format!("{wish}, told a voice agent"),
    }
}

/// What the call's own page tells of it.
pub(super) fn facts(collected: &Collected) -> Vec<(&'static str, Option<String>)> {
    let reveal = |said: &Option<frontdesk_core::personal::Said>| said.as_ref().map(|said| said.reveal().to_owned());
    vec![
        ("Not done, because", collected.refused.clone()),
        ("Wanted", Some(collected.wish.as_str().to_owned())),
        ("Name", collected.name.as_ref().map(|name| name.reveal().to_owned())),
        ("Mail", collected.email.as_ref().map(|email| email.reveal().to_owned())),
        ("Number as told", collected.number.as_ref().map(|number| number.reveal().to_owned())),
        ("Time as told", reveal(&collected.told)),
        ("What for", reveal(&collected.service)),
        ("Summary", reveal(&collected.summary)),
    ]
}
