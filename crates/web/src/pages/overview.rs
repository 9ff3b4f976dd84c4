//! The front desk at a glance: what needs a hand, who is on the phone, who comes.

use super::{
    Section, Shell, calls, failed, html,
    words::{self, Said},
};
use crate::{app::App, events, fields, problem::Answer};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response, sse},
};
use chrono::{DateTime, Days, Duration, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    call::{Call, CallState},
    effect::{Action, EffectState},
    id::AppointmentId,
    ports::{AppointmentFilter, CallFilter, EffectFilter},
};
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;

/// The most rows a part of the page shows; the API lists the rest.
const MOST: u32 = 200;
/// How many days ahead are shown.
const AHEAD: u64 = 7;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    shell: Shell,
    /// `Thursday 3 July`
    day: String,
    /// `Singapore time`; rows whose zone is another one say so.
    zone: String,
    /// The day as an address has it.
    date: String,
    confirmed: usize,
    expected: usize,
    /// Still to come today, and not confirmed.
    at_risk: usize,
    /// Whether there were more than are shown.
    more_today: bool,
    needs: Vec<Need>,
    /// Carriers that are left alone for now, each in a sentence.
    carriers: Vec<String>,
    calls: Vec<Talking>,
    today: Vec<Row>,
    coming: Vec<Day>,
}

struct Row {
    id: String,
    clock: String,
    zone: Option<String>,
    name: String,
    what: String,
    said: Said,
    past: bool,
}

struct Day {
    name: String,
    rows: Vec<Row>,
}

pub(super) struct Need {
    /// Where it is told.
    pub(super) href: String,
    pub(super) name: String,
    pub(super) when: String,
    pub(super) said: Said,
}

struct Talking {
    id: String,
    name: String,
    state: String,
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    match gather(&app, &headers).await {
        Ok(overview) => html(StatusCode::OK, &overview),
        Err(problem) => failed(&problem),
    }
}

/// Tells the page that something changed; it fetches itself again then.
/// A page is told at most this often that more was pressed in an IVR.
const PRESSES: std::time::Duration = std::time::Duration::from_millis(500);

pub(super) async fn live(State(app): State<App>) -> Answer {
    let change = |what: String| sse::Event::default().event("change").data(what);
    let stopping = app.stopping.clone();
    let presses = stream::unfold(app.captures.follow(), |mut kept| async move {
        kept.changed().await.ok()?;
        tokio::time::sleep(PRESSES).await;
        let presses = *kept.borrow_and_update();
        Some((presses, kept))
    });
    let presses = presses.take_until(stopping.cancelled_owned());
    let lines = events::follow(app, None).await?;
    let lines = lines.map(move |line| change(line.seq.to_string()));
    let all = stream::select(lines, presses.map(move |presses| change(format!("{presses} presses"))));
    Ok(events::respond(all).into_response())
}

async fn gather(app: &App, headers: &HeaderMap) -> Answer<Overview> {
    let now = app.now();
    let zone = app.default_business().map_or(chrono_tz::UTC, |business| business.time_zone);
    let today = now.with_timezone(&zone).date_naive();
    let start = |days: u64| {
        let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
        fields::day_start(day, zone).unwrap_or(now)
    };
    let (rows, more_today) = between(app, start(0), start(1)).await?;
    let (later, _) = between(app, start(1), start(1 + AHEAD)).await?;
    let expecting = |it: &&Appointment| it.status != Status::Cancelled;
    let sure = |it: &&Appointment| matches!(it.status, Status::Confirmed | Status::Completed);
    let desk = Desk { app, zone, now };
    let mut coming: Vec<Day> = Vec::new();
    for it in &later {
        let name = it.starts_at.with_timezone(&zone).format("%A %-d %B").to_string();
        match coming.last_mut() {
            Some(day) if day.name == name => day.rows.push(desk.row(it)),
            _ => coming.push(Day { name, rows: vec![desk.row(it)] }),
        }
    }
    Ok(Overview {
        shell: Shell::new(app, "Today", Section::Today, headers),
        date: today.to_string(),
        at_risk: rows.iter().filter(|it| at_risk(it, now)).count(),
        carriers: app.engine.carriers().iter().filter_map(|it| words::carrier(it, zone, now)).collect(),
        day: now.with_timezone(&zone).format("%A %-d %B").to_string(),
        zone: words::zone_name(zone),
        confirmed: rows.iter().filter(sure).count(),
        expected: rows.iter().filter(expecting).count(),
        more_today,
        needs: desk.needs().await?,
        calls: desk.calls().await?,
        today: rows.iter().map(|it| desk.row(it)).collect(),
        coming,
    })
}

