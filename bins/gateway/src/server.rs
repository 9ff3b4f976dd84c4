//! The HTTP server: who may be connected, and how long each may take.
//!
//! A carrier's webhook must find a free connection, so nobody may hold one by being slow or silent.

use axum::{
    Router,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{Instant, Sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// How long accepting rests when the system gives no more sockets.
const BREATH: Duration = Duration::from_millis(200);

/// Bounds on what a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From connecting, or from the first byte of a later request, to the end of its headers.
    pub headers: Duration,
    /// Between two requests of one connection, and for taking in a piece of an answer.
    pub idle: Duration,
    /// Open at once; who comes later waits.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { headers: Duration::from_secs(10), idle: Duration::from_secs(75), connections: 4_096 }
    }
}

/// Serves until `closing` is cancelled; then takes nobody more, and returns once everybody who is connected was answered.
///
/// Each request carries the client's address as [`ConnectInfo`].
///
/// # Errors
/// When the socket cannot be listened on any more.
pub async fn serve(socket: TcpListener, router: Router, bounds: Bounds, closing: CancellationToken) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let connections = TaskTracker::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            socket.accept().await.map(|(stream, peer)| (stream, peer, place))
        };
        let (stream, peer, place) = tokio::select! {
            () = closing.cancelled() => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                // The one who called is gone again.
                Err(error) if is_theirs(&error) => continue,
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted; tried again in a moment");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        let (router, closing) = (router.clone(), closing.clone());
        connections.spawn(async move {
            converse(stream, peer, router, bounds, &closing).await;
            drop(place);
        });
    }
    drop(socket);
    connections.close();
    connections.wait().await;
    Ok(())
}

