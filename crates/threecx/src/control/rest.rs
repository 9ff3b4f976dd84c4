//! Requests, answers, and what errors mean.

use super::token::Tokens;
use crate::{
    NAME,
    config::{Clock, Control},
};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// What may stand in a path as it is: names of devices are SIP addresses, with colons, semicolons and more.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The PBX's API.
pub(crate) struct Rest {
    http: reqwest::Client,
    base: String,
    tokens: Tokens,
    pub(crate) within: Duration,
}

impl Rest {
    pub(crate) fn new(control: &Control, http: reqwest::Client, clock: Clock) -> Self {
        Self {
            base: control.base_url.as_str().trim_end_matches('/').to_owned(),
            tokens: Tokens::new(control, http.clone(), clock),
            http,
            within: control.answer_within,
        }
    }

    fn url(&self, path: &[&str]) -> String {
        let mut url = format!("{}/callcontrol", self.base);
        for name in path {
            url.push('/');
            url.push_str(&utf8_percent_encode(name, PATH).to_string());
        }
        url
    }

    /// Asks; nothing happens by it. `None`: there is no such thing (any more).
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> PortResult<Option<T>> {
        match self.exchange(|| self.http.get(self.url(path)).timeout(self.within), Happened::No).await {
            Ok(response) => parse(response, Happened::No).await.map(Some),
            Err(error) if Refusal::of(&error) == Some(Refusal(404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Does something; an answer that never comes means that it may have been done. `None`: there is no such thing (any
    /// more), and nothing was done.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &Value,
        within: Duration,
    ) -> PortResult<Option<T>> {
        let request = || self.http.post(self.url(path)).json(body).timeout(within);
        match self.exchange(request, Happened::Maybe).await {
            Ok(response) => parse(response, Happened::Maybe).await.map(Some),
            Err(error) if Refusal::of(&error) == Some(Refusal(404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A request of another kind, whose answer is not read here.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &[&str],
        shape: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> PortResult<Response> {
        let doubt = if method == Method::GET { Happened::No } else { Happened::Maybe };
        self.exchange(|| shape(self.http.request(method.clone(), self.url(path))), doubt).await
    }

    /// Sends a request, and once more with another token where the first was not accepted: then nothing was done.
    async fn exchange(&self, request: impl Fn() -> RequestBuilder, doubt: Happened) -> PortResult<Response> {
        let token = self.tokens.get().await?;
        let send = |token: &str| request().bearer_auth(token).send();
        let mut response = send(token.expose_secret()).await.map_err(|error| lost(error, doubt))?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let token = self.tokens.instead_of(&token).await?;
            response = send(token.expose_secret()).await.map_err(|error| lost(error, doubt))?;
        }
        let status = response.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
        Err(judge(status, retry_after, doubt))
    }
}

async fn parse<T: DeserializeOwned>(response: Response, doubt: Happened) -> PortResult<T> {
    let body = read(response, doubt).await?;
    // Some actions are answered with nothing.
    let body: &[u8] = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &body };
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let what = format!("3CX's answer cannot be read, at {place}; does base_url lead to the PBX?");
        failed(doubt, Trouble::Broken, what)
    })
}

pub(super) fn lost(error: reqwest::Error, doubt: Happened) -> PortError {
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (
            Happened::No,
            Trouble::Unavailable,
            "3CX cannot be reached; look at base_url and its port (5001 where the PBX has its own), at the network, and \
             whether this machine trusts the PBX's certificate: one of a private authority has to be among those of the \
             system",
        )
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; look at base_url")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "3CX did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "3CX's answer was lost")
    };
    failed(happened, trouble, what).caused_by(error)
}

pub(super) async fn read(mut response: Response, doubt: Happened) -> PortResult<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(failed(doubt, Trouble::Broken, "3CX's answer is too long")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(lost(error, doubt)),
        }
    }
}

/// What an error means; its text is never repeated, as it may hold numbers.
fn judge(status: StatusCode, retry_after: Option<u32>, doubt: Happened) -> PortError {
    let (happened, trouble, what) = match status.as_u16() {
        401 => (
            Happened::No,
            Trouble::Unauthorised,
            "does not accept a token that it just gave; does another program use the same client id?",
        ),
        402 | 403 => (
            Happened::No,
            Trouble::Unauthorised,
            "does not allow this; tick Call Control at Integrations, API, list the extension there, and look whether the \
             licence is Enterprise (8SC or larger)",
        ),
        404 => {
            (Happened::No, Trouble::Broken, "has nothing under that name; look at route_point, extension and device")
        }
        408 => (doubt, Trouble::Unavailable, "did not answer in time"),
        422 => (
            Happened::No,
            Trouble::Barred,
            "cannot do this with that telephone; it takes a device that is controlled directly (uaCSTA), or the route \
             point",
        ),
        424 => (
            Happened::No,
            Trouble::Barred,
            "finds the extension or its device not ready; look whether the telephone is registered",
        ),
        429 => (Happened::No, Trouble::RateLimited(retry_after), "asks for fewer requests"),
        500.. => (doubt, Trouble::Unavailable, "failed"),
        300..=399 => (Happened::No, Trouble::Broken, "is somewhere else; look at base_url"),
        _ => (Happened::No, Trouble::Broken, "does not understand the request"),
    };
    failed(happened, trouble, format!("3CX {what} (status {})", status.as_u16())).caused_by(Refusal(status.as_u16()))
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
    fn an_error_says_what_to_do_and_whether_it_may_have_happened() {
        for (status, happened, trouble, says) in [
            (400, Happened::No, Broken, "does not understand"),
            (401, Happened::No, Unauthorised, "another program"),
            (403, Happened::No, Unauthorised, "Enterprise"),
            (404, Happened::No, Broken, "route_point"),
            (422, Happened::No, Barred, "uaCSTA"),
            (424, Happened::No, Barred, "registered"),
            (429, Happened::No, RateLimited(Some(9)), "fewer"),
            (500, Happened::Maybe, Unavailable, "failed"),
        ] {
            let error = judge(StatusCode::from_u16(status).unwrap(), Some(9), Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (happened, trouble), "{status}");
            assert!(error.message.contains(says), "{error}");
        }
    }

    #[test]
    fn the_name_of_a_device_stays_one_part_of_a_path() {
        let name = "sip:150@127.0.0.1:5483;rinstance=c2a7/5?x";
        let written = utf8_percent_encode(name, PATH).to_string();
        assert_eq!(written, "sip%3A150%40127.0.0.1%3A5483%3Brinstance%3Dc2a7%2F5%3Fx");
    }
}
