//! The live timeline: tells every page that something happened, wherever it happened.

use frontdesk_core::ports::IvrStore;
use frontdesk_store::Store;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many timeline lines a slow page may lag behind.
const FEED: usize = 4096;
/// How often the timeline of other gateways on the same PostgreSQL is looked at.
const FEED_POLL: Duration = Duration::from_secs(1);

/// Passes on the position of every new timeline line; those of other gateways are found by looking.
pub(crate) fn pass_on(store: &Store, stopping: &CancellationToken, tasks: &TaskTracker) -> broadcast::Sender<i64> {
    let (sender, _) = broadcast::channel(FEED);
    let (store, stopping, out) = (store.clone(), stopping.clone(), sender.clone());
    let shared = store.backend() == "postgres";
    tasks.spawn(async move {
        let mut lines = store.subscribe();
        let mut last = 0;
        let mut look = tokio::time::interval(FEED_POLL);
        loop {
            let seq = tokio::select! {
                () = stopping.cancelled() => break,
                line = lines.recv() => match line {
                    Ok(line) => line.seq,
                    // Whoever listens catches up from the position.
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                _ = look.tick(), if shared && out.receiver_count() > 0 => match store.last_seq().await {
                    Ok(seq) => seq,
                    Err(_) => continue,
                },
            };
            if seq > last || !shared {
                last = seq.max(last);
                // Nobody listening is fine.
                let _ = out.send(seq);
            }
        }
    });
    sender
}
