//! The life of a stream, from the upgrade to the close.

use crate::{
    bridge::{Route, Shared},
    meters::Meters,
    session::{Carrier, Session},
};
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use frontdesk_core::{
    id::CallId,
    ports::{AgentStart, FromLine, LineStart, Talk, TalkEnd},
};
use futures_util::FutureExt;
use std::{future::poll_fn, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// Between two tries to keep what came of a conversation; twice as long each time.
const PAUSE: Duration = Duration::from_millis(100);
/// And between two of the last.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Lives it.
pub(crate) async fn live(shared: Arc<Shared>, route: Arc<Route>, mut socket: WebSocket) {
    let _open = route.meters.open();
    let (settings, provider) = (&shared.settings, route.line.name());
    let Ok(Some(start)) = timeout(settings.start_within, begin(&route, &mut socket)).await else {
        route.meters.refused("no_start");
        tracing::info!(provider, "a media stream did not begin");
        return close(socket, close_code::POLICY, settings.close_within).await;
    };
    let began = Instant::now();
    let brief = match admit(&shared, provider, &start).await {
        Ok(brief) => brief,
        Err(Unadmitted::Away) => {
            route.meters.refused("unknown");
            return close(socket, close_code::ERROR, settings.close_within).await;
        }
        Err(Unadmitted::Stranger) => {
            tracing::warn!(provider, "a media stream was refused: its token opens nothing, or was used");
            route.meters.refused("token");
            return close(socket, close_code::POLICY, settings.close_within).await;
        }
    };
    let (line, within) = (Arc::clone(&route.line), settings.close_within);
    let carrier = Carrier::Socket { socket, line, stream: start.stream };
    let (carrier, end) = converse(shared, Arc::clone(&route.meters), carrier, brief, began).await;
    let code = if end == TalkEnd::Stopped { close_code::AWAY } else { close_code::NORMAL };
    if let Carrier::Socket { socket, .. } = carrier {
        close(socket, code, within).await;
    }
}

/// Why a stream is not let in.
pub(crate) enum Unadmitted {
    /// Nobody could be asked.
    Away,
    /// It is none of ours, or was let in before.
    Stranger,
}

/// Asks whether a stream is ours, and what the agent is told of it.
pub(crate) async fn admit(shared: &Shared, provider: &str, start: &LineStart) -> Result<AgentStart, Unadmitted> {
    match timeout(shared.settings.admit_within, shared.attendant.admit(provider, start)).await {
        Ok(Ok(Some(brief))) => Ok(AgentStart { line: start.format, ..brief }),
        Ok(Ok(None)) => Err(Unadmitted::Stranger),
        Ok(Err(error)) => {
            tracing::error!(provider, %error, "it could not be asked whether a media stream is ours");
            Err(Unadmitted::Away)
        }
        Err(_) => {
            tracing::error!(provider, "it took too long to learn whether a media stream is ours");
            Err(Unadmitted::Away)
        }
    }
}

/// The conversation from the first word to what is kept of it; gives the carrier's side back.
pub(crate) async fn converse(
    shared: Arc<Shared>,
    meters: Arc<Meters>,
    carrier: Carrier,
    brief: AgentStart,
    began: Instant,
) -> (Carrier, TalkEnd) {
    let (call, provider) = (brief.call_id, meters.provider());
    meters.begun();
    tracing::info!(provider, %call, "a media stream began");
    let mut session = Box::new(Session::new(Arc::clone(&shared), Arc::clone(&meters), carrier, brief, began));
    let talk = AssertUnwindSafe(poll_fn(|cx| session.poll(cx))).catch_unwind().await;
    let end = talk.unwrap_or_else(|_| {
        tracing::error!(provider, %call, "a media stream panicked");
        TalkEnd::AgentLost
    });
    let (talk, carrier, hang_up) = session.close(end);
    meters.ended(end, talk.dropped);
    // The carrier goes on once its side is closed, and asks what stands after the stream: that must be known by then.
    tokio::join!(hang_up, over(&shared, provider, call, &talk));
    tracing::info!(
        provider,
        %call,
        end = end.as_str(),
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        first_word = talk.first_word_ms,
        interruptions = talk.interruptions,
        dropped = talk.dropped,
        "a media stream ended"
    );
    (carrier, end)
}

/// Waits for the carrier to say which stream it is; `None` when it goes before.
async fn begin(route: &Route, socket: &mut WebSocket) -> Option<Box<LineStart>> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => match route.line.read(&text.into()) {
                Ok(FromLine::Started(start)) => return Some(start),
                Ok(FromLine::Ended) => return None,
                Ok(_) => {}
                Err(_) => route.meters.malformed.increment(1),
            },
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Has it kept; told again while the store is away. The carrier waits only so long for it, and whoever is on the line with
/// it; then it is told on beside the call, which goes on as soon as it is known how.
async fn over(shared: &Arc<Shared>, provider: &str, call: CallId, talk: &Talk) {
    let mut keeping = Box::pin(keep(Arc::clone(shared), provider.to_owned(), call, talk.clone()));
    if timeout(shared.settings.over_within, &mut keeping).await.is_err() {
        tracing::warn!(provider, %call, "the store is away; what came of a conversation is kept once it is back");
        shared.tasks.spawn(keeping);
    }
}

async fn keep(shared: Arc<Shared>, provider: String, call: CallId, talk: Talk) {
    let told = async {
        let mut pause = PAUSE;
        loop {
            match AssertUnwindSafe(shared.attendant.over(call, &talk)).catch_unwind().await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if error.retryable() => sleep(pause).await,
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) => return Err("the attendant panicked".to_owned()),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    };
    let given_up = async {
        shared.stopping.cancelled().await;
        sleep(shared.settings.over_within).await;
    };
    let error = tokio::select! {
        told = timeout(shared.settings.kept_within, told) => match told {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => "the store was away all the time".to_owned(),
        },
        () = given_up => "the store was away, and the gateway stops".to_owned(),
    };
    tracing::error!(provider, %call, error, "what came of a conversation could not be kept");
}

/// Closes the socket. What the other side still sends is read: else its own close would be lost, and ours with it.
async fn close(mut socket: WebSocket, code: u16, within: Duration) {
    let _ = timeout(within, async {
        let frame = CloseFrame { code, reason: Default::default() };
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    })
    .await;
}
