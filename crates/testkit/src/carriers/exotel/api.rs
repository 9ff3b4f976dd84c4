//! The API, version 1. <https://developer.exotel.com/api>

use super::{
    Exotel,
    line::{Facts, Line, call_back, pairs, written},
};
use crate::carriers::{Fault, Pickup, Placed, Script, Sent, wait};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use frontdesk_core::personal::Phone;
use serde_json::{Value, json};
use std::{io, sync::atomic::Ordering};

pub(super) fn router(vendor: Exotel) -> Router {
    Router::new()
        .route("/v1/Accounts/{account}/Calls/connect.json", post(connect))
        .route("/v1/Accounts/{account}/Calls.json", get(list))
        .route("/v1/Accounts/{account}/Calls/{call}", get(details))
        .route("/v1/Accounts/{account}/Sms/send.json", post(send))
        .layer(middleware::from_fn_with_state(vendor.clone(), guard))
        .with_state(vendor)
}

/// Who is not this account is refused, what is to go wrong goes wrong, and every answer tells the time.
async fn guard(State(vendor): State<Exotel>, request: Request, next: Next) -> Response {
    let settings = &vendor.0.settings;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", settings.key, settings.token)));
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let ours = given == Some(basic.as_str()) && request.uri().path().contains(&format!("/{}/", settings.sid))
        || given == Some(basic.as_str()) && request.uri().path().contains(&format!("/{}.", settings.sid));
    let mut response = match ours {
        true => disturbed(&vendor, request, next).await,
        false => refusal(401, &json!("UNAUTHORIZED"), "Authentication failed. Invalid API Key or Token."),
    };
    let date = settings.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert(header::DATE, date.parse().expect("a date is a header's value"));
    response
}

async fn disturbed(vendor: &Exotel, request: Request, next: Next) -> Response {
    let fault = vendor.0.ledger.fault();
    match fault {
        Some(Fault::Slow(span)) => wait(span).await,
        Some(Fault::TooMany(after)) => {
            let mut response = refusal(429, &json!("RATE_LIMIT_EXCEEDED"), "Too many requests.");
            if let Some(seconds) = after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return response;
        }
        // Older payloads have numbers for codes.
        Some(Fault::Status(status)) => return refusal(status, &json!(34_001), "Something about 09876543210."),
        _ => {}
    }
    let response = next.run(request).await;
    match fault {
        Some(Fault::Lies(status)) => refusal(status, &json!("INTERNAL"), "Something went wrong."),
        Some(Fault::LosesAnswer) => lost(response.status()),
        Some(Fault::AnswersLast) => {
            vendor.0.ledger.settled().await;
            response
        }
        _ if vendor.0.tells_xml.load(Ordering::SeqCst) => {
            let body = "<?xml version=\"1.0\"?><TwilioResponse><Call><Sid>x</Sid></Call></TwilioResponse>";
            (response.status(), [(header::CONTENT_TYPE, "application/xml")], body).into_response()
        }
        _ => response,
    }
}

/// An answer that breaks off before it says anything.
fn lost(status: StatusCode) -> Response {
    let broken: Result<Bytes, io::Error> = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    (status, Body::from_stream(tokio_stream::once(broken))).into_response()
}

