//! One call: what is known about it, and its timeline.

use super::{
    Section, Shell, calls, failed, html,
    story::{Material, Story},
    terms,
    words::{self, Said},
};
use crate::{
    app::App,
    appointments::id,
    problem::{Answer, Problem},
    query::Query,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use frontdesk_core::{call::Call, id::CallId, talk::Talk};

#[derive(Template)]
#[template(path = "call.html")]
struct OneCall {
    shell: Shell,
    id: String,
    who: String,
    when: String,
    said: Said,
    /// The appointment it is about, and when that is.
    about: Option<(String, String)>,
    facts: Vec<(&'static str, String)>,
    number: String,
    shown: bool,
    /// The message that was left: the text of the link, and whether it can be followed.
    message: Option<(String, bool)>,
    /// What the message says, where a carrier has written it down.
    words: Option<String>,
    /// What was said with a voice agent: after how long, by whom, and what.
    spoken: Vec<(String, &'static str, String)>,
    story: Story,
}

pub(super) async fn page(State(app): State<App>, Path(text): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let shown = Query::of(&uri).get("show") == Some("contact");
    match gather(&app, &text, &headers, shown).await {
        Ok(call) => html(StatusCode::OK, &call),
        Err(problem) => failed(&problem),
    }
}

async fn gather(app: &App, text: &str, headers: &HeaderMap, shown: bool) -> Answer<OneCall> {
    let id: CallId = id(text, "call")?;
    let call = app.store().call(id).await?.ok_or_else(|| Problem::not_found("call"))?;
    let (now, zone) = (app.now(), app.zone_of(Some(&call.business)));
    let (who, appointment) = calls::who(app, &call).await?;
    let material = Material::of_call(app, id).await?;
    let number = call.party();
    let message = call.recording.as_ref().map(|link| {
        let link = link.reveal();
        (link.to_owned(), ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme)))
    });
    Ok(OneCall {
        shell: Shell::new(app, &format!("Call with {who}"), Section::Calls, headers),
        id: id.to_string(),
        who,
        when: format!("{} ({})", words::capital(&words::when(call.created_at, zone, now)), words::zone_name(zone)),
        said: calls::said(&call, now),
        about: appointment.map(|it| (format!("/appointments/{}", it.id), words::when(it.starts_at, zone, now))),
        facts: facts(app, &call),
        number: if shown { number.reveal().to_owned() } else { number.to_string() },
        shown,
        message,
        words: call.transcript.as_ref().map(|words| words.reveal().to_owned()),
        spoken: spoken(&call),
        story: material.told(zone, now),
    })
}

fn spoken(call: &Call) -> Vec<(String, &'static str, String)> {
    let lines = call.talk.iter().flat_map(|talk| &talk.lines);
    lines
        .map(|(ms, who, said)| {
            let after = terms::length(u32::try_from(ms / 1_000).unwrap_or(u32::MAX));
            (after, terms::speaker(*who), said.reveal().to_owned())
        })
        .collect()
}

/// How the conversation with a voice agent went.
fn talked(talk: &Talk) -> [(&'static str, Option<String>); 4] {
    let seconds = |ms: u64| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100);
    [
        ("Conversation", Some(terms::talk_end(talk.end).to_owned())),
        ("First word after", talk.first_word_ms.map(seconds)),
        ("Usual answer after", talk.usual_turn_ms().map(seconds)),
        ("Interruptions", Some(talk.interruptions.to_string())),
    ]
}

fn facts(app: &App, call: &Call) -> Vec<(&'static str, String)> {
    let (now, zone) = (app.now(), app.zone_of(Some(&call.business)));
    let moment = |at| words::moment(at, zone, now);
    let business = app.rules().business(&call.business).map_or(&call.business, |business| &business.name);
    let keys = (!call.walk.path.is_empty()).then(|| call.walk.path.join(", ").replace('=', " "));
    let facts = [
        ("Direction", Some(terms::direction(call.direction).to_owned())),
        ("Business", Some(business.clone())),
        ("Carrier", Some(call.provider.clone())),
        ("Carrier's id", call.provider_call_id.clone()),
        ("Flow", Some(call.flow.clone())),
        ("Language", Some(call.language.code().to_owned())),
        ("Picked up by", call.answered_by.map(|by| terms::answered_by(by).to_owned())),
        ("Picked up", call.started_at.map(moment)),
        ("Ended", call.ended_at.map(moment)),
        ("Length", call.seconds.map(terms::length)),
        ("Keys", keys),
    ];
    let collected = call.collected.as_deref().map(super::unbooked::facts).unwrap_or_default();
    let talked = call.talk.as_deref().map(talked).into_iter().flatten();
    collected.into_iter().chain(talked).chain(facts).filter_map(|(name, value)| Some((name, value?))).collect()
}
