//! The two servers, each in a process of its own.

use crate::agent::{Echo, chunk, connect, cut};
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
use bytes::Bytes;
use chrono::{DateTime, Utc};
use frontdesk_bridge::{Bridge, Settings};
use frontdesk_core::{
    frames::{self, Casing, Frame},
    id::CallId,
    personal::Phone,
    ports::{
        AgentStart, Attendant, BadMessage, Caller, FromLine, LineStart, MediaLine, Pieces, Port, PortResult, Rejected,
        Talk, ToLine, ToolAnswer, ToolCall, WebhookRequest,
    },
    sound::AudioFormat,
    speech::Language,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite;
use tokio_util::sync::CancellationToken;

/// Where both have their streams.
pub(crate) const PATH: &str = "/api/v1/voice/media-stream";

/// Serves until nobody reads what it says any more; says its port first.
pub(crate) fn run(server: &str, agent: SocketAddr) {
    // What is counted costs what it costs in the gateway.
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    metrics::set_global_recorder(recorder).expect("the only recorder");
    let router = if server == "floor" { floor(agent) } else { bridge(agent) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("its address"));
        tokio::spawn(async move {
            axum::serve(
                axum::serve::ListenerExt::tap_io(listener, |tcp| {
                    let _ = tcp.set_nodelay(true);
                }),
                router,
            )
            .await
        });
        // The other process closes our input when it is done.
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
    });
    std::process::exit(0);
}

/// A relay that knows nothing: no limits, no order to keep, no ends.
fn floor(agent: SocketAddr) -> Router {
    let handler = move |upgrade: WebSocketUpgrade| async move {
        let upgrade = upgrade.read_buffer_size(4 * 1024).write_buffer_size(2 * 1024).max_write_buffer_size(160 * 1024);
        let answer: Response = upgrade.on_upgrade(move |socket| async move {
            let _ = relay(socket, agent).await;
        });
        answer
    };
    Router::new().route(PATH, get(handler))
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
                    let sound = &text[range];
                    let text = format!(r#"{{"event":"media","streamSid":"{stream}","media":{{"payload":"{sound}"}}}}"#);
                    carrier.send(Message::text(text)).await.ok()?;
                }
            }
        }
    }
}

fn bridge(agent: SocketAddr) -> Router {
    let mut settings = Settings::new("https://desk.example.com".parse().expect("a URL"));
    settings.usual = Some("line".to_owned());
    settings.streams = 10_000;
    let line: Arc<dyn MediaLine> = Arc::new(Line);
    let lines = BTreeMap::from([("line".to_owned(), line)]);
    Bridge::new(settings, lines, Arc::new(Echo(agent)), Arc::new(Desk), CancellationToken::new()).router()
}

struct Line;

impl Port for Line {
    fn name(&self) -> &str {
        "line"
    }
}

impl MediaLine for Line {
    fn admit(&self, _request: &WebhookRequest, _now: DateTime<Utc>) -> Result<(), Rejected> {
        Ok(())
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        Ok(match frames::read(message)? {
            Frame::Media(sound) => FromLine::Sound(sound),
            Frame::Digit(key) => FromLine::Digit(key),
            Frame::Mark(name) => FromLine::Marked(name),
            Frame::Stop => FromLine::Ended,
            Frame::Clear | Frame::Other => FromLine::Nothing,
            Frame::Start(opening) => FromLine::Started(Box::new(LineStart {
                stream: opening.stream,
                provider_call_id: opening.call,
                parameters: opening.parameters,
                format: AudioFormat::Mulaw8k,
            })),
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        frames::write(Casing::Camel, stream, told)
    }

    fn pieces(&self) -> Pieces {
        Pieces { least: 1, most: 8_000, step: 1, ahead: None }
    }
}

/// Lets everybody in.
struct Desk;

#[async_trait]
impl Attendant for Desk {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn admit(&self, _provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        Ok(Some(AgentStart {
            call_id: CallId::derive(DateTime::UNIX_EPOCH, &[&start.stream]),
            provider_call_id: None,
            from: Phone::anonymous(),
            to: Phone::unknown(),
            caller: Caller {
                business: String::new(),
                business_name: String::new(),
                time_zone: chrono_tz::Tz::UTC,
                language: Language::En,
                name: None,
                next: None,
            },
            voice: None,
            line: start.format,
        }))
    }

    async fn tool(&self, _call: CallId, _wish: &ToolCall) -> PortResult<ToolAnswer> {
        Ok(ToolAnswer { result: Value::Null, failed: true, then: None })
    }

    async fn over(&self, _call: CallId, _talk: &Talk) -> PortResult<()> {
        Ok(())
    }
}
