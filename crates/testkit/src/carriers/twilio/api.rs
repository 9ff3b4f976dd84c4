//! The REST API. <https://www.twilio.com/docs/voice/api/call-resource>

use super::{Twilio, call::Elsewhere, line::Line, messages, numbers, twiml};
use crate::carriers::{Fault, Placed, wait};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use frontdesk_core::personal::Phone;
use serde_json::{Map, Value, json};
use std::{io, sync::atomic::Ordering};
use url::form_urlencoded;

pub(super) const VERSION: &str = "2010-04-01";
/// <https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource>
const MAX_TWIML: usize = 4_000;
const DEFAULT_PAGE: usize = 50;

pub(super) fn router(vendor: Twilio) -> Router {
    let account = "/2010-04-01/Accounts/{account}";
    Router::new()
        .route(&format!("{account}/Calls.json"), get(list).post(create))
        .route(&format!("{account}/Calls/{{call}}"), get(read).post(update))
        .route(&format!("{account}/Calls/{{call}}/Events.json"), get(events))
        .route(&format!("{account}/IncomingPhoneNumbers.json"), get(numbers::list))
        .route(&format!("{account}/IncomingPhoneNumbers/{{number}}"), axum::routing::post(numbers::set))
        .route(&format!("{account}/Messages.json"), get(messages::list).post(messages::create))
        .route(&format!("{account}/Messages/{{message}}"), get(messages::read))
        .route("/2010-04-01/Accounts/{account}", get(account_resource))
        .layer(middleware::from_fn_with_state(vendor.clone(), guard))
        .with_state(vendor)
}

/// Who is not this account is refused, what is to go wrong goes wrong, and every answer tells the time.
async fn guard(State(vendor): State<Twilio>, request: Request, next: Next) -> Response {
    let settings = &vendor.0.settings;
    let basic = |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    let by_token = given == basic(&settings.account, &settings.token);
    let by_key = vendor.keys().iter().any(|(sid, secret)| given == basic(sid, secret))
        && path.contains(&format!("/{}/", settings.account));
    let ours = (by_token || by_key) && path.contains(&settings.account);
    let mut response = if ours {
        disturbed(&vendor, request, next).await
    } else {
        error(StatusCode::UNAUTHORIZED, 20_003, "Authenticate")
    };
    let date = settings.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert(header::DATE, date.parse().expect("a date is a header's value"));
    response
}

async fn disturbed(vendor: &Twilio, request: Request, next: Next) -> Response {
    match vendor.0.ledger.fault() {
        None => next.run(request).await,
        Some(Fault::Slow(duration)) => {
            tokio::time::sleep(duration).await;
            next.run(request).await
        }
        Some(Fault::TooMany(after)) => {
            let mut response = error(StatusCode::TOO_MANY_REQUESTS, 20_429, "Too Many Requests");
            if let Some(seconds) = after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Some(Fault::Status(status)) => page(status),
        Some(Fault::Lies(status)) => {
            next.run(request).await;
            page(status)
        }
        Some(Fault::LosesAnswer) => lost(next.run(request).await.status()),
        Some(Fault::AnswersLast) => {
            let response = next.run(request).await;
            vendor.0.ledger.settled().await;
            response
        }
    }
}

/// What a proxy answers in Twilio's place: a page for people.
fn page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "text/html")], "<html>something went wrong</html>").into_response()
}

/// An answer that breaks off before it says anything.
fn lost(status: StatusCode) -> Response {
    let broken: Result<Bytes, io::Error> = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    (status, Body::from_stream(tokio_stream::once(broken))).into_response()
}

