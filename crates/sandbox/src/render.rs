use crate::wire::{Answer, WireVerb};
use frontdesk_core::{
    ports::WebhookResponse,
    reply::{Reply, Verb},
};

/// Writes a reply in the carrier's language.
pub(crate) fn render(reply: &Reply) -> WebhookResponse {
    let answer = Answer { verbs: reply.0.iter().map(translate).collect() };
    // Writing text, numbers and lists as JSON cannot fail; were it ever to, a server's error makes the carrier ask again.
    match serde_json::to_string(&answer) {
        Ok(body) => WebhookResponse::json(200, body),
        Err(_) => WebhookResponse::json(500, "{}".to_owned()),
    }
}

fn translate(verb: &Verb) -> WireVerb {
    match verb {
        Verb::Say { text, language } => WireVerb::Say { text: text.clone(), language: language.tag().to_owned() },
        Verb::Play { url } => WireVerb::Play { url: url.clone() },
        Verb::Ask { step, turn, prompt, language, digits, timeout_seconds, speech } => WireVerb::Ask {
            step: step.clone(),
            turn: *turn,
            prompt: prompt.clone(),
            language: language.tag().to_owned(),
            digits: *digits,
            timeout_seconds: *timeout_seconds,
            speech: *speech,
        },
        Verb::Record { step, turn, prompt, language, beep, max_seconds, silence_seconds } => WireVerb::Record {
            step: step.clone(),
            turn: *turn,
            prompt: prompt.clone(),
            language: language.tag().to_owned(),
            beep: *beep,
            max_seconds: *max_seconds,
            silence_seconds: *silence_seconds,
        },
        Verb::Stream { url, parameters } => WireVerb::Stream { url: url.clone(), parameters: parameters.clone() },
        Verb::Transfer { to, from } => WireVerb::Transfer { to: to.clone(), from: from.clone() },
        Verb::Pause { seconds } => WireVerb::Pause { seconds: *seconds },
        // This carrier remembers what it told us and tells it again; the event need not travel to it and back.
        Verb::Resume { hold, .. } => WireVerb::Resume { hold: *hold },
        Verb::Hangup => WireVerb::Hangup,
    }
}
