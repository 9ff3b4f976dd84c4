//! The sound of the browser phone: what its microphone hears, and what comes out of it.

use super::{Desk, Problem};
use crate::carrier::{Handset, Heard};
use axum::{
    extract::{
        Path, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use std::time::Duration;
use tokio::{sync::broadcast::error::RecvError, time::timeout};
use url::Url;

/// No message of the page is longer, in bytes: half a second of sound.
const MAX_MESSAGE: usize = 4_000;
/// How long the page may take to take a message in.
const PATIENCE: Duration = Duration::from_secs(5);
/// The close code that says that another page has the telephone now; its number is ours to choose (RFC 6455, 7.4.2).
const TAKEN: u16 = 4_001;

/// What is told beside the sound, which goes as binary messages.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Told<'a> {
    /// Sound that was sent and not heard yet is void.
    Clear,
    /// The other side has understood the caller like this.
    Understood { text: &'a str },
}

/// Joins a page with a call that is connected with a media stream. Binary messages are mu-law, 8,000 bytes a second, in
/// both directions.
pub(super) async fn audio(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // A browser opens sockets to anywhere for any page, and sends our cookie along.
    if !own(&headers) {
        return Err(Problem(StatusCode::FORBIDDEN, "a page of another site cannot listen to calls".to_owned()));
    }
    let upgrade = upgrade.map_err(|fault| Problem(fault.status(), "this address takes WebSockets only".to_owned()))?;
    let handset = desk.carrier.handset(&id)?;
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
    Ok(upgrade.on_upgrade(|socket| hold(socket, handset)))
}

/// Whether a request comes from a page of ours, or from no page at all.
fn own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let origin = text("origin").and_then(|origin| Url::parse(origin).ok());
    let host = text("host").zip(origin).and_then(|(host, origin)| {
        // Read as an address of the same scheme, so that its usual port is no difference.
        Some((Url::parse(&format!("{}://{host}", origin.scheme())).ok()?, origin))
    });
    host.is_some_and(|(host, origin)| host.origin() == origin.origin())
}

async fn hold(mut socket: WebSocket, handset: Handset) {
    let Handset { microphone, mut earpiece, taken } = handset;
    let farewell = loop {
        let message = tokio::select! {
            biased;
            () = taken.cancelled() => break CloseFrame { code: TAKEN, reason: "another page has this telephone".into() },
            heard = earpiece.recv() => match heard {
                Ok(Heard::Sound(sound)) => Message::Binary(sound),
                Ok(Heard::Clear) => tell(&Told::Clear),
                Ok(Heard::Understood(text)) => tell(&Told::Understood { text: &text }),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => break CloseFrame { code: close_code::NORMAL, reason: "the talk is over".into() },
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Binary(sound))) => {
                    // Where too much waits already, this is lost, as on a real line.
                    let _ = microphone.try_send(sound);
                    continue;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if !matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
    };
    drop(timeout(PATIENCE, socket.send(Message::Close(Some(farewell)))).await);
}

fn tell(told: &Told<'_>) -> Message {
    // Writing text as JSON cannot fail.
    Message::text(serde_json::to_string(told).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        given.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_a_page_of_ours_and_a_program_may_listen() {
        for ours in [
            &[("sec-fetch-site", "same-origin"), ("origin", "https://desk.example"), ("host", "inside:80")][..],
            &[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")],
            &[("origin", "https://desk.example"), ("host", "DESK.example:443")],
            &[("host", "desk.example")],
        ] {
            assert!(own(&headers(ours)), "{ours:?}");
        }
        for foreign in [
            &[("sec-fetch-site", "cross-site"), ("host", "desk.example")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://desk.example"), ("host", "desk.example")],
            &[("origin", "https://evil.example"), ("host", "desk.example")],
            &[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")],
            &[("origin", "null"), ("host", "desk.example")],
            &[("origin", "https://desk.example")],
        ] {
            assert!(!own(&headers(foreign)), "{foreign:?}");
        }
    }
}
