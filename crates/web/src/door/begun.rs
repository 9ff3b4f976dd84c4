//! Work that goes on to its end once it is begun. It is done by the webhook's own task, for that costs nothing; only when
//! the webhook does not wait for the end (its deadline has come, whoever sent it has hung up) it becomes a task of its own.

use crate::app::App;
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    any::Any,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Why there is no result.
pub(super) enum Unfinished {
    /// The deadline has come; the work goes on.
    Late,
    /// The work panicked. What it said is for the panic hook.
    Broken,
}

/// Does this until the deadline of webhooks. It counts as begun at once, before anybody waits for it.
pub(super) fn within_deadline<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = Result<T, Unfinished>> {
    // Boxed here and not by a future of ours, which would hold it twice: as it was given, and as it waits.
    let begun = Begun { work: Some(AssertUnwindSafe(work).catch_unwind().boxed()), tasks: &app.tasks };
    tokio::time::timeout(app.limits.webhook_deadline, begun).map(|done| match done {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Unfinished::Broken),
        Err(_) => Err(Unfinished::Late),
    })
}

type Caught<T> = Result<T, Box<dyn Any + Send>>;

struct Begun<'a, T: Send + 'static> {
    /// `None` once it is done.
    work: Option<BoxFuture<'static, Caught<T>>>,
    tasks: &'a TaskTracker,
}

impl<T: Send + 'static> Future for Begun<'_, T> {
    type Output = Caught<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Caught<T>> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let done = ready!(work.as_mut().poll(cx));
        self.work = None;
        Poll::Ready(done)
    }
}

impl<T: Send + 'static> Drop for Begun<'_, T> {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, and every task with it.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            self.tasks.spawn_on(work, &runtime);
        }
    }
}
