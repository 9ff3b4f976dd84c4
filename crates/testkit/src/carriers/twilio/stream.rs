//! Media streams: the pretended vendor opens the socket that a document names, and whoever tests is on the line.
//!
//! <https://www.twilio.com/docs/voice/media-streams/websocket-messages>

use super::{Twilio, sign};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};
use url::Url;

/// Twenty milliseconds of mu-law.
const FRAME: usize = 160;
/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What whoever is on the line hears, or what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Sound: mu-law, 8 kHz.
    Sound(Vec<u8>),
    /// A mark, which was told back at once: everything is played as it comes.
    Mark(String),
    /// What was sent and not played is dropped.
    Clear,
}

enum Does {
    Says(Vec<u8>),
    Presses(char),
    Sends(String),
}

/// A call that is connected with a media stream, in the hands of whoever tests. Dropped, the caller hangs up.
pub struct OnStream {
    /// The vendor's name for the call.
    pub call: String,
    does: mpsc::UnboundedSender<Does>,
    hears: mpsc::UnboundedReceiver<Heard>,
}

impl OnStream {
    /// The caller says something: mu-law, sent as frames of 20 ms without waiting.
    pub fn say(&self, sound: &[u8]) {
        // A stream that is over hears nothing.
        drop(self.does.send(Does::Says(sound.to_vec())));
    }

    /// The caller presses a key.
    pub fn press(&self, key: char) {
        drop(self.does.send(Does::Presses(key)));
    }

    /// Something is sent that no carrier sends.
    pub fn send(&self, text: &str) {
        drop(self.does.send(Does::Sends(text.to_owned())));
    }

    /// What is heard next; `None` once the stream was closed by the other side.
    ///
    /// # Panics
    /// When nothing is heard for a long time.
    pub async fn heard(&mut self) -> Option<Heard> {
        tokio::time::timeout(PATIENCE, self.hears.recv()).await.expect("something is heard, or the stream is over")
    }
}

/// Where the socket of a public address really is, and who is given the calls.
pub(super) struct Sockets {
    at: Url,
    given: mpsc::UnboundedSender<OnStream>,
}

impl Twilio {
    /// From now on streams are opened: whatever address they name, at this server. Gives each call that is connected.
    pub fn opens_streams(&self, at: Url) -> mpsc::UnboundedReceiver<OnStream> {
        let (given, calls) = mpsc::unbounded_channel();
        *self.sockets() = Some(Sockets { at, given });
        calls
    }

    /// Opens the socket of a stream and stays on it; gives whether the caller is still there afterwards.
    pub(super) async fn stream(&self, sid: &str, url: &str, parameters: &[(String, String)]) -> bool {
        let opened = match &*self.sockets() {
            Some(Sockets { at, given }) => (at.clone(), given.clone()),
            None => return true,
        };
        let (at, given) = opened;
        let socket = match self.connect(url, &at).await {
            Ok(socket) => socket,
            Err(why) => {
                self.complain(31_920, why);
                return true;
            }
        };
        let (does, to_do) = mpsc::unbounded_channel();
        let (hearing, hears) = mpsc::unbounded_channel();
        if given.send(OnStream { call: sid.to_owned(), does, hears }).is_err() {
            return false;
        }
        let stream = self.draw("MZ");
        let mut line = Line { vendor: self, socket, stream, sid, sequence: 0, chunk: 0 };
        line.live(parameters, to_do, &hearing).await
    }

    async fn connect(&self, url: &str, at: &Url) -> Result<Socket, String> {
        let named = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        if named.scheme() != "wss" || named.query().is_some() {
            return Err(format!("{url} is no wss address without a query"));
        }
        let mut reached = at.clone();
        reached.set_path(named.path());
        reached.set_scheme("ws").map_err(|()| "the server has no address".to_owned())?;
        let mut request = reached.as_str().into_client_request().map_err(|error| error.to_string())?;
        let proof = sign(&self.0.settings.token, url, &[]);
        let proof = HeaderValue::from_str(&proof).map_err(|error| error.to_string())?;
        request.headers_mut().insert("x-twilio-signature", proof);
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket).map_err(|error| error.to_string())
    }
}

