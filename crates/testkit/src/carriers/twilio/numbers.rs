//! The account's numbers. <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>

use super::{
    CallView, Twilio,
    api::{error, missing, name, pairs, resource, value},
    snake,
};
use crate::carriers::Script;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::PoisonError};
use url::Url;

/// What may be set of a number, as far as it is of use here.
const SETTINGS: [&str; 6] =
    ["VoiceUrl", "VoiceMethod", "StatusCallback", "StatusCallbackMethod", "SmsUrl", "SmsMethod"];

/// What is set of a number, by the names in its resource.
pub(super) type Settings = BTreeMap<String, String>;

impl Twilio {
    /// Gives the account a number, with these members of its resource set.
    pub fn own(&self, number: &str, set: &[(&str, &str)]) {
        let settings = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sid = self.draw("PN");
        self.numbers(|all| all.insert(number.to_owned(), (sid, settings)));
    }

    /// A member of a number's resource, where it is set.
    #[must_use]
    pub fn set_of(&self, number: &str, member: &str) -> Option<String> {
        self.numbers(|all| all.get(number)?.1.get(member).cloned())
    }

    /// Somebody rings one of the account's numbers, which leads where it is set to; gives the call once it is over.
    pub async fn ring_up(&self, from: &str, number: &str, script: Script) -> CallView {
        let set = |member| self.set_of(number, member).unwrap_or_default();
        self.ring(from, number, &set("voice_url"), &set("status_callback"), script).await
    }

    fn numbers<T>(&self, look: impl FnOnce(&mut BTreeMap<String, (String, Settings)>) -> T) -> T {
        look(&mut self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn number_resource(&self, number: &str, sid: &str, settings: &Settings) -> Value {
        let mut body: Map<String, Value> = settings.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        // What is not set comes as nothing, and as an empty text.
        let usual = json!({
            "sid": sid, "account_sid": self.0.settings.account, "phone_number": number, "friendly_name": number,
            "capabilities": { "voice": true, "sms": true, "mms": false, "fax": false },
            "voice_url": null, "voice_method": "POST", "status_callback": "", "status_callback_method": "POST",
            "sms_url": null, "sms_method": "POST", "voice_application_sid": "", "sms_application_sid": "",
            "trunk_sid": null, "status": "in-use", "origin": "twilio",
        });
        for (name, value) in usual.as_object().into_iter().flatten() {
            body.entry(name).or_insert_with(|| value.clone());
        }
        Value::Object(body)
    }
}

pub(super) async fn list(State(vendor): State<Twilio>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let wanted = value(&query, "PhoneNumber").unwrap_or_default().to_owned();
    let matching: Vec<Value> = vendor.numbers(|all| {
        // The filter is a pattern: whatever holds it matches.
        let matching = all.iter().filter(|(number, _)| number.contains(&wanted));
        matching.map(|(number, (sid, settings))| vendor.number_resource(number, sid, settings)).collect()
    });
    resource(StatusCode::OK, &json!({ "incoming_phone_numbers": matching, "next_page_uri": null }))
}

pub(super) async fn set(
    State(vendor): State<Twilio>,
    Path((_, number)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let bad = |what: &str| error(StatusCode::BAD_REQUEST, 20_001, what);
    let form = pairs(&body);
    for (name, value) in &form {
        let fits = match name.as_str() {
            name if !SETTINGS.contains(&name) => false,
            name if name.ends_with("Method") => matches!(value.as_str(), "GET" | "POST"),
            _ => Url::parse(value).is_ok(),
        };
        if !fits {
            return bad(&format!("{name} is invalid"));
        }
    }
    let sid = name(&number);
    let changed = vendor.numbers(|all| {
        let (number, (sid, settings)) = all.iter_mut().find(|(_, (its, _))| its == sid)?;
        settings.extend(form.iter().map(|(name, value)| (snake(name), value.clone())));
        Some(vendor.number_resource(number, sid, settings))
    });
    changed.map_or_else(missing, |body| resource(StatusCode::OK, &body))
}
