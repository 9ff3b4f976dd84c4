//! Requests and answers. Every server will do, one of HTTP/1.0 as well: nothing is asked of the connection.

use crate::{
    Config,
    config::origin,
    trouble::{broken, failed, judge, lost},
};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use reqwest::{
    Method, Response,
    header::{
        CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
    },
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// No answer with one event is longer, in bytes.
pub(crate) const ONE: usize = 1024 * 1024;
/// No answer about many events is longer, in bytes.
pub(crate) const MANY: usize = 8 * 1024 * 1024;
/// So much is read of what is said about an error, in bytes.
const EXCUSE: usize = 16 * 1024;
/// So many times a request is sent on to another place of the same server.
const REDIRECTS: usize = 4;

/// One request.
pub(crate) struct Ask<'a> {
    method: &'static str,
    url: &'a Url,
    header: Option<(HeaderName, String)>,
    body: Option<(&'static str, String)>,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(url: &'a Url) -> Self {
        Self { method: "GET", url, header: None, body: None }
    }

    pub(crate) fn delete(url: &'a Url) -> Self {
        Self { method: "DELETE", url, header: None, body: None }
    }

    /// Writes over that version of the resource only; without one, only where there is no resource yet.
    pub(crate) fn put(url: &'a Url, over: Option<&str>, object: String) -> Self {
        let condition = match over {
            Some(etag) => (IF_MATCH, etag.to_owned()),
            None => (IF_NONE_MATCH, "*".to_owned()),
        };
        Self { method: "PUT", url, header: Some(condition), body: Some(("text/calendar; charset=utf-8", object)) }
    }

    /// Asks for properties, of the resource alone (`0`) or of what lies in it as well (`1`).
    pub(crate) fn propfind(url: &'a Url, depth: &str, body: String) -> Self {
        Self::xml("PROPFIND", url, depth, body)
    }

    pub(crate) fn report(url: &'a Url, body: String) -> Self {
        Self::xml("REPORT", url, "1", body)
    }

    /// `sync-collection` wants it so, and says itself how deep it looks (RFC 6578, section 3.2).
    pub(crate) fn flat_report(url: &'a Url, body: String) -> Self {
        Self::xml("REPORT", url, "0", body)
    }

    fn xml(method: &'static str, url: &'a Url, depth: &str, body: String) -> Self {
        let depth = (HeaderName::from_static("depth"), depth.to_owned());
        Self { method, url, header: Some(depth), body: Some(("application/xml; charset=utf-8", body)) }
    }

    /// What it means that no answer comes.
    fn doubt(&self) -> Happened {
        if matches!(self.method, "PUT" | "DELETE") { Happened::Maybe } else { Happened::No }
    }
}

/// An answer, whatever it says; what is wrong with the user, the server or the line is an error before.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Who answered in the end.
    pub(crate) url: Url,
    /// What it means that a server fails.
    pub(crate) doubt: Happened,
}

impl Answer {
    pub(crate) fn good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What it means where this answer is one too few.
    pub(crate) fn error(&self) -> PortError {
        judge(self.status, None, self.doubt)
    }
}

/// Speaks to servers as one user. Nothing is sent twice.
pub(crate) struct Line {
    http: reqwest::Client,
    username: String,
    password: SecretString,
    patience: Duration,
}

impl Line {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        Self {
            http,
            username: config.username.clone(),
            password: config.password.clone(),
            patience: config.answer_within,
        }
    }

    pub(crate) async fn exchange(&self, ask: Ask<'_>, longest: usize) -> PortResult<Answer> {
        let doubt = ask.doubt();
        let (url, response) = self.send(ask).await?;
        read(url, response, longest, doubt).await
    }

    /// The rest of an answer to a question.
    pub(crate) async fn read(&self, url: &Url, response: Response, longest: usize) -> PortResult<Answer> {
        read(url.clone(), response, longest, Happened::No).await
    }

    /// The beginning of an answer; its body may never be wanted.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> PortResult<(Url, Response)> {
        let doubt = ask.doubt();
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.once(&ask, &url).await?;
            let status = response.status().as_u16();
            match status {
                301 | 302 | 307 | 308 => url = elsewhere(&url, response.headers())?,
                300..=399 => return Err(broken("the CalDAV server answers with a web page; look at base_url")),
                401 if !basic(response.headers()) => {
                    let what = "the CalDAV server wants another way of signing in than username and password (Basic)";
                    return Err(failed(Happened::No, Trouble::Unauthorised, what));
                }
                401 | 402 | 408 | 429 | 502..=599 => {
                    let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                    return Err(judge(status, wait.and_then(|value| value.trim().parse().ok()), doubt));
                }
                _ => return Ok((url, response)),
            }
        }
        Err(broken("the CalDAV server sends requests round in circles; look at base_url"))
    }

    async fn once(&self, ask: &Ask<'_>, url: &Url) -> PortResult<Response> {
        let method = Method::from_bytes(ask.method.as_bytes())
            .map_err(|error| broken("the request has no method").caused_by(error))?;
        // In a header, never in the URL, which ends up in errors and logs.
        let mut request = self
            .http
            .request(method, url.clone())
            .basic_auth(&self.username, Some(self.password.expose_secret()))
            .timeout(self.patience);
        if let Some((name, value)) = &ask.header {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = &ask.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        request.send().await.map_err(|error| lost(error, ask.doubt()))
    }
}

/// Where an answer sends us. Credentials are given to nobody else than the server that is configured.
fn elsewhere(from: &Url, headers: &HeaderMap) -> PortResult<Url> {
    let place = headers.get(LOCATION).and_then(|place| place.to_str().ok()).and_then(|place| from.join(place).ok());
    let place = place.ok_or_else(|| broken("the CalDAV server sends us on without saying where; look at base_url"))?;
    if place.origin() != from.origin() {
        return Err(broken(&format!(
            "the CalDAV server sends us on to {}, and credentials are not given to others; if that is right, put it into \
             base_url",
            origin(&place)
        )));
    }
    Ok(place)
}

/// Whether Basic is among what is asked for; a server that says nothing is taken to want it.
fn basic(headers: &HeaderMap) -> bool {
    let mut asked = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).peekable();
    asked.peek().is_none() || asked.any(|value| value.to_ascii_lowercase().contains("basic"))
}

async fn read(url: Url, mut response: Response, longest: usize, doubt: Happened) -> PortResult<Answer> {
    let status = response.status().as_u16();
    let etag = response.headers().get(ETAG).and_then(|value| value.to_str().ok()).and_then(version);
    let good = response.status().is_success();
    let longest = if good { longest } else { EXCUSE };
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= longest => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // An error is an error, whether or not its explanation arrives.
            Ok(_) | Err(_) if !good => break,
            Ok(Some(_)) => return Err(failed(doubt, Trouble::Broken, "the CalDAV server's answer is too long")),
            Err(error) => return Err(lost(error, doubt)),
        }
    }
    Ok(Answer { status, etag, body, url, doubt })
}

/// The name of a version. Proxies that compress make it a weak one, which no condition takes.
pub(crate) fn version(etag: &str) -> Option<String> {
    let etag = etag.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag);
    (!etag.is_empty()).then(|| etag.to_owned())
}
