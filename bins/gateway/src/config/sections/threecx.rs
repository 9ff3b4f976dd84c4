use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// 3CX: signed webhooks about its calls, and calls steered by Call Control.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThreeCx {
    /// What webhooks about its calls are signed with, ours included. 3CX itself signs nothing.
    pub webhook_secret: Option<String>,
    /// The other one, while they are being changed.
    pub other_webhook_secret: Option<String>,
    /// How old a signature may be. Absent: 30 minutes.
    pub tolerance: Option<Span>,
    /// The country of numbers without a country code, such as `NL`.
    pub region: Option<String>,
    /// The business's number, where a call says only which extension was rung. Absent: the first business's number.
    pub number: Option<String>,
    /// Where the PBX is, with its port: `https://pbx.example.com:5001`. With the client it opens Call Control.
    pub base_url: Option<String>,
    /// The client id (Integrations, API), for this gateway alone.
    pub client_id: Option<String>,
    /// Its secret, which 3CX shows once.
    pub client_secret: Option<String>,
    /// The extension of our route point. Absent: the client id.
    pub route_point: Option<String>,
    /// The extension that calls are placed from. Absent: the route point.
    pub extension: Option<String>,
    /// The device of it that is rung first, such as `sip:150@127.0.0.1:5063`. Absent: the first that is registered.
    pub device: Option<String>,
    /// Where callers are led who are to speak with a voice agent: an extension or number that leads to it. Absent: they speak
    /// with ours at the route point, where there is one.
    pub agent_destination: Option<String>,
    /// What callers at the route point hear first: a WAV file of 16-bit PCM, mono, 8000 Hz.
    pub greeting_audio: Option<String>,
    /// What they hear after it, over and over: such a file as well.
    pub music: Option<String>,
    /// What they hear last, before their call is ended: such a file as well. Absent: the greeting.
    pub goodbye_audio: Option<String>,
    /// Whether what happens at the PBX is listened to and taken as webhooks. Absent: yes, where there is a client.
    pub relay: Option<bool>,
}
