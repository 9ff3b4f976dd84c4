//! Messages: SMS and WhatsApp. <https://www.twilio.com/docs/messaging/api/message-resource>

use super::{
    Twilio,
    api::{VERSION, error, missing, name, pairs, resource, value},
};
use crate::carriers::Sent;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{personal::Phone, speech::sms_segments};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{MutexGuard, PoisonError, atomic::Ordering},
};
use url::{Url, form_urlencoded};

const WHATSAPP: &str = "whatsapp:";
const LONGEST: usize = 1_600;
/// How long after a person wrote WhatsApp takes free words.
const WINDOW: Duration = Duration::hours(24);
/// The words by which Twilio itself blocks all that is sent to a number, and lets it through again.
const STOPS: [&str; 8] = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
const STARTS: [&str; 3] = ["START", "YES", "UNSTOP"];

/// What the vendor knows of messages.
#[derive(Debug, Default)]
pub(super) struct Book {
    messages: BTreeMap<String, Message>,
    /// Who told the vendor to stop, and to whom they told it.
    stopped: BTreeSet<(String, String)>,
    /// When somebody wrote by WhatsApp, and to whom.
    heard: HashMap<(String, String), DateTime<Utc>>,
    templates: BTreeMap<String, String>,
    refusals: BTreeMap<String, u32>,
    fates: BTreeMap<String, (String, Option<u32>)>,
}

#[derive(Debug, Clone)]
struct Message {
    to: String,
    from: Option<String>,
    service: Option<String>,
    body: String,
    status: String,
    error: Option<u32>,
    created: DateTime<Utc>,
}

impl Message {
    fn resource(&self, account: &str, sid: &str) -> Value {
        json!({
            "sid": sid,
            "account_sid": account,
            "api_version": VERSION,
            "body": self.body,
            "date_created": self.created.to_rfc2822(),
            "date_sent": null,
            "direction": "outbound-api",
            "error_code": self.error,
            "from": self.from,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": if self.service.is_some() { "0".to_owned() } else { sms_segments(&self.body).segments.to_string() },
            "price": null,
            "status": self.status,
            "to": self.to,
            "uri": format!("/{VERSION}/Accounts/{account}/Messages/{sid}.json"),
        })
    }
}

impl Twilio {
    /// A template that is approved; `{{1}}` and so on are its places.
    pub fn approve(&self, content_sid: &str, text: &str) {
        self.book().templates.insert(content_sid.to_owned(), text.to_owned());
    }

    /// Every message to this number is refused with this error.
    pub fn refuse_messages(&self, to: &str, code: u32) {
        self.book().refusals.insert(to.to_owned(), code);
    }

    /// What becomes of messages to this number, instead of being delivered.
    pub fn messages_end(&self, to: &str, status: &str, code: Option<u32>) {
        self.book().fates.insert(to.to_owned(), (status.to_owned(), code));
    }

