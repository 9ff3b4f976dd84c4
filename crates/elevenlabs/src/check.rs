//! What `gateway check --live` asks: whether the key is good, and whether the agent is set up for what it is to do.

use crate::{
    config::Overrides,
    rest::Rest,
    value::{at, number_at, text_at},
};
use frontdesk_core::ports::PortResult;
use serde_json::Value;

/// What was found at ElevenLabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is fine, in a sentence each.
    pub fine: Vec<String>,
    /// What should be changed, each with what to do.
    pub troubles: Vec<String>,
}

pub(crate) async fn check(rest: &Rest, agent: Option<&str>, allowed: Overrides) -> PortResult<Checked> {
    let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
    let subscription = rest.get(&["v1", "user", "subscription"]).await?;
    account(&subscription, &mut checked);
    if let Some(agent) = agent {
        let found = rest.get(&["v1", "convai", "agents", agent]).await?;
        settings(&found, allowed, &mut checked);
    }
    Ok(checked)
}

fn account(subscription: &Value, checked: &mut Checked) {
    let tier = text_at(subscription, &["tier"]).unwrap_or_else(|| "unknown".to_owned());
    checked.fine.push(format!("the API key is accepted, plan {tier}"));
    let (used, limit) = (number_at(subscription, &["character_count"]), number_at(subscription, &["character_limit"]));
    if let (Some(used), Some(limit)) = (used, limit)
        && used >= limit
    {
        checked.troubles.push("the plan's quota is used up; calls are not answered until it is renewed".to_owned());
    }
}

/// What calls through a carrier need of an agent.
/// <https://elevenlabs.io/docs/eleven-agents/phone-numbers/twilio-integration/register-call>
fn settings(agent: &Value, allowed: Overrides, checked: &mut Checked) {
    let name = text_at(agent, &["name"]).unwrap_or_else(|| "the agent".to_owned());
    checked.fine.push(format!("the agent is there: {name}"));
    for (path, what) in [
        (["conversation_config", "tts", "agent_output_audio_format"], "speaks"),
        (["conversation_config", "asr", "user_input_audio_format"], "listens"),
    ] {
        match text_at(agent, &path).as_deref() {
            Some("ulaw_8000") => {}
            Some(other) => checked.troubles.push(format!(
                "the agent {what} in {other}, and telephones hear nothing of it; set its {} to \u{3bc}-law 8000 Hz",
                path[2].replace('_', " ")
            )),
            None => {}
        }
    }
    let overrides = ["platform_settings", "overrides", "conversation_config_override", "agent", "language"];
    if allowed.language && at(agent, &overrides) != Some(&Value::Bool(true)) {
        checked.troubles.push(
            "the agent does not allow its language to be set, and refuses calls; enable Language under Security, Overrides, \
             or take sets_language out"
                .to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(agent: &Value, language: bool) -> Vec<String> {
        let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
        settings(agent, Overrides { language, ..Overrides::default() }, &mut checked);
        checked.troubles
    }

    #[test]
    fn an_agent_that_telephones_cannot_hear_is_told() {
        let agent = |format: &str, language: bool| {
            json!({
                "name": "Front desk",
                "conversation_config": {
                    "tts": { "agent_output_audio_format": format }, "asr": { "user_input_audio_format": format },
                },
                "platform_settings": { "overrides": { "conversation_config_override": { "agent": { "language": language } } } },
            })
        };
        assert_eq!(checked(&agent("ulaw_8000", true), true), Vec::<String>::new());
        assert_eq!(checked(&agent("ulaw_8000", false), false), Vec::<String>::new());
        assert_eq!(checked(&agent("pcm_16000", true), false).len(), 2);
        assert_eq!(checked(&agent("ulaw_8000", false), true).len(), 1);
    }

    #[test]
    fn a_quota_that_is_used_up_is_told() {
        let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
        account(&json!({ "tier": "free", "character_count": 10_000, "character_limit": 10_000 }), &mut checked);
        assert_eq!((checked.fine.len(), checked.troubles.len()), (1, 1));
    }
}
