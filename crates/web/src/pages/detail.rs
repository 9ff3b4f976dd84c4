//! One appointment: what happened, what happens next, and what the desk can do.

use super::{
    Section, Shell, failed, html,
    story::{Material, Story},
    words::{self, Said},
};
use crate::{
    actions::{self, Act},
    app::App,
    appointments::{find, id},
    body::Raw,
    effects,
    problem::{Answer, Problem},
    session::{Form, proven},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::Call,
    effect::{Effect, EffectState},
    id::{AppointmentId, EffectId},
};

#[derive(Template)]
#[template(path = "appointment.html")]
struct Detail {
    shell: Shell,
    id: String,
    name: String,
    when: String,
    distance: Option<String>,
    facts: String,
    said: Said,
    /// What just did not work.
    notice: Option<String>,
    phone: String,
    email: Option<String>,
    shown: bool,
    notes: Option<String>,
    /// When and what the person wrote that the desk has to read.
    wrote: Option<Heard>,
    messages: Vec<Heard>,
    buttons: Vec<Button>,
    next: Vec<Next>,
    story: Story,
}

/// A message that was left on the telephone.
struct Heard {
    at: String,
    exact: String,
    /// A link to follow; carriers that give something else have it shown as it is.
    link: Option<String>,
    text: String,
    /// What it says, where a carrier has written it down.
    words: Option<String>,
}

struct Button {
    act: &'static str,
    word: &'static str,
    class: &'static str,
}

struct Next {
    said: Said,
    /// The effect to try again, and what the button says.
    again: Option<(String, &'static str)>,
}

pub(super) async fn page(State(app): State<App>, Path(text): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let shown = crate::query::Query::of(&uri).get("show") == Some("contact");
    match gather(&app, &text, &headers, shown).await {
        Ok(detail) => html(StatusCode::OK, &detail),
        Err(problem) => failed(&problem),
    }
}

/// A button was pressed.
pub(super) async fn submit(
    State(app): State<App>,
    Path((text, word)): Path<(String, String)>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    let problem = match press(&app, &text, &word, &headers, &form).await {
        Ok(id) => return Redirect::to(&format!("/appointments/{id}")).into_response(),
        Err(problem) => problem,
    };
    if problem.status() != StatusCode::CONFLICT {
        return failed(&problem);
    }
    // The page itself says what did not work, beside what is so.
    match gather(&app, &text, &headers, false).await {
        Ok(mut detail) => {
            detail.shell.own = format!("/appointments/{}", detail.id);
            detail.notice = Some(format!("{}.", words::capital(problem.detail())));
            html(StatusCode::CONFLICT, &detail)
        }
        Err(problem) => failed(&problem),
    }
}

async fn press(app: &App, text: &str, word: &str, headers: &HeaderMap, form: &Form) -> Answer<AppointmentId> {
    proven(app, headers, form)?;
    let appointment: AppointmentId = id(text, "appointment")?;
    let act = match word {
        "confirm" => Act::Confirm,
        "cancel" => Act::Cancel,
        "call" => Act::Call,
        "completed" => Act::Completed,
        "no-show" => Act::NoShow,
        "retry" => {
            let effect: EffectId = id(form.get("effect").unwrap_or_default(), "effect")?;
            effects::again(app, effect).await?;
            return Ok(appointment);
        }
        _ => return Err(Problem::not_found("button")),
    };
    actions::act(app, appointment, act).await?;
    Ok(appointment)
}

async fn gather(app: &App, text: &str, headers: &HeaderMap, shown: bool) -> Answer<Detail> {
    let id: AppointmentId = id(text, "appointment")?;
    let it = find(app, id).await?;
    let now = app.now();
    let business = app.rules().business(&it.business);
    let zone = business.map_or(chrono_tz::UTC, |business| business.time_zone);
    let material = Material::of_appointment(app, id).await?;
    // What needs a hand comes first.
    let mut effects: Vec<&Effect> = material.effects.iter().collect();
    effects.sort_by_key(|effect| (!troubled(effect), effect.due_at));
    let messages = material.calls.iter().filter_map(|call| heard(call, zone, now)).collect();
    let minutes = format!("{} min", it.duration_minutes);
    let facts = [
        it.service.as_deref(),
        Some(minutes.as_str()),
        it.business_name.as_deref().or_else(|| business.map(|business| business.name.as_str())),
        it.external_id.as_deref(),
    ];
    let facts: Vec<&str> = facts.into_iter().flatten().collect();
    let (phone, email) = (&it.customer.phone, it.customer.email.as_ref());
    Ok(Detail {
        shell: Shell::new(app, it.customer.name.reveal(), Section::Appointments, headers),
        id: id.to_string(),
        name: it.customer.name.reveal().to_owned(),
        when: format!("{} ({})", words::capital(&words::when(it.starts_at, zone, now)), words::zone_name(zone)),
        distance: words::distance(it.starts_at, now),
        facts: facts.join(" · "),
        said: words::status(&it, zone, now),
        notice: None,
        phone: if shown { phone.reveal().to_owned() } else { phone.to_string() },
        email: email.map(|email| if shown { email.reveal().to_owned() } else { email.to_string() }),
        shown,
        notes: it.notes.clone(),
        wrote: it.wrote.as_ref().map(|wrote| Heard {
            at: words::moment(wrote.at, zone, now),
            exact: wrote.at.with_timezone(&zone).to_rfc3339(),
            link: None,
            text: wrote.words.reveal().to_owned(),
            words: None,
        }),
        messages,
        buttons: buttons(&it, now),
        next: next(&effects, zone, now),
        story: material.told(zone, now),
    })
}

fn heard(call: &Call, zone: Tz, now: DateTime<Utc>) -> Option<Heard> {
    let link = call.recording.as_ref()?.reveal();
    let at = call.started_at.unwrap_or(call.created_at);
    Some(Heard {
        at: words::moment(at, zone, now),
        exact: at.with_timezone(&zone).to_rfc3339(),
        link: ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme)).then(|| link.to_owned()),
        text: link.to_owned(),
        words: call.transcript.as_ref().map(|words| words.reveal().to_owned()),
    })
}