    /// Somebody writes a text message, or by WhatsApp where both addresses begin with `whatsapp:`, to a number whose
    /// messaging URL is `url`; gives the status of the answer.
    pub async fn write(&self, from: &str, to: &str, body: &str, url: &str) -> Option<u16> {
        let sid = self.draw("SM");
        let account = self.0.settings.account.as_str();
        {
            let (mut book, both) = (self.book(), (from.to_owned(), to.to_owned()));
            let word = body.trim().to_ascii_uppercase();
            if from.starts_with(WHATSAPP) {
                book.heard.insert(both, self.0.settings.clock.now());
            } else if STOPS.contains(&word.as_str()) {
                book.stopped.insert(both);
            } else if STARTS.contains(&word.as_str()) {
                book.stopped.remove(&both);
            }
        }
        let form = [
            ("AccountSid", account),
            ("ApiVersion", VERSION),
            ("Body", body),
            ("From", from),
            ("MessageSid", sid.as_str()),
            ("NumMedia", "0"),
            ("SmsSid", sid.as_str()),
            ("SmsStatus", "received"),
            ("To", to),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        self.deliver("message", url, &form).await.ok().map(|answer| answer.0)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what becomes of a message, one status after the other.
    async fn tell_fate(self, sid: String, told: String, ends: Vec<(String, Option<u32>)>) {
        for (status, code) in ends {
            let form = {
                let mut book = self.book();
                let Some(message) = book.messages.get_mut(&sid) else { break };
                (message.status, message.error) = (status.clone(), code);
                let mut form = vec![
                    ("AccountSid", self.0.settings.account.clone()),
                    ("ApiVersion", VERSION.to_owned()),
                    ("From", message.from.clone().unwrap_or_default()),
                    ("MessageSid", sid.clone()),
                    ("MessageStatus", status.clone()),
                    ("SmsSid", sid.clone()),
                    ("SmsStatus", status),
                    ("To", message.to.clone()),
                ];
                form.extend(code.map(|code| ("ErrorCode", code.to_string())));
                form.extend(message.service.clone().map(|service| ("MessagingServiceSid", service)));
                form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>()
            };
            // Like the vendor, it tells it once and goes on, whatever comes back.
            let _ = self.deliver("message-status", &told, &form).await;
        }
        self.0.ledger.over();
    }
}

/// What was written: the body, or the template with its places filled in.
fn words(form: &[(String, String)], templates: &BTreeMap<String, String>) -> Result<String, (u32, &'static str)> {
    let body = value(form, "Body").filter(|body| !body.is_empty());
    let Some(content) = value(form, "ContentSid") else {
        let body = body.ok_or((21_602, "Message body is required."))?;
        let fits = body.chars().count() <= LONGEST;
        return if fits {
            Ok(body.to_owned())
        } else {
            Err((21_617, "The concatenated message body exceeds the 1600 character limit."))
        };
    };
    let wrong = (21_656, "The ContentVariables parameter is invalid.");
    let mut text = templates.get(content).ok_or((21_655, "The ContentSid is invalid."))?.clone();
    let filled: Map<String, Value> =
        serde_json::from_str(value(form, "ContentVariables").unwrap_or("{}")).map_err(|_| wrong)?;
    for (place, value) in filled {
        let value = value.as_str().filter(|value| !value.is_empty() && !value.contains('\n')).ok_or(wrong)?.to_owned();
        text = text.replace(&format!("{{{{{place}}}}}"), &value);
    }
    if text.contains("{{") { Err(wrong) } else { Ok(text) }
}

pub(super) async fn create(State(vendor): State<Twilio>, body: Bytes) -> Response {
    let form = pairs(&body);
    let bad = |(code, what): (u32, &str)| error(StatusCode::BAD_REQUEST, code, what);
    let to = value(&form, "To").unwrap_or_default().to_owned();
    let whatsapp = to.starts_with(WHATSAPP);
    let Ok(phone) = Phone::parse(to.strip_prefix(WHATSAPP).unwrap_or(&to), None) else {
        return bad((21_211, "Invalid 'To' Phone Number"));
    };
    let (from, service) = (value(&form, "From"), value(&form, "MessagingServiceSid"));
    if from.is_none() && service.is_none() {
        return bad((21_603, "A 'From' phone number is required."));
    }
    if from.is_some_and(|from| from.starts_with(WHATSAPP) != whatsapp) {
        return bad((63_007, "Twilio could not find a Channel with the specified From address"));
    }
    let told = value(&form, "StatusCallback");
    if told.is_some_and(|url| !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))) {
        return bad((21_609, "The 'StatusCallback' URL is not a valid URL."));
    }
    let now = vendor.0.settings.clock.now();
    let (sid, ends, answer) = {
        let mut book = vendor.book();
        let refused = book.refusals.get(phone.reveal()).copied();
        if let Some(code) = refused {
            return bad((code, "The message was refused"));
        }
        let both = (to.clone(), from.unwrap_or_default().to_owned());
        let stopped = |(who, whom): &(String, String)| *who == to && (service.is_some() || *whom == both.1);
        if book.stopped.iter().any(stopped) {
            return bad((21_610, "Attempt to send to unsubscribed recipient"));
        }
        let body = match words(&form, &book.templates) {
            Ok(body) => body,
            Err(wrong) => return bad(wrong),
        };
        let open = book.heard.iter().any(|((who, _), at)| *who == to && now < *at + WINDOW);
        let outside = whatsapp && !open && value(&form, "ContentSid").is_none();
        let fate = book.fates.get(phone.reveal()).cloned().unwrap_or_else(|| ("delivered".to_owned(), None));
        let ends =
            if outside { vec![("failed".to_owned(), Some(63_016))] } else { vec![("sent".to_owned(), None), fate] };
        let sid = vendor.draw("SM");
        let (from, service) = (from.map(str::to_owned), service.map(str::to_owned));
        let message = Message {
            to,
            from: from.clone(),
            service,
            body: body.clone(),
            status: "queued".to_owned(),
            error: None,
            created: now,
        };
        let answer = message.resource(&vendor.0.settings.account, &sid);
        book.messages.insert(sid.clone(), message);
        let from = from.unwrap_or_default();
        // It takes no name of ours, but the address that it tells the fate to may hold one.
        let address = told.and_then(|told| Url::parse(told).ok());
        let reference =
            address.and_then(|url| url.query_pairs().find(|(name, _)| name == "effect").map(|(_, it)| it.into_owned()));
        vendor.0.ledger.send(Sent { id: sid.clone(), to: phone, from, body, reference });
        (sid, ends, answer)
    };
    if let Some(told) = told {
        vendor.0.ledger.begin();
        tokio::spawn(vendor.tell_fate(sid, told.to_owned(), ends));
    }
    resource(StatusCode::CREATED, &answer)
}

pub(super) async fn list(State(vendor): State<Twilio>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let account = vendor.0.settings.account.clone();
    let wanted = |name: &str, is: Option<&str>| value(&query, name).is_none_or(|wanted| Some(wanted) == is);
    let listing = vendor.0.listing.load(Ordering::SeqCst);
    let mut found: Vec<Value> = vendor
        .book()
        .messages
        .iter()
        .filter(|(_, it)| listing && wanted("To", Some(&it.to)) && wanted("From", it.from.as_deref()))
        .map(|(sid, it)| it.resource(&account, sid))
        .collect();
    found.reverse();
    let size = value(&query, "PageSize").and_then(|size| size.parse().ok()).unwrap_or(50).clamp(1, 1_000);
    let page: usize = value(&query, "Page").and_then(|page| page.parse().ok()).unwrap_or(0);
    let more = found.len() > (page + 1) * size;
    let next = more.then(|| {
        let kept = query.iter().filter(|(name, _)| name != "Page");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("Page", &(page + 1).to_string())
            .finish();
        format!("/{VERSION}/Accounts/{account}/Messages.json?{query}")
    });
    let messages: Vec<Value> = found.into_iter().skip(page * size).take(size).collect();
    resource(StatusCode::OK, &json!({ "messages": messages, "page": page, "page_size": size, "next_page_uri": next }))
}

pub(super) async fn read(State(vendor): State<Twilio>, Path((account, message)): Path<(String, String)>) -> Response {
    let sid = name(&message);
    match vendor.book().messages.get(sid) {
        Some(message) => resource(StatusCode::OK, &message.resource(&account, sid)),
        None => missing(),
    }
}
