//! The socket on which the PBX says that something changed. It is opened by the HTTP client, so that both trust the same
//! certificates and go by the same proxy.

use super::{CallControl, rest::failed, wire};
use frontdesk_core::ports::{Happened, PortResult, Trouble};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode, Upgraded, header};
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

/// How often the PBX is asked whether it is still there.
const PING: Duration = Duration::from_secs(5);
/// After so long without a word it is not.
const SILENCE: Duration = Duration::from_secs(15);
/// No message is longer, in bytes.
const LONGEST: usize = 1024 * 1024;

/// What comes by the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something happened.
    Happened(wire::Happening),
    /// It ended, or cannot be trusted to be there any more.
    Over(&'static str),
}

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<Upgraded>,
    ping_at: Instant,
    heard_at: Instant,
}

impl CallControl {
    /// Opens the socket.
    pub(crate) async fn socket(&self) -> PortResult<Socket> {
        let key = generate_key();
        let shape = |request: reqwest::RequestBuilder| {
            request
                .version(reqwest::Version::HTTP_11)
                .header(header::CONNECTION, "Upgrade")
                .header(header::UPGRADE, "websocket")
                .header(header::SEC_WEBSOCKET_VERSION, "13")
                .header(header::SEC_WEBSOCKET_KEY, &key)
                .timeout(self.rest.within)
        };
        let response = self.rest.open(Method::GET, &["ws"], shape).await?;
        let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        let ours = accepted.is_some_and(|accepted| accepted.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes());
        if response.status() != StatusCode::SWITCHING_PROTOCOLS || !ours {
            let what = "3CX does not open its socket; does a proxy stand between that cannot pass on WebSockets?";
            return Err(failed(Happened::No, Trouble::Broken, what));
        }
        let upgraded = response.upgrade().await.map_err(|error| super::rest::lost(error, Happened::No))?;
        let bounds = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(bounds)).await;
        let now = Instant::now();
        Ok(Socket { stream, ping_at: now + PING, heard_at: now })
    }
}

impl Socket {
    /// The next thing that happens. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            let message = tokio::select! {
                message = self.stream.next() => message,
                () = tokio::time::sleep_until(self.ping_at) => {
                    if self.heard_at.elapsed() > SILENCE {
                        return Heard::Over("3CX has fallen silent");
                    }
                    self.ping_at = Instant::now() + PING;
                    if self.stream.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return Heard::Over("the connection broke");
                    }
                    continue;
                }
            };
            self.heard_at = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    if let Some(happening) = wire::happening(&text) {
                        return Heard::Happened(happening);
                    }
                }
                // Some versions write text as bytes.
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(happening) = std::str::from_utf8(&bytes).ok().and_then(wire::happening) {
                        return Heard::Happened(happening);
                    }
                }
                Some(Ok(Message::Close(_))) | None => return Heard::Over("3CX closed the connection"),
                Some(Ok(_)) => {}
                Some(Err(tungstenite::Error::Capacity(_))) => return Heard::Over("a message is too long"),
                Some(Err(_)) => return Heard::Over("the connection broke"),
            }
        }
    }
}
