//! From replies to callflows, and the callflow a call begins with.
//! <https://developer.8x8.com/connect/docs/voice/ivr/call-action-handling>

use crate::{
    Config,
    action::{ActionId, Kept, Question, What},
    config::Greeting,
    text::speakable,
};
use frontdesk_core::{
    call::{Call, CallRef, CallState},
    ports::{PlaceCall, WebhookResponse},
    reply::{Reply, Verb},
    speech::Language,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How long is listened where nobody has to answer, in milliseconds.
const MOMENT: u32 = 500;

/// One thing 8x8 does in a call. Only what it documents; every number is sent, for its pages disagree on the defaults.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", content = "params", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Action {
    MakeCall { source: String, destination: String },
    Say { text: String, voice_profile: String, repetition: u8, speed: u8 },
    PlayFile { file_url: String, repetition: u8 },
    SayAndCapture(Capture),
    Hangup,
}

/// Speaks and listens; 8x8 comes back with the keys, or with none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Capture {
    prompt_message: String,
    voice_profile: String,
    speed: u8,
    min_digits: u8,
    max_digits: u8,
    /// Milliseconds; always less than the next one.
    digit_timeout: u32,
    /// Milliseconds.
    overall_timeout: u32,
    complete_on_hash: bool,
    /// Always one: the flow asks again, in its own words.
    no_of_tries: u8,
}

/// What a webhook is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_action_id: Option<String>,
    callflow: Vec<Action>,
}

/// Writes in the vendor's language.
pub(crate) struct Renderer {
    voices: BTreeMap<Language, String>,
    greeting: Greeting,
}

impl Renderer {
    pub(crate) fn new(config: &Config) -> Self {
        Self { voices: config.voices.clone(), greeting: config.greeting.clone() }
    }

    /// What a call begins with: it rings, greets, and listens for a moment. Listening is what makes 8x8 come back for
    /// certain once somebody has picked up; the flow's first question is the answer to that.
    pub(crate) fn opening(&self, place: &PlaceCall) -> Vec<Action> {
        let dial =
            Action::MakeCall { source: place.from.reveal().to_owned(), destination: place.to.reveal().to_owned() };
        let sound =
            self.greeting.sound.as_ref().map(|url| Action::PlayFile { file_url: url.to_string(), repetition: 1 });
        let listen = self.capture(&self.greeting.text, self.greeting.language, 1, MOMENT, 2 * MOMENT);
        [Some(dial), sound, Some(listen)].into_iter().flatten().collect()
    }

