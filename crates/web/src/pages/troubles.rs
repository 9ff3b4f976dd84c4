//! What went wrong, or may have: each with its reason, and with what the desk can do about it.

mod mend;
mod remedy;

pub(super) use mend::{ask, call, retry};

use super::{
    Section, Shell, failed,
    filter::{Field, Filters, Kind, Pager},
    html, terms,
    words::{self, Said},
};
use crate::{app::App, effects, problem::Answer, query::Query};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use frontdesk_core::{
    effect::{Action, Effect, EffectState},
    event::Wake,
    ports::EffectFilter,
};
use remedy::Remedy;

/// How many stand on a page: each is told with the person it is about.
const SHOWN: u32 = 25;

#[derive(Template)]
#[template(path = "troubles.html")]
struct Troubles {
    shell: Shell,
    filters: Filters,
    /// What just did not work.
    notice: Option<String>,
    zone: String,
    rows: Vec<Row>,
    /// This page, to come back to.
    here: String,
    pager: Pager,
}

struct Row {
    id: String,
    said: Said,
    at: String,
    exact: String,
    /// Where it is told, who it is about, and when they are expected.
    person: Option<(String, String, String)>,
    because: String,
    remedies: Vec<Remedy>,
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    shown(&app, &headers, &uri, None).await
}

async fn shown(app: &App, headers: &HeaderMap, uri: &Uri, notice: Option<String>) -> Response {
    let conflict = notice.is_some();
    match gather(app, headers, uri, notice).await {
        Ok(page) if !page.filters.right() => html(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Ok(mut page) => {
            if conflict {
                page.shell.own.clone_from(&page.here);
            }
            html(if conflict { StatusCode::CONFLICT } else { StatusCode::OK }, &page)
        }
        Err(problem) => failed(&problem),
    }
}

async fn gather(app: &App, headers: &HeaderMap, uri: &Uri, notice: Option<String>) -> Answer<Troubles> {
    let mut query = Query::of(uri);
    let state = query.one_of("state", &effects::STATES, EffectState::as_str);
    let states = Field::choice(
        "state",
        "State",
        "Failed or uncertain",
        &effects::STATES,
        EffectState::as_str,
        terms::effect_state,
    );
    let filters = Filters::new("/effects", "Find what was to be done", &query, vec![states]);
    let zone = app.zone_of(None);
    let (mut rows, mut next) = (Vec::new(), None);
    if filters.right() {
        query.finish()?;
        let cursor = query.owned("cursor");
        let filter = EffectFilter { state, troubled: state.is_none(), cursor, limit: SHOWN, ..EffectFilter::default() };
        let page = app.store().effects(filter).await?;
        next = page.next_cursor;
        for effect in &page.items {
            rows.push(row(app, effect).await?);
        }
    }
    Ok(Troubles {
        shell: Shell::new(app, "Problems", Section::Troubles, headers),
        filters,
        notice,
        zone: words::zone_name(zone),
        rows,
        here: uri.path_and_query().map_or("/effects", |own| own.as_str()).to_owned(),
        pager: Pager::of("/effects", &query, next),
    })
}

async fn row(app: &App, effect: &Effect) -> Answer<Row> {
    let appointment = match effect.appointment_id {
        Some(id) => app.store().appointment(id).await?,
        None => None,
    };
    let (now, page) = (app.now(), app.zone_of(None));
    let zone = app.zone_of(appointment.as_ref().map(|it| it.business.as_str()));
    let person = appointment.as_ref().map(|it| {
        let name = it.customer.name.reveal().to_owned();
        (format!("/appointments/{}", it.id), name, words::when_here(it.starts_at, zone, page, now))
    });
    let call = effect.call_id.filter(|_| person.is_none());
    let person = person.or_else(|| call.map(|id| (format!("/calls/{id}"), "A call".to_owned(), String::new())));
    Ok(Row {
        id: effect.id.to_string(),
        said: said(effect),
        at: words::moment(effect.updated_at, page, now),
        exact: effect.updated_at.with_timezone(&page).to_rfc3339(),
        person,
        because: words::capital(&effect.because()),
        remedies: remedy::of(effect, appointment.as_ref(), now),
    })
}

fn said(effect: &Effect) -> Said {
    let thing = words::thing(&effect.action);
    let watch = matches!(effect.action, Action::Wake { reason: Wake::CallWatch });
    let text = match effect.state {
        EffectState::Failed | EffectState::Uncertain if watch => "Nobody could tell whether a call is over".to_owned(),
        EffectState::Failed => format!("The {thing} failed"),
        EffectState::Uncertain if effect.wants_job() => format!("Checking what became of the {thing}"),
        EffectState::Uncertain => format!("Nobody knows what became of the {thing}"),
        state => format!("{}: {}", words::capital(thing), terms::effect_state(state).to_lowercase()),
    };
    Said::new(terms::effect_tone(effect.state), text)
}
