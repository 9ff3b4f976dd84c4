//! The telephone of a call that is connected with a media stream: what is said into it, what is heard from it.

use super::super::{Carrier, Wrong};
use bytes::Bytes;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// Pieces of sound from a microphone that may wait; more are lost, as on a real line.
const SPOKEN: usize = 50;
/// What may wait for a page that is slow; it misses what is older.
const HEARD: usize = 100;

/// What comes out of the telephone.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// 20 milliseconds of mu-law. There is silence where none comes.
    Sound(Bytes),
    /// What came and was not heard yet is void.
    Clear,
    /// What the other side has understood of what was said.
    Understood(String),
}

/// Both halves of a telephone, for whoever holds it.
pub(crate) struct Handset {
    /// Takes mu-law, 8,000 bytes a second.
    pub(crate) microphone: mpsc::Sender<Bytes>,
    /// Closes when the stream ends.
    pub(crate) earpiece: broadcast::Receiver<Heard>,
    /// Cancelled when somebody else takes the telephone.
    pub(crate) taken: CancellationToken,
}

/// Where a telephone is plugged in.
pub(in super::super) struct Socket {
    /// The name of the stream.
    pub(super) stream: String,
    microphone: mpsc::Sender<Bytes>,
    earpiece: broadcast::Sender<Heard>,
    taken: CancellationToken,
}

impl Socket {
    /// A socket, what comes from the microphone, and where what is heard goes.
    pub(super) fn new(stream: &str) -> (Self, mpsc::Receiver<Bytes>, broadcast::Sender<Heard>) {
        let (microphone, spoken) = mpsc::channel(SPOKEN);
        let earpiece = broadcast::Sender::new(HEARD);
        let taken = CancellationToken::new();
        (Self { stream: stream.to_owned(), microphone, earpiece: earpiece.clone(), taken }, spoken, earpiece)
    }

    /// Takes the telephone from whoever holds it.
    fn take(&mut self) -> Handset {
        std::mem::take(&mut self.taken).cancel();
        Handset { microphone: self.microphone.clone(), earpiece: self.earpiece.subscribe(), taken: self.taken.clone() }
    }
}

impl Carrier {
    /// Takes the telephone of a call that is connected with a media stream; whoever held it before loses it.
    ///
    /// # Errors
    /// [`Wrong::State`] when the call is connected with none.
    pub(crate) fn handset(&self, id: &str) -> Result<Handset, Wrong> {
        let mut book = self.0.book();
        let call = book.call_mut(id).ok_or(Wrong::Unknown)?;
        let socket = call.socket.as_mut();
        socket.map(Socket::take).ok_or(Wrong::State("nobody listens on this call right now"))
    }
}
