//! The API: requests, answers, and what its errors mean.
//! <https://elevenlabs.io/docs/api-reference/introduction>

use crate::{NAME, config::Api};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER, multipart::Form};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// What may stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
/// The plan has no instant voice cloning.
const NO_CLONING: &str = "can_not_use_instant_voice_cloning";
/// How long a look at the account may take: nobody is on the line.
const LOOK: Duration = Duration::from_secs(10);

/// The workspace's API.
pub(crate) struct Rest {
    http: reqwest::Client,
    pub(crate) api: Api,
}

impl Rest {
    pub(crate) fn new(api: Api, http: reqwest::Client) -> Self {
        Self { http, api }
    }

    fn url(&self, path: &[&str]) -> String {
        let mut url = self.api.base_url.as_str().trim_end_matches('/').to_owned();
        for name in path {
            url.push('/');
            // Names come from the configuration; none may lead elsewhere.
            url.push_str(&utf8_percent_encode(name, PATH).to_string());
        }
        url
    }

    /// Asks; nothing happens by it.
    pub(crate) async fn get(&self, path: &[&str]) -> PortResult<Value> {
        self.ask(path, &[]).await
    }

    /// Asks with a query; nothing happens by it.
    pub(crate) async fn ask(&self, path: &[&str], query: &[(&str, &str)]) -> PortResult<Value> {
        let body = self.exchange(self.http.get(self.url(path)).query(query), LOOK).await.map_err(harmless)?;
        parse(&body)
    }

    /// Posts JSON, and gives the answer as text. Nothing is done by it that would do harm twice.
    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> PortResult<String> {
        let request = self.http.post(self.url(path)).json(body);
        let answer = self.exchange(request, self.api.answer_within).await.map_err(harmless)?;
        String::from_utf8(answer).map_err(|_| failed(Trouble::Broken, "the answer is no text"))
    }

    /// Posts JSON for something that must not be done twice: the error says whether it may have been done.
    pub(crate) async fn once(&self, path: &[&str], body: &Value, within: Duration) -> PortResult<Value> {
        self.act(self.http.post(self.url(path)).json(body), within).await
    }

    /// Posts a form for something that must not be done twice; its media type is the form's own.
    pub(crate) async fn form(&self, path: &[&str], form: Form, within: Duration) -> PortResult<Value> {
        self.act(self.http.post(self.url(path)).multipart(form), within).await
    }

    async fn act(&self, request: RequestBuilder, within: Duration) -> PortResult<Value> {
        let answer = self.exchange(request, within).await?;
        parse(&answer).map_err(|error| PortError { happened: Happened::Maybe, ..error })
    }

    /// Deletes; what is not there, which the vendor may say by this code, is deleted.
    pub(crate) async fn delete(&self, path: &[&str], absent: &str) -> PortResult<()> {
        match self.reach(self.http.delete(self.url(path)), LOOK).await.map_err(harmless)? {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.status == StatusCode::NOT_FOUND || refusal.code.as_deref() == Some(absent) => {
                Ok(())
            }
            Err(refusal) => Err(harmless(refusal.error())),
        }
    }

    async fn exchange(&self, request: RequestBuilder, within: Duration) -> PortResult<Vec<u8>> {
        self.reach(request, within).await?.map_err(|refusal| refusal.error())
    }

    async fn reach(&self, request: RequestBuilder, within: Duration) -> PortResult<Result<Vec<u8>, Refusal>> {
        let request = request.header("xi-api-key", self.api.key.expose_secret()).timeout(within);
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
        if status.is_success() {
            return read(response).await.map(Ok);
        }
        // An error is an error, whether or not its explanation arrives.
        let body = read(response).await.unwrap_or_default();
        Ok(Err(Refusal { status, code: code(&body), retry_after }))
    }
}

/// An answer that is an error.
struct Refusal {
    status: StatusCode,
    code: Option<String>,
    retry_after: Option<u32>,
}

impl Refusal {
    fn error(self) -> PortError {
        judge(self.status, self.code.as_deref(), self.retry_after)
    }
}

/// Done twice it does no harm, so that nothing has to be in doubt.
fn harmless(error: PortError) -> PortError {
    PortError { happened: Happened::No, ..error }
}

fn lost(error: reqwest::Error) -> PortError {
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "ElevenLabs cannot be reached; look at base_url and the network")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "the request cannot be made; look at base_url and the API key")
    } else if error.is_timeout() {
        (Happened::Maybe, Trouble::Unavailable, "ElevenLabs did not answer in time")
    } else {
        (Happened::Maybe, Trouble::Unavailable, "ElevenLabs' answer was lost")
    };
    PortError::new(NAME, happened, trouble, what).caused_by(error)
}

async fn read(mut response: Response) -> PortResult<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                let what = "ElevenLabs' answer is too long";
                return Err(PortError::new(NAME, Happened::Maybe, Trouble::Broken, what));
            }
            Ok(None) => return Ok(body),
            Err(error) => return Err(lost(error)),
        }
    }
}

