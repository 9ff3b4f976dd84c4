//! The Voicebot applet: opens the socket that an address names, and stays on it until it is closed.
//!
//! <https://developer.exotel.com/docs/agentstream/websocket-protocol>

use super::{flow::Sent, line::Line};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::{
    Message,
    client::IntoClientRequest,
    http::{HeaderValue, Request},
};
use url::Url;

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(20);

impl Line {
    /// Whatever goes wrong, the flow goes on behind it.
    pub(super) async fn voicebot(&mut self, url: &Url) {
        let answer = self.tell("voicebot", url, Sent::Query).await;
        let body = answer.filter(|(status, ..)| *status == 200);
        let body = body.and_then(|(_, _, body)| serde_json::from_str::<Value>(&body).ok());
        let socket = body.as_ref().and_then(|body| body["url"].as_str()).and_then(|url| Url::parse(url).ok());
        let Some(socket) = socket else { return };
        let parameters: Map<String, Value> =
            socket.query_pairs().map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect();
        if parameters.len() > 3 || socket.query().is_some_and(|query| query.len() > 256) {
            self.fails("a Voicebot got more parameters than it takes");
            return;
        }
        // Where nobody lets it in there is no conversation.
        let Ok((mut stream, _)) = tokio_tungstenite::connect_async(request(socket)).await else { return };
        let start = json!({
            "event": "start", "sequence_number": "1", "stream_sid": "s1",
            "start": {
                "stream_sid": "s1", "call_sid": self.sid, "account_sid": self.vendor.0.settings.sid,
                "custom_parameters": parameters,
                "media_format": { "encoding": "audio/x-raw", "sample_rate": "8000", "bit_rate": "16" },
            },
        });
        for message in [json!({ "event": "connected" }), start] {
            // A socket that is gone shows when it is read.
            drop(stream.send(Message::text(message.to_string())).await);
        }
        let over = async { while let Some(Ok(_)) = stream.next().await {} };
        if tokio::time::timeout(PATIENCE, over).await.is_err() {
            self.fails("a Voicebot's socket was never closed");
        }
    }
}

/// What stands in front of the host comes as Basic.
fn request(mut socket: Url) -> Request<()> {
    let proof = socket.password().map(|password| STANDARD.encode(format!("{}:{password}", socket.username())));
    let bare = socket.set_username("").and_then(|()| socket.set_password(None));
    bare.expect("a socket has a host");
    let mut request = socket.as_str().into_client_request().expect("a socket has an address");
    if let Some(proof) = proof {
        let proof = HeaderValue::from_str(&format!("Basic {proof}")).expect("it is in base64");
        request.headers_mut().insert("authorization", proof);
    }
    request
}
