//! A client that costs little: raw HTTP/1.1 over kept-alive connections, every request prepared beforehand.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What each connection sends, in order.
pub(crate) struct Load(pub(crate) Vec<Vec<Vec<u8>>>);

/// What came of it.
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// One request, ready to be written.
pub(crate) fn request(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

impl Load {
    /// Requests without meaning, of the size of a webhook.
    pub(crate) fn plain(connections: usize, each: usize) -> Self {
        let body = format!("{{\"padding\":\"{}\"}}", "x".repeat(380));
        Self(vec![vec![request("/", &[], &body); each]; connections])
    }
}

/// Sends everything on a thread of its own, so that the servers' threads serve.
pub(crate) fn run(address: SocketAddr, load: Load) -> Measured {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for the clients");
    let total: usize = load.0.iter().map(Vec::len).sum();
    let begun = Instant::now();
    let mut times = runtime.block_on(async {
        let clients: Vec<_> = load.0.into_iter().map(|requests| tokio::spawn(client(address, requests))).collect();
        let mut times = Vec::with_capacity(total);
        for client in clients {
            times.extend(client.await.expect("a client does not panic"));
        }
        times
    });
    let took = begun.elapsed();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Measured { per_second: total as f64 / took.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
}

async fn client(address: SocketAddr, requests: Vec<Vec<u8>>) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("the socket takes options");
    let mut times = Vec::with_capacity(requests.len());
    let mut buffer = Vec::with_capacity(8192);
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await.expect("the server reads");
        let status = read_answer(&mut stream, &mut buffer).await;
        assert_eq!(status, 200, "the server answered {}", String::from_utf8_lossy(&buffer));
        times.push(begun.elapsed());
        buffer.clear();
    }
    times
}

/// Reads one answer whole and says its status.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    loop {
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse::<usize>().expect("a number"));
        if buffer.len() >= head + 4 + length {
            return text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        }
    }
}
