//! Adapters and requests.

use chrono::{DateTime, Utc};
use frontdesk_core::ports::WebhookRequest;
use frontdesk_testkit::{BUSINESS_PHONE, Clock as Turned, moment, phone};
use frontdesk_threecx::{Clock, Config, Control, Pcm, ThreeCx};
use std::net::TcpListener;
use url::Url;

pub(crate) const SECRET: &str = "secret-of-the-test-3cx";
pub(crate) const CLIENT: &str = "ivrapp";
pub(crate) const KEY: &str = "client-secret-of-the-test";

pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).http1_only().build().unwrap()
}

/// An address of this machine where nobody listens.
pub(crate) fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// The limit only keeps a broken test from hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(30), what).await.expect("it never came")
}

/// A tone of so many milliseconds.
pub(crate) fn tone(milliseconds: usize, value: u8) -> Pcm {
    Pcm::read(&vec![value; milliseconds * 16]).unwrap()
}

/// Webhooks alone.
pub(crate) fn told() -> Config {
    let mut config = Config::new(vec![SECRET.into()], Clock::new(now));
    config.region = Some("NL".to_owned());
    config.number = Some(phone(BUSINESS_PHONE));
    config
}

/// Everything there is to configure.
pub(crate) fn config(pbx: Url, clock: &Turned) -> Config {
    let clock = clock.clone();
    let mut control = Control::new(pbx, CLIENT, KEY.into());
    control.pbx = "pbx".to_owned();
    control.agent_destination = Some("8000".to_owned());
    control.greeting = Some(tone(400, 1));
    control.music = Some(tone(200, 2));
    Config { control: Some(control), clock: Clock::new(move || clock.now()), ..told() }
}

/// The adapter alone, its PBX away.
pub(crate) fn alone() -> ThreeCx {
    ThreeCx::new(config(nobody(), &Turned::at(now())), http())
}

pub(crate) fn request(headers: &[(&str, &str)], body: &[u8]) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        hook: "3cx".to_owned(),
        url: "https://desk.example.com/webhook/3cx".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_vec(),
        peer: None,
    }
}
