use crate::{
    Config, NAME, render,
    wire::{self, API, CallStatus, Created, Named, PlaceRequest, SendRequest, State, VoiceRequest},
};
use frontdesk_core::{
    effect::Channel,
    id::{CallId, EffectId},
    ports::{CallCommand, Happened, Notification, Performed, PlaceCall, PortError, PortResult, Trouble},
};
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// No request waits longer for its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of the carrier is longer.
const MAX_ANSWER: usize = 256 * 1024;

/// The outbound half: the carrier's API.
pub(crate) struct Client {
    http: reqwest::Client,
    token: SecretString,
    api: String,
    webhooks: String,
    from: frontdesk_core::personal::Phone,
}

impl Client {
    pub(crate) fn new(config: Config, http: reqwest::Client) -> Self {
        let bare = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
        Self {
            http,
            token: config.account_token,
            api: format!("{}{API}", bare(&config.base_url)),
            webhooks: format!("{}/webhooks/{NAME}", bare(&config.webhook_base)),
            from: config.from,
        }
    }

    pub(crate) async fn perform(&self, command: &CallCommand) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.place(place).await,
            CallCommand::Find { call_id, provider_call_id, .. } => {
                self.find_call(call_id, provider_call_id.as_deref()).await
            }
            CallCommand::Hangup { provider_call_id, .. } => {
                // Hanging up twice is hanging up once: a doubt about it is no doubt about a call.
                let request = self.http.post(format!("{}/calls/{provider_call_id}/hangup", self.api));
                self.exchange(request, Happened::Maybe).await?;
                Ok(Performed::Done)
            }
            CallCommand::Steer { provider_call_id, reply, .. } => {
                let request = self.http.post(format!("{}/calls/{provider_call_id}/steer", self.api));
                let response = self.deliver(request.json(&render::answer(reply)), Happened::Maybe).await?;
                if response.status() == StatusCode::GONE {
                    return Ok(Performed::Over);
                }
                judge(response, Happened::Maybe).map(|_| Performed::Done)
            }
        }
    }

    async fn place(&self, place: &PlaceCall) -> PortResult<Performed> {
        let body = PlaceRequest {
            reference: place.call_id.to_string(),
            to: place.to.clone(),
            from: place.from.clone(),
            ring_seconds: place.ring_seconds,
            detect_machine: place.detect_machine,
            webhook_url: format!("{}/voice?call={}", self.webhooks, place.call_id),
        };
        let request = self.http.post(format!("{}/calls", self.api)).json(&body);
        let created: Created = self.read(self.exchange(request, Happened::Maybe).await?, Happened::Maybe).await?;
        Ok(Performed::Placed { provider_call_id: created.id })
    }

    /// By our name for it; a call that came in has only the carrier's.
    async fn find_call(&self, call_id: &CallId, provider_call_id: Option<&str>) -> PortResult<Performed> {
        let mut names = vec![("reference", call_id.to_string())];
        names.extend(provider_call_id.map(|id| ("id", id.to_owned())));
        let request = self.http.get(format!("{}/calls", self.api)).query(&names);
        let Some(status) = self.look_up::<CallStatus>(request).await? else {
            return Ok(Performed::Missing);
        };
        let ended = match (status.state, status.outcome) {
            (State::Ended, Some(cause)) => Some((cause, status.seconds)),
            _ => None,
        };
        Ok(Performed::Found { provider_call_id: status.id, ended })
    }

    pub(crate) async fn send(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        let body = SendRequest {
            reference: effect.to_string(),
            channel: notification.channel,
            to: wire::reveal(&notification.to).to_owned(),
            from: (notification.channel != Channel::Email).then(|| self.from.clone()),
            subject: notification.subject.clone(),
            body: words(notification),
        };
        let request = self.http.post(format!("{}/messages", self.api)).json(&body);
        let created: Created = self.read(self.exchange(request, Happened::Maybe).await?, Happened::Maybe).await?;
        Ok(created.id)
    }

    pub(crate) async fn find_message(&self, effect: &EffectId) -> PortResult<Option<String>> {
        let request = self.http.get(format!("{}/messages", self.api)).query(&[("reference", effect.to_string())]);
        Ok(self.look_up::<Named>(request).await?.map(|message| message.id))
    }

    pub(crate) async fn make_voice(&self, bytes: usize, effect: &EffectId) -> PortResult<String> {
        let body = VoiceRequest { reference: effect.to_string(), bytes };
        let request = self.http.post(format!("{}/voices", self.api)).json(&body);
        let created: Created = self.read(self.exchange(request, Happened::Maybe).await?, Happened::Maybe).await?;
        Ok(created.id)
    }

    pub(crate) async fn find_voice(&self, effect: &EffectId) -> PortResult<Option<String>> {
        let request = self.http.get(format!("{}/voices", self.api)).query(&[("reference", effect.to_string())]);
        Ok(self.look_up::<Named>(request).await?.map(|voice| voice.id))
    }

    /// Deleted twice is deleted.
    pub(crate) async fn delete_voice(&self, id: &str) -> PortResult<()> {
        let response = self.deliver(self.http.delete(format!("{}/voices/{id}", self.api)), Happened::Maybe).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        judge(response, Happened::Maybe).map(drop)
    }

    pub(crate) async fn check(&self) -> PortResult<()> {
        self.exchange(self.http.get(format!("{}/stats", self.api)), Happened::No).await.map(drop)
    }

    async fn look_up<T: DeserializeOwned>(&self, request: RequestBuilder) -> PortResult<Option<T>> {
        let response = self.deliver(request, Happened::No).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(judge(response, Happened::No)?, Happened::No).await.map(Some)
    }

    /// Sends and judges; `doubt` is what an unanswered request means.
    async fn exchange(&self, request: RequestBuilder, doubt: Happened) -> PortResult<Response> {
        judge(self.deliver(request, doubt).await?, doubt)
    }

    async fn deliver(&self, request: RequestBuilder, doubt: Happened) -> PortResult<Response> {
        let request = request.bearer_auth(self.token.expose_secret()).timeout(PATIENCE);
        request.send().await.map_err(|error| {
            let error = error.without_url();
            let (happened, trouble, what) = if error.is_connect() {
                (
                    Happened::No,
                    Trouble::Unavailable,
                    "the carrier cannot be reached; is it running at the configured base_url?",
                )
            } else if error.is_builder() {
                (Happened::No, Trouble::Broken, "the request cannot be made; check base_url and account_token")
            } else if error.is_timeout() {
                (doubt, Trouble::Unavailable, "the carrier did not answer in time")
            } else {
                (doubt, Trouble::Unavailable, "the carrier's answer was lost")
            };
            PortError::new(NAME, happened, trouble, what).caused_by(error)
        })
    }

    /// Reads an answer that says yes; when it cannot be read, `doubt` is what that means.
    async fn read<T: DeserializeOwned>(&self, mut response: Response, doubt: Happened) -> PortResult<T> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    return Err(PortError::new(NAME, doubt, Trouble::Broken, "the carrier's answer is too long"));
                }
                Ok(None) => break,
                Err(error) => {
                    let lost = PortError::new(NAME, doubt, Trouble::Unavailable, "the carrier's answer was lost");
                    return Err(lost.caused_by(error.without_url()));
                }
            }
        }
        serde_json::from_slice(&body).map_err(|error| {
            let fault = format!("the carrier's answer cannot be read: {}", wire::json_fault(&error));
            PortError::new(NAME, doubt, Trouble::Broken, fault)
        })
    }
}

