//! The REST API: requests, answers, and what its errors mean.
//! <https://www.twilio.com/docs/usage/api>

use crate::{Config, NAME};
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{ACCEPT, DATE, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;

/// No request waits longer for its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// The version of the API, first in every path.
pub(crate) const VERSION: &str = "2010-04-01";
/// What may stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The account's API.
pub(crate) struct Rest {
    http: reqwest::Client,
    api: String,
    account: String,
    user: String,
    password: SecretString,
}

/// An answer that says yes, and the time on Twilio's clock when it was given.
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    pub(crate) at: Option<DateTime<Utc>>,
}

/// An error, as far as it can be read: proxies answer anything.
#[derive(Default, Deserialize)]
struct Fault {
    #[serde(default)]
    code: Option<u32>,
}

impl Rest {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        let (user, password) = match (&config.api_key, config.auth_tokens.first()) {
            (Some(key), _) => (key.sid.clone(), key.secret.clone()),
            (None, Some(token)) => (config.account_sid.clone(), token.clone()),
            (None, None) => (config.account_sid.clone(), SecretString::default()),
        };
        Self { http, api: config.api(), account: config.account_sid.clone(), user, password }
    }

    /// Something of the account; without a name the account itself.
    fn url(&self, path: &[&str]) -> String {
        let mut url = format!("{}/{VERSION}/Accounts", self.api);
        for name in [self.account.as_str()].iter().chain(path) {
            url.push('/');
            // Names come from the store and from carriers of all kinds; none may lead elsewhere.
            url.push_str(&utf8_percent_encode(name, PATH).to_string());
        }
        url + ".json"
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> PortResult<Answer<T>> {
        self.exchange(self.http.get(self.url(path)).query(query), Happened::No).await
    }

    /// The next page of a list, by the path that the page before named.
    pub(crate) async fn follow<T: DeserializeOwned>(&self, path: &str) -> PortResult<Answer<T>> {
        if !path.starts_with(&format!("/{VERSION}/")) {
            let what = "a list goes on somewhere else than in the API";
            return Err(PortError::new(NAME, Happened::No, Trouble::Broken, what));
        }
        self.exchange(self.http.get(format!("{}{path}", self.api)), Happened::No).await
    }

    /// Changes something; an answer that never comes means that it may have been changed.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        form: &[(&str, String)],
    ) -> PortResult<Answer<T>> {
        self.exchange(self.http.post(self.url(path)).form(form), Happened::Maybe).await
    }

    async fn exchange<T: DeserializeOwned>(&self, request: RequestBuilder, doubt: Happened) -> PortResult<Answer<T>> {
        let request = request.basic_auth(&self.user, Some(self.password.expose_secret()));
        let request = request.header(ACCEPT, "application/json").timeout(PATIENCE);
        let response = request.send().await.map_err(|error| lost(error, doubt))?;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let at = header(DATE).and_then(|at| DateTime::parse_from_rfc2822(at).ok()).map(|at| at.to_utc());
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        if !status.is_success() {
            // An error is an error, whether or not its explanation arrives.
            let body = read(response, doubt).await.unwrap_or_default();
            let fault: Fault = serde_json::from_slice(&body).unwrap_or_default();
            return Err(judge(status, fault.code, retry_after, doubt));
        }
        let body = read(response, doubt).await?;
        let body = serde_json::from_slice(&body).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            PortError::new(NAME, doubt, Trouble::Broken, format!("the answer cannot be read, at {place}"))
        })?;
        Ok(Answer { body, at })
    }
}

fn lost(error: reqwest::Error, doubt: Happened) -> PortError {
    // Its URL holds the account, and a query may hold numbers.
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "Twilio cannot be reached; are base_url, region and edge right?")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; check base_url and account_sid")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "Twilio did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "Twilio's answer was lost")
    };
    PortError::new(NAME, happened, trouble, what).caused_by(error)
}

async fn read(mut response: Response, doubt: Happened) -> PortResult<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(PortError::new(NAME, doubt, Trouble::Broken, "Twilio's answer is too long")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(lost(error, doubt)),
        }
    }
}

