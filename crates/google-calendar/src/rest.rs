//! The API: requests and answers.
//! <https://developers.google.com/workspace/calendar/api/v3/reference>

use crate::{
    config::Config,
    token::Tokens,
    trouble::{Refusal, failed},
};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, Response, StatusCode,
    header::{IF_MATCH, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// No answer is longer, in bytes: a page of a list has 250 events, of which a few fields are asked for.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// What may stand in a path as it is. A calendar's id may hold `#` and `/`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@');

/// A request to be made.
pub(crate) struct Ask<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    /// The version that is to be changed.
    etag: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(method: Method, path: &[&'a str], query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method, path: path.to_vec(), query, body: None, etag: None }
    }

    pub(crate) fn body(self, body: &'a Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// Whether something may have happened when the answer was lost; nothing, where it was only a question.
    fn doubt(&self) -> Happened {
        let question = self.method == Method::GET || self.path == ["freeBusy"];
        if question { Happened::No } else { Happened::Maybe }
    }

    pub(crate) fn only_if(self, etag: Option<&'a str>) -> Self {
        Self { etag, ..self }
    }
}

/// The API, opened by tokens.
pub(crate) struct Rest {
    http: reqwest::Client,
    api: String,
    email: String,
    answer_within: std::time::Duration,
    tokens: Tokens,
}

impl Rest {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        Self {
            tokens: Tokens::new(config, http.clone()),
            http,
            api: config.api(),
            email: config.account.email().to_owned(),
            answer_within: config.answer_within,
        }
    }

    /// Asks for something about a calendar; what Google says no to is told with the remedy.
    pub(crate) async fn ask(&self, calendar: &str, ask: Ask<'_>) -> PortResult<Value> {
        let doubt = ask.doubt();
        self.try_ask(ask).await?.map_err(|refusal| self.refused(&refusal, calendar, doubt))
    }

    /// Our role in a calendar, such as `writer`.
    pub(crate) async fn role(&self, calendar: &str) -> PortResult<String> {
        let query = [("maxResults", "1"), ("fields", "accessRole")];
        let list = self.ask(calendar, Ask::new(Method::GET, &["calendars", calendar, "events"], &query)).await?;
        Ok(list["accessRole"].as_str().unwrap_or("none").to_owned())
    }

    pub(crate) fn refused(&self, refusal: &Refusal, calendar: &str, doubt: Happened) -> PortError {
        refusal.error(&self.email, calendar, doubt)
    }

    /// The same, where a no leads on.
    pub(crate) async fn try_ask(&self, ask: Ask<'_>) -> PortResult<Result<Value, Refusal>> {
        let mut renewed = false;
        loop {
            let bearer = self.tokens.bearer().await?;
            let response = self.send(&ask, bearer.expose_secret()).await?;
            if response.status() == StatusCode::UNAUTHORIZED && !renewed {
                // It may have been revoked, or the clocks differ: another token, once.
                self.tokens.spoilt(&bearer).await;
                renewed = true;
                continue;
            }
            return answer(response, ask.doubt()).await;
        }
    }

    async fn send(&self, ask: &Ask<'_>, bearer: &str) -> PortResult<Response> {
        let mut url = self.api.clone();
        for part in &ask.path {
            url.push('/');
            url.push_str(&utf8_percent_encode(part, PATH).to_string());
        }
        let mut request = self.http.request(ask.method.clone(), url).query(ask.query).bearer_auth(bearer);
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        if let Some(etag) = ask.etag {
            request = request.header(IF_MATCH, etag);
        }
        request.timeout(self.answer_within).send().await.map_err(|error| lost(error, ask.doubt()))
    }
}

async fn answer(response: Response, doubt: Happened) -> PortResult<Result<Value, Refusal>> {
    let status = response.status();
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = header.and_then(|seconds| seconds.trim().parse().ok());
    if !status.is_success() {
        // An error is an error, whether or not its explanation arrives.
        let body = read(response, doubt).await.unwrap_or_default();
        return Ok(Err(Refusal::read(status.as_u16(), retry_after, &body)));
    }
    let body = read(response, doubt).await?;
    if body.is_empty() {
        return Ok(Ok(Value::Null));
    }
    let value = serde_json::from_slice(&body);
    value.map(Ok).map_err(|_| {
        failed(doubt, Trouble::Broken, "Google's answer is no JSON; does base_url lead to the Calendar API?")
    })
}

pub(crate) fn lost(error: reqwest::Error, doubt: Happened) -> PortError {
    // Its URL holds calendar and cursor.
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "Google cannot be reached; look at the network and base_url")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; look at base_url and the calendar's id")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "Google did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "Google's answer was lost")
    };
    failed(happened, trouble, what).caused_by(error)
}

pub(crate) async fn read(mut response: Response, doubt: Happened) -> PortResult<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(failed(doubt, Trouble::Broken, "Google's answer is too long")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(lost(error, doubt)),
        }
    }
}