/// What a status means; `doubt` is what an error of the server means.
fn judge(response: Response, doubt: Happened) -> PortResult<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = || response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok();
    let (happened, trouble, what) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            (Happened::No, Trouble::Unauthorised, "the carrier does not accept the account_token")
        }
        // The carrier has had this reference before: something of that name exists.
        StatusCode::CONFLICT => (Happened::Maybe, Trouble::Broken, "the carrier was given this reference before"),
        StatusCode::UNPROCESSABLE_ENTITY => {
            (Happened::No, Trouble::Refused, "the carrier refuses this number or address")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            (Happened::No, Trouble::RateLimited(retry_after()), "the carrier asks for fewer requests")
        }
        _ if status.is_server_error() => (doubt, Trouble::Unavailable, "the carrier failed"),
        _ => (Happened::No, Trouble::Broken, "the carrier does not understand the request"),
    };
    Err(PortError::new(NAME, happened, trouble, format!("{what} (status {})", status.as_u16())))
}

/// A mail has its link beside its words, as a button; where there are no buttons it stands below them.
fn words(notification: &Notification) -> String {
    let Notification { channel, body, answer, .. } = notification;
    match answer.as_ref().filter(|_| *channel == Channel::Email) {
        Some(link) => format!("{body}\n\n{}: {}", link.label, link.url.reveal()),
        None => body.clone(),
    }
}