/// What an error means; its text is never repeated, as it holds numbers.
/// <https://www.twilio.com/docs/api/errors>
fn judge(status: StatusCode, code: Option<u32>, retry_after: Option<u32>, doubt: Happened) -> PortError {
    use Trouble::{Barred, Broken, Refused, Unauthorised, Unavailable};
    let (happened, trouble, what) = match (status, code) {
        // Whatever is refused with 429 was not even begun.
        (StatusCode::TOO_MANY_REQUESTS, _) | (_, Some(20_429)) => {
            (Happened::No, Trouble::RateLimited(retry_after), "asks for fewer requests")
        }
        (_, Some(10_004)) => {
            (Happened::No, Trouble::RateLimited(retry_after), "carries as many calls as this account may have at once")
        }
        _ if status.is_server_error() => (doubt, Unavailable, "failed"),
        // Said by something on the way, which may have passed the request on.
        (StatusCode::REQUEST_TIMEOUT, None) => (doubt, Unavailable, "did not answer in time"),
        // No telephone can be there, or it is one of those that help in need.
        (_, Some(21_201 | 21_202 | 21_211 | 21_217)) => {
            (Happened::No, Refused, "says that nobody can be dialled there")
        }
        (_, Some(21_214)) => (Happened::No, Barred, "has no way to this number"),
        // For fear of fraud, by law, or all of a country while the account has not said whose it is.
        (_, Some(21_216)) => (
            Happened::No,
            Barred,
            "blocks this number for the account; look at its Customer Profile and Geo Permissions in the console",
        ),
        (_, Some(21_610)) => (Happened::No, Refused, "says that the person opted out"),
        (_, Some(63_014)) => (Happened::No, Refused, "says that the person blocked us on WhatsApp"),
        (_, Some(21_614 | 21_635)) => (Happened::No, Refused, "cannot reach this number by text message"),
        (_, Some(63_003 | 63_024)) => (Happened::No, Refused, "says that nobody has WhatsApp on this number"),
        // The queue of the sender is full; nothing was taken.
        (_, Some(21_611 | 63_018)) => {
            (Happened::No, Trouble::RateLimited(retry_after), "sends no faster from this sender")
        }
        (_, Some(21_606)) => (
            Happened::No,
            Unauthorised,
            "sends no text messages from this sender; use a number of the account that can, or a Messaging Service",
        ),
        (_, Some(21_603 | 21_701..=21_705)) => {
            (Happened::No, Unauthorised, "has no sender in this Messaging Service; look at it in the console")
        }
        (_, Some(63_007)) => (Happened::No, Unauthorised, "knows no such WhatsApp sender; check twilio.whatsapp.from"),
        (_, Some(63_016)) => (
            Happened::No,
            Barred,
            "takes free words by WhatsApp only within a day of the person's last message; register a template in \
             twilio.whatsapp.templates",
        ),
        (_, Some(21_602 | 21_605 | 21_617)) => {
            (Happened::No, Broken, "takes no message that is empty or has more than 1600 characters")
        }
        (_, Some(21_655 | 21_656 | 63_021 | 63_027 | 63_028)) => (
            Happened::No,
            Broken,
            "does not take the template or what fills it; compare twilio.whatsapp.templates with the console",
        ),
        (_, Some(21_612)) => (Happened::No, Barred, "has no way to this number for text messages"),
        (_, Some(13_227 | 21_203 | 21_215 | 21_408 | 32_205)) => (
            Happened::No,
            Barred,
            "may not reach this country for the account; allow it under Geo Permissions in the console",
        ),
        (_, Some(21_219 | 21_608)) => (
            Happened::No,
            Barred,
            "is on trial and reaches verified numbers only; verify the number or upgrade the account",
        ),
        (_, Some(21_210 | 21_212 | 21_213)) => (
            Happened::No,
            Unauthorised,
            "does not show this caller id; use a number of the account, or verify it in the console",
        ),
        (_, Some(21_205 | 21_609 | 21_626)) => {
            (Happened::No, Broken, "does not take a webhook URL; check webhook_base and fallback_url")
        }
        (_, Some(21_220)) => (Happened::No, Broken, "says that the call is not in progress"),
        (_, Some(20_003)) | (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => (
            Happened::No,
            Unauthorised,
            "does not accept the credentials; check account_sid and its token or API key, and their region",
        ),
        (StatusCode::NOT_FOUND, _) => (Happened::No, Broken, "has nothing under that name; check account_sid"),
        _ if status.is_redirection() => (Happened::No, Broken, "is somewhere else; check base_url"),
        _ => (Happened::No, Broken, "does not understand the request"),
    };
    let told = match code {
        Some(code) => format!("Twilio {what} (status {}, error {code}, {DOCS}{code})", status.as_u16()),
        None => format!("Twilio {what} (status {})", status.as_u16()),
    };
    let error = PortError::new(NAME, happened, trouble, told);
    let error = if matches!(code, Some(21_610 | 63_014)) { error.by_opting_out() } else { error };
    error.caused_by(Refusal { status: status.as_u16(), code })
}

const DOCS: &str = "https://www.twilio.com/docs/api/errors/";

/// What Twilio answered, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("status {status}, error {code:?}")]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: Option<u32>,
}

