//! Posting what is told: each call in order, several calls at once, and once more where the door could not take it.

use super::{Deliver, News, Relay};
use crate::{
    NAME,
    receive::{HOOK, Payload},
    sign,
};
use chrono::SecondsFormat;
use frontdesk_core::ports::WebhookRequest;
use std::time::Duration;
use tokio::sync::mpsc;

/// How many posts are under way at once.
const WAYS: u64 = 4;
/// How many wait on each way; the socket is not read while there are more.
const WAITING: usize = 256;
/// How long the door may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where news are handed in.
pub(super) struct Posts(Vec<mpsc::Sender<News>>);

impl Posts {
    /// The ways in, and the future that posts what comes by them.
    pub(super) fn open(relay: &Relay, deliver: Deliver) -> (Self, impl Future<Output = ()>) {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..WAYS).map(|_| mpsc::channel(WAITING)).unzip();
        let ways = receivers.into_iter().map(move |mut way: mpsc::Receiver<News>| {
            let deliver = deliver.clone();
            async move {
                while let Some(news) = way.recv().await {
                    post(relay, &deliver, &news).await;
                }
            }
        });
        let all = futures_util::future::join_all(ways);
        (Self(senders), async move { drop(all.await) })
    }

    pub(super) async fn tell(&self, news: News) {
        // The same call goes the same way, so that its news stay in order.
        let way = usize::try_from(news.callid % WAYS).unwrap_or_default();
        if let Some(way) = self.0.get(way) {
            // Who receives lives as long as we do.
            let _ = way.send(news).await;
        }
    }
}

async fn post(relay: &Relay, deliver: &Deliver, news: &News) {
    let body = body(relay, news);
    let mut pauses = relay.patience.into_iter();
    loop {
        let status = tokio::time::timeout(PATIENCE, deliver(request(relay, &body))).await.unwrap_or(504);
        match (status, pauses.next()) {
            (200..=299, _) => return,
            // A server's trouble passes, and so does its being asked too much; what is refused would be refused again.
            (429 | 500.., Some(pause)) => tokio::time::sleep(pause).await,
            (status, _) => {
                let event = news.kind.name();
                tracing::error!(status, event, call = news.call, "news of a call on 3CX were not taken, and are lost");
                return;
            }
        }
    }
}

/// The body, the same at each attempt.
fn body(relay: &Relay, news: &News) -> Vec<u8> {
    let number = |shown: &str| relay.numbers.read(shown).map(|number| number.reveal().to_owned());
    let own = || relay.numbers.own.as_ref().map(|number| number.reveal().to_owned());
    let payload = Payload {
        event_type: news.kind.name().to_owned(),
        call_id: news.call.clone(),
        caller_id: Some(number(&news.caller).unwrap_or_else(|| "anonymous".to_owned())),
        called_number: Some(number(&news.called).or_else(own).unwrap_or_else(|| news.called.clone())),
        timestamp: news.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        direction: Some(if news.outgoing { "Out" } else { "In" }.to_owned()),
        duration: news.seconds,
        recording_url: None,
    };
    // Texts and numbers are always written.
    serde_json::to_vec(&payload).unwrap_or_default()
}

/// The request, signed anew at each attempt.
fn request(relay: &Relay, body: &[u8]) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        hook: HOOK.to_owned(),
        url: format!("/webhooks/{NAME}/{HOOK}"),
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (sign::HEADER.to_owned(), sign::header(&relay.secret, body, relay.clock.now())),
        ],
        body: body.to_vec(),
        peer: None,
    }
}
