//! Callers of an IVR: each connection tells five presses a call, at its own even pace or as fast as it goes.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

const STEPS: [&str; 5] = ["language", "state", "service", "model", "hp"];
/// Opens the hook.
pub(crate) const SECRET: &str = "soak-webhook-secret";

/// What came of a stretch.
pub(crate) struct Measured {
    pub(crate) presses: u64,
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Tells presses for so long. `pace`: how many a second in all.
pub(crate) fn run(port: u16, connections: usize, span: Duration, pace: Option<f64>, stretch: u64) -> Measured {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for the callers");
    let begun = Instant::now();
    let mut times = runtime.block_on(async {
        let callers: Vec<_> = (0..connections)
            .map(|caller| {
                let gap = pace.map(|pace| Duration::from_secs_f64(connections as f64 / pace));
                let names = (stretch * 1_000 + u64::try_from(caller).unwrap_or(0)) << 32;
                tokio::spawn(caller_of(port, names, begun, span, gap))
            })
            .collect();
        let mut times = Vec::new();
        for caller in callers {
            times.extend(caller.await.expect("a caller does not panic"));
        }
        times
    });
    let took = begun.elapsed();
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or_default();
    let presses = times.len() as u64;
    Measured { presses, per_second: presses as f64 / took.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
}

async fn caller_of(port: u16, names: u64, begun: Instant, span: Duration, gap: Option<Duration>) -> Vec<Duration> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("the gateway listens");
    stream.set_nodelay(true).expect("the socket takes options");
    let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(4096));
    let mut call = names;
    let mut due = begun;
    'calls: loop {
        call += 1;
        let drawn = call.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (at, step) in STEPS.iter().enumerate() {
            if begun.elapsed() >= span {
                break 'calls;
            }
            if let Some(gap) = gap {
                due += gap;
                tokio::time::sleep_until(due.into()).await;
            }
            let keys = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4][usize::try_from(drawn >> (8 * at + 20)).unwrap_or(0) % 10];
            let request = format!(
                "GET /webhook/ivr/{step}?CallSid={drawn:016x}{call:016x}&From=09876543210&To=08047491899\
                 &StartTime=2026-01-23%2010%3A30%3A00&digits=%22{keys}%22&CurrentTime=2026-01-23%2010%3A30%3A{:02} \
                 HTTP/1.1\r\nhost: localhost\r\nx-webhook-secret: {SECRET}\r\n\r\n",
                4 + at * 9
            );
            let asked = Instant::now();
            stream.write_all(request.as_bytes()).await.expect("the gateway reads");
            buffer.clear();
            loop {
                let read = stream.read_buf(&mut buffer).await.expect("the gateway answers");
                assert!(read > 0, "the gateway closed the connection");
                // The body is one JSON object, and the last thing of an answer.
                if buffer.ends_with(b"}") {
                    break;
                }
            }
            assert!(buffer.starts_with(b"HTTP/1.1 200"), "the gateway answered {}", String::from_utf8_lossy(&buffer));
            times.push(asked.elapsed());
        }
    }
    times
}

/// One request by hand; the answer's body.
pub(crate) fn get(port: u16, path: &str, token: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}
