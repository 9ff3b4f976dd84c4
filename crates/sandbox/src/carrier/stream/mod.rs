//! A call that is connected with a media stream: the carrier opens a socket to it and carries sound both ways.

mod handset;
mod playback;
mod speaker;

pub(super) use handset::Socket;
pub(crate) use handset::{Handset, Heard};

use super::{
    Shared,
    line::Line,
    record::{Direction, Signal},
    script,
};
use crate::{
    media, sign,
    sound::{
        FRAME_MS, audible,
        whisper::{Listener, Who},
    },
};
use bytes::Bytes;
use frontdesk_core::{
    event::EndCause,
    frames::{self, Frame},
    ports::ToLine,
    sound::Sound,
};
use futures_util::{SinkExt, StreamExt};
use playback::Playback;
use speaker::{Agreeable, Microphone, Speaker};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{broadcast, mpsc},
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, Utf8Bytes, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// What the callee hears when the other end cannot be had.
const NOBODY: &str = "(the assistant does not answer)";
/// How long connecting, sending or closing may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// No message from the gateway is longer, in bytes.
const MAX_MESSAGE: usize = 256 * 1024;
/// No stream is longer, in frames: twenty minutes.
const MOST_FRAMES: u64 = 20 * 60 * 50;
/// Keys that may wait to be told.
const KEYS: usize = 64;
/// Scripted people live faster, but no frame is shorter: the other end needs its time as well.
const SHORTEST: Duration = Duration::from_millis(1);

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Line {
    /// Connects the call with a stream, and returns when the other end has closed it, or cannot be had.
    pub(super) async fn stream(&mut self, url: &str, parameters: &[(String, String)]) -> Result<(), EndCause> {
        self.streams += 1;
        let name = media::stream_name(&self.facts.id, self.streams);
        let connecting = timeout(PATIENCE, connect(&self.shared, url));
        let connected = tokio::select! {
            biased;
            () = self.over.cancelled() => return Err(EndCause::Completed),
            () = self.shared.stop.cancelled() => return Err(EndCause::Failed),
            connected = connecting => connected.unwrap_or(Err("it does not answer in time".to_owned())),
        };
        let wire = match connected {
            Ok(wire) => wire,
            Err(error) => {
                tracing::warn!(%error, call = self.facts.id, "a sandbox call cannot be connected with its media stream");
                self.shared.hear(&self.facts.id, NOBODY, None, false);
                return Ok(());
            }
        };
        let (socket, spoken, earpiece) = Socket::new(&name);
        let (speaker, frame) = self.speaker(spoken);
        let (pressed, keys) = mpsc::channel(KEYS);
        let leave = CancellationToken::new();
        // However this ends, the stream is told: it lives in a task of its own.
        let _left = leave.clone().drop_guard();
        self.shared.open_stream(&self.facts.id, socket);
        let stream = Stream {
            shared: Arc::clone(&self.shared),
            call: self.facts.id.clone(),
            name,
            wire,
            playback: Playback::default(),
            speaker,
            captions: Listener::default(),
            earpiece,
            warned: false,
        };
        let parameters = parameters.to_vec();
        let mut streaming = self.shared.tasks.spawn(stream.run(parameters, frame, keys, leave));
        loop {
            tokio::select! {
                           biased;
                           () = self.over.cancelled() => return Err(EndCause::Completed),
                           () = self.shared.stop.cancelled() => return Err(EndCause::Failed),
                           _ = &mut streaming => break,
                           Some(signal) = self.signals.recv() => if let Signal::Pressed(keys) = signal {
                               // More keys than this at once are nobody's.
                               for key in keys.chars() {
            let _ = pressed.try_send(key); }
                           },
                       }
        }
        self.spoken_until = Instant::now();
        Ok(())
    }

    /// Who speaks, and how long 20 milliseconds take them: a person takes as long as they take, the pace is for scripts.
    fn speaker(&self, spoken: mpsc::Receiver<Bytes>) -> (Speaker, Duration) {
        let natural = Duration::from_millis(FRAME_MS);
        let scripted = self.pace.seconds(natural.as_secs_f64()).max(SHORTEST);
        let person = if self.facts.direction == Direction::Outbound { &self.facts.to } else { &self.facts.from };
        if script::agrees(person) {
            return (Speaker::Agreeable(Agreeable::default()), scripted);
        }
        match self.script {
            Some(_) => (Speaker::Silent, scripted),
            None => (Speaker::Person(Microphone::new(spoken)), natural),
        }
    }
}

/// Opens the socket, and proves who we are.
async fn connect(shared: &Shared, url: &str) -> Result<Wire, String> {
    let address = Url::parse(url).map_err(|error| format!("its address is none: {error}"))?;
    let here = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if address.scheme() != "wss" && !(address.scheme() == "ws" && here) {
        return Err("its address must be wss, or ws on this machine".to_owned());
    }
    let mut request = url.into_client_request().map_err(|error| error.to_string())?;
    let at = (shared.clock)().timestamp().to_string();
    let signature = sign::sign(&shared.config.webhook_secret, &at, media::path(url).as_bytes());
    for (name, value) in [(sign::TIMESTAMP, at), (sign::SIGNATURE, signature)] {
        request.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(|error| error.to_string())?);
    }
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    // Small messages are waited for: they go at once.
    let (wire, _) = connect_async_with_config(request, Some(config), true).await.map_err(|error| error.to_string())?;
    Ok(wire)
}

