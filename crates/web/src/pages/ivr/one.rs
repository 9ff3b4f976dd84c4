//! One captured call: what was pressed, when.

use super::super::{Section, Shell, failed, html, words};
use crate::{
    app::App,
    problem::{Answer, Problem},
    query::Query,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use frontdesk_core::ivr::MOST_INPUTS;

#[derive(Template)]
#[template(path = "captured.html")]
struct Captured {
    shell: Shell,
    id: i64,
    who: String,
    when: String,
    words: String,
    complete: bool,
    number: String,
    shown: bool,
    facts: Vec<(&'static str, String)>,
    presses: Vec<Press>,
    /// Whether it has as many presses as are kept of one call.
    full: bool,
}

struct Press {
    at: String,
    exact: String,
    step: String,
    keys: String,
    means: String,
}

pub(in super::super) async fn page(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let shown = Query::of(&uri).get("show") == Some("contact");
    match gather(&app, &text, &headers, shown).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(problem) => failed(&problem),
    }
}

async fn gather(app: &App, text: &str, headers: &HeaderMap, shown: bool) -> Answer<Captured> {
    let missing = || Problem::not_found("call");
    let id: i64 = text.parse().map_err(|_| missing())?;
    let call = app.store().captured_call(id).await?.ok_or_else(missing)?;
    let tree = app.rules().tree(Some(&call.flow)).ok_or_else(missing)?;
    let (now, zone) = (app.now(), app.zone_of(Some(&call.business)));
    let path = call.path(tree);
    let who = call.from.as_ref().map_or_else(|| "somebody".to_owned(), |from| format!("somebody at {from}"));
    let mut inputs: Vec<_> = call.inputs.iter().collect();
    inputs.sort_by_key(|input| (input.at(), input.n));
    let press = |input: &&frontdesk_core::ivr::Input| {
        let position = tree.position(&input.step);
        let newest = position.and_then(|position| path.at(position)) == input.digits.as_deref();
        let means = position.filter(|_| newest).and_then(|position| tree.label(&path, position));
        Press {
            at: input.at().with_timezone(&zone).format("%H:%M:%S").to_string(),
            exact: input.at().with_timezone(&zone).to_rfc3339(),
            step: super::figures::label(&input.step),
            keys: if input.raw.is_empty() { "nothing".to_owned() } else { input.raw.clone() },
            means: match (&input.digits, means) {
                (Some(digits), Some(means)) if means != digits => means.to_owned(),
                (None, _) if !input.raw.is_empty() => "no key of a telephone".to_owned(),
                _ => String::new(),
            },
        }
    };
    let business = app.rules().business(&call.business).map_or(&call.business, |business| &business.name);
    let facts = [
        ("Business", Some(business.clone())),
        ("Carrier", Some(call.provider.clone())),
        ("Carrier's id", Some(call.sid.clone())),
        ("Flow", Some(format!("{}, version {}", call.flow, call.version))),
        ("Rang", call.to.as_ref().map(|to| to.reveal().to_owned())),
        ("Registered in", call.circle.clone()),
        ("Path", Some(path.to_string())),
    ];
    Ok(Captured {
        shell: Shell::new(app, &format!("Call by {who}"), Section::Ivr, headers),
        id,
        when: format!("{} ({})", words::capital(&words::when(call.started_at, zone, now)), words::zone_name(zone)),
        words: tree.words(&path),
        complete: tree.completed(&path),
        number: match &call.from {
            Some(from) if shown => from.reveal().to_owned(),
            Some(from) => from.to_string(),
            None => "not known".to_owned(),
        },
        who,
        shown,
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        presses: inputs.iter().map(press).collect(),
        full: inputs.len() >= MOST_INPUTS,
    })
}