    /// Writes a reply. A callflow is never empty, and its last action is the only one that hangs up, asks or connects:
    /// 8x8 ends a call whose reply it cannot use, and drops keys when something follows the question.
    pub(crate) fn reply(&self, reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        if reply.is_empty() && call.is_some_and(goes_on) {
            // News that needs no answer about a call that goes on; such webhooks' answers are not read.
            return WebhookResponse::json(200, "{}".to_owned());
        }
        let (callflow, what) = self.callflow(reply);
        // A webhook that is to come back says which call it is about, even where the store could not be asked.
        let named = reply.0.iter().find_map(|verb| match verb {
            Verb::Resume { call: Some(CallRef::Ours(id)), .. } => Some(*id),
            _ => None,
        });
        let id = call.map(|call| call.id).or(named);
        let client_action_id = what.map(|what| ActionId { call: id, what }.to_string());
        // Texts, numbers and lists are always written; were they ever not, hanging up is the one thing 8x8 must be told.
        let body = serde_json::to_string(&Answer { client_action_id, callflow })
            .unwrap_or_else(|_| r#"{"callflow":[{"action":"hangup"}]}"#.to_owned());
        WebhookResponse::json(200, body)
    }

    /// The one place where verbs become actions. What ends a callflow ends it: nothing after it is rendered.
    fn callflow(&self, reply: &Reply) -> (Vec<Action>, Option<What>) {
        let mut flow = Vec::new();
        for verb in &reply.0 {
            match verb {
                Verb::Say { text, language } => flow.extend(self.say(text, *language)),
                Verb::Play { url } => flow.push(Action::PlayFile { file_url: url.clone(), repetition: 1 }),
                // Words are not listened for: 8x8 captures keys only.
                Verb::Ask { step, turn, prompt, language, digits, timeout_seconds, speech: _ } => {
                    // The vendor's guide allows 25 keys. Each has the whole time-out, and all of them two minutes.
                    let digits = (*digits).clamp(1, 25);
                    let pause = (*timeout_seconds).clamp(1, 60) * 1_000;
                    let overall = (pause * u32::from(digits)).min(120_000) + 1_000;
                    flow.push(self.capture(prompt, *language, digits, pause, overall));
                    return (flow, Some(What::Question(Question { step: step.clone(), turn: *turn })));
                }
                Verb::Transfer { to, from } => {
                    let (source, destination) = (from.reveal().to_owned(), to.reveal().to_owned());
                    flow.push(Action::MakeCall { source, destination });
                    return (flow, Some(What::Bridge));
                }
                // There is no action for silence. Before a Resume the listening below takes its place.
                Verb::Pause { seconds: _ } => {}
                Verb::Resume { event, hold, call: _ } => {
                    // What was said to bridge the time becomes the prompt of a listening that nobody has to answer.
                    let wait = match flow.pop() {
                        Some(Action::Say { text, voice_profile, .. }) => {
                            listen(text, voice_profile, 1, MOMENT, 2 * MOMENT)
                        }
                        other => {
                            flow.extend(other);
                            self.capture(&self.greeting.text, self.greeting.language, 1, MOMENT, 2 * MOMENT)
                        }
                    };
                    flow.push(wait);
                    return (flow, Some(What::Later { kept: Kept::of(event), hold: *hold }));
                }
                // Neither is offered to this carrier: see its abilities. Were they, the call would end as politely as it can.
                Verb::Record { .. } | Verb::Stream { .. } => {}
                Verb::Hangup => break,
            }
        }
        flow.push(Action::Hangup);
        (flow, None)
    }

    fn say(&self, text: &str, language: Language) -> Option<Action> {
        let text = speakable(text, language);
        let voice_profile = self.voice(language);
        (!text.is_empty()).then_some(Action::Say { text, voice_profile, repetition: 1, speed: 1 })
    }

    fn capture(&self, prompt: &str, language: Language, digits: u8, pause: u32, overall: u32) -> Action {
        let said = speakable(prompt, language);
        let (said, language) = if said.is_empty() {
            (speakable(&self.greeting.text, self.greeting.language), self.greeting.language)
        } else {
            (said, language)
        };
        // A prompt is required, so a greeting of nothing but pictures is a breath.
        let said = if said.is_empty() { ".".to_owned() } else { said };
        listen(said, self.voice(language), digits, pause, overall)
    }

    /// The voice of a language, else the greeting's.
    fn voice(&self, language: Language) -> String {
        let own = self.voices.get(&language).or_else(|| self.voices.get(&self.greeting.language));
        own.or_else(|| self.voices.values().next()).cloned().unwrap_or_default()
    }
}

fn listen(prompt_message: String, voice_profile: String, max_digits: u8, pause: u32, overall: u32) -> Action {
    Action::SayAndCapture(Capture {
        prompt_message,
        voice_profile,
        speed: 1,
        min_digits: 1,
        max_digits,
        digit_timeout: pause,
        overall_timeout: overall,
        // One key is one answer, `#` included; a longer entry may be ended by it.
        complete_on_hash: max_digits > 1,
        no_of_tries: 1,
    })
}

/// Whether a call is still to be steered. One that is finished, handed over or unknown here is to be hung up.
fn goes_on(call: &Call) -> bool {
    call.state != CallState::Ended && !call.walk.finished && !call.walk.transferred
}
