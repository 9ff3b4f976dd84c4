//! What `gateway check --live` asks: whether the key is good, and whether the agent is set up for what it is to do.

use crate::{
    config::{Config, Overrides, Route},
    rest::Rest,
    value::{at, number_at, text_at},
};
use frontdesk_core::{ports::PortResult, tools::Tool};
use serde_json::Value;

/// What was found at ElevenLabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is fine, in a sentence each.
    pub fine: Vec<String>,
    /// What should be changed, each with what to do.
    pub troubles: Vec<String>,
}

/// The events that a live conversation cannot do without, and what becomes of it otherwise.
const EVENTS: [(&str, &str); 3] = [
    ("audio", "callers hear nothing of it"),
    ("interruption", "it goes on speaking when it is interrupted"),
    ("agent_tool_response", "the line stays open after it has said goodbye"),
];

pub(crate) async fn check(rest: &Rest, config: &Config) -> PortResult<Checked> {
    let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
    let subscription = rest.get(&["v1", "user", "subscription"]).await?;
    account(&subscription, &mut checked);
    if let Some(agent) = &config.agent {
        let found = rest.get(&["v1", "convai", "agents", agent]).await?;
        settings(&found, config.overrides, &mut checked);
        live(&found, &mut checked);
    }
    if let Some(outbound) = &config.outbound {
        let found = rest.get(&["v1", "convai", "phone-numbers", &outbound.phone_number_id]).await?;
        number(&found, outbound.route, &mut checked);
    }
    Ok(checked)
}

fn account(subscription: &Value, checked: &mut Checked) {
    let tier = text_at(subscription, &["tier"]).unwrap_or_else(|| "unknown".to_owned());
    checked.fine.push(format!("the API key is accepted, plan {tier}"));
    let number = |name: &str| number_at(subscription, &[name]);
    let full = |used: &str, limit: &str| Some(number(used)? >= number(limit)?);
    if full("character_count", "character_limit") == Some(true) {
        checked.troubles.push("the plan's quota is used up; calls are not answered until it is renewed".to_owned());
    }
    if let (Some(used), Some(limit)) = (number("voice_slots_used"), number("voice_limit")) {
        checked.fine.push(format!("{used} of {limit} places for voices are taken"));
        if used >= limit {
            let what = "there is no place for another voice: nothing is cloned until voices are deleted there";
            checked.troubles.push(what.to_owned());
        }
    }
    // Without a bound there is none, or below it is a plan that has no cloning at all.
    if number("max_voice_add_edits") > Some(0) && full("voice_add_edit_counter", "max_voice_add_edits") == Some(true) {
        checked.troubles.push("this month's new voices are used up: nothing is cloned until the next".to_owned());
    }
    if at(subscription, &["can_use_instant_voice_cloning"]) == Some(&Value::Bool(false)) {
        checked.fine.push("the plan has no instant voice cloning; nothing can be cloned".to_owned());
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
    for (set, path, setting, word) in [
        (allowed.language, ["agent", "language"], "Language", "language"),
        (allowed.first_message, ["agent", "first_message"], "First message", "first_message"),
        (allowed.voice, ["tts", "voice_id"], "Voice", "voice"),
    ] {
        let overrides = ["platform_settings", "overrides", "conversation_config_override", path[0], path[1]];
        if set && at(agent, &overrides) != Some(&Value::Bool(true)) {
            checked.troubles.push(format!(
                "the agent does not allow its {} to be set, and refuses calls; enable {setting} under Security, Overrides, or \
                 take {word} out of allow_overrides",
                word.replace('_', " ")
            ));
        }
    }
}

/// What conversations whose sound goes through us need of an agent.
fn live(agent: &Value, checked: &mut Checked) {
    let list = |path: &[&str]| at(agent, path).and_then(Value::as_array).map(Vec::as_slice);
    let tools = list(&["conversation_config", "agent", "prompt", "tools"]).unwrap_or_default();
    let client: Vec<_> = tools.iter().filter(|tool| text_at(tool, &["type"]).as_deref() == Some("client")).collect();
    let name = |tool: &Value| text_at(tool, &["name"]).unwrap_or_default();
    if !client.is_empty() {
        let had: Vec<_> = client.iter().map(|tool| name(tool)).collect();
        let lacking: Vec<_> =
            Tool::catalogue().iter().map(|tool| tool.name).filter(|it| !had.iter().any(|had| had == it)).collect();
        checked.fine.push(format!("its client tools: {}", had.join(", ")));
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            checked
                .fine
                .push(format!("client tools it could have as well: {lacking}; gateway agent tools writes them"));
        }
    } else if list(&["conversation_config", "agent", "prompt", "tool_ids"]).is_some_and(<[Value]>::is_empty) {
        let what = "it has no client tools: in live conversations it can look up and change nothing; gateway agent tools writes them";
        checked.fine.push(what.to_owned());
    }
    for tool in &client {
        if at(tool, &["expects_response"]) != Some(&Value::Bool(true)) {
            let what = "is not waited for, so that it never learns what came of it; switch on Wait for response";
            checked.troubles.push(format!("the agent's client tool {} {what}", name(tool)));
        }
    }
    let Some(events) = list(&["conversation_config", "conversation", "client_events"]) else { return };
    let calls = (!client.is_empty()).then_some(("client_tool_call", "nothing of what it wants is done"));
    for (event, otherwise) in EVENTS.into_iter().chain(calls) {
        if !events.iter().any(|it| it == event) {
            checked.troubles.push(format!(
                "the agent does not send {event}: in live conversations {otherwise}; enable it under Advanced, Client events"
            ));
        }
    }
}