fn is_theirs(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, bounds: Bounds, closing: &CancellationToken) {
    // Answers are small and written whole: waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it was read");
        return;
    }
    let heads = Arc::new(AtomicU64::new(0));
    let io = TokioIo::new(Hurried::new(stream, bounds, Arc::clone(&heads)));
    let service = service_fn(move |mut request: Request<Incoming>| {
        // Odd while a request is being answered, even while one is awaited.
        heads.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        let (answer, heads) = (router.clone().oneshot(request), Arc::clone(&heads));
        async move {
            let answer = answer.await;
            // A socket that was upgraded is its new owner's, who has bounds of their own: no request is awaited on it.
            if answer.as_ref().is_ok_and(|answer| answer.status() != StatusCode::SWITCHING_PROTOCOLS) {
                heads.fetch_add(1, Ordering::Relaxed);
            }
            answer
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        // Of this timer only the idle time is used: the shorter one for headers begins with their first byte.
        .header_read_timeout(bounds.idle)
        .serve_connection(io, service)
        .with_upgrades();
    let mut served = pin!(served);
    let mut asked = false;
    let ended = loop {
        tokio::select! {
            ended = served.as_mut() => break ended,
            () = closing.cancelled(), if !asked => {
                asked = true;
                served.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A connection that breaks off when the client takes too long over the headers of a request, or takes nothing in.
struct Hurried {
    stream: TcpStream,
    bounds: Bounds,
    /// Odd while a request is being answered, even while one is awaited.
    heads: Arc<AtomicU64>,
    /// The value of `heads` that `reading` was begun for.
    begun: Option<u64>,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Hurried {
    fn new(stream: TcpStream, bounds: Bounds, heads: Arc<AtomicU64>) -> Self {
        let reading = Box::pin(tokio::time::sleep(bounds.headers));
        Self { stream, bounds, heads, begun: Some(0), reading, writing: None }
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.writing = None;
            return done;
        }
        let idle = self.bounds.idle;
        let wait = self.writing.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
        if wait.as_mut().poll(cx).is_ready() { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { Poll::Pending }
    }
}

impl AsyncRead for Hurried {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut me.stream).poll_read(cx, buffer);
        let heads = me.heads.load(Ordering::Relaxed);
        let awaited = heads.is_multiple_of(2);
        if awaited && me.begun != Some(heads) && buffer.filled().len() > before {
            me.begun = Some(heads);
            me.reading.as_mut().reset(Instant::now() + me.bounds.headers);
        }
        let late = awaited && me.begun == Some(heads) && read.is_pending() && me.reading.as_mut().poll(cx).is_ready();
        if late { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { read }
    }
}

impl AsyncWrite for Hurried {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let done = Pin::new(&mut me.stream).poll_write(cx, bytes);
        me.written(cx, done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let done = Pin::new(&mut me.stream).poll_write_vectored(cx, pieces);
        me.written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn open(bounds: Bounds) -> SocketAddr {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }));
        tokio::spawn(serve(socket, router, bounds, CancellationToken::new()));
        address
    }

    /// What is sent and then nothing more; how long it takes until the server hangs up, on a clock that runs by itself.
    async fn until_hung_up(said: &[u8]) -> (String, Duration) {
        let address = open(Bounds::default()).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(said).await.unwrap();
        let begun = Instant::now();
        let mut heard = Vec::new();
        // A connection that is reset is closed as well.
        drop(client.read_to_end(&mut heard).await);
        (String::from_utf8(heard).unwrap(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_hung_up_on() {
        let (_, after) = until_hung_up(b"").await;
        assert!(after >= Duration::from_secs(9) && after < Duration::from_secs(15), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_do_not_end_are_not_waited_for() {
        let (_, after) = until_hung_up(b"GET / HTTP/1.1\r\nhost: here\r\nx-slow: ").await;
        assert!(after >= Duration::from_secs(9) && after < Duration::from_secs(15), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answered_client_may_be_idle_for_a_while_and_no_longer() {
        let (heard, after) = until_hung_up(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await;
        assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("127.0.0.1"), "{heard}");
        assert!(after >= Duration::from_secs(70) && after < Duration::from_secs(90), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_headers_of_a_later_request_have_their_own_time() {
        let address = open(Bounds::default()).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let mut piece = [0; 1024];
        assert!(client.read(&mut piece).await.unwrap() > 0);
        tokio::time::sleep(Duration::from_secs(30)).await;
        client.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
        let begun = Instant::now();
        drop(client.read_to_end(&mut Vec::new()).await);
        let after = begun.elapsed();
        assert!(after >= Duration::from_secs(9) && after < Duration::from_secs(15), "{after:?}");
    }

    /// Switches to a protocol in which everything is said back.
    async fn echo(mut request: axum::extract::Request) -> axum::response::Response {
        let socket = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut socket = TokioIo::new(socket.await.unwrap());
            let mut piece = [0; 64];
            while let Ok(read @ 1..) = socket.read(&mut piece).await {
                socket.write_all(&piece[..read]).await.unwrap();
            }
        });
        let answer = axum::http::Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let answer = answer.header("connection", "upgrade").header("upgrade", "echo");
        answer.body(axum::body::Body::empty()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_was_upgraded_may_be_silent_for_as_long_as_it_likes() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let router = Router::new().route("/", get(echo));
        tokio::spawn(serve(socket, router, Bounds::default(), CancellationToken::new()));
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
            .await
            .unwrap();
        let mut piece = [0; 1024];
        assert!(client.read(&mut piece).await.unwrap() > 0);
        for _ in 0..3 {
            client.write_all(b"?").await.unwrap();
            assert_eq!(client.read(&mut piece).await.unwrap(), 1);
            tokio::time::sleep(Duration::from_secs(300)).await;
        }
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_for_its_turn() {
        let address = open(Bounds { connections: 1, ..Bounds::default() }).await;
        let first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut heard = String::new();
        let answer = second.read_to_string(&mut heard);
        let mut answer = pin!(answer);
        tokio::select! {
            biased;
            _ = answer.as_mut() => panic!("it was served beside the first"),
            () = tokio::time::sleep(Duration::from_millis(50)) => drop(first),
        }
        answer.await.unwrap();
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
    }
}