fn troubled(effect: &Effect) -> bool {
    matches!(effect.state, EffectState::Uncertain | EffectState::Failed)
}

/// What makes sense to do, the likeliest first.
fn buttons(it: &Appointment, now: DateTime<Utc>) -> Vec<Button> {
    let button = |act, word, class| Button { act, word, class };
    if it.status.over() {
        return Vec::new();
    }
    let mut buttons = Vec::new();
    let begun = it.starts_at <= now;
    if begun && it.status != Status::Cancelled {
        buttons.push(button("completed", "Came", "primary"));
        buttons.push(button("no-show", "Did not come", "plain"));
    }
    if !matches!(it.status, Status::Confirmed) && !begun {
        buttons.push(button("confirm", "Confirm", "primary"));
    }
    if callable(it, now) {
        buttons.push(button("call", "Call now", "plain"));
    }
    if it.status != Status::Cancelled {
        buttons.push(button("cancel", "Cancel appointment", "plain danger"));
    }
    buttons
}

/// Whether a call makes sense.
pub(super) fn callable(it: &Appointment, now: DateTime<Utc>) -> bool {
    it.live_call.is_none() && it.status != Status::Cancelled && !it.status.over() && it.starts_at > now
}

fn next(effects: &[&Effect], zone: Tz, now: DateTime<Utc>) -> Vec<Next> {
    effects
        .iter()
        .filter_map(|effect| {
            let said = words::effect(effect, zone, now)?;
            let is_call = effect.action.kind() == "call";
            let word = match effect.state {
                EffectState::Uncertain => Some("Check again"),
                EffectState::Failed if !is_call => Some("Try again"),
                EffectState::Waiting if effect.due_at > now => Some("Try now"),
                _ => None,
            };
            let again = word.map(|word| (effect.id.to_string(), word));
            Some(Next { said, again })
        })
        .collect()
}