fn parse(body: &[u8]) -> PortResult<Value> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        failed(
            Trouble::Broken,
            format!("the answer cannot be read, at {place}; does base_url lead to ElevenLabs' API?"),
        )
    })
}

/// Whether a text is a name in the vendor's own words, and nobody's data.
pub(crate) fn plain(text: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(named) && !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The word for an error. `detail` is a list of fields, an object, or a text; only words of theirs are repeated.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let detail = body.get("detail")?;
    let said = |name: &str| detail.get(name).and_then(Value::as_str);
    // The older word says more where the newer one only asks for money.
    let code = said("status").filter(|it| *it == NO_CLONING).or_else(|| said("code")).or_else(|| said("status"))?;
    plain(code).then(|| code.to_owned())
}

/// What an error means. A code says more than a status: a quota that is used up comes as 401 as well.
fn judge(status: StatusCode, code: Option<&str>, retry_after: Option<u32>) -> PortError {
    let (trouble, what) = match (status.as_u16(), code) {
        (_, Some(NO_CLONING)) => {
            (Trouble::Barred, "does not clone voices on this plan; take one that has instant voice cloning")
        }
        (_, Some("voice_limit_reached")) => {
            (Trouble::Barred, "has no place for another voice; delete voices that nobody needs, or take a larger plan")
        }
        (_, Some(code)) if code.starts_with("voice_add_edit_limit") => {
            (Trouble::Barred, "takes no more new voices this month; wait for the next, or take a larger plan")
        }
        (_, Some("quota_exceeded" | "payment_required" | "paid_plan_required")) => {
            (Trouble::Unauthorised, "asks for money: the quota is used up, or the plan does not allow it")
        }
        (429, Some("too_many_concurrent_requests")) => {
            (Trouble::RateLimited(retry_after), "has no room: the plan's conversations are all under way")
        }
        (429, _) => (Trouble::RateLimited(retry_after), "is too busy"),
        (401, _) => (Trouble::Unauthorised, "does not accept the API key; is it of this workspace and region?"),
        (402 | 403, _) => {
            (Trouble::Unauthorised, "does not allow this key to do that; look at the key's scopes and the plan")
        }
        (404, _) => (
            Trouble::Broken,
            "has nothing under that name; look at ELEVENLABS_AGENT_ID, ELEVENLABS_PHONE_NUMBER_ID and base_url",
        ),
        (422, _) => (Trouble::Broken, "does not take the request; look at the agent's settings"),
        (300..=399, _) => (Trouble::Broken, "is somewhere else; look at base_url"),
        (500.., _) => (Trouble::Unavailable, "failed"),
        _ => (Trouble::Broken, "does not understand the request"),
    };
    let told = code.map_or_else(String::new, |code| format!(", code {code}"));
    // A failure may come after the deed.
    let happened = if status.is_server_error() { Happened::Maybe } else { Happened::No };
    PortError::new(NAME, happened, trouble, format!("ElevenLabs {what} (status {}{told})", status.as_u16()))
}

/// What surely did not happen.
pub(crate) fn failed(trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, Happened::No, trouble, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Barred, Broken, RateLimited, Unauthorised, Unavailable};

    #[test]
    fn an_error_means_what_elevenlabs_says_it_means() {
        for (status, body, trouble) in [
            (401, r#"{"detail":{"status":"invalid_api_key","message":"x"}}"#, Unauthorised),
            (401, r#"{"detail":{"status":"quota_exceeded","message":"x"}}"#, Unauthorised),
            (402, r#"{"detail":{"type":"payment_required","code":"paid_plan_required"}}"#, Unauthorised),
            (422, r#"{"detail":[{"loc":["body","to_number"],"msg":"field required"}]}"#, Broken),
            (404, r#"{"detail":"Not Found"}"#, Broken),
            (429, r#"{"detail":{"status":"too_many_concurrent_requests"}}"#, RateLimited(Some(7))),
            (400, r#"{"detail":{"status":"voice_limit_reached","message":"x"}}"#, Barred),
            (400, r#"{"detail":{"status":"voice_add_edit_limit_reached"}}"#, Barred),
            (402, r#"{"detail":{"code":"paid_plan_required","status":"can_not_use_instant_voice_cloning"}}"#, Barred),
            (500, "<html>", Unavailable),
        ] {
            let error = judge(StatusCode::from_u16(status).unwrap(), code(body.as_bytes()).as_deref(), Some(7));
            let happened = if status == 500 { Happened::Maybe } else { Happened::No };
            assert_eq!((error.happened, error.trouble), (happened, trouble), "{status}");
        }
        let quota = judge(StatusCode::UNAUTHORIZED, Some("quota_exceeded"), None);
        assert!(quota.message.contains("quota is used up"), "{quota}");
    }

    #[test]
    fn what_is_no_code_is_not_repeated() {
        assert_eq!(code(br#"{"detail":{"status":"call +31612345678 failed"}}"#), None);
        assert_eq!(code(br#"{"detail":{"code":"a","status":"b"}}"#).as_deref(), Some("a"));
        assert_eq!(code(b"<html>"), None);
    }
}
