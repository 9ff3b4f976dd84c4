//! The relay. 3CX sends no webhooks about calls: what it does say, on the socket of its Call Control API, is told here as
//! the webhook that [`receive`](crate::receive) takes, signed with the same secret, so that all calls come by one door.

mod post;
mod track;

use crate::{
    config::Clock,
    control::{CallControl, HappeningKind, Heard, Participant, Socket},
    names::Names,
    numbers::Numbers,
    sounds::Sounds,
};
use frontdesk_core::ports::{FromLine, PortResult, WebhookRequest};
use futures_util::future::BoxFuture;
use post::Posts;
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use track::{News, Tracker};

/// Takes a webhook through the door, and gives the status of the answer.
pub type Deliver = Arc<dyn Fn(WebhookRequest) -> BoxFuture<'static, u16> + Send + Sync>;

/// The pauses before the socket is opened again; the last one goes on.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
/// A socket that held for so long was well: the pauses begin anew.
const WELL: Duration = Duration::from_secs(60);

/// Listens to a PBX.
pub(crate) struct Relay {
    pub(crate) control: Arc<CallControl>,
    pub(crate) names: Arc<Names>,
    /// Conversations, which are told of keys and ends.
    pub(crate) sounds: Arc<Sounds>,
    pub(crate) numbers: Numbers,
    pub(crate) secret: SecretString,
    pub(crate) clock: Clock,
    /// The pauses before something is posted once more.
    pub(crate) patience: [Duration; 2],
}

impl Relay {
    /// Listens and tells, until it is dropped. Whatever breaks is mended, and said in the log.
    pub(crate) async fn run(&self, deliver: Deliver) {
        let (posts, telling) = Posts::open(self, deliver);
        let listening = async {
            let mut tracker = Tracker::new();
            let mut failures = 0;
            loop {
                let begun = Instant::now();
                let why = self.listen(&mut tracker, &posts).await;
                if begun.elapsed() >= WELL {
                    failures = 0;
                }
                tracing::warn!(why, "the calls of the PBX are not heard; it is tried again");
                let pause = PAUSES.get(failures).or(PAUSES.last()).copied().unwrap_or_default();
                failures += 1;
                tokio::time::sleep(pause).await;
            }
        };
        tokio::join!(listening, telling);
    }

    /// Until the socket breaks; says why it did.
    async fn listen(&self, tracker: &mut Tracker, posts: &Posts) -> String {
        // Opened before everything is read: what happens meanwhile waits in it.
        let mut socket = match self.control.socket().await {
            Ok(socket) => socket,
            Err(error) => return error.to_string(),
        };
        match self.look(tracker, posts).await {
            Ok(()) => {}
            Err(error) => return error.to_string(),
        }
        tracing::info!("the calls of the PBX are heard");
        match self.follow(&mut socket, tracker, posts).await {
            Ok(why) => why.to_owned(),
            Err(error) => error.to_string(),
        }
    }

    async fn follow(&self, socket: &mut Socket, tracker: &mut Tracker, posts: &Posts) -> PortResult<&'static str> {
        let mut last: Option<u64> = None;
        loop {
            let happening = match socket.next().await {
                Heard::Happened(happening) => happening,
                Heard::Over(why) => return Ok(why),
            };
            let missed = last.zip(happening.sequence).is_some_and(|(last, now)| now != last.wrapping_add(1));
            last = happening.sequence.or(last);
            if missed {
                // Whatever was missed shows in what there is now; what this message says as well.
                self.look(tracker, posts).await?;
                continue;
            }
            let Some((dn, id)) = happening.participant else { continue };
            // What it is now is asked for. It may be gone already.
            let there = match happening.kind {
                HappeningKind::Other => continue,
                HappeningKind::Keys(keys) => {
                    keys.chars().for_each(|key| self.sounds.tell(&dn, id, FromLine::Digit(key)));
                    continue;
                }
                HappeningKind::Remove => None,
                HappeningKind::Upsert => self.control.participant(&dn, id).await?,
            };
            let news = match there {
                Some(part) => tracker.upsert(&self.names, &Participant { dn, id, ..part }, self.clock.now()),
                None => {
                    self.sounds.tell(&dn, id, FromLine::Ended);
                    tracker.remove(&self.names, &dn, id, self.clock.now()).into_iter().collect()
                }
            };
            self.tell(news, posts).await;
        }
    }

    /// Reads everything, and tells what differs.
    async fn look(&self, tracker: &mut Tracker, posts: &Posts) -> PortResult<()> {
        let extensions = self.control.extensions().await?;
        let parts = extensions.into_iter().flat_map(|extension| {
            let dn = extension.dn;
            extension.participants.into_iter().map(move |part| Participant { dn: dn.clone(), ..part })
        });
        let news = tracker.all(&self.names, parts.collect(), self.clock.now());
        self.tell(news, posts).await;
        Ok(())
    }

    async fn tell(&self, news: Vec<News>, posts: &Posts) {
        for news in news {
            posts.tell(news).await;
        }
    }
}
