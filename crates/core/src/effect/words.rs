//! An effect in words, for whoever looks after it.

use super::{Action, Effect, EffectState};

impl Effect {
    /// Why it is where it is, and which carriers were asked before; empty where nothing is to be said.
    #[must_use]
    pub fn because(&self) -> String {
        let tried: Vec<String> = self.tried.iter().map(|tried| format!("not by {}", tried.reason)).collect();
        // Why a call failed is what the carriers said: told once.
        let told = !tried.is_empty() && self.state == EffectState::Failed;
        let reason = self.reason.iter().filter(|_| !told).cloned();
        reason.chain(tried).collect::<Vec<_>>().join("; ")
    }
}

impl Action {
    /// What is to be done, such as `call, try 2` or `sms: ask to confirm`.
    #[must_use]
    pub fn intent(&self) -> String {
        match self {
            Self::Call { try_no } => format!("call, try {try_no}"),
            Self::Notify { channel, message } => {
                let about = serde_json::to_value(message).ok();
                let about = about.and_then(|value| value.as_str().map(|text| text.replace('_', " ")));
                format!("{}: {}", channel.as_str(), about.unwrap_or_default())
            }
            Self::Calendar { revision } => format!("calendar, revision {revision}"),
            Self::Wake { .. } => "timer".to_owned(),
            Self::HangUp { line: Some(line) } => format!("end the second line, by {}", line.provider),
            Self::Alert(alert) => format!("{}, by {}", alert.subject(), alert.to),
            Self::HangUp { line: None } => "end the call, as long as it rings".to_owned(),
            Self::Steer { .. } => "tell the live call what it hears next".to_owned(),
            Self::AgentCall(call) if call.greeting => "call back, to greet".to_owned(),
            Self::AgentCall(_) => "call back, by a voice agent".to_owned(),
            Self::CloneVoice => "make a voice ready for the caller".to_owned(),
            Self::DeleteVoice { provider, .. } => format!("delete a voice, by {provider}"),
        }
    }
}
