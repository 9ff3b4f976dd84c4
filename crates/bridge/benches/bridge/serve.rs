//! The two servers, each in a process of its own.

use crate::{
    agent::{Echo, chunk, connect, cut},
    line::{ANY, Line, PROVIDER, brief, serve},
};
use async_trait::async_trait;
use axum::{
    Router,
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::get,
};
use chrono::{DateTime, Utc};
use frontdesk_bridge::{Bridge, Settings};
use frontdesk_core::{
    id::CallId,
    ports::{AgentStart, Attendant, LineStart, MediaLine, PortResult, Talk, ToolAnswer, ToolCall},
    sound::AudioFormat,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio_tungstenite::tungstenite;
use tokio_util::sync::CancellationToken;

/// Serves until nobody reads what it says any more; says its port first.
pub(crate) fn run(server: &str, agent: SocketAddr) {
    // What is counted costs what it costs in the gateway.
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    metrics::set_global_recorder(recorder).expect("the only recorder");
    crate::runtime().block_on(async {
        let router = if server == "floor" { floor(agent) } else { bridge(agent) };
        println!("{}", serve(router).await);
        // The other process closes our input when it is done.
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
    });
    std::process::exit(0);
}

/// A relay that knows nothing: no limits, no order to keep, no ends. It has the sockets and the buffers that the bridge has.
fn floor(agent: SocketAddr) -> Router {
    let handler = move |upgrade: WebSocketUpgrade| async move {
        let upgrade = upgrade.read_buffer_size(4 * 1024).write_buffer_size(2 * 1024).max_write_buffer_size(160 * 1024);
        let answer: Response = upgrade.on_upgrade(move |socket| async move {
            let _ = relay(socket, agent).await;
        });
        answer
    };
    Router::new().route(&format!("/api/v1/voice/{PROVIDER}-stream"), get(handler))
}

async fn relay(mut carrier: WebSocket, agent: SocketAddr) -> Option<()> {
    let stream = loop {
        let Message::Text(text) = carrier.next().await?.ok()? else { continue };
        if text.contains(r#""event":"start""#) {
            break text[cut(&text, r#""streamSid":""#)?].to_owned();
        }
    };
    let (mut ear, mut mouth) = connect(agent).await?;
    loop {
        tokio::select! {
            told = carrier.next() => {
                if let Message::Text(text) = told?.ok()? && let Some(range) = cut(&text, r#""payload":""#) {
                    ear.send(tungstenite::Message::text(chunk(&text[range]))).await.ok()?;
                }
            }
            told = mouth.next() => {
                if let tungstenite::Message::Text(text) = told?.ok()? && let Some(range) = cut(&text, r#""audio":""#) {
                    carrier.send(Message::text(media(&stream, &text[range]))).await.ok()?;
                }
            }
        }
    }
}

/// The message in which a carrier is told sound.
fn media(stream: &str, sound: &str) -> String {
    let mut text = String::with_capacity(stream.len() + sound.len() + 64);
    for part in [r#"{"event":"media","streamSid":""#, stream, r#"","media":{"payload":""#, sound, r#""}}"#] {
        text.push_str(part);
    }
    text
}

fn bridge(agent: SocketAddr) -> Router {
    let mut settings = Settings::new("https://desk.example.com".parse().expect("a URL"));
    settings.streams = 10_000;
    let line: Arc<dyn MediaLine> = Arc::new(Line { format: AudioFormat::Mulaw8k, pieces: ANY });
    let lines = BTreeMap::from([(PROVIDER.to_owned(), line)]);
    Bridge::new(settings, lines, Arc::new(Echo(agent)), Arc::new(Desk), CancellationToken::new()).router()
}

/// Lets everybody in.
struct Desk;

#[async_trait]
impl Attendant for Desk {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn admit(&self, _provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        Ok(Some(brief(&start.stream, start)))
    }

    async fn tool(&self, _call: CallId, _wish: &ToolCall) -> PortResult<ToolAnswer> {
        Ok(ToolAnswer { result: Value::Null, failed: true, then: None })
    }

    async fn over(&self, _call: CallId, _talk: &Talk) -> PortResult<()> {
        Ok(())
    }
}
