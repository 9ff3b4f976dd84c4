//! The parameters of a webhook, whichever way they came: the vendor's pages disagree about method and encoding, so query
//! and body are both read, and the body counts where the query says nothing.

use crate::{called::Called, multipart};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    personal::{Phone, RawNumber},
    ports::{Rejected, WebhookRequest},
};
use serde_json::Value;
use std::borrow::Cow;
use url::form_urlencoded;

/// No JSON of the vendor's is nested deeper.
const DEEPEST: usize = 8;
/// No webhook of the vendor's has nearly as many; each look-up goes through all of them.
const MOST: usize = 256;

/// Names and values, as they came: the first of a name counts. What JSON nests has the names that forms give it:
/// `Legs[0][Status]`.
pub(crate) struct Params<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Params<'r> {
    pub(crate) fn read(request: &'r WebhookRequest) -> Result<Self, Rejected> {
        if !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") {
            return Err(malformed("use GET, HEAD or POST"));
        }
        let mut params = Self(Vec::with_capacity(24));
        params.take(form_urlencoded::parse(request.query().as_bytes()))?;
        let kind = request.header("content-type").unwrap_or_default();
        let kind = kind.trim_start();
        let body = &request.body;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(params);
        }
        let owned = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(a, b)| (Cow::Owned(a), Cow::Owned(b)));
        // A body that says nothing of what it is shows it.
        if kind.starts_with("multipart/form-data") {
            let fields = multipart::fields(kind, body).ok_or_else(|| malformed("the multipart body cannot be read"))?;
            params.take(owned(fields))?;
        } else if kind.starts_with("application/json") || kind.is_empty() && body.starts_with(b"{") {
            let value: Value = serde_json::from_slice(body).map_err(|error| {
                // The parser's own words quote nothing of the document.
                malformed(&format!("not JSON: line {}, column {}", error.line(), error.column()))
            })?;
            if !value.is_object() {
                return Err(malformed("the body is no JSON object"));
            }
            let mut found = Vec::new();
            flatten(String::new(), &value, 0, &mut found);
            params.take(owned(found))?;
        } else {
            params.take(form_urlencoded::parse(body))?;
        }
        Ok(params)
    }

    fn take(&mut self, pairs: impl Iterator<Item = (Cow<'r, str>, Cow<'r, str>)>) -> Result<(), Rejected> {
        for pair in pairs {
            if self.0.len() == MOST {
                return Err(malformed("more parameters than any webhook has"));
            }
            self.0.push(pair);
        }
        Ok(())
    }

    /// A value, unless there is nothing in it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// A value as it came.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    /// The carrier's name for the call.
    pub(crate) fn call_sid(&self) -> Result<String, Rejected> {
        let sid = self.get("CallSid").ok_or_else(|| malformed("`CallSid` is required"))?;
        let plain = sid.len() <= 128 && !sid.chars().any(char::is_control);
        if plain { Ok(sid.to_owned()) } else { Err(malformed("`CallSid` is no name of a call")) }
    }

    /// A number, as it was written.
    fn written(&self, names: [&str; 2]) -> Option<Cow<'_, str>> {
        let value = names.iter().find_map(|name| self.raw(name).filter(|value| !value.trim().is_empty()))?;
        // A plus that was not encoded arrives as a space.
        Some(value.strip_prefix(' ').map_or(Cow::Borrowed(value), |rest| format!("+{}", rest.trim_start()).into()))
    }

    /// Who rang, as it was written and as it is dialled from this country.
    pub(crate) fn from(&self, country: &str) -> (Option<RawNumber>, Option<Phone>) {
        let Some(written) = self.written(["From", "CallFrom"]) else { return (None, None) };
        (RawNumber::new(&written), Phone::parse(&written, Some(country)).ok())
    }

    /// Who was rung, as it was written and as it is dialled from this country. Where the customer's own numbers are rung
    /// they are remembered.
    pub(crate) fn to(&self, country: &str, called: Option<&Called>) -> (Option<RawNumber>, Option<Phone>) {
        let Some(written) = self.written(["To", "CallTo"]) else { return (None, None) };
        let phone = match called {
            Some(called) => called.read(&written, country),
            None => Phone::parse(&written, Some(country)).ok(),
        };
        (RawNumber::new(&written), phone)
    }

    /// A time on the account's clock.
    pub(crate) fn time(&self, name: &str, zone: Tz) -> Option<DateTime<Utc>> {
        crate::time::read(self.get(name)?, zone)
    }
}

pub(crate) fn malformed(what: &str) -> Rejected {
    Rejected::Malformed(what.to_owned())
}

fn flatten(name: String, value: &Value, depth: usize, found: &mut Vec<(String, String)>) {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}[{part}]") };
    match value {
        Value::Null => {}
        Value::String(text) => found.push((name, text.clone())),
        Value::Bool(_) | Value::Number(_) => found.push((name, value.to_string())),
        _ if depth >= DEEPEST => {}
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                flatten(below(&n.to_string()), item, depth + 1, found);
            }
        }
        Value::Object(members) => {
            for (member, item) in members {
                flatten(below(member), item, depth + 1, found);
            }
        }
    }
}
