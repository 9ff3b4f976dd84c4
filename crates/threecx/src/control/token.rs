//! The token. 3CX knows one of a client at a time: a second request for one makes the first worthless. So there is one
//! place that asks, for one at a time, and everybody else waits for it.

use super::rest::{failed, lost, read};
use crate::config::{Clock, Control};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{Happened, PortResult, Trouble};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A token is not used in its last moments.
const MARGIN: Duration = Duration::seconds(60);
/// What is taken for its life where 3CX does not say.
const USUAL: i64 = 1_800;

/// The token and how another one is had.
pub(crate) struct Tokens {
    http: reqwest::Client,
    url: String,
    client_id: String,
    client_secret: SecretString,
    within: std::time::Duration,
    clock: Clock,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: Arc<SecretString>,
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<i64>,
}

impl Tokens {
    pub(crate) fn new(control: &Control, http: reqwest::Client, clock: Clock) -> Self {
        Self {
            http,
            url: format!("{}/connect/token", control.base_url.as_str().trim_end_matches('/')),
            client_id: control.client_id.clone(),
            client_secret: control.client_secret.clone(),
            within: control.answer_within,
            clock,
            held: Mutex::default(),
        }
    }

    /// A token that should be good.
    pub(crate) async fn get(&self) -> PortResult<Arc<SecretString>> {
        // Held while it is asked for: nobody else asks meanwhile.
        let mut held = self.held.lock().await;
        match held.as_ref().filter(|held| self.clock.now() < held.until) {
            Some(held) => Ok(Arc::clone(&held.token)),
            None => self.renew(&mut held).await,
        }
    }

    /// Another token than this one, which was not accepted. Whoever comes second gets the one the first was given.
    pub(crate) async fn instead_of(&self, refused: &Arc<SecretString>) -> PortResult<Arc<SecretString>> {
        let mut held = self.held.lock().await;
        match held.as_ref().filter(|held| !Arc::ptr_eq(&held.token, refused)) {
            Some(held) => Ok(Arc::clone(&held.token)),
            None => self.renew(&mut held).await,
        }
    }

    async fn renew(&self, held: &mut Option<Held>) -> PortResult<Arc<SecretString>> {
        *held = None;
        let form = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("grant_type", "client_credentials"),
        ];
        let request = self.http.post(&self.url).form(&form).timeout(self.within);
        // Nothing is done to anybody by it, whatever becomes of the answer.
        let response = request.send().await.map_err(|error| lost(error, Happened::No))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(status));
        }
        let body = read(response, Happened::No).await?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| {
            failed(
                Happened::No,
                Trouble::Broken,
                "3CX's answer holds no token; does base_url lead to the PBX, with its port (5001 where it has its own)?",
            )
        })?;
        let life = Duration::seconds(answer.expires_in.unwrap_or(USUAL).clamp(1, 86_400));
        // A short life is used to its half.
        let until = self.clock.now() + (life - MARGIN).max(life / 2);
        let token = Arc::new(answer.access_token);
        *held = Some(Held { token: Arc::clone(&token), until });
        Ok(token)
    }
}

fn refused(status: StatusCode) -> frontdesk_core::ports::PortError {
    let (trouble, what) = match status.as_u16() {
        429 => (Trouble::RateLimited(None), "asks for fewer requests"),
        500.. => (Trouble::Unavailable, "failed"),
        404 | 300..=399 => {
            (Trouble::Broken, "has no token here; look at base_url and its port (5001 where it has its own)")
        }
        _ => (
            Trouble::Unauthorised,
            "does not accept the client id and secret; look at Integrations, API in the Admin Console, where the secret is \
             shown once",
        ),
    };
    failed(Happened::No, trouble, format!("3CX {what} (status {})", status.as_u16()))
}