fn refusal(status: u16, code: &Value, message: &str) -> Response {
    answer(status, &json!({"RestException": {"Status": status, "Message": message, "Code": code}}))
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// A call as it is shown: numbers as texts, `in-progress` from the first moment.
pub(super) fn resource(
    vendor: &Exotel,
    sid: &str,
    person: &Phone,
    company: &Phone,
    direction: &str,
    custom: Option<&str>,
) -> Value {
    let (now, account) = (vendor.now(), &vendor.0.settings.sid);
    let direction = if direction == "incoming" { "inbound" } else { "outbound-api" };
    let mut shown = json!({
        "Sid": sid, "ParentCallSid": null, "DateCreated": now, "DateUpdated": now, "AccountSid": account, "To": "",
        "From": written(person), "PhoneNumberSid": written(company), "Status": "in-progress", "StartTime": now,
        "EndTime": null, "Duration": null, "Price": null, "Direction": direction, "AnsweredBy": null,
        "ForwardedFrom": null, "CallerName": null, "Uri": format!("/v1/Accounts/{account}/Calls.json/{sid}"),
        "RecordingUrl": null,
    });
    if let Some(custom) = custom.filter(|_| vendor.0.shows_custom_field.load(Ordering::SeqCst)) {
        shown["CustomField"] = json!(custom);
    }
    shown
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

async fn connect(State(vendor): State<Exotel>, headers: HeaderMap, body: Bytes) -> Response {
    let bad = |what: &str| refusal(400, &json!("BAD_REQUEST"), what);
    let form = pairs(&body);
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let number = |name| value(name).and_then(|number| Phone::parse(number, Some("IN")).ok());
    let (Some(person), Some(company)) = (number("From"), number("CallerId")) else {
        return bad("Mandatory parameter From or CallerId is missing or invalid");
    };
    if !is_form(&headers) || value("CallType") != Some("trans") || value("To").is_some() {
        return bad("Invalid parameters");
    }
    if value("CustomField").is_some_and(|custom| custom.len() > 128) {
        return bad("CustomField is too long");
    }
    let prefix = format!("http://my.exotel.com/{}/exoml/start_voice/", vendor.0.settings.sid);
    let Some(flow) = value("Url").and_then(|url| url.strip_prefix(&prefix)).and_then(|app| vendor.flow(app)) else {
        return bad("Url leads to no flow of the account");
    };
    let script = vendor.0.ledger.script_of(person.reveal());
    if script.refused {
        return refusal(403, &json!("FORBIDDEN"), "The number is on DND");
    }
    let (sid, custom) = (vendor.name(), value("CustomField").map(str::to_owned));
    vendor.open(&sid, &person, &company, "outbound-dial", custom.as_deref());
    let request = super::line::object(&form);
    vendor.0.ledger.place(Placed { id: sid.clone(), to: person.clone(), from: company.clone(), request });
    let shown = vendor.records().get(&sid).map(|record| record.shown.clone()).unwrap_or_default();
    let (lost_answer, answers_after) = (script.loses_answer, script.answers_after);
    tokio::spawn(run(vendor.clone(), sid, Rung { person, company, custom, form }, flow, script));
    wait(answers_after).await;
    if lost_answer { lost(StatusCode::OK) } else { answer(200, &json!({ "Call": shown })) }
}

/// A call that was asked for.
struct Rung {
    person: Phone,
    company: Phone,
    custom: Option<String>,
    form: Vec<(String, String)>,
}

async fn run(vendor: Exotel, sid: String, rung: Rung, flow: super::Flow, script: Script) {
    wait(script.rings_after).await;
    vendor.0.settings.pace.seconds(2).await;
    let disorderly = script.disorderly;
    let status = match script.pickup {
        Pickup::Person | Pickup::Machine => "completed",
        // Networks tell a declined call as busy.
        Pickup::Busy | Pickup::Declines => "busy",
        Pickup::NoAnswer => "no-answer",
    };
    let end = end(&vendor, &sid, &rung, status);
    let mut over = None;
    if status == "completed" {
        let facts = Facts::new(&rung.person, &rung.company, "outbound-dial", rung.custom.as_deref());
        over = Some(Line::new(vendor.clone(), sid.clone(), facts, script).live(&flow).await);
    }
    vendor.change(&sid, |record| {
        record.view.status = status.to_owned();
        record.shown["Status"] = json!(status);
        record.shown["Duration"] = json!("42");
        record.shown["Price"] = json!("0.600000");
    });
    tell(&vendor, &rung, &end).await;
    if disorderly {
        // Everything once more, the end included.
        if let Some(over) = over {
            over.tell_again().await;
        }
        tell(&vendor, &rung, &end).await;
    }
    vendor.0.ledger.over();
}

fn end(vendor: &Exotel, sid: &str, rung: &Rung, status: &str) -> Vec<(String, String)> {
    let now = vendor.now();
    let seconds = if status == "completed" { "42" } else { "0" };
    let custom = rung.custom.clone().unwrap_or_default();
    let (person, company) = (written(&rung.person), written(&rung.company));
    let pairs = [
        ("CallSid", sid),
        ("EventType", "terminal"),
        ("DateCreated", &now),
        ("DateUpdated", &now),
        ("To", &company),
        ("From", &person),
        ("PhoneNumberSid", &company),
        ("Status", status),
        ("ConversationDuration", seconds),
        ("Direction", "outbound-api"),
        ("CustomField", &custom),
        ("RecordingUrl", ""),
        ("Legs[0][OnCallDuration]", seconds),
        ("Legs[0][Status]", status),
        ("Legs[0][AnsweredBy]", "NA"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

async fn tell(vendor: &Exotel, rung: &Rung, end: &[(String, String)]) {
    let value = |name: &str| rung.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let Some(url) = value("StatusCallback") else { return };
    let mut body = super::line::object(&end[..end.len() - 3]);
    let leg = |n: usize| json!(end[end.len() - n].1);
    body["Legs"] = json!([{ "OnCallDuration": leg(3), "Status": leg(2), "AnsweredBy": leg(1) }]);
    let kind = value("StatusCallbackContentType").unwrap_or("multipart/form-data");
    call_back(vendor, url, kind, end, &body).await;
}

async fn details(State(vendor): State<Exotel>, Path((_, call)): Path<(String, String)>) -> Response {
    let Some(sid) = call.strip_suffix(".json") else { return refusal(404, &json!(404), "Not found") };
    match vendor.records().get(sid) {
        Some(record) => answer(200, &json!({ "Call": record.shown })),
        None => refusal(404, &json!("NOT_FOUND"), "Call not found"),
    }
}

/// The account's calls, two a page whatever is asked for, so that cursors are followed.
async fn list(State(vendor): State<Exotel>, Path(account): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let size = value("PageSize").and_then(|size| size.parse::<usize>().ok()).unwrap_or(50);
    if size > 100 {
        return refusal(400, &json!("BAD_REQUEST"), "PageSize is too large");
    }
    let since = value("DateCreated").and_then(|filter| filter.strip_prefix("gte:")).unwrap_or_default().to_owned();
    let begin: usize = value("After").and_then(|after| after.parse().ok()).unwrap_or(0);
    let all: Vec<Value> = vendor.records().values().map(|record| record.shown.clone()).collect();
    let young = |call: &Value| call["DateCreated"].as_str().is_some_and(|at| at >= since.as_str());
    let found: Vec<Value> = all.into_iter().filter(young).collect();
    let page: Vec<Value> = found.iter().skip(begin).take(size.min(2)).cloned().collect();
    let end = begin + page.len();
    let next = (end < found.len()).then(|| {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.append_pair("DateCreated", &format!("gte:{since}")).append_pair("After", &end.to_string());
        format!("/v1/Accounts/{}/Calls.json?{}", account.trim_end_matches(".json"), next.finish())
    });
    answer(200, &json!({ "Metadata": { "PrevPageUri": null, "NextPageUri": next }, "Calls": page }))
}

async fn send(State(vendor): State<Exotel>, headers: HeaderMap, body: Bytes) -> Response {
    let form = pairs(&body);
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let to = value("To").and_then(|number| Phone::parse(number, Some("IN")).ok());
    let (Some(to), Some(from), Some(text), true) = (to, value("From"), value("Body"), is_form(&headers)) else {
        return refusal(400, &json!("BAD_REQUEST"), "Mandatory parameter missing");
    };
    if text.chars().count() > 2_000 || !matches!(value("EncodingType"), Some("plain" | "unicode")) {
        return refusal(400, &json!("BAD_REQUEST"), "Invalid parameter");
    }
    let id = vendor.name();
    let (from, body, reference) = (from.to_owned(), text.to_owned(), value("DltTemplateId").map(str::to_owned));
    vendor.0.ledger.send(Sent { id: id.clone(), to, from, body, reference });
    answer(202, &json!({ "SMSMessage": { "Sid": id, "Status": "queued", "DetailedStatus": "PENDING_TO_OPERATOR" } }))
}
