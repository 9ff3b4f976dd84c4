//! Calls as a carrier plays them, and what comes of their frames.

use crate::{
    agent::cut,
    carrier::{Carrier, frame, media},
    server::Server,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

/// How many frames of a call may be on the way.
const ON_THE_WAY: usize = 1 << 12;

#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) calls: usize,
    pub(crate) every: Duration,
    pub(crate) time: Duration,
}

pub(crate) struct Measured {
    /// How many frames a second went to the agent and back.
    pub(crate) frames: f64,
    /// Processor time of the server for a frame that went to the agent and back.
    pub(crate) micros_per_frame: f64,
    /// Round trips, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) slowest: f64,
    pub(crate) kib_per_call: f64,
    pub(crate) lost: u64,
}

struct Counts {
    measuring: AtomicBool,
    ending: AtomicBool,
    back: AtomicU64,
}

pub(crate) async fn run(server: &Server, load: Load) -> Measured {
    // The first call brings in what is needed once.
    let counts =
        Arc::new(Counts { measuring: AtomicBool::new(false), ending: AtomicBool::new(false), back: AtomicU64::new(0) });
    let first = begin(server.address, 0).await;
    let empty = server.resident_kib();
    let mut tasks = vec![tokio::spawn(call(first, load, Duration::ZERO, Arc::clone(&counts)))];
    for n in 1..load.calls {
        let socket = begin(server.address, n).await;
        let offset = load.every.mul_f64(n as f64 / load.calls as f64);
        tasks.push(tokio::spawn(call(socket, load, offset, Arc::clone(&counts))));
    }
    time::sleep(Duration::from_secs(1)).await;
    counts.measuring.store(true, Ordering::Relaxed);
    let (began, back) = (server.processor(), counts.back.load(Ordering::Relaxed));
    time::sleep(load.time).await;
    counts.measuring.store(false, Ordering::Relaxed);
    let (used, frames) = (server.processor() - began, counts.back.load(Ordering::Relaxed) - back);
    let full = server.resident_kib();
    counts.ending.store(true, Ordering::Relaxed);
    let (mut trips, mut lost) = (Vec::new(), 0);
    for task in tasks {
        let (some, gone) = task.await.expect("a call");
        trips.extend(some);
        lost += gone;
    }
    trips.sort_unstable();
    let at = |part: f64| f64::from(trips.get((trips.len() as f64 * part) as usize).copied().unwrap_or(0)) / 1_000.0;
    Measured {
        frames: frames as f64 / load.time.as_secs_f64(),
        micros_per_frame: used * 1e6 / frames.max(1) as f64,
        p50: at(0.5),
        p99: at(0.99),
        slowest: f64::from(trips.last().copied().unwrap_or(0)) / 1_000.0,
        kib_per_call: (full - empty) / (load.calls - 1).max(1) as f64,
        lost,
    }
}

/// A call whose first frame came back.
async fn begin(server: SocketAddr, n: usize) -> WebSocketStream<TcpStream> {
    let mut carrier = Carrier::open(server).await;
    carrier.start(&n.to_string()).await;
    carrier.says(&frame(usize::MAX)).await;
    carrier.socket.next().await.expect("an answer").expect("the frame");
    carrier.socket
}

/// The number of a frame that came back.
fn number(text: &str) -> Option<u64> {
    let sound = STANDARD.decode(&text[cut(text, r#""payload":""#)?]).ok()?;
    sound.first_chunk().copied().map(u64::from_be_bytes)
}

/// Plays it; gives the round trips that were measured, in microseconds, and how many frames never came back.
async fn call(
    mut socket: WebSocketStream<TcpStream>,
    load: Load,
    offset: Duration,
    counts: Arc<Counts>,
) -> (Vec<u32>, u64) {
    let mut ticks = time::interval_at(time::Instant::now() + offset, load.every);
    let mut sent_at = vec![Instant::now(); ON_THE_WAY];
    let (mut sent, mut back, mut trips) = (0_usize, 0_u64, Vec::new());
    let mut ending: Option<time::Instant> = None;
    loop {
        let patience = ending.unwrap_or_else(|| time::Instant::now() + Duration::from_secs(3_600));
        tokio::select! {
            _ = ticks.tick(), if ending.is_none() => {
                if counts.ending.load(Ordering::Relaxed) {
                    ending = Some(time::Instant::now() + Duration::from_secs(5));
                    if back == sent as u64 { break; }
                    continue;
                }
                sent_at[sent % ON_THE_WAY] = Instant::now();
                if socket.send(Message::text(media(&frame(sent)))).await.is_err() { break; }
                sent += 1;
            }
            told = socket.next() => {
                let Some(Ok(Message::Text(text))) = told else { break };
                let Some(number) = number(&text) else { continue };
                // In order, and each once.
                assert_eq!(number, back, "out of order");
                back += 1;
                counts.back.fetch_add(1, Ordering::Relaxed);
                if counts.measuring.load(Ordering::Relaxed) {
                    trips.push(u32::try_from(sent_at[number as usize % ON_THE_WAY].elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                if ending.is_some() && back == sent as u64 { break; }
            }
            () = time::sleep_until(patience), if ending.is_some() => break,
        }
    }
    let _ = socket.send(Message::text(r#"{"event":"stop"}"#)).await;
    let _ = socket.close(None).await;
    (trips, sent as u64 - back)
}
