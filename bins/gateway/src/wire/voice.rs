//! Live voice: the bridge between carriers' media streams and the agent that has the conversations.

use super::Real;
use crate::config::{Config, SANDBOX_MEDIA_PATH, Span};
use frontdesk_bridge::{Bridge, Settings};
use frontdesk_core::{
    engine::Engine,
    ports::{Attendant, MediaLine},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The bridge of everybody who streams; `None` where no agent is there to talk. Carriers then find no socket, and the call
/// goes on with its flow.
pub(super) fn bridge(
    config: &Config,
    real: &Real,
    lines: BTreeMap<String, Arc<dyn MediaLine>>,
    engine: &Engine,
    public_url: &Url,
    stopping: CancellationToken,
) -> Option<Bridge> {
    let mut lines = lines;
    if let Some(twilio) = &real.twilio {
        lines.insert(frontdesk_twilio::NAME.to_owned(), Arc::new(twilio.line()));
    }
    if let Some(exotel) = &real.exotel {
        lines.insert(frontdesk_exotel::NAME.to_owned(), Arc::new(exotel.line()));
    }
    let agent = engine.ports().agent.clone().filter(|_| !lines.is_empty())?;
    let usual = Settings::new(public_url.clone());
    let settings = Settings {
        trusted_proxy: config.trusted_proxy,
        // Seed 004's path.
        usual: Some(frontdesk_twilio::NAME.to_owned()),
        streams: config.limits.conversations.unwrap_or(usual.streams),
        longest: config.limits.longest_conversation.map_or(usual.longest, Span::std),
        ..usual
    };
    let attendant = Arc::new(engine.clone()) as Arc<dyn Attendant>;
    Some(Bridge::new(settings, lines, agent, attendant, stopping))
}

/// How callers at the route point of a PBX come to an agent: it opens no socket, so that no address of one says so. None
/// where there is neither an agent of ours nor anywhere else that they are led.
pub(super) fn at_the_pbx(config: &Config, agent: bool) -> Option<(String, String)> {
    let control = config.carriers.threecx.as_ref()?.adapter.control.as_ref()?;
    let there = agent || control.agent_destination.is_some();
    there.then(|| (frontdesk_threecx::NAME.to_owned(), format!("exchange:{}", frontdesk_threecx::NAME)))
}

/// Where the pretended carrier finds its media socket, which it does by the address it finds us at.
pub(super) fn sandbox_socket(seen_at: &Url) -> String {
    let rest = seen_at.as_str().trim_end_matches('/');
    let scheme = if seen_at.scheme() == "https" { "wss" } else { "ws" };
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    format!("{scheme}://{rest}{SANDBOX_MEDIA_PATH}")
}
