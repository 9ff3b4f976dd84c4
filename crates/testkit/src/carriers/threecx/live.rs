//! What is live: the socket, and the sound of calls.

use super::{ThreeCx, api::refusal};
use axum::{
    body::Body,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;

pub(super) async fn socket(State(pbx): State<ThreeCx>, upgrade: WebSocketUpgrade) -> Response {
    let news = pbx.0.news.subscribe();
    upgrade.on_upgrade(move |socket| tell(pbx, socket, news))
}

async fn tell(pbx: ThreeCx, mut socket: WebSocket, mut news: tokio::sync::broadcast::Receiver<String>) {
    let mut sockets = pbx.0.sockets.subscribe();
    sockets.mark_unchanged();
    pbx.state().opened += 1;
    pbx.touch();
    loop {
        tokio::select! {
            message = news.recv() => match message {
                Ok(message) => {
                    if socket.send(Message::Text(message.into())).await.is_err() {
                        return;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            // Pings are answered by reading.
            message = socket.recv() => match message {
                Some(Ok(_)) => {}
                _ => return,
            },
            _ = sockets.changed() => return,
        }
    }
}

fn at_route_point(pbx: &ThreeCx, dn: &str) -> bool {
    pbx.state().extensions.get(dn).is_some_and(|extension| extension.kind == "Wroutepoint")
}

/// What the caller hears: played until it ends or the caller goes.
pub(super) async fn hears(
    State(pbx): State<ThreeCx>,
    Path((dn, id)): Path<(String, u64)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let key = (dn.clone(), id);
    let Some(part) = pbx.state().parts.get(&key).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let octets = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
    if !at_route_point(&pbx, &dn) || !octets {
        return refusal(422, "no sound here");
    }
    let gone = pbx.until(|pbx| !pbx.state().parts.contains_key(&key));
    let mut pieces = body.into_data_stream();
    let hearing = async {
        while let Some(Ok(piece)) = pieces.next().await {
            pbx.state().sound.entry(part.callid).or_default().extend(&piece);
            pbx.touch();
        }
    };
    tokio::select! {
        () = hearing => StatusCode::OK.into_response(),
        () = gone => StatusCode::GONE.into_response(),
    }
}

/// What the caller says: a second of a tone, and then what the test has them say, until they go or are cut off.
pub(super) async fn says(State(pbx): State<ThreeCx>, Path((dn, id)): Path<(String, u64)>) -> Response {
    let key = (dn.clone(), id);
    let Some(callid) = pbx.state().parts.get(&key).map(|part| part.callid) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !at_route_point(&pbx, &dn) {
        return refusal(422, "no sound here");
    }
    let tone = futures_util::stream::once(async { Ok::<_, std::io::Error>(vec![7_u8; 16_000]) });
    let said = futures_util::stream::unfold(0, move |at| {
        let (pbx, key) = (pbx.clone(), key.clone());
        async move {
            let said = |pbx: &ThreeCx| pbx.state().said.get(&callid).map_or(0, Vec::len);
            let over = |pbx: &ThreeCx| {
                let state = pbx.state();
                !state.parts.contains_key(&key) || state.cut.contains(&callid)
            };
            pbx.until(|pbx| over(pbx) || said(pbx) > at).await;
            if over(&pbx) {
                return None;
            }
            let piece = pbx.state().said[&callid][at..].to_vec();
            let next = at + piece.len();
            Some((Ok(piece), next))
        }
    });
    Body::from_stream(tone.chain(said)).into_response()
}