struct Stream {
    shared: Arc<Shared>,
    call: String,
    name: String,
    wire: Wire,
    playback: Playback,
    speaker: Speaker,
    captions: Listener,
    earpiece: broadcast::Sender<Heard>,
    /// Whether it was said already that messages cannot be taken.
    warned: bool,
}

/// The other end is gone, or too slow.
struct Gone;

impl Stream {
    async fn run(
        mut self,
        parameters: Vec<(String, String)>,
        frame: Duration,
        keys: mpsc::Receiver<char>,
        leave: CancellationToken,
    ) {
        let gone = self.carry(&parameters, frame, keys, leave).await.is_err();
        if !gone {
            drop(self.say(media::stop(&self.name)).await);
        }
        drop(timeout(PATIENCE, self.wire.close(None)).await);
        self.shared.close_stream(&self.call, &self.name);
    }

    /// Carries until we are to leave, or the other end is gone.
    async fn carry(
        &mut self,
        parameters: &[(String, String)],
        frame: Duration,
        mut keys: mpsc::Receiver<char>,
        leave: CancellationToken,
    ) -> Result<(), Gone> {
        self.say(Bytes::from_static(br#"{"event":"connected"}"#)).await?;
        self.say(media::start(&self.name, &self.call, parameters)).await?;
        let mut ticks = interval(frame);
        // Natural time is caught up with; scripted time is only shorter where there is time for it.
        let natural = frame == Duration::from_millis(FRAME_MS);
        ticks.set_missed_tick_behavior(if natural { MissedTickBehavior::Burst } else { MissedTickBehavior::Delay });
        let mut frames = 0;
        while frames < MOST_FRAMES {
            tokio::select! {
                biased;
                () = leave.cancelled() => return Ok(()),
                Some(digit) = keys.recv() => self.say(media::dtmf(&self.name, digit)).await?,
                // Before what the other end sends: whoever sends without end must not stop the time.
                _ = ticks.tick() => {
                    frames += 1;
                    self.tick().await?;
                }
                told = self.wire.next() => match told {
                    Some(Ok(Message::Text(text))) => self.told(&Bytes::from(text)).await?,
                    Some(Ok(Message::Binary(_))) => self.warn(),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(_)) => {}
                },
            }
        }
        Ok(())
    }

    async fn say(&mut self, message: Bytes) -> Result<(), Gone> {
        // What we write is JSON, and that is text.
        let message = Message::Text(Utf8Bytes::try_from(message).unwrap_or_default());
        match timeout(PATIENCE, self.wire.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    fn warn(&mut self) {
        if !std::mem::replace(&mut self.warned, true) {
            tracing::warn!(call = self.call, "a media stream sends what the sandbox cannot take; it is left out");
        }
    }

    async fn told(&mut self, message: &Bytes) -> Result<(), Gone> {
        let taken = match frames::read(message) {
            Ok(Frame::Media(sound)) => sound.decode().is_some_and(|sound| self.playback.sound(sound)),
            Ok(Frame::Mark(name)) => self.playback.mark(name),
            Ok(Frame::Clear) => {
                // Nobody listens: then nobody minds.
                drop(self.earpiece.send(Heard::Clear));
                self.captions = Listener::default();
                let marks = self.playback.clear();
                self.marked(marks).await?;
                true
            }
            _ => false,
        };
        if !taken {
            self.warn();
        }
        Ok(())
    }

    async fn marked(&mut self, marks: Vec<String>) -> Result<(), Gone> {
        for name in marks {
            self.say(media::write(&self.name, ToLine::Mark(&name))).await?;
        }
        Ok(())
    }

    /// Lets 20 milliseconds pass.
    async fn tick(&mut self) -> Result<(), Gone> {
        let played = self.playback.tick();
        let mut hears = false;
        if let Some(sound) = played.sound {
            hears = audible(&sound);
            for whisper in self.captions.listen(&sound) {
                match whisper.who {
                    Who::Agent => self.shared.hear(&self.call, &whisper.text, Some(&whisper.language), false),
                    Who::Caller => drop(self.earpiece.send(Heard::Understood(whisper.text))),
                }
            }
            drop(self.earpiece.send(Heard::Sound(sound.into())));
        }
        self.marked(played.marks).await?;
        let sound = Sound::encode(&self.speaker.frame(hears));
        self.say(media::write(&self.name, ToLine::Sound(&sound))).await
    }
}

impl Shared {
    fn open_stream(&self, id: &str, socket: Socket) {
        if let Some(call) = self.book().call_mut(id) {
            call.socket = Some(socket);
        }
        self.changed();
    }

    /// Another stream may have been opened meanwhile.
    fn close_stream(&self, id: &str, name: &str) {
        if let Some(call) = self.book().call_mut(id)
            && call.socket.as_ref().is_some_and(|socket| socket.stream == name)
        {
            call.socket = None;
        }
        self.changed();
    }
}
