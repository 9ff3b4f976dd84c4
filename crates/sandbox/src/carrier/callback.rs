//! Callbacks to the gateway: signed, bounded, and repeated under the same identity when they fail.

use super::Shared;
use crate::{
    sign,
    wire::{Answer, Hook},
};
use reqwest::header::CONTENT_TYPE;
use std::time::Duration;

/// How long the gateway may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a callback is made at the most.
const ATTEMPTS: u32 = 4;
const MAX_ANSWER: usize = 256 * 1024;
/// What is done for one answer, at the most.
pub(super) const MAX_VERBS: usize = 64;

/// A callback came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    #[error("the gateway cannot be reached or does not answer")]
    Away(#[source] reqwest::Error),
    #[error("the gateway answers with status {0}")]
    Status(u16),
    #[error("the gateway's answer cannot be read")]
    Unreadable,
    #[error("the carrier stops")]
    Stopping,
}

impl Undelivered {
    /// Whether making the same callback again may help: a refusal stays one.
    fn passes(&self) -> bool {
        match self {
            Self::Away(_) => true,
            Self::Status(status) => *status >= 500 || *status == 429,
            Self::Unreadable | Self::Stopping => false,
        }
    }
}

impl Shared {
    /// Makes a callback once.
    pub(super) async fn call_back(&self, url: &str, hook: &Hook) -> Result<Answer, Undelivered> {
        let body = serde_json::to_vec(hook).map_err(|_| Undelivered::Unreadable)?;
        let timestamp = (self.clock)().timestamp().to_string();
        let signature = sign::sign(&self.config.webhook_secret, &timestamp, &body);
        let request = self.http.post(url).timeout(PATIENCE).header(CONTENT_TYPE, "application/json");
        let request = request.header(sign::TIMESTAMP, timestamp).header(sign::SIGNATURE, signature).body(body);
        let away = |error: reqwest::Error| Undelivered::Away(error.without_url());
        let mut response = request.send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(Undelivered::Status(response.status().as_u16()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > MAX_ANSWER {
                return Err(Undelivered::Unreadable);
            }
        }
        if answer.is_empty() {
            return Ok(Answer::default());
        }
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| Undelivered::Unreadable)?;
        if answer.verbs.len() > MAX_VERBS { Err(Undelivered::Unreadable) } else { Ok(answer) }
    }

    /// Makes a callback until it is answered, four times at the most, with growing gaps.
    pub(super) async fn call_back_surely(&self, url: &str, hook: &Hook) -> Result<Answer, Undelivered> {
        let mut gap = self.config.retry_gap;
        let mut attempt = 1;
        loop {
            match self.call_back(url, hook).await {
                Err(error) if error.passes() && attempt < ATTEMPTS => {
                    tracing::debug!(%error, attempt, kind = hook.what.name(), "a sandbox callback is made again");
                }
                settled => return settled,
            }
            if self.stop.run_until_cancelled(tokio::time::sleep(gap)).await.is_none() {
                return Err(Undelivered::Stopping);
            }
            gap *= 2;
            attempt += 1;
        }
    }
}
