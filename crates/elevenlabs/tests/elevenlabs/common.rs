//! Adapters and requests.

use frontdesk_core::ports::WebhookRequest;
use frontdesk_elevenlabs::{Api, Config, ElevenLabs};
use std::net::TcpListener;
use url::Url;

pub(crate) const SIGNING: &str = "wsec_test_0123456789abcdef";
pub(crate) const SHARED: &str = "shared-0123456789abcdef";
pub(crate) const KEY: &str = "key-of-the-test";
pub(crate) const AGENT: &str = "agent_abc";

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An address of this machine where nobody listens.
pub(crate) fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// Everything there is to configure.
pub(crate) fn config(vendor: Url) -> Config {
    Config {
        signing_secrets: vec![SIGNING.into()],
        shared_secrets: vec![SHARED.into()],
        agents: vec!["xyz".to_owned(), AGENT.to_owned()],
        agent: Some(AGENT.to_owned()),
        // A machine that builds something else meanwhile is slow.
        converse_within: std::time::Duration::from_secs(60),
        api: Some(Api::new(KEY.into(), vendor)),
        ..Config::default()
    }
}

pub(crate) fn adapter(config: Config) -> ElevenLabs {
    ElevenLabs::new(config, http())
}

/// The adapter alone, its vendor away.
pub(crate) fn alone() -> ElevenLabs {
    adapter(config(nobody()))
}

pub(crate) fn request(hook: &str, headers: &[(&str, &str)], body: &[u8]) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        hook: hook.to_owned(),
        url: format!("https://desk.example.com/webhooks/elevenlabs/{hook}"),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_vec(),
        peer: None,
    }
}

/// A request that brings the shared secret along.
pub(crate) fn shared(hook: &str, body: &str) -> WebhookRequest {
    request(hook, &[("x-webhook-secret", SHARED)], body.as_bytes())
}
