//! Requests to either API: what is sent, and what an answer or its absence means.

use crate::{NAME, codes::meaning, wire::Node};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Speaks to one API. Nothing is sent twice.
pub(crate) struct Line {
    http: reqwest::Client,
    key: SecretString,
    patience: Duration,
}

impl Line {
    pub(crate) fn new(http: reqwest::Client, key: &SecretString, patience: Duration) -> Self {
        Self { http, key: key.clone(), patience }
    }

    /// Posts, and reads the answer; without one nobody knows whether it happened.
    pub(crate) async fn post(&self, url: &str, body: &impl Serialize) -> PortResult<Value> {
        self.ask(self.http.post(url).json(body), Happened::Maybe).await
    }

    /// Deletes, and reads the answer.
    pub(crate) async fn delete(&self, url: &str) -> PortResult<Value> {
        self.ask(self.http.delete(url), Happened::Maybe).await
    }

    /// Asks; nothing happens by it.
    pub(crate) async fn get(&self, url: &str) -> PortResult<Value> {
        self.ask(self.http.get(url), Happened::No).await
    }

    async fn ask(&self, request: RequestBuilder, doubt: Happened) -> PortResult<Value> {
        let request = request.bearer_auth(self.key.expose_secret()).timeout(self.patience);
        let response = request.send().await.map_err(|error| unsent(error, doubt))?;
        read(response, doubt).await
    }
}

/// Reads the JSON of an answer that says yes. `doubt` is what an answer that says nothing means.
async fn read(mut response: Response, doubt: Happened) -> PortResult<Value> {
    let status = response.status();
    let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            // A refusal is told by its status; its body would only say more about it.
            Ok(_) | Err(_) if !status.is_success() => break,
            Ok(None) => break,
            Ok(Some(_)) => return Err(failed(doubt, Trouble::Broken, "the carrier's answer is too long")),
            Err(error) => {
                let lost = failed(doubt, Trouble::Unavailable, "the carrier's answer was lost");
                return Err(lost.caused_by(error.without_url()));
            }
        }
    }
    let read: Result<Value, _> = serde_json::from_slice(&body);
    if status.is_success() {
        return read.map_err(|_| failed(doubt, Trouble::Broken, "the carrier's answer is not JSON; look at base_url"));
    }
    let code = read.ok().and_then(|value| code(Node::new(&value)));
    Err(refused(status, code, wait, doubt))
}

/// The code in an answer: the voice API says `statusCode`, the SMS API and exports say `code`.
pub(crate) fn code(answer: Node<'_>) -> Option<i64> {
    answer.get("statusCode").number().or_else(|| answer.get("code").number())
}

fn unsent(error: reqwest::Error, doubt: Happened) -> PortError {
    // The URL holds the subaccount, and nothing that helps.
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "the carrier cannot be reached; look at base_url and the network")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; look at base_url and the API key")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "the carrier did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "the carrier's answer was lost")
    };
    failed(happened, trouble, what).caused_by(error)
}

fn refused(status: StatusCode, code: Option<i64>, wait: Option<u32>, doubt: Happened) -> PortError {
    let told = code.map_or_else(String::new, |code| format!(", code {code}"));
    let (happened, trouble, what) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            (Happened::No, Trouble::Unauthorised, "the carrier does not accept the API key, or this machine's address")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            (Happened::No, Trouble::RateLimited(wait), "the carrier asks for fewer requests")
        }
        StatusCode::UPGRADE_REQUIRED => (Happened::No, Trouble::Broken, "the carrier asks for a newer version of TLS"),
        // A server that gave up, or a proxy that did, may have passed it on before.
        StatusCode::REQUEST_TIMEOUT => (doubt, Trouble::Unavailable, "the carrier did not answer in time"),
        status if status.is_server_error() => (doubt, Trouble::Unavailable, "the carrier failed"),
        status => {
            let meaning = meaning(code.unwrap_or_else(|| i64::from(status.as_u16())));
            (meaning.happened, meaning.trouble, meaning.what)
        }
    };
    failed(happened, trouble, format!("{what} (status {}{told})", status.as_u16()))
}

pub(crate) fn failed(happened: Happened, trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, happened, trouble, what)
}