struct Line<'a> {
    vendor: &'a Twilio,
    socket: Socket,
    stream: String,
    sid: &'a str,
    sequence: u32,
    chunk: u32,
}

impl Line<'_> {
    async fn live(
        &mut self,
        parameters: &[(String, String)],
        mut to_do: mpsc::UnboundedReceiver<Does>,
        hearing: &mpsc::UnboundedSender<Heard>,
    ) -> bool {
        let account = self.vendor.0.settings.account.clone();
        let parameters: serde_json::Map<_, _> =
            parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        self.send(json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })).await;
        let start = json!({
            "accountSid": account, "streamSid": self.stream, "callSid": self.sid, "tracks": ["inbound"],
            "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
            "customParameters": parameters,
        });
        self.tell("start", start).await;
        loop {
            tokio::select! {
                done = to_do.recv() => match done {
                    Some(Does::Says(sound)) => self.say(&sound).await,
                    Some(Does::Presses(key)) => {
                        self.tell("dtmf", json!({ "track": "inbound_track", "digit": key.to_string() })).await;
                    }
                    Some(Does::Sends(text)) => drop(self.socket.send(Message::text(text)).await),
                    None => {
                        self.tell("stop", json!({ "accountSid": account, "callSid": self.sid })).await;
                        drop(self.socket.close(None).await);
                        return false;
                    }
                },
                said = self.socket.next() => match said {
                    Some(Ok(Message::Text(text))) => self.told(&text, hearing).await,
                    Some(Ok(Message::Binary(_))) => self.vendor.complain(31_950, "a binary message"),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return true,
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    async fn say(&mut self, sound: &[u8]) {
        for frame in sound.chunks(FRAME) {
            self.chunk += 1;
            let ms = (self.chunk - 1) * 20;
            let media = json!({
                "track": "inbound", "chunk": self.chunk.to_string(), "timestamp": ms.to_string(),
                "payload": STANDARD.encode(frame),
            });
            self.tell("media", media).await;
        }
    }

    async fn tell(&mut self, event: &str, what: Value) {
        self.sequence += 1;
        let mut message = json!({
            "event": event, "sequenceNumber": self.sequence.to_string(), "streamSid": self.stream,
        });
        message[event] = what;
        self.send(message).await;
    }

    async fn send(&mut self, message: Value) {
        // A socket that is gone shows when it is read.
        drop(self.socket.send(Message::text(message.to_string())).await);
    }

    /// What the other side says: exactly what is documented, or a complaint as the vendor's debugger has it.
    async fn told(&mut self, text: &str, hearing: &mpsc::UnboundedSender<Heard>) {
        let heard = match self.understood(text) {
            Ok(heard) => heard,
            Err(why) => return self.vendor.complain(31_951, format!("{why}: {text}")),
        };
        if let Heard::Mark(name) = &heard {
            let name = name.clone();
            self.tell("mark", json!({ "name": name })).await;
        }
        drop(hearing.send(heard));
    }

    fn understood(&self, text: &str) -> Result<Heard, &'static str> {
        let message: Value = serde_json::from_str(text).map_err(|_| "no JSON")?;
        let members = message.as_object().ok_or("no object")?;
        if message["streamSid"] != self.stream.as_str() {
            return Err("another stream");
        }
        let only = |names: &[&str]| members.keys().all(|name| names.contains(&name.as_str()));
        match message["event"].as_str() {
            Some("media") if only(&["event", "streamSid", "media"]) => {
                let payload = message["media"]["payload"].as_str().ok_or("no payload")?;
                STANDARD.decode(payload).map(Heard::Sound).map_err(|_| "no base64")
            }
            Some("mark") if only(&["event", "streamSid", "mark"]) => {
                message["mark"]["name"].as_str().map(|name| Heard::Mark(name.to_owned())).ok_or("no name")
            }
            Some("clear") if only(&["event", "streamSid"]) => Ok(Heard::Clear),
            _ => Err("no message that is known, or more members than it has"),
        }
    }
}
