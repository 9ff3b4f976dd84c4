//! A caller at the route point speaks with a voice agent of ours: their sound is fetched, the agent's is sent, and both are
//! joined by whoever runs the conversation.

use crate::{
    NAME,
    control::{CallControl, Participant},
};
use bytes::Bytes;
use frontdesk_core::{
    ports::{FromLine, LineStart, LiveLine, Pieces, PortResult},
    sound::{AudioFormat, Sound},
};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::{Mutex, mpsc},
    task::AbortHandle,
    time::timeout,
};
use tokio_util::sync::PollSender;

/// PCM, signed 16 bits, 8,000 samples a second.
const FORMAT: AudioFormat = AudioFormat::Pcm16(8_000);
/// Whatever the PBX was sent is played, so that no more than this is sent ahead: it is what a caller who interrupts still
/// hears. 20 to 200 ms a piece.
const PIECES: Pieces = Pieces { least: 320, most: 3_200, step: 2, ahead: Some(200) };
/// The most pieces on the way to the request that sends them.
const ON_THE_WAY: usize = 8;
/// The most that waits to be told to the conversation.
const TOLD: usize = 32;
/// A PBX that sends no sound for so long is asked whether the caller is still there.
const QUIET: Duration = Duration::from_secs(8);
/// How long it may take to say so: somebody speaks to them meanwhile.
const SAYS_WITHIN: Duration = Duration::from_secs(2);

/// A caller's sound, both ways.
pub(crate) struct Talking {
    says: BoxStream<'static, FromLine>,
    hears: PollSender<Bytes>,
}

/// What is kept of it here.
pub(crate) struct Ends {
    /// What the caller is to hear.
    pub(crate) heard: mpsc::Receiver<Bytes>,
    /// What is told to the conversation.
    pub(crate) told: mpsc::Sender<FromLine>,
}

impl Talking {
    pub(crate) fn new(
        control: Arc<CallControl>,
        part: &Participant,
        sound: impl Stream<Item = PortResult<Bytes>> + Send + 'static,
    ) -> (Self, Ends) {
        let (hears, heard) = mpsc::channel(ON_THE_WAY);
        let (told, tells) = mpsc::channel(TOLD);
        let says = Says { control, part: part.clone(), sound: sound.boxed(), tells, half: None, over: false };
        let says = futures_util::stream::unfold(says, |mut says| async move { Some((says.next().await?, says)) });
        (Self { says: says.boxed(), hears: PollSender::new(hears) }, Ends { heard, told })
    }
}

/// How the conversation begins, for whoever joins it.
pub(crate) fn start(call: &str, part: &Participant, parameters: Vec<(String, String)>) -> LineStart {
    LineStart {
        stream: format!("{NAME}:{}:{}", part.dn, part.id),
        provider_call_id: call.to_owned(),
        parameters: parameters.into_iter().collect(),
        format: FORMAT,
    }
}

impl LiveLine for Talking {
    fn pieces(&self) -> Pieces {
        PIECES
    }

    fn poll_told(&mut self, cx: &mut Context<'_>) -> Poll<Option<FromLine>> {
        self.says.poll_next_unpin(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.hears.poll_reserve(cx).map(|room| room.is_ok())
    }

    fn send(&mut self, raw: Vec<u8>) -> bool {
        self.hears.send_item(raw.into()).is_ok()
    }
}

/// What the caller says and does.
struct Says {
    control: Arc<CallControl>,
    part: Participant,
    sound: BoxStream<'static, PortResult<Bytes>>,
    tells: mpsc::Receiver<FromLine>,
    /// The first half of a sample whose second half is still to come.
    half: Option<u8>,
    over: bool,
}

impl Says {
    async fn next(&mut self) -> Option<FromLine> {
        while !self.over {
            let piece = tokio::select! {
                biased;
                Some(told) = self.tells.recv() => {
                    self.over = told == FromLine::Ended;
                    return Some(told);
                }
                piece = timeout(QUIET, self.sound.next()) => piece,
            };
            match piece {
                Ok(Some(Ok(raw))) => {
                    if let Some(sound) = self.whole(&raw) {
                        return Some(FromLine::Sound(sound));
                    }
                }
                // It ends with the caller, who is gone then, or with the connection.
                Ok(Some(Err(_)) | None) => {
                    self.over = true;
                    return (is_there(&self.control, &self.part).await == Some(false)).then_some(FromLine::Ended);
                }
                Err(_) => match is_there(&self.control, &self.part).await {
                    Some(true) => return Some(FromLine::Nothing),
                    Some(false) => {
                        self.over = true;
                        return Some(FromLine::Ended);
                    }
                    None => {}
                },
            }
        }
        None
    }

    /// Whole samples; half a one waits for the rest of it.
    fn whole(&mut self, raw: &[u8]) -> Option<Sound> {
        let mut raw: Vec<u8> = self.half.take().into_iter().chain(raw.iter().copied()).collect();
        if raw.len() % 2 == 1 {
            self.half = raw.pop();
        }
        (!raw.is_empty()).then(|| Sound::encode(&raw))
    }
}

/// Whether a caller is still at our route point, in this call; `None` where the PBX does not say.
async fn is_there(control: &CallControl, part: &Participant) -> Option<bool> {
    let asked = timeout(SAYS_WITHIN, control.participant(&part.dn, part.id)).await;
    match asked.ok()?.ok()? {
        Some(there) => Some(there.callid == part.callid),
        None => Some(false),
    }
}

/// Sends what the caller is to hear, from the first word on: until then they hear what they heard.
pub(crate) async fn speak(control: Arc<CallControl>, part: Participant, music: Option<AbortHandle>, ends: Ends) {
    let Ends { mut heard, told } = ends;
    let Some(first) = heard.recv().await else { return };
    if let Some(music) = music {
        music.abort();
    }
    // A request that is made anew, with another token, goes on where the one before was.
    let pieces = Arc::new(Mutex::new((Some(first), heard)));
    let sound = || {
        futures_util::stream::unfold(Arc::clone(&pieces), |pieces| async move {
            let piece = {
                let mut pieces = pieces.lock().await;
                match pieces.0.take() {
                    Some(first) => first,
                    None => pieces.1.recv().await?,
                }
            };
            Some((piece, pieces))
        })
    };
    if let Err(error) = control.play(&part.dn, part.id, sound).await {
        tracing::debug!(%error, "a caller does not hear the voice agent to its end; most have hung up");
    }
    // Dropped before, what is here would say that the way broke.
    if !told.is_closed() && is_there(&control, &part).await == Some(false) {
        let _ = told.try_send(FromLine::Ended);
        told.closed().await;
    }
}
