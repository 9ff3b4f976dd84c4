//! The token that opens the API: fetched once for everybody, kept, and renewed ahead of its end.
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use crate::{
    config::Config,
    key::ServiceAccount,
    rest::{lost, read},
    trouble::{failed, plain},
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{Clock, Happened, PortResult, Trouble};
use reqwest::{StatusCode, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::minutes(5);

struct Kept {
    bearer: SecretString,
    ends_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: Option<u32>,
}

#[derive(Deserialize)]
struct Denied {
    error: Option<String>,
}

/// The tokens of one service account.
pub(crate) struct Tokens {
    http: reqwest::Client,
    account: ServiceAccount,
    subject: Option<String>,
    answer_within: std::time::Duration,
    clock: Clock,
    /// Held while a token is being fetched, so that everybody waits for the same one.
    kept: Mutex<Option<Kept>>,
}

impl Tokens {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        Self {
            http,
            account: config.account.clone(),
            subject: config.person().map(str::to_owned),
            answer_within: config.answer_within,
            clock: config.clock.clone(),
            kept: Mutex::new(None),
        }
    }

    /// A token that opens the API now.
    pub(crate) async fn bearer(&self) -> PortResult<SecretString> {
        let waiting = tokio::time::timeout(self.answer_within, self.kept.lock());
        let Ok(mut kept) = waiting.await else {
            return Err(failed(Happened::No, Trouble::Unavailable, "Google's token server did not answer in time"));
        };
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.ends_at - AHEAD) {
            return Ok(kept.bearer.clone());
        }
        match self.fetch(now).await {
            Ok(fresh) => {
                let bearer = fresh.bearer.clone();
                *kept = Some(fresh);
                Ok(bearer)
            }
            Err(error) => match kept.as_ref().filter(|kept| error.retryable() && now < kept.ends_at) {
                // It still opens the API; there is time to renew it.
                Some(kept) => Ok(kept.bearer.clone()),
                None => Err(error),
            },
        }
    }

    /// The API does not take this token: the next one is another.
    pub(crate) async fn spoilt(&self, bearer: &SecretString) {
        let mut kept = self.kept.lock().await;
        // Somebody may have fetched another one meanwhile.
        kept.take_if(|kept| kept.bearer.expose_secret() == bearer.expose_secret());
    }

    async fn fetch(&self, now: DateTime<Utc>) -> PortResult<Kept> {
        let assertion = self.account.assertion(self.subject.as_deref(), now).ok_or_else(|| {
            failed(Happened::No, Trouble::Unauthorised, "the service account's key cannot sign; make a new one")
        })?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose_secret())];
        let request = self.http.post(self.account.token_uri.clone()).form(&form).timeout(self.answer_within);
        let response = request.send().await.map_err(|error| lost(error, Happened::No))?;
        let status = response.status();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|seconds| seconds.trim().parse().ok());
        let body = read(response, Happened::No).await?;
        if !status.is_success() {
            let denied: Option<Denied> = serde_json::from_slice(&body).ok();
            let code = denied.and_then(|denied| denied.error).filter(|code| plain(code)).unwrap_or_default();
            return Err(self.denied(status, &code, retry_after));
        }
        let granted: Granted = serde_json::from_slice(&body).map_err(|_| {
            failed(Happened::No, Trouble::Broken, "Google's token server gave an answer without a token")
        })?;
        let life = Duration::seconds(granted.expires_in.map_or(3_600, i64::from));
        Ok(Kept { bearer: granted.access_token, ends_at: now + life })
    }

    /// What it means that there is no token; the vendor's description is not repeated, as it quotes the request.
    fn denied(&self, status: StatusCode, code: &str, retry_after: Option<u32>) -> frontdesk_core::ports::PortError {
        let email = self.account.email();
        let (trouble, what) = match (status.as_u16(), code) {
            (429, _) => (Trouble::RateLimited(retry_after), "asks for fewer requests".to_owned()),
            (408 | 500.., _) => (Trouble::Unavailable, "failed".to_owned()),
            (300..=399, _) => (Trouble::Broken, "is somewhere else; look at token_uri in the key file".to_owned()),
            (_, "unauthorized_client" | "access_denied") => (
                Trouble::Unauthorised,
                format!(
                    "does not let {email} stand for the configured person; allow its client id both scopes, \
                     calendar.events and calendar.freebusy, under domain-wide delegation in the admin console"
                ),
            ),
            (_, "invalid_grant") => (
                Trouble::Unauthorised,
                format!(
                    "does not take the key of {email}; was it deleted, is this machine's clock wrong, or is the configured \
                     person none of the organisation's?"
                ),
            ),
            _ => (Trouble::Unauthorised, format!("does not take the key of {email}; make a new one")),
        };
        let told = if code.is_empty() { String::new() } else { format!(", {code}") };
        failed(Happened::No, trouble, format!("Google's token server {what} (status {}{told})", status.as_u16()))
    }
}
