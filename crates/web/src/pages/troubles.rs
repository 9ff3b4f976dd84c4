//! What went wrong, or may have: each with its reason, and with what the desk can do about it.

mod remedy;

use super::{
    Section, Shell, failed,
    filter::{Field, Filters, Kind, Pager},
    html, terms,
    words::{self, Said},
};
use crate::{
    actions::{self, Act},
    app::App,
    appointments::{find, id},
    body::Raw,
    effects,
    problem::{Answer, Problem},
    query::Query,
    session::{self, Form, proven},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use frontdesk_core::{
    effect::{Effect, EffectState},
    id::EffectId,
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

#[derive(Template)]
#[template(path = "call_again.html")]
struct CallAgain {
    shell: Shell,
    id: String,
    name: String,
    because: String,
    back: String,
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
    let text = match effect.state {
        EffectState::Failed => format!("The {thing} failed"),
        EffectState::Uncertain if effect.wants_job() => format!("Checking what became of the {thing}"),
        EffectState::Uncertain => format!("Nobody knows what became of the {thing}"),
        state => format!("{}: {}", words::capital(thing), terms::effect_state(state).to_lowercase()),
    };
    Said::new(terms::effect_tone(effect.state), text)
}

/// Asks whether somebody is to be called although an earlier call may have reached them.
pub(super) async fn ask(State(app): State<App>, Path(text): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let back = session::own_path(Query::of(&uri).get("back").or(Some("/effects")));
    question(&app, &text, &headers, back).await.unwrap_or_else(|problem| failed(&problem))
}

async fn question(app: &App, text: &str, headers: &HeaderMap, back: String) -> Answer {
    let effect = effect(app, text).await?;
    let appointment = effect.appointment_id.ok_or_else(|| Problem::not_found("appointment"))?;
    let name = find(app, appointment).await?.customer.name.reveal().to_owned();
    let shell = Shell::new(app, &format!("Call {name} again?"), Section::Troubles, headers);
    let because = words::capital(&effect.because());
    Ok(html(StatusCode::OK, &CallAgain { shell, id: effect.id.to_string(), name, because, back }))
}

async fn effect(app: &App, text: &str) -> Answer<Effect> {
    let id: EffectId = id(text, "effect")?;
    app.store().effect(id).await?.ok_or_else(|| Problem::not_found("effect"))
}

/// The person is called again: another call, in its own row.
pub(super) async fn call(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    let done = async {
        proven(&app, &headers, &form)?;
        let effect = effect(&app, &text).await?;
        let appointment = find(&app, effect.appointment_id.ok_or_else(|| Problem::not_found("appointment"))?).await?;
        let remedies = remedy::of(&effect, Some(&appointment), app.now());
        let Some(remedy) = remedies.iter().find(|remedy| remedy.act == "call") else {
            return Err(Problem::conflict("nobody is called again for this; open the appointment to see why"));
        };
        if remedy.asks && form.get("sure") != Some("yes") {
            return Ok(false);
        }
        actions::act(&app, appointment.id, Act::Call).await?;
        Ok(true)
    };
    match done.await {
        Ok(false) => {
            let back = session::own_path(form.get("back").or(Some("/effects")));
            question(&app, &text, &headers, back).await.unwrap_or_else(|problem| failed(&problem))
        }
        Ok(true) => back(&form),
        Err(problem) => refused(&app, &headers, &form, &problem).await,
    }
}

/// It is tried again, or its fate is looked up.
pub(super) async fn retry(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    let done = async {
        proven(&app, &headers, &form)?;
        effects::again(&app, id(&text, "effect")?).await
    };
    match done.await {
        Ok(_) => back(&form),
        Err(problem) => refused(&app, &headers, &form, &problem).await,
    }
}

fn back(form: &Form) -> Response {
    Redirect::to(&session::own_path(form.get("back").or(Some("/effects")))).into_response()
}

/// The list itself says what did not work.
async fn refused(app: &App, headers: &HeaderMap, form: &Form, problem: &Problem) -> Response {
    if problem.status() != StatusCode::CONFLICT {
        return failed(problem);
    }
    let path = session::own_path(form.get("back"));
    let uri = path.parse::<Uri>().ok().filter(|uri| uri.path() == "/effects");
    let uri = uri.unwrap_or_else(|| Uri::from_static("/effects"));
    shown(app, headers, &uri, Some(format!("{}.", words::capital(problem.detail())))).await
}