impl Refusal {
    /// The refusal behind an error, where there is one.
    pub(crate) fn of(error: &PortError) -> Option<Self> {
        error.source.as_ref()?.downcast_ref().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Barred, Broken, RateLimited, Refused, Unauthorised, Unavailable};

    #[test]
    fn an_error_means_what_twilio_says_it_means() {
        for (status, code, happened, trouble) in [
            (401, Some(20_003), Happened::No, Unauthorised),
            (403, None, Happened::No, Unauthorised),
            (404, Some(20_404), Happened::No, Broken),
            (429, Some(20_429), Happened::No, RateLimited(Some(9))),
            (429, None, Happened::No, RateLimited(Some(9))),
            (400, Some(10_004), Happened::No, RateLimited(Some(9))),
            (400, Some(21_211), Happened::No, Refused),
            (400, Some(21_202), Happened::No, Refused),
            (400, Some(21_217), Happened::No, Refused),
            (400, Some(21_610), Happened::No, Refused),
            (400, Some(21_203), Happened::No, Barred),
            (400, Some(21_214), Happened::No, Barred),
            (403, Some(21_215), Happened::No, Barred),
            (403, Some(21_216), Happened::No, Barred),
            (400, Some(21_219), Happened::No, Barred),
            (400, Some(21_408), Happened::No, Barred),
            (400, Some(21_608), Happened::No, Barred),
            (400, Some(21_612), Happened::No, Barred),
            (403, Some(32_205), Happened::No, Barred),
            (400, Some(21_210), Happened::No, Unauthorised),
            (400, Some(21_212), Happened::No, Unauthorised),
            (400, Some(21_606), Happened::No, Unauthorised),
            (400, Some(21_609), Happened::No, Broken),
            (400, Some(21_611), Happened::No, RateLimited(Some(9))),
            (400, Some(21_614), Happened::No, Refused),
            (400, Some(21_617), Happened::No, Broken),
            (400, Some(21_703), Happened::No, Unauthorised),
            (400, Some(63_003), Happened::No, Refused),
            (400, Some(63_007), Happened::No, Unauthorised),
            (400, Some(63_014), Happened::No, Refused),
            (400, Some(63_016), Happened::No, Barred),
            (400, Some(63_021), Happened::No, Broken),
            (400, Some(21_220), Happened::No, Broken),
            (400, None, Happened::No, Broken),
            (302, None, Happened::No, Broken),
            (500, None, Happened::Maybe, Unavailable),
            (503, Some(20_500), Happened::Maybe, Unavailable),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let error = judge(status, code, Some(9), Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (happened, trouble), "{status} {code:?}");
            assert_eq!(Refusal::of(&error), Some(Refusal { status: status.as_u16(), code }));
            assert_eq!(error.opted_out, matches!(code, Some(21_610 | 63_014)), "{code:?}");
        }
    }
}
