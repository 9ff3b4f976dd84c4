//! The API: requests, answers, and what its errors mean.
//! <https://developer.exotel.com/api>

use crate::{NAME, config::Api};
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// What may stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The account's API.
pub(crate) struct Rest {
    http: reqwest::Client,
    api: Api,
}

/// An answer that says yes, and the time on Exotel's clock when it was given.
pub(crate) struct Answer {
    pub(crate) body: Value,
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Rest {
    pub(crate) fn new(api: Api, http: reqwest::Client) -> Self {
        Self { http, api }
    }

    pub(crate) fn account(&self) -> &str {
        &self.api.sid
    }

    /// Something of the account. Without `.json` the answer would be XML.
    fn url(&self, path: &[&str]) -> String {
        let mut url = format!("{}/v1/Accounts", self.api.host());
        for name in [self.api.sid.as_str()].iter().chain(path) {
            url.push('/');
            // Names come from the store and from carriers; none may lead elsewhere.
            url.push_str(&utf8_percent_encode(name, PATH).to_string());
        }
        url + ".json"
    }

    /// Asks; nothing happens by it.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> PortResult<Answer> {
        self.exchange(self.http.get(self.url(path)).query(query), Happened::No).await
    }

    /// Asks for the next page of a list, by the path that the page before named.
    pub(crate) async fn follow(&self, path: &str) -> PortResult<Answer> {
        if !path.starts_with("/v1/Accounts/") {
            return Err(failed(Happened::No, Trouble::Broken, "a list goes on somewhere else than in the API"));
        }
        self.exchange(self.http.get(format!("{}{path}", self.api.host())), Happened::No).await
    }

    /// Does something; an answer that never comes means that it may have been done.
    pub(crate) async fn post(&self, path: &[&str], form: &[(&str, String)]) -> PortResult<Value> {
        Ok(self.exchange(self.http.post(self.url(path)).form(form), Happened::Maybe).await?.body)
    }

    async fn exchange(&self, request: RequestBuilder, doubt: Happened) -> PortResult<Answer> {
        // In a header, never in the URL, which ends up in errors and logs.
        let request = request.basic_auth(self.api.key.expose_secret(), Some(self.api.token.expose_secret()));
        let response = request.timeout(self.api.answer_within).send().await.map_err(|error| lost(error, doubt))?;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let at = header(DATE).and_then(|at| DateTime::parse_from_rfc2822(at).ok()).map(|at| at.to_utc());
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        if !status.is_success() {
            // An error is an error, whether or not its explanation arrives.
            let body = read(response, doubt).await.unwrap_or_default();
            return Err(judge(status, code(&body).as_deref(), retry_after, doubt));
        }
        let body = read(response, doubt).await?;
        if body.trim_ascii_start().starts_with(b"<") {
            let what = "the answer is XML or a web page instead of JSON; does base_url lead to Exotel's API?";
            return Err(failed(doubt, Trouble::Broken, what));
        }
        let body = serde_json::from_slice(&body).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            failed(doubt, Trouble::Broken, format!("the answer cannot be read, at {place}"))
        })?;
        Ok(Answer { body, at })
    }
}

fn lost(error: reqwest::Error, doubt: Happened) -> PortError {
    // Its URL holds the account, and a query may hold times and numbers.
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "Exotel cannot be reached; look at base_url, the region and the network")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; look at base_url")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "Exotel did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "Exotel's answer was lost")
    };
    failed(happened, trouble, what).caused_by(error)
}

async fn read(mut response: Response, doubt: Happened) -> PortResult<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(failed(doubt, Trouble::Broken, "Exotel's answer is too long")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(lost(error, doubt)),
        }
    }
}

/// The code of a `RestException`: a word in newer answers, a number in older ones.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = text(body.get("RestException")?.get("Code")?)?;
    // Whatever else stands there may quote the request.
    let plain = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    plain.then_some(code)
}

/// A text, or a number as text: the vendor writes both.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What an error means; its text is never repeated, as it holds numbers.
fn judge(status: StatusCode, code: Option<&str>, retry_after: Option<u32>, doubt: Happened) -> PortError {
    let (happened, trouble, what) = match status.as_u16() {
        429 => (Happened::No, Trouble::RateLimited(retry_after), "asks for fewer requests"),
        401 => (
            Happened::No,
            Trouble::Unauthorised,
            "does not accept the API key and token; are they of this account, and is its region right?",
        ),
        402 => (Happened::No, Trouble::Unauthorised, "asks for money; look at the account's balance and plan"),
        // A number that must not be called is refused with it as well, and nothing tells one from the other.
        403 => (
            Happened::No,
            Trouble::Barred,
            "does not allow this; is the account active, is this machine's address allowed, and may the number be called \
             (DND)?",
        ),
        404 => (Happened::No, Trouble::Broken, "has nothing under that name; look at sid and region"),
        408 => (doubt, Trouble::Unavailable, "did not answer in time"),
        500.. => (doubt, Trouble::Unavailable, "failed"),
        300..=399 => (Happened::No, Trouble::Broken, "is somewhere else; look at base_url"),
        _ => (Happened::No, Trouble::Broken, "does not understand the request; look at the number, app and caller id"),
    };
    let told = code.map_or_else(String::new, |code| format!(", code {code}"));
    let told = format!("Exotel {what} (status {}{told})", status.as_u16());
    failed(happened, trouble, told).caused_by(Refusal(status.as_u16()))
}

/// The status of an answer that says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("status {0}")]
pub(crate) struct Refusal(pub(crate) u16);

impl Refusal {
    /// The refusal behind an error, where there is one.
    pub(crate) fn of(error: &PortError) -> Option<Self> {
        error.source.as_ref()?.downcast_ref().copied()
    }
}

pub(crate) fn failed(happened: Happened, trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, happened, trouble, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Barred, Broken, RateLimited, Unauthorised, Unavailable};

    #[test]
    fn an_error_means_what_exotel_says_it_means() {
        for (status, happened, trouble) in [
            (400, Happened::No, Broken),
            (401, Happened::No, Unauthorised),
            (402, Happened::No, Unauthorised),
            (403, Happened::No, Barred),
            (404, Happened::No, Broken),
            (408, Happened::Maybe, Unavailable),
            (409, Happened::No, Broken),
            (429, Happened::No, RateLimited(Some(9))),
            (302, Happened::No, Broken),
            (500, Happened::Maybe, Unavailable),
            (503, Happened::Maybe, Unavailable),
        ] {
            let error = judge(StatusCode::from_u16(status).unwrap(), None, Some(9), Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (happened, trouble), "{status}");
            assert_eq!(Refusal::of(&error), Some(Refusal(status)));
        }
    }

    #[test]
    fn a_code_is_a_word_or_a_number_and_nothing_else_is_repeated() {
        let of =
            |code: &str| super::code(format!("{{\"RestException\":{{\"Status\":401,\"Code\":{code}}}}}").as_bytes());
        assert_eq!(of("\"UNAUTHORIZED\"").as_deref(), Some("UNAUTHORIZED"));
        assert_eq!(of("34001").as_deref(), Some("34001"));
        assert_eq!(of("\"+91 98765 43210\""), None);
        assert_eq!(super::code(b"<html>"), None);
    }
}