pub(super) fn error(status: StatusCode, code: u32, message: &str) -> Response {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({ "code": code, "message": message, "more_info": more, "status": status.as_u16() });
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(super) fn resource(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(super) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

pub(super) fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

async fn create(State(vendor): State<Twilio>, headers: HeaderMap, body: Bytes) -> Response {
    let bad = |code, what: &str| error(StatusCode::BAD_REQUEST, code, what);
    if !is_form(&headers) {
        return bad(21_200, "Could not place call");
    }
    let form = pairs(&body);
    let number = |name| value(&form, name).and_then(|number| Phone::parse(number, None).ok());
    let Some(to) = number("To") else {
        return bad(21_211, &format!("Invalid 'To' Phone Number: {}", value(&form, "To").unwrap_or_default()));
    };
    let Some(from) = number("From") else {
        return bad(21_212, "Invalid 'From' Phone Number");
    };
    let Some(url) = value(&form, "Url").filter(|url| url::Url::parse(url).is_ok()) else {
        return bad(21_205, "Url is not a valid URL");
    };
    let known = ["initiated", "ringing", "answered", "completed"];
    if form.iter().any(|(name, event)| name == "StatusCallbackEvent" && !known.contains(&event.as_str())) {
        return bad(21_626, "Invalid StatusCallbackEvent");
    }
    if value(&form, "AsyncAmd") == Some("true") && value(&form, "AsyncAmdStatusCallback").is_none() {
        vendor.complain(21_262, "machine detection beside the call has nobody to tell");
    }
    let script = vendor.0.ledger.script_of(to.reveal());
    if script.refused {
        return bad(21_211, &format!("Invalid 'To' Phone Number: {}", to.reveal()));
    }
    let (url, loses_answer, answers_after) = (url.to_owned(), script.loses_answer, script.answers_after);
    let rings_after = script.rings_after;
    let members: Map<String, Value> = form.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let sid = vendor.open(form.clone(), "outbound-api");
    let api = format!("{}{VERSION}/Accounts/{}/Calls.json", vendor.0.url, vendor.0.settings.account);
    vendor.write_down(&sid, &api, &form, Some(201));
    vendor.0.ledger.place(Placed { id: sid.clone(), to, from, request: Value::Object(members) });
    let answer = vendor.change(&sid, |record| record.resource(&vendor.0.settings.account, &sid));
    let line = Line::new(vendor, sid, script);
    tokio::spawn(async move {
        let vendor = line.vendor().clone();
        wait(rings_after).await;
        line.live_from(&url).await;
        vendor.0.ledger.over();
    });
    wait(answers_after).await;
    if loses_answer { lost(StatusCode::CREATED) } else { resource(StatusCode::CREATED, &answer.unwrap_or_default()) }
}

async fn list(State(vendor): State<Twilio>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let account = vendor.0.settings.account.clone();
    let wanted = |name: &str, is: Option<&str>| value(&query, name).is_none_or(|wanted| Some(wanted) == is);
    let listing = vendor.0.listing.load(Ordering::SeqCst);
    let mut calls: Vec<Value> = vendor
        .records()
        .iter()
        .filter(|(_, call)| listing && wanted("To", call.get("To")) && wanted("From", call.get("From")))
        .filter(|(_, call)| wanted("Status", Some(call.status)))
        .map(|(sid, call)| call.resource(&account, sid))
        .collect();
    calls.reverse();
    let size = value(&query, "PageSize").and_then(|size| size.parse().ok()).unwrap_or(DEFAULT_PAGE).clamp(1, 1_000);
    let page: usize = value(&query, "Page").and_then(|page| page.parse().ok()).unwrap_or(0);
    let more = calls.len() > (page + 1) * size;
    let next = more.then(|| {
        let kept = query.iter().filter(|(name, _)| name != "Page");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("Page", &(page + 1).to_string())
            .finish();
        format!("/{VERSION}/Accounts/{account}/Calls.json?{query}")
    });
    let calls: Vec<Value> = calls.into_iter().skip(page * size).take(size).collect();
    resource(StatusCode::OK, &json!({ "calls": calls, "page": page, "page_size": size, "next_page_uri": next }))
}

pub(super) fn missing() -> Response {
    error(StatusCode::NOT_FOUND, 20_404, "The requested resource was not found")
}

pub(super) fn name(path: &str) -> &str {
    path.strip_suffix(".json").unwrap_or(path)
}

async fn read(State(vendor): State<Twilio>, Path((account, call)): Path<(String, String)>) -> Response {
    let sid = name(&call);
    match vendor.change(sid, |record| record.resource(&account, sid)) {
        Some(call) => resource(StatusCode::OK, &call),
        None => missing(),
    }
}

async fn events(State(vendor): State<Twilio>, Path((_, call)): Path<(String, String)>) -> Response {
    let now = vendor.0.settings.clock.now();
    match vendor.change(&call, |record| record.readable(now)) {
        Some(events) => resource(StatusCode::OK, &json!({ "events": events, "next_page_uri": null })),
        None => missing(),
    }
}

async fn update(State(vendor): State<Twilio>, Path((account, call)): Path<(String, String)>, body: Bytes) -> Response {
    let (sid, form) = (name(&call), pairs(&body));
    let mut elsewhere = value(&form, "Url").map(|url| Elsewhere::Url(url.to_owned()));
    if let Some(twiml) = value(&form, "Twiml").filter(|_| elsewhere.is_none()) {
        // Longer documents have to be fetched.
        let read = match twiml.chars().count() {
            0..=MAX_TWIML => twiml::parse("text/xml", twiml),
            _ => Err((12_100, "a document that is sent along may have 4000 characters".to_owned())),
        };
        match read {
            Ok(document) => elsewhere = Some(Elsewhere::Twiml(document)),
            Err((code, what)) => {
                vendor.complain(code, what.clone());
                return error(StatusCode::BAD_REQUEST, code, &what);
            }
        }
    }
    let changed = vendor.change(sid, |record| {
        match (value(&form, "Status"), elsewhere.take()) {
            _ if record.ended.is_some() => return None,
            (Some("completed" | "canceled"), None) => record.hung_up = true,
            (None, Some(elsewhere)) if record.status == "in-progress" => record.redirect = Some(elsewhere),
            _ => return None,
        }
        Some(record.resource(&account, sid))
    });
    match changed {
        Some(Some(call)) => resource(StatusCode::OK, &call),
        Some(None) => error(StatusCode::BAD_REQUEST, 21_220, "Call is not in-progress. Cannot redirect."),
        None => missing(),
    }
}

async fn account_resource(Path(account): Path<String>) -> Response {
    resource(StatusCode::OK, &json!({ "sid": name(&account), "status": "active", "type": "Full" }))
}
