//! An agent over a WebSocket that gives back what it hears, and how it is spoken to.

use crate::carrier::buffers;
use async_trait::async_trait;
use bytes::Bytes;
use frontdesk_core::{
    ports::{
        AgentEar, AgentMouth, AgentSession, AgentStart, FromAgent, Happened, Port, PortError, PortResult, ToAgent,
        Trouble, VoiceAgent,
    },
    sound::{AudioFormat, Sound},
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, accept_async_with_config, client_async_with_config,
    tungstenite::{Message, Utf8Bytes},
};

type Socket = WebSocketStream<TcpStream>;

/// Gives back every frame: what it is told under `user_audio_chunk` it tells under `audio`.
pub(crate) async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port for the agent");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = tcp.set_nodelay(true);
                let Ok(mut socket) = accept_async_with_config(tcp, Some(buffers())).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if let Message::Text(text) = message
                        && socket.send(Message::text(text.replacen("user_audio_chunk", "audio", 1))).await.is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    address
}

pub(crate) async fn connect(agent: SocketAddr) -> Option<(SplitSink<Socket, Message>, SplitStream<Socket>)> {
    let tcp = TcpStream::connect(agent).await.ok()?;
    tcp.set_nodelay(true).ok()?;
    let (socket, _) = client_async_with_config(format!("ws://{agent}/"), tcp, Some(buffers())).await.ok()?;
    Some(socket.split())
}

/// Cuts the text between this and the next quote out of a message.
pub(crate) fn cut(text: &str, after: &str) -> Option<std::ops::Range<usize>> {
    let from = text.find(after)? + after.len();
    let length = text[from..].find('"')?;
    Some(from..from + length)
}

/// The message in which an agent is told sound.
pub(crate) fn chunk(sound: &str) -> String {
    let mut text = String::with_capacity(sound.len() + 25);
    text.push_str(r#"{"user_audio_chunk":""#);
    text.push_str(sound);
    text.push_str(r#""}"#);
    text
}

/// The same agent as a port.
pub(crate) struct Echo(pub(crate) SocketAddr);

struct Ear(SplitSink<Socket, Message>);
struct Mouth(SplitStream<Socket>);

fn away() -> PortError {
    PortError::new("echo", Happened::Maybe, Trouble::Unavailable, "the echo is away")
}

impl Port for Echo {
    fn name(&self) -> &str {
        "echo"
    }
}

#[async_trait]
impl VoiceAgent for Echo {
    async fn converse(&self, _start: &AgentStart) -> PortResult<AgentSession> {
        let (sink, stream) = connect(self.0).await.ok_or_else(away)?;
        Ok(AgentSession {
            conversation: None,
            hears: AudioFormat::Mulaw8k,
            speaks: AudioFormat::Mulaw8k,
            ear: Box::new(Ear(sink)),
            mouth: Box::new(Mouth(stream)),
        })
    }
}

#[async_trait]
impl AgentEar for Ear {
    async fn tell(&mut self, told: ToAgent) -> PortResult<()> {
        let ToAgent::Sound(sound) = told else { return Ok(()) };
        let text = std::str::from_utf8(sound.as_base64()).map_err(|_| away())?;
        self.0.send(Message::text(chunk(text))).await.map_err(|_| away())
    }

    async fn hang_up(&mut self) {
        let _ = self.0.close().await;
    }
}

#[async_trait]
impl AgentMouth for Mouth {
    async fn next(&mut self) -> PortResult<Option<FromAgent>> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    let Some(range) = cut(&text, r#""audio":""#) else { continue };
                    return Ok(Some(FromAgent::Sound(Sound::from_base64(bytes(text).slice(range)))));
                }
                Some(Ok(Message::Close(_))) | None => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(_)) => return Err(away()),
            }
        }
    }
}

fn bytes(text: Utf8Bytes) -> Bytes {
    text.into()
}
