//! The socket of a conversation, and the two halves that are held of it. A task of its own reads and writes, so that pings
//! are answered whoever is slow; it lives as long as either half, and no longer than the socket.

use super::{
    fate::{self, End, Wrong},
    inbox::Inbox,
    read::{self, Told},
    write,
};
use crate::rest::failed;
use async_trait::async_trait;
use bytes::Bytes;
use frontdesk_core::ports::{AgentEar, AgentMouth, FromAgent, PortResult, ToAgent, Trouble};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What waits to be sent: sound of little more than half a second.
const OUTGOING: usize = 32;
/// Pings that wait for their pongs; the vendor asks again.
const PINGS: usize = 8;
/// How long a message may take to be sent.
const SENT_WITHIN: Duration = Duration::from_secs(10);
/// After so long a silence we ask whether anybody is there, and after as long again nobody is.
const SILENCE: Duration = Duration::from_secs(20);
/// How long the other side may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// Keys that follow each other sooner are told together.
const BETWEEN_KEYS: Duration = Duration::from_millis(1_200);
/// More keys are not gathered.
const MOST_KEYS: usize = 32;
/// So many wishes are known again.
const WISHES: usize = 256;

enum Out {
    Text(String),
    Key(char),
}

/// What both halves hold: once neither does, the conversation is over.
struct Held(Arc<Notify>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

struct Ear {
    out: mpsc::Sender<Out>,
    held: Arc<Held>,
    over: bool,
}

struct Mouth {
    inbox: Arc<Inbox>,
    _held: Arc<Held>,
}

impl Drop for Mouth {
    fn drop(&mut self) {
        self.inbox.deafen();
    }
}

/// Begins to read and write; gives the two halves.
pub(super) fn start(socket: Socket) -> (Box<dyn AgentEar>, Box<dyn AgentMouth>) {
    let (out, outgoing) = mpsc::channel(OUTGOING);
    let inbox = Arc::new(Inbox::default());
    let over = Arc::new(Notify::new());
    let held = Arc::new(Held(Arc::clone(&over)));
    tokio::spawn(run(socket, Arc::clone(&inbox), outgoing, over));
    let ear = Ear { out, held: Arc::clone(&held), over: false };
    (Box::new(ear), Box::new(Mouth { inbox, _held: held }))
}

#[async_trait]
impl AgentEar for Ear {
    async fn tell(&mut self, told: ToAgent) -> PortResult<()> {
        let out = match told {
            // What is no sound is not passed on: it would be a message of somebody else's making.
            ToAgent::Sound(sound) => match write::sound(&sound) {
                Some(message) => Out::Text(message),
                None => return Ok(()),
            },
            ToAgent::Digit(key) => Out::Key(key),
            ToAgent::Tool { id, answer } => Out::Text(write::tool(&id, &answer)),
        };
        let over = || failed(Trouble::Unavailable, "the conversation is over");
        if self.over {
            return Err(over());
        }
        self.out.send(out).await.map_err(|_| over())
    }

    async fn hang_up(&mut self) {
        self.over = true;
        self.held.0.notify_one();
    }
}

#[async_trait]
impl AgentMouth for Mouth {
    async fn next(&mut self) -> PortResult<Option<FromAgent>> {
        self.inbox.next().await
    }
}

/// Says that it is over even where the task is stopped.
struct Finish(Arc<Inbox>);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finish(End::Broken(Trouble::Unavailable, "the conversation was stopped".to_owned()));
    }
}

async fn run(socket: Socket, inbox: Arc<Inbox>, mut outgoing: mpsc::Receiver<Out>, over: Arc<Notify>) {
    let finish = Finish(Arc::clone(&inbox));
    let (mut sink, mut stream) = socket.split();
    let (signals, mut signalled) = mpsc::channel(PINGS);
    let end = tokio::select! {
        biased;
        () = over.notified() => End::Ours,
        end = Reader::new(&mut stream, &inbox, signals).run() => end,
        end = write(&mut sink, &mut outgoing, &mut signalled) => end,
    };
    // From here on nothing can be told, and what was told is heard to its end.
    drop(outgoing);
    inbox.finish(end);
    drop(finish);
    let goodbye = async {
        let _ = sink.close().await;
        while let Some(Ok(_)) = stream.next().await {}
    };
    let _ = timeout(GOODBYE, goodbye).await;
}

struct Reader<'a> {
    stream: &'a mut SplitStream<Socket>,
    inbox: &'a Inbox,
    signals: mpsc::Sender<Message>,
    /// Sound up to this event is void.
    void: Option<i64>,
    newest: i64,
    wishes: VecDeque<String>,
    wrong: Option<Wrong>,
    hung_up: bool,
}

