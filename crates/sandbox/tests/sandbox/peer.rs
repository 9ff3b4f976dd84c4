//! Both ends that a pretended call has when it streams: who stands where the gateway's media socket would be, and the
//! browser phone's page.

use crate::common::{Bench, say, soon};
use bytes::Bytes;
use frontdesk_core::{
    ports::{FromLine, LineStart, MediaLine, ToLine, WebhookRequest},
    reply::Verb,
};
use frontdesk_sandbox::Sandbox;
use futures_util::{SinkExt, StreamExt};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async,
    tungstenite::{
        Error, Message,
        handshake::server::{ErrorResponse, Request, Response},
    },
};

pub(crate) fn stream_to(url: &str) -> Verb {
    let parameters = vec![("token".to_owned(), "once".to_owned())];
    Verb::Stream { url: url.to_owned(), parameters }
}

/// Takes one stream.
pub(crate) struct Peer {
    pub(crate) url: String,
    pub(crate) upgrade: Option<WebhookRequest>,
    adapter: Arc<Sandbox>,
    listener: Option<TcpListener>,
    socket: Option<WebSocketStream<TcpStream>>,
    stream: String,
}

impl Peer {
    pub(crate) async fn open(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/media", listener.local_addr().unwrap());
        let adapter = Arc::clone(&bench.adapter);
        Self { url, upgrade: None, adapter, listener: Some(listener), socket: None, stream: String::new() }
    }

    /// Waits for the carrier, and for what it says first.
    pub(crate) async fn started(&mut self) -> LineStart {
        let (stream, _) = soon(self.listener.take().unwrap().accept()).await.unwrap();
        let headers = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&headers);
        #[expect(clippy::result_large_err, reason = "the library's own type")]
        let keep = move |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            let all = request.headers().iter();
            let all = all.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            *kept.lock().unwrap() = all.collect();
            Ok(response)
        };
        self.socket = Some(soon(accept_hdr_async(stream, keep)).await.unwrap());
        self.upgrade = Some(WebhookRequest {
            method: "GET".to_owned(),
            hook: "media".to_owned(),
            url: "https://desk.example/media".to_owned(),
            headers: headers.lock().unwrap().clone(),
            body: Vec::new(),
            peer: None,
        });
        assert_eq!(self.next().await, FromLine::Nothing, "connected");
        let FromLine::Started(start) = self.next().await else { panic!("it does not start") };
        self.stream.clone_from(&start.stream);
        *start
    }

    pub(crate) async fn next(&mut self) -> FromLine {
        let message = soon(self.socket.as_mut().unwrap().next()).await.unwrap().unwrap();
        let Message::Text(text) = message else { panic!("{message:?}") };
        self.adapter.read(&Bytes::from(text)).unwrap()
    }

    pub(crate) async fn marks(&mut self, count: usize) -> Vec<String> {
        let mut marks = Vec::new();
        while marks.len() < count {
            if let FromLine::Marked(name) = self.next().await {
                marks.push(name);
            }
        }
        marks
    }

    pub(crate) async fn say(&mut self, told: ToLine<'_>) {
        let message = String::from_utf8(self.adapter.write(&self.stream, told).to_vec()).unwrap();
        self.socket.as_mut().unwrap().send(Message::text(message)).await.unwrap();
    }

    pub(crate) async fn close(&mut self) {
        self.socket.as_mut().unwrap().close(None).await.unwrap();
    }

    /// Waits until the carrier has closed the socket.
    pub(crate) async fn closed(&mut self) {
        let last = soon(self.socket.as_mut().unwrap().next()).await;
        assert!(matches!(last, Some(Ok(Message::Close(_)))), "{last:?}");
    }
}

/// A browser phone's page, as far as its sound goes.
pub(crate) struct Ear(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Bench {
    /// Callers are answered with this.
    pub(crate) fn streams(&self, verbs: &[Verb]) {
        self.answer_callers(verbs.to_vec());
    }

    /// Takes the telephone of a call; in vain, it says the status.
    pub(crate) async fn listen(&self, id: &str) -> Result<Ear, u16> {
        let url = self.url.join(&format!("/sandbox/api/calls/{id}/audio")).unwrap();
        match connect_async(url.as_str().replace("http", "ws")).await {
            Ok((socket, _)) => Ok(Ear(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Ear {
    pub(crate) async fn speak(&mut self, sound: &[u8]) {
        self.0.send(Message::binary(sound.to_vec())).await.unwrap();
    }

    pub(crate) async fn heard(&mut self) -> Vec<u8> {
        match soon(self.0.next()).await.unwrap().unwrap() {
            Message::Binary(sound) => sound.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    /// What is told beside the sound.
    pub(crate) async fn told(&mut self) -> String {
        loop {
            if let Message::Text(text) = soon(self.0.next()).await.unwrap().unwrap() {
                return text.to_string();
            }
        }
    }

    pub(crate) async fn closed(&mut self) {
        while !matches!(soon(self.0.next()).await, Some(Ok(Message::Close(_)))) {}
    }
}

/// A call that is over as soon as its stream is.
pub(crate) fn then_goodbye(url: &str) -> Vec<Verb> {
    vec![stream_to(url), say("Goodbye."), Verb::Hangup]
}