/// Whether somebody is expected of whom nobody knows whether they come.
fn at_risk(it: &Appointment, now: DateTime<Utc>) -> bool {
    let open = match it.status {
        Status::Scheduled => it.confirm != Confirm::None,
        Status::Confirming | Status::RescheduleRequested | Status::Unreached => true,
        Status::Confirmed | Status::Cancelled | Status::Completed | Status::NoShow => false,
    };
    open && it.starts_at > now
}

async fn between(app: &App, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<(Vec<Appointment>, bool)> {
    let filter = AppointmentFilter { from: Some(from), to: Some(to), limit: MOST, ..AppointmentFilter::default() };
    let page = app.store().appointments(filter).await?;
    Ok((page.items, page.next_cursor.is_some()))
}

struct Desk<'a> {
    app: &'a App,
    zone: Tz,
    now: DateTime<Utc>,
}

impl Desk<'_> {
    fn zone_of(&self, it: &Appointment) -> Tz {
        self.app.rules().business(&it.business).map_or(self.zone, |business| business.time_zone)
    }

    fn row(&self, it: &Appointment) -> Row {
        let zone = self.zone_of(it);
        // Who belongs to the business that is usually meant needs no mention of it.
        let business = self
            .app
            .rules()
            .business(&it.business)
            .filter(|business| business.id != self.app.default_business)
            .map(|business| business.name.as_str());
        let what = [it.service.as_deref(), business];
        let what: Vec<&str> = what.into_iter().flatten().collect();
        Row {
            id: it.id.to_string(),
            clock: it.starts_at.with_timezone(&zone).format("%H:%M").to_string(),
            zone: (zone != self.zone).then(|| words::zone_mark(zone, it.starts_at)),
            name: it.customer.name.reveal().to_owned(),
            what: what.join(" · "),
            said: words::status(it, zone, self.now),
            past: it.ends_at() <= self.now,
        }
    }

    fn need(&self, it: &Appointment, said: Said) -> Need {
        Need {
            href: format!("/appointments/{}", it.id),
            name: it.customer.name.reveal().to_owned(),
            when: words::when_here(it.starts_at, self.zone_of(it), self.zone, self.now),
            said,
        }
    }

    /// What only a person can bring to an end, by the time it is about.
    async fn needs(&self) -> Answer<Vec<Need>> {
        let recent = self.now - Duration::days(1);
        let mut needs: BTreeMap<(DateTime<Utc>, AppointmentId), Need> = BTreeMap::new();
        for status in [Status::RescheduleRequested, Status::Unreached] {
            let filter = AppointmentFilter {
                status: Some(status),
                from: Some(recent),
                limit: MOST,
                ..AppointmentFilter::default()
            };
            for it in self.app.store().appointments(filter).await?.items {
                let said = words::status(&it, self.zone_of(&it), self.now);
                needs.insert((it.starts_at, it.id), self.need(&it, said));
            }
        }
        for state in [EffectState::Uncertain, EffectState::Failed] {
            let filter = EffectFilter { state: Some(state), limit: MOST, ..EffectFilter::default() };
            for effect in self.app.store().effects(filter).await?.items {
                // A call that failed is followed by the next attempt; nobody has to do anything yet.
                let followed = state == EffectState::Failed && matches!(effect.action, Action::Call { .. });
                let Some(id) = effect.appointment_id.filter(|_| !followed) else {
                    continue;
                };
                let Some(it) = self.app.store().appointment(id).await? else {
                    continue;
                };
                if it.starts_at < recent {
                    continue;
                }
                if let Some(said) = words::effect(&effect, self.zone_of(&it), self.now) {
                    needs.entry((it.starts_at, it.id)).or_insert_with(|| self.need(&it, said));
                }
            }
        }
        let mut all = super::unbooked::needs(self.app, self.zone, self.now).await?;
        all.extend(needs.into_values());
        Ok(all)
    }

    /// Whether no carrier has the call: it waits to be placed.
    async fn put_off(&self, call: &Call) -> Answer<bool> {
        let Some(id) = call.effect_id.filter(|_| call.state <= CallState::Dialing) else {
            return Ok(false);
        };
        let effect = self.app.store().effect(id).await?;
        Ok(effect.is_some_and(|effect| effect.state == EffectState::Waiting))
    }

    async fn calls(&self) -> Answer<Vec<Talking>> {
        let filter = CallFilter { live: true, limit: 50, ..CallFilter::default() };
        let mut talking = Vec::new();
        for call in self.app.store().calls(filter).await?.items {
            if self.put_off(&call).await? {
                continue;
            }
            talking.push(Talking {
                id: call.id.to_string(),
                name: calls::who(self.app, &call).await?.0,
                state: words::call(&call, self.now),
            });
        }
        Ok(talking)
    }
}