impl<'a> Reader<'a> {
    fn new(stream: &'a mut SplitStream<Socket>, inbox: &'a Inbox, signals: mpsc::Sender<Message>) -> Self {
        let (wishes, void, newest) = (VecDeque::new(), None, i64::MIN);
        Self { stream, inbox, signals, void, newest, wishes, wrong: None, hung_up: false }
    }

    async fn run(mut self) -> End {
        let end = self.until_the_end().await;
        match end {
            // However the socket ends once the agent is done.
            End::Broken(..) if self.hung_up => End::Theirs,
            End::Theirs if !self.hung_up => {
                self.inbox.put(FromAgent::HungUp, None).await;
                End::Theirs
            }
            end => end,
        }
    }

    async fn until_the_end(&mut self) -> End {
        let mut asked = false;
        loop {
            let message = match timeout(SILENCE, self.stream.next()).await {
                Ok(message) => message,
                Err(_) if asked => {
                    return End::Broken(Trouble::Unavailable, "ElevenLabs has fallen silent".to_owned());
                }
                Err(_) => {
                    asked = true;
                    let _ = self.signals.try_send(Message::Ping(Bytes::new()));
                    continue;
                }
            };
            asked = false;
            match message {
                Some(Ok(Message::Text(text))) => self.take(read::read(&text.into())).await,
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.as_ref().map(|frame| u16::from(frame.code));
                    let reason = frame.as_ref().map_or("", |frame| frame.reason.as_str());
                    return fate::closed(code, reason, self.wrong.as_ref());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return fate::broke(&error, self.wrong.as_ref()),
                None => return fate::closed(None, "", self.wrong.as_ref()),
            }
        }
    }

    async fn take(&mut self, told: Told) {
        match told {
            Told::Sound(sound, event) => {
                self.newest = event.map_or(self.newest, |event| self.newest.max(event));
                let stale = event.is_some() && event <= self.void;
                if !stale {
                    self.inbox.put(FromAgent::Sound(sound), event).await;
                }
            }
            Told::Interrupted(event) => {
                let up_to = event.unwrap_or(self.newest);
                self.void = self.void.max(Some(up_to));
                self.inbox.interrupt(up_to);
            }
            Told::Words(FromAgent::Wants(wish)) if self.wishes.contains(&wish.id) => {}
            Told::Words(told) => {
                if let FromAgent::Wants(wish) = &told {
                    if self.wishes.len() == WISHES {
                        self.wishes.pop_front();
                    }
                    self.wishes.push_back(wish.id.clone());
                }
                self.inbox.put(told, None).await;
            }
            Told::Ping(event) => {
                let _ = self.signals.try_send(Message::text(write::pong(event)));
            }
            Told::Ended if !self.hung_up => {
                self.hung_up = true;
                self.inbox.put(FromAgent::HungUp, None).await;
            }
            Told::Wrong { kind, words } => self.wrong = Some((kind, words)),
            Told::Ended | Told::Begins { .. } | Told::Nothing => {}
        }
    }
}

/// Writes whatever there is to write; signals before anything else.
async fn write(
    sink: &mut SplitSink<Socket, Message>,
    outgoing: &mut mpsc::Receiver<Out>,
    signalled: &mut mpsc::Receiver<Message>,
) -> End {
    let mut keys = String::new();
    let mut told_at = Instant::now();
    let mut ear = true;
    loop {
        let message = tokio::select! {
            biased;
            Some(signal) = signalled.recv() => signal,
            () = sleep_until(told_at), if !keys.is_empty() => Message::text(write::keys(&std::mem::take(&mut keys))),
            out = outgoing.recv(), if ear => match out {
                Some(Out::Text(text)) => Message::text(text),
                Some(Out::Key(key)) => {
                    keys.push(key);
                    told_at = Instant::now() + BETWEEN_KEYS;
                    if key == '#' || keys.len() >= MOST_KEYS {
                        Message::text(write::keys(&std::mem::take(&mut keys)))
                    } else {
                        Message::text(write::activity())
                    }
                }
                // The mouth may still be listened to.
                None => {
                    ear = false;
                    continue;
                }
            },
            else => std::future::pending().await,
        };
        match timeout(SENT_WITHIN, sink.send(message)).await {
            Ok(Ok(())) => {}
            // What is the matter shows where it is read.
            Ok(Err(_)) => std::future::pending().await,
            Err(_) => return End::Broken(Trouble::Unavailable, "ElevenLabs takes nothing any more".to_owned()),
        }
    }
}
