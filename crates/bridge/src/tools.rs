//! What agents want done, beside the audio.

use crate::bridge::Shared;
use frontdesk_core::{
    id::CallId,
    ports::{ToolAnswer, ToolCall},
};
use futures_util::FutureExt;
use serde_json::json;
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// Between two tries of a wish that could not be told.
const PAUSE: Duration = Duration::from_millis(200);

const BUSY: &str = "Too much is asked for at once. Wait for the other answers, then ask again.";
const SLOW: &str = "This took too long, and it is not known whether it was done. Tell the caller that somebody will look \
                    at it, and do not promise anything.";
const BROKEN: &str = "This could not be done now. Tell the caller that somebody will look at it.";

/// The wishes of one conversation.
pub(crate) struct Tools {
    running: usize,
    done: mpsc::Receiver<(String, ToolAnswer)>,
    /// Given to each wish that is worked on.
    tell: mpsc::Sender<(String, ToolAnswer)>,
}

impl Tools {
    pub(crate) fn new(most: usize) -> Self {
        let (tell, done) = mpsc::channel(most.max(1));
        Self { running: 0, done, tell }
    }

    /// Begins to work on a wish. It is worked on to its end even if the caller hangs up meanwhile: they asked for it.
    /// `Some` is the answer where that is known at once.
    pub(crate) fn begin(&mut self, shared: &Arc<Shared>, call: CallId, wish: ToolCall) -> Option<(String, ToolAnswer)> {
        if self.running >= shared.settings.tools {
            return Some((wish.id, failed(BUSY)));
        }
        self.running += 1;
        let (shared, tell) = (Arc::clone(shared), self.tell.clone());
        let within = shared.settings.tool_within;
        shared.tasks.clone().spawn(async move {
            let work = AssertUnwindSafe(work(&shared, call, &wish)).catch_unwind();
            let answer = match timeout(within, work).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => failed(BROKEN),
                Err(_) => failed(SLOW),
            };
            // Nobody listens any more once the conversation is over.
            let _ = tell.send((wish.id, answer)).await;
        });
        None
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(String, ToolAnswer)> {
        // Asked with every frame, of which most come while nothing is worked on.
        if self.running == 0 {
            return Poll::Pending;
        }
        match self.done.poll_recv(cx) {
            Poll::Ready(Some(answer)) => {
                self.running = self.running.saturating_sub(1);
                Poll::Ready(answer)
            }
            // Never closed: a sender is kept here.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

async fn work(shared: &Shared, call: CallId, wish: &ToolCall) -> ToolAnswer {
    loop {
        match shared.attendant.tool(call, wish).await {
            Ok(answer) => return answer,
            // The same wish told again is done once.
            Err(error) if error.retryable() => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "an agent's wish could not be met");
                return failed(BROKEN);
            }
        }
    }
}

fn failed(why: &str) -> ToolAnswer {
    ToolAnswer { result: json!({ "error": why }), failed: true, then: None }
}
