//! The buttons: calling again, trying again, looking up again.

use super::{
    super::{Section, Shell, failed, html, words},
    remedy, shown,
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
use frontdesk_core::{appointment::Appointment, effect::Effect, id::EffectId};

#[derive(Template)]
#[template(path = "call_again.html")]
struct CallAgain {
    shell: Shell,
    id: String,
    name: String,
    because: String,
    back: String,
}

/// Asks whether somebody is to be called although an earlier call may have reached them.
pub(in crate::pages) async fn ask(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let back = session::own_path(Query::of(&uri).get("back").or(Some("/effects")));
    question(&app, &text, &headers, back).await.unwrap_or_else(|problem| failed(&problem))
}

async fn question(app: &App, text: &str, headers: &HeaderMap, back: String) -> Answer {
    let (effect, appointment, _) = again(app, text).await?;
    let name = appointment.customer.name.reveal().to_owned();
    let shell = Shell::new(app, &format!("Call {name} again?"), Section::Troubles, headers);
    let because = words::capital(&effect.because());
    Ok(html(StatusCode::OK, &CallAgain { shell, id: effect.id.to_string(), name, because, back }))
}

/// A call after which the person can be called again; the last says whether that may disturb them twice.
async fn again(app: &App, text: &str) -> Answer<(Effect, Appointment, bool)> {
    let id: EffectId = id(text, "effect")?;
    let effect = app.store().effect(id).await?.ok_or_else(|| Problem::not_found("effect"))?;
    let appointment = find(app, effect.appointment_id.ok_or_else(|| Problem::not_found("appointment"))?).await?;
    let remedies = remedy::of(&effect, Some(&appointment), app.now());
    match remedies.iter().find(|remedy| remedy.act == "call") {
        Some(remedy) => Ok((effect, appointment, remedy.asks)),
        None => Err(Problem::conflict("nobody is called again for this; open the appointment to see why")),
    }
}

/// The person is called again: another call, in its own row.
pub(in crate::pages) async fn call(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    match call_again(&app, &text, &headers, &form).await {
        Ok(Some(question)) => question,
        Ok(None) => Redirect::to(&back(&form)).into_response(),
        Err(problem) => refused(&app, &headers, &form, &problem).await,
    }
}

/// Calls the person, or asks first.
async fn call_again(app: &App, text: &str, headers: &HeaderMap, form: &Form) -> Answer<Option<Response>> {
    proven(app, headers, form)?;
    let (_, appointment, asks) = again(app, text).await?;
    if asks && form.get("sure") != Some("yes") {
        return question(app, text, headers, back(form)).await.map(Some);
    }
    actions::act(app, appointment.id, Act::Call).await?;
    Ok(None)
}

/// It is tried again, or its fate is looked up.
pub(in crate::pages) async fn retry(
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
        Ok(_) => Redirect::to(&back(&form)).into_response(),
        Err(problem) => refused(&app, &headers, &form, &problem).await,
    }
}

/// The page whose button it was.
fn back(form: &Form) -> String {
    session::own_path(form.get("back").or(Some("/effects")))
}

/// The list itself says what did not work.
async fn refused(app: &App, headers: &HeaderMap, form: &Form, problem: &Problem) -> Response {
    if problem.status() != StatusCode::CONFLICT {
        return failed(problem);
    }
    let uri = back(form).parse::<Uri>().ok().filter(|uri| uri.path() == "/effects");
    let uri = uri.unwrap_or_else(|| Uri::from_static("/effects"));
    shown(app, headers, &uri, Some(format!("{}.", words::capital(problem.detail())))).await
}