/// The number that is shown when the agent places calls.
fn number(number: &Value, route: Route, checked: &mut Checked) {
    let (want, word) = match route {
        Route::Twilio => ("twilio", "twilio"),
        Route::Sip => ("sip_trunk", "sip"),
    };
    match text_at(number, &["provider"]) {
        Some(provider) if provider != want => checked.troubles.push(format!(
            "the number that the agent is to show is {provider}'s, and outbound is \"{word}\": no call is placed; set outbound \
             as the number is"
        )),
        _ => checked.fine.push("the agent's number is there: it places calls".to_owned()),
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
    fn what_is_set_for_a_call_and_not_allowed_is_told() {
        let agent = json!({ "platform_settings": { "overrides": { "conversation_config_override": {
            "agent": { "first_message": true, "language": false }, "tts": { "voice_id": false },
        } } } });
        let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
        settings(&agent, Overrides { voice: true, first_message: true, language: true }, &mut checked);
        assert_eq!(checked.troubles.len(), 2, "{checked:?}");
        assert!(checked.troubles[1].contains("enable Voice under Security"), "{checked:?}");
    }

    #[test]
    fn tools_and_events_that_do_not_reach_us_are_told() {
        let agent = |waits: bool, events: &[&str]| {
            json!({ "conversation_config": {
                "agent": { "prompt": { "tools": [
                    { "type": "client", "name": "book", "expects_response": waits }, { "type": "webhook", "name": "x" },
                ] } },
                "conversation": { "client_events": events },
            } })
        };
        let checked = |agent: &Value| {
            let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
            live(agent, &mut checked);
            checked
        };
        let all = ["audio", "interruption", "agent_tool_response", "client_tool_call", "ping"];
        let good = checked(&agent(true, &all));
        assert_eq!((good.fine[0].as_str(), good.troubles.len()), ("its client tools: book", 0));
        assert!(good.fine[1].contains("find_appointments, free_slots, move"), "{}", good.fine[1]);
        let none = json!({ "conversation_config": { "agent": { "prompt": { "tools": [], "tool_ids": [] } } } });
        assert!(checked(&none).fine[0].contains("no client tools"));
        assert_eq!(checked(&agent(false, &all[..1])).troubles.len(), 4);
        assert_eq!(checked(&json!({})), Checked { fine: Vec::new(), troubles: Vec::new() });
    }

    #[test]
    fn a_number_of_another_carrier_is_told() {
        for (provider, route, fits) in [
            ("twilio", Route::Twilio, true),
            ("sip_trunk", Route::Sip, true),
            ("sip_trunk", Route::Twilio, false),
            ("exotel", Route::Sip, false),
        ] {
            let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
            number(&json!({ "provider": provider }), route, &mut checked);
            assert_eq!(checked.troubles.is_empty(), fits, "{provider}: {checked:?}");
        }
    }

    #[test]
    fn voices_that_have_no_room_are_told() {
        let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
        let subscription = json!({
            "voice_slots_used": 10, "voice_limit": 10, "voice_add_edit_counter": 95, "max_voice_add_edits": 95,
            "can_use_instant_voice_cloning": false,
        });
        account(&subscription, &mut checked);
        assert_eq!((checked.fine.len(), checked.troubles.len()), (3, 2), "{checked:?}");
    }

    #[test]
    fn a_quota_that_is_used_up_is_told() {
        let mut checked = Checked { fine: Vec::new(), troubles: Vec::new() };
        account(&json!({ "tier": "free", "character_count": 10_000, "character_limit": 10_000 }), &mut checked);
        assert_eq!((checked.fine.len(), checked.troubles.len()), (1, 1));
    }
}
