//! Live conversations on the WebSocket.
//! <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>
//!
//! A socket is a conversation: one that broke is never resumed, another one begins anew.

mod fate;
mod inbox;
mod line;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod write;

use crate::{
    config::Config,
    rest::{Rest, failed},
};
use bytes::Bytes;
use fate::{closed, refused};
use frontdesk_core::{
    ports::{AgentSession, PortError, PortResult, Trouble},
    sound::AudioFormat,
};
use futures_util::{SinkExt, StreamExt};
use line::Socket;
use read::Told;
use serde_json::{Map, Value};
use tokio::time::timeout;
use tokio_tungstenite::{
    connect_async_tls_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use url::Url;

/// No message is longer, in bytes: the agent's longest sound, with its alignment.
const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;
/// What a conversation keeps for reading; the library's usual is eight times as much.
const READ_BUFFER: usize = 16 * 1024;
/// What may wait to be written.
const WRITE_BUFFER: usize = 512 * 1024;
const PATH: &str = "/v1/convai/conversation";

/// Begins a conversation of this agent with this data.
pub(crate) async fn converse(
    config: &Config,
    rest: Option<&Rest>,
    agent: &str,
    data: Map<String, Value>,
) -> PortResult<AgentSession> {
    let begun = async {
        let address = address(config, rest, agent).await?;
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let (mut socket, _) =
            connect_async_tls_with_config(address.as_str(), Some(limits), true, None).await.map_err(refused)?;
        socket.send(Message::text(Value::Object(data).to_string())).await.map_err(refused)?;
        introduced(socket).await
    };
    let late = || failed(Trouble::Unavailable, "ElevenLabs' agent did not answer in time");
    timeout(config.converse_within, begun).await.map_err(|_| late())?
}

/// Where the conversation is: a signed address, good for one, where there is a key; else the agent's own, which has to be
/// open to everybody.
/// <https://elevenlabs.io/docs/api-reference/conversations/get-signed-url>
async fn address(config: &Config, rest: Option<&Rest>, agent: &str) -> PortResult<Url> {
    let Some(rest) = rest else {
        let mut url = config.ws_url.clone().unwrap_or_else(usual);
        url.set_path(PATH);
        url.query_pairs_mut().clear().append_pair("agent_id", agent);
        return Ok(url);
    };
    let query = [("agent_id", agent), ("include_conversation_id", "true")];
    let answer = rest.ask(&["v1", "convai", "conversation", "get-signed-url"], &query).await?;
    let signed = answer.get("signed_url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    let mut signed =
        signed.ok_or_else(|| failed(Trouble::Broken, "the answer holds no signed address; look at base_url"))?;
    if let Some(own) = &config.ws_url {
        // A mock or a proxy: the path and what signs it stay.
        let mut there = own.clone();
        there.set_path(signed.path());
        there.set_query(signed.query());
        signed = there;
    }
    // The signature is as good as a key: it goes in clear only where everything else does.
    let clear = rest.api.base_url.scheme() == "http" || config.ws_url.as_ref().is_some_and(|own| own.scheme() == "ws");
    match signed.scheme() {
        "wss" => Ok(signed),
        "ws" if clear => Ok(signed),
        _ => Err(failed(Trouble::Broken, "the signed address is not encrypted; look at base_url")),
    }
}

fn usual() -> Url {
    Url::parse("wss://api.elevenlabs.io").expect("it is an address")
}

/// Waits until the agent has introduced itself.
async fn introduced(mut socket: Socket) -> PortResult<AgentSession> {
    let mut wrong = None;
    loop {
        let end = match socket.next().await {
            Some(Ok(Message::Text(text))) => match read::read(&Bytes::from(text)) {
                Told::Begins { conversation, hears, speaks } => {
                    let (hears, speaks) = (format(&hears)?, format(&speaks)?);
                    let (ear, mouth) = line::start(socket);
                    return Ok(AgentSession { conversation, hears, speaks, ear, mouth });
                }
                Told::Ping(event) => {
                    socket.send(Message::text(write::pong(event))).await.map_err(refused)?;
                    continue;
                }
                Told::Wrong { kind, words } => {
                    wrong = Some((kind, words));
                    continue;
                }
                _ => continue,
            },
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                closed(code, frame.as_ref().map_or("", |frame| frame.reason.as_str()), wrong.as_ref())
            }
            Some(Ok(_)) => continue,
            Some(Err(error)) => return Err(refused(error)),
            None => closed(None, "", wrong.as_ref()),
        };
        let silent = || failed(Trouble::Unavailable, "ElevenLabs' agent ended the conversation before it began");
        return Err(end.error().unwrap_or_else(silent));
    }
}

/// A format in ElevenLabs' words.
fn format(name: &str) -> Result<AudioFormat, PortError> {
    const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
    if name == "ulaw_8000" {
        return Ok(AudioFormat::Mulaw8k);
    }
    let rate = name.strip_prefix("pcm_").and_then(|rate| rate.parse().ok()).filter(|rate| RATES.contains(rate));
    rate.map(AudioFormat::Pcm16).ok_or_else(|| {
        let name = if crate::rest::plain(name) { name } else { "an unknown format" };
        let what = format!("the agent's sound is in {name}, which is not understood; set it to \u{3bc}-law 8000 Hz");
        failed(Trouble::Broken, what)
    })
}
