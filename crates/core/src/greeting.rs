//! How callers are greeted while a voice is made ready for them: what a deployment has decided.

use crate::{personal::Phone, ports::VoiceId};
use chrono::Duration;

/// How an agent comes to speak with somebody who rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// The agent's vendor rings the caller: once to greet them, once to speak with them.
    #[default]
    Callback,
    /// The call that came in is told what it hears next.
    Inline,
}

impl Strategy {
    /// The name in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Inline => "inline",
        }
    }
}

/// How callers are greeted, where a business wants that ([`crate::rules::Inbound::Greet`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreetingPolicy {
    /// How the agent comes to speak with them.
    pub strategy: Strategy,
    /// Who places the calls of the agent's, by name: a carrier that knows what an agent is.
    pub provider: String,
    /// The voice that greets, and speaks on where no other one is there in time. `None`: the agent's own.
    pub voice: Option<VoiceId>,
    /// What is said first. `None`: the agent's own first words.
    pub message: Option<String>,
    /// What is played while they wait.
    pub music: Option<String>,
    /// How long they wait for a voice.
    pub longest_wait: Duration,
    /// Whether a voice is made for them and the agent goes on with it. Else it speaks with the voice that greets.
    pub transition: bool,
    /// How long a voice is kept for the next call.
    pub keep: Duration,
    /// The number that the agent answers, for [`Strategy::Inline`]; our own media socket where there is none.
    pub agent: Option<Phone>,
}

impl Default for GreetingPolicy {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            provider: "elevenlabs".to_owned(),
            voice: None,
            message: None,
            music: None,
            longest_wait: Duration::seconds(35),
            transition: true,
            keep: Duration::days(1),
            agent: None,
        }
    }
}

impl GreetingPolicy {
    /// What is wrong with it, each with its remedy and after the key it is about.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(Duration::seconds(10)..=Duration::seconds(60)).contains(&self.longest_wait) {
            let seconds = self.longest_wait.num_seconds();
            problems.push(format!("clone_max_wait_seconds: is {seconds}; write 10 to 60"));
        }
        if !(Duration::hours(1)..=Duration::days(30)).contains(&self.keep) {
            problems.push(format!("cache_ttl: is {} seconds; write 3600 to 2592000", self.keep.num_seconds()));
        }
        if self.message.as_ref().is_some_and(|message| message.chars().count() > 1_000) {
            problems.push("greeting_message: is longer than 1000 characters; nobody listens that long".to_owned());
        }
        if self.music.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            problems.push("greeting_music_url: is no address; write it like https://desk.example/wait.mp3".to_owned());
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_is_sound_and_what_is_out_of_range_is_named() {
        assert_eq!(GreetingPolicy::default().problems(), Vec::<String>::new());
        for seconds in [9, 61] {
            let policy = GreetingPolicy { longest_wait: Duration::seconds(seconds), ..GreetingPolicy::default() };
            assert!(policy.problems()[0].starts_with("clone_max_wait_seconds"));
        }
        let policy = GreetingPolicy { music: Some("file:///x".to_owned()), ..GreetingPolicy::default() };
        assert!(policy.problems()[0].starts_with("greeting_music_url"));
    }
}
