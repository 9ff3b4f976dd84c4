//! What the end of a conversation means.

use crate::rest::{failed, plain};
use frontdesk_core::ports::{PortError, Trouble};
use tokio_tungstenite::tungstenite::{Error, error::UrlError};

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Our side ended it.
    Ours,
    /// The agent did, or it has lasted as long as the agent allows.
    Theirs,
    /// It broke off.
    Broken(Trouble, String),
}

impl End {
    /// The error, where it is one.
    pub(super) fn error(&self) -> Option<PortError> {
        match self {
            Self::Ours | Self::Theirs => None,
            Self::Broken(trouble, what) => Some(failed(*trouble, what.clone())),
        }
    }
}

/// What ElevenLabs said before it closed: a kind of error, and words.
pub(super) type Wrong = (Option<String>, String);

/// Closed, with this code where there is one. 1000 is the agent's end, 1008 a contract that is not kept and will not be the
/// next time either; anything else may go better at once.
/// <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>
pub(super) fn closed(code: Option<u16>, reason: &str, wrong: Option<&Wrong>) -> End {
    let words = wrong.map_or(reason, |(_, words)| if words.is_empty() { reason } else { words });
    let kind = wrong.and_then(|(kind, _)| kind.as_deref()).filter(|kind| plain(kind)).or_else(|| named(words));
    // It came as 1011 from older servers.
    if code == Some(1000) || kind == Some("max_duration_exceeded") {
        return End::Theirs;
    }
    let which = quoted(words).map_or_else(String::new, |name| format!(" `{name}`"));
    let told = match (code, kind) {
        (Some(code), Some(kind)) => format!(" (close code {code}, {kind})"),
        (Some(code), None) => format!(" (close code {code})"),
        (None, Some(kind)) => format!(" ({kind})"),
        (None, None) => String::new(),
    };
    let (trouble, what) = match kind {
        Some("override_error") => (
            Trouble::Broken,
            format!(
                "the agent does not allow{which} to be set; enable it under Security, Overrides, or take it out of allow_overrides"
            ),
        ),
        Some("missing_dynamic_variable") => (
            Trouble::Broken,
            format!(
                "the agent's words refer to a variable{which} that it is not given; give it a default in the agent's settings"
            ),
        ),
        Some("quota_exceeded") => (Trouble::Unauthorised, "ElevenLabs asks for money: the quota is used up".to_owned()),
        Some("unauthorised") => (
            Trouble::Unauthorised,
            "ElevenLabs does not let the conversation in; look at the key and at the agent's security settings"
                .to_owned(),
        ),
        _ if matches!(code, Some(1003 | 1007 | 1008)) => {
            (Trouble::Broken, "ElevenLabs refuses the conversation; look at the agent's settings".to_owned())
        }
        _ => (Trouble::Unavailable, "ElevenLabs broke the conversation off".to_owned()),
    };
    End::Broken(trouble, format!("{what}{told}"))
}

/// The kind of error that words are about, where the vendor names none.
fn named(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    let about = |part: &str| words.contains(part);
    Some(match () {
        () if about("override") => "override_error",
        () if about("dynamic variable") || about("dynamic_variable") => "missing_dynamic_variable",
        () if about("quota") || about("credits") => "quota_exceeded",
        () if about("max_duration") || about("max duration") || about("maximum duration") => "max_duration_exceeded",
        () if about("signature") || about("signed url") || about("authoriz") || about("authentic") => "unauthorised",
        () => return None,
    })
}

/// A name in quotes: a setting or a variable. Anything else that is quoted may be somebody's words.
fn quoted(words: &str) -> Option<&str> {
    words.split('\'').nth(1).filter(|name| plain(name))
}

/// The socket could not be had.
pub(super) fn refused(error: Error) -> PortError {
    let (trouble, what) = match &error {
        Error::Http(response) => match response.status().as_u16() {
            401 | 403 => (
                Trouble::Unauthorised,
                "ElevenLabs does not let the conversation in; look at the key and at the agent's security settings",
            ),
            404 => (Trouble::Broken, "there is no such agent; look at ELEVENLABS_AGENT_ID and ws_url"),
            429 => (Trouble::RateLimited(None), "ElevenLabs has no room for another conversation"),
            500.. => (Trouble::Unavailable, "ElevenLabs failed to open the conversation"),
            _ => (Trouble::Broken, "what answers is no agent of ElevenLabs'; look at ws_url"),
        },
        Error::Url(UrlError::UnableToConnect(_)) | Error::Io(_) | Error::Tls(_) => {
            (Trouble::Unavailable, "ElevenLabs cannot be reached; look at ws_url and the network")
        }
        Error::Url(_) | Error::HttpFormat(_) => (Trouble::Broken, "the conversation's address is none; look at ws_url"),
        _ => (Trouble::Unavailable, "ElevenLabs broke off while the conversation was being opened"),
    };
    with_cause(failed(trouble, what), error)
}

/// The socket broke.
pub(super) fn broke(error: &Error, wrong: Option<&Wrong>) -> End {
    match error {
        Error::Capacity(_) => End::Broken(Trouble::Broken, "ElevenLabs said more at once than is taken".to_owned()),
        _ => closed(None, "", wrong),
    }
}

/// Only causes that hold no address: signed ones are secrets.
fn with_cause(refused: PortError, error: Error) -> PortError {
    match error {
        Error::Io(error) => refused.caused_by(error),
        _ => refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Broken, Unauthorised, Unavailable};

    #[test]
    fn a_close_code_says_whether_another_conversation_may_go_better() {
        let wrong = |kind: &str| Some((Some(kind.to_owned()), String::new()));
        for (code, reason, wrong, want) in [
            (Some(1008), "Override for field 'voice_id' is not allowed by config.", None, Some(Broken)),
            (Some(1008), "Missing required dynamic variables: {'plan'}", None, Some(Broken)),
            (Some(1008), "", wrong("invalid_message"), Some(Broken)),
            (Some(1008), "This request exceeds your quota limit.", None, Some(Unauthorised)),
            (Some(1008), "Invalid or expired signed URL", None, Some(Unauthorised)),
            (Some(1002), "", wrong("llm_timeout"), Some(Unavailable)),
            (Some(1011), "", None, Some(Unavailable)),
            (None, "", None, Some(Unavailable)),
            (Some(1000), "", None, None),
            (Some(1011), "", wrong("max_duration_exceeded"), None),
        ] {
            let end = closed(code, reason, wrong.as_ref());
            let trouble = if let End::Broken(trouble, _) = &end { Some(*trouble) } else { None };
            assert_eq!(trouble, want, "{code:?} {reason:?}: {end:?}");
        }
    }

    #[test]
    fn the_remedy_names_the_setting_and_repeats_nothing_else() {
        let told = |reason: &str| closed(Some(1008), reason, None).error().unwrap().message;
        assert!(told("Override for field 'voice_id' is not allowed").contains("`voice_id`"));
        assert!(told("Missing required dynamic variables: {'plan'}").contains("`plan`"));
        let personal = told("override of 'call +31612345678' for Ana Lim");
        assert!(!personal.contains("316") && !personal.contains("Ana"), "{personal}");
    }
}
