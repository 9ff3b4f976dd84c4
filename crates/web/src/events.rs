//! The live stream: every line of the timeline as server-sent events.

use crate::{
    app::App,
    problem::{Answer, Problem},
    views::EventView,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
    routing::get,
};
use frontdesk_core::ports::StoredEvent;
use futures_util::{Stream, StreamExt, stream};
use std::{collections::VecDeque, convert::Infallible, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, broadcast};

/// How many lines are read at once.
const BATCH: u32 = 200;
/// How many of the lines sent last are remembered, to notice one that was committed late.
const MEMORY: usize = 512;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/events", get(events))
}

/// Everything that happens, as it happens
///
/// `event:` is the kind, `id:` the seq, `data:` a timeline line. With `Last-Event-ID` (or `?last_event_id=`) the stream
/// goes on after that line, without a gap; without it, it begins now.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(
        ("Last-Event-ID" = Option<i64>, Header, description = "Go on after this line"),
        ("last_event_id" = Option<i64>, Query, description = "The same, for those who cannot set headers"),
    ),
    responses(
        (status = 200, description = "A stream of timeline lines", body = EventView, content_type = "text/event-stream"),
        (status = 422, description = "Last-Event-ID is not a number", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many streams are open", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Answer {
    let query = crate::query::Query::of(&uri);
    let header = headers.get("last-event-id").map(|value| value.to_str());
    let given = match header {
        Some(value) => Some(value.unwrap_or("?").trim()),
        None => query.get("last_event_id"),
    };
    let after = given
        .filter(|given| !given.is_empty())
        .map(|given| {
            given
                .parse::<i64>()
                .ok()
                .filter(|seq| *seq >= 0)
                .ok_or_else(|| Problem::field("Last-Event-ID", "must be the id of a line, a number"))
        })
        .transpose()?;
    let lines = follow(app, after).await?.filter_map(|line| async move {
        let kind: String = line.recorded.kind.chars().filter(|c| !c.is_control()).collect();
        let event = sse::Event::default().id(line.seq.to_string()).event(kind);
        event.json_data(EventView::from(line)).ok()
    });
    Ok(respond(lines))
}

/// Streams events to a browser or program, with signs of life.
pub(crate) fn respond(events: impl Stream<Item = sse::Event> + Send + 'static) -> Response {
    let hello = sse::Event::default().comment("live").retry(Duration::from_secs(2));
    let events = stream::iter([hello]).chain(events).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// Every line after `after` (or from now on), in order, until the gateway stops.
pub(crate) async fn follow(app: App, after: Option<i64>) -> Answer<impl Stream<Item = StoredEvent> + Send + use<>> {
    let permit = app.streams.clone().try_acquire_owned().map_err(|_| {
        let detail = "too many live streams are open; close some, or come back later";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    })?;
    // Listening begins before looking back, so that nothing falls between the two.
    let live = (app.live)();
    let last = match after {
        Some(after) => after,
        None => app.store().last_seq().await?,
    };
    let stopping = app.stopping.clone();
    let follower =
        Follower { app, live, last, behind: true, ready: VecDeque::new(), sent: VecDeque::new(), _permit: permit };
    let lines = stream::unfold(follower, |mut follower| async move {
        let line = follower.next().await?;
        Some((line, follower))
    });
    Ok(lines.take_until(stopping.cancelled_owned()))
}

struct Follower {
    app: App,
    live: broadcast::Receiver<i64>,
    last: i64,
    /// Whether the store may have more than was read.
    behind: bool,
    ready: VecDeque<StoredEvent>,
    sent: VecDeque<i64>,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    /// The next line; `None` ends the stream, and the listener comes back with the last id it saw.
    async fn next(&mut self) -> Option<StoredEvent> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                if self.sent.len() == MEMORY {
                    self.sent.pop_front();
                }
                self.sent.push_back(line.seq);
                return Some(line);
            }
            if self.behind {
                let read = self.app.store().events_after(self.last, BATCH).await;
                let lines = read.inspect_err(|error| tracing::warn!(%error, "a live stream ends")).ok()?;
                self.behind = lines.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
                self.last = lines.last().map_or(self.last, |line| line.seq);
                self.ready.extend(lines);
                continue;
            }
            match self.live.recv().await {
                Ok(seq) if seq > self.last => self.behind = true,
                // Numbers are drawn before commits: a line may appear below one that was sent already.
                Ok(seq) if !self.sent.contains(&seq) => self.late(seq).await?,
                Ok(_) => {}
                // What was missed is in the store.
                Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    async fn late(&mut self, seq: i64) -> Option<()> {
        // Older than anything sent on this stream: the listener said that it has it.
        if self.sent.front().is_none_or(|first| seq < *first) {
            return Some(());
        }
        let lines = self.app.store().events_after(seq - 1, 1).await.ok()?;
        self.ready.extend(lines.into_iter().filter(|line| line.seq == seq));
        Some(())
    }
}
