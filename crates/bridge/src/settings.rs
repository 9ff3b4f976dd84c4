//! What the bridge must know, and every limit it has.

use std::{collections::BTreeMap, time::Duration};
use url::Url;

/// What the bridge must know. [`Settings::new`] fills in everything but the public URL.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The gateway's public URL: signatures are over it.
    pub public_url: Url,
    /// Whether a proxy stands in front, whose last entry in `X-Forwarded-For` is who asks.
    pub trusted_proxy: bool,
    /// The provider whose streams come to `/api/v1/voice/media-stream`. All others come to `/api/v1/voice/NAME-stream`.
    pub usual: Option<String>,
    /// How many streams there may be at once. One more is refused with 503.
    pub streams: usize,
    /// The longest message of a carrier, in bytes.
    pub longest_message: usize,
    /// How soon a stream must begin.
    pub start_within: Duration,
    /// How long the question may take whether a stream is ours.
    pub admit_within: Duration,
    /// How soon an agent must be had.
    pub converse_within: Duration,
    /// After how long without an understandable message of the carrier the stream counts as broken. Carriers send sound all
    /// the time, silence included.
    pub line_quiet: Duration,
    /// After how long without a sign of the agent it counts as lost. An agent may well be quiet for minutes, while the caller
    /// looks for something; adapters notice dead connections by themselves, so that this is the last resort only.
    pub agent_quiet: Duration,
    /// How long a stream may last.
    pub longest: Duration,
    /// How long a carrier may take nothing of what it is sent, or an agent of what it is told.
    pub stalled: Duration,
    /// How much of what the caller says waits for a slow agent; the oldest beyond it is dropped.
    pub unheard: Duration,
    /// How far ahead of what is heard sound is sent to a carrier that names no bound of its own.
    pub ahead: Duration,
    /// How much of what the agent says waits for a slow carrier; the newest beyond it is dropped.
    pub unsaid: Duration,
    /// How many wishes of an agent are worked on at once. One more is answered that it was not done.
    pub tools: usize,
    /// How long a wish may take.
    pub tool_within: Duration,
    /// How soon an agent must speak after it was told that the call goes elsewhere.
    pub farewell_within: Duration,
    /// After how long without new sound its last words count as said.
    pub farewell_pause: Duration,
    /// How long its last words may be.
    pub farewell_longest: Duration,
    /// How much longer than its length the last sound may take to be heard.
    pub heard_within: Duration,
    /// How long streams go on while the gateway stops.
    pub drain: Duration,
    /// How long a carrier waits until what came of a conversation is kept.
    pub over_within: Duration,
    /// How long it may take, all tries together, to keep it.
    pub kept_within: Duration,
    /// How long a carrier may take to close its side.
    pub close_within: Duration,
    /// How often a carrier is pinged, by provider; the others never. Carriers send all the time, so it tells nothing new,
    /// and one of them is known to take it badly.
    pub pings: BTreeMap<String, Duration>,
}

impl Settings {
    /// The usual limits.
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        let seconds = Duration::from_secs;
        Self {
            public_url,
            trusted_proxy: false,
            usual: None,
            streams: 1_000,
            longest_message: 64 * 1024,
            start_within: seconds(5),
            admit_within: seconds(5),
            converse_within: seconds(10),
            line_quiet: seconds(15),
            agent_quiet: seconds(10 * 60),
            longest: seconds(60 * 60),
            stalled: seconds(10),
            unheard: seconds(2),
            ahead: seconds(30),
            unsaid: seconds(30),
            tools: 4,
            tool_within: seconds(10),
            farewell_within: seconds(5),
            farewell_pause: Duration::from_millis(2_500),
            farewell_longest: seconds(20),
            heard_within: seconds(2),
            drain: seconds(20),
            over_within: seconds(10),
            kept_within: seconds(10 * 60),
            close_within: seconds(2),
            pings: BTreeMap::new(),
        }
    }
}
