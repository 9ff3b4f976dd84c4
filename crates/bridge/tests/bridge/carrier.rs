//! A carrier that streams a call.

use crate::line::PROVIDER;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, Message, client::IntoClientRequest, http, protocol::WebSocketConfig},
};

/// As small as the bridge's own. The library clears what is left of a buffer each time it looks for more: with its usual
/// 128 KiB, a load of many calls would measure little else.
pub(crate) fn buffers() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(2 * 1024).max_write_buffer_size(160 * 1024)
}

pub(crate) struct Carrier {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

/// What the bridge sends.
#[derive(Debug, PartialEq)]
pub(crate) enum Sent {
    Sound(Vec<u8>),
    Mark(String),
    Clear,
    Closed(Option<u16>),
}

impl Carrier {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self { socket: Self::ask(address, true).await.unwrap() }
    }

    /// Asks for a stream, with a signature or without.
    pub(crate) async fn ask(
        address: SocketAddr,
        signed: bool,
    ) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
        let path = format!("/api/v1/voice/{PROVIDER}-stream");
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        if signed {
            let url = format!("https://desk.example.com{path}");
            request.headers_mut().insert("x-signature", http::HeaderValue::from_str(&url).unwrap());
        }
        let tcp = TcpStream::connect(address).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        client_async_with_config(request, tcp, Some(buffers())).await.map(|(socket, _)| socket)
    }

    pub(crate) async fn start(&mut self, token: &str) {
        self.send(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.to_owned()).await;
        self.send(format!(
            r#"{{"event":"start","sequenceNumber":"1","start":{{"streamSid":"MZ1","callSid":"CA1","customParameters":{{"token":"{token}"}}}}}}"#
        ))
        .await;
    }

    pub(crate) async fn send(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn says(&mut self, raw: &[u8]) {
        self.send(media(raw)).await;
    }

    pub(crate) async fn stop(&mut self) {
        self.send(r#"{"event":"stop","stop":{"callSid":"CA1"},"streamSid":"MZ1"}"#.to_owned()).await;
    }

    /// What comes next; a broken connection is a close without a code.
    pub(crate) async fn hears(&mut self) -> Sent {
        loop {
            let message = timeout(Duration::from_secs(20), self.socket.next()).await.expect("something is sent");
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(frame))) => return Sent::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => continue,
                None | Some(Err(_)) => return Sent::Closed(None),
            };
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["streamSid"], "MZ1");
            return match value["event"].as_str().unwrap() {
                "media" => Sent::Sound(STANDARD.decode(value["media"]["payload"].as_str().unwrap()).unwrap()),
                "mark" => Sent::Mark(value["mark"]["name"].as_str().unwrap().to_owned()),
                "clear" => Sent::Clear,
                other => panic!("no carrier knows {other}"),
            };
        }
    }

    /// Sends a mark back.
    pub(crate) async fn heard(&mut self, mark: &str) {
        self.send(format!(r#"{{"event":"mark","streamSid":"MZ1","mark":{{"name":"{mark}"}}}}"#)).await;
    }

    /// Hears all that comes until the socket is closed, and sends marks back.
    pub(crate) async fn until_closed(&mut self) -> (Vec<u8>, Option<u16>) {
        let mut heard = Vec::new();
        loop {
            match self.hears().await {
                Sent::Sound(raw) => heard.extend(raw),
                Sent::Mark(name) => self.heard(&name).await,
                Sent::Clear => {}
                Sent::Closed(code) => return (heard, code),
            }
        }
    }
}

pub(crate) fn media(raw: &[u8]) -> String {
    let payload = STANDARD.encode(raw);
    format!(
        r#"{{"event":"media","sequenceNumber":"2","media":{{"track":"inbound","chunk":"1","timestamp":"5","payload":"{payload}"}},"streamSid":"MZ1"}}"#
    )
}

/// 20 ms that can be told from others.
pub(crate) fn frame(n: usize) -> Vec<u8> {
    let mut raw = vec![0xff; 160];
    raw[..8].copy_from_slice(&(n as u64).to_be_bytes());
    raw
}
