//! What is counted of streams, by provider.

use frontdesk_core::ports::TalkEnd;
use metrics::{Counter, Gauge, Histogram};
use std::time::Duration;

/// The counters of a provider's streams, looked up once.
pub(crate) struct Meters {
    provider: String,
    live: Gauge,
    begun: Counter,
    pub(crate) from_line: Counter,
    pub(crate) to_line: Counter,
    pub(crate) malformed: Counter,
    dropped: Counter,
    pub(crate) interruptions: Counter,
    pub(crate) first_word: Histogram,
    pub(crate) turn: Histogram,
    pub(crate) clear: Histogram,
}

impl Meters {
    pub(crate) fn new(provider: &str) -> Self {
        let by = [("provider", provider.to_owned())];
        let frames = |direction: &'static str| metrics::counter!("frontdesk_stream_frames_total", "provider" => provider.to_owned(), "direction" => direction);
        Self {
            live: metrics::gauge!("frontdesk_streams", &by),
            begun: metrics::counter!("frontdesk_streams_begun_total", &by),
            from_line: frames("from_caller"),
            to_line: frames("to_caller"),
            malformed: metrics::counter!("frontdesk_stream_malformed_total", &by),
            dropped: metrics::counter!("frontdesk_stream_dropped_total", &by),
            interruptions: metrics::counter!("frontdesk_stream_interruptions_total", &by),
            first_word: metrics::histogram!("frontdesk_stream_first_word_seconds", &by),
            turn: metrics::histogram!("frontdesk_stream_turn_seconds", &by),
            clear: metrics::histogram!("frontdesk_stream_clear_seconds", &by),
            provider: provider.to_owned(),
        }
    }

    /// Whose streams these are.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// A socket was opened; it counts until what is given is dropped.
    pub(crate) fn open(&self) -> Open {
        self.live.increment(1.0);
        Open(self.live.clone())
    }

    pub(crate) fn begun(&self) {
        self.begun.increment(1);
    }

    pub(crate) fn ended(&self, end: TalkEnd, dropped: u64) {
        let provider = self.provider.clone();
        metrics::counter!("frontdesk_streams_ended_total", "provider" => provider, "end" => end.as_str()).increment(1);
        self.dropped.increment(dropped);
    }

    /// A socket that came to no conversation.
    pub(crate) fn refused(&self, reason: &'static str) {
        let provider = self.provider.clone();
        metrics::counter!("frontdesk_streams_refused_total", "provider" => provider, "reason" => reason).increment(1);
    }
}

/// A socket that is open.
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Records milliseconds as the seconds that metrics are in.
pub(crate) fn record(histogram: &Histogram, ms: u64) {
    histogram.record(Duration::from_millis(ms).as_secs_f64());
}
