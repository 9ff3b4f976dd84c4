//! A reply in TwiML. <https://www.twilio.com/docs/voice/twiml>

use crate::{
    Config,
    links::{Link, Links},
    media_url,
    twiml::Document,
};
use frontdesk_core::{
    call::{Call, CallRef},
    id::CallId,
    ports::WebhookResponse,
    reply::{Reply, Verb},
    speech::Language,
};
use std::collections::BTreeMap;

/// Twilio cuts a parameter of a stream when name and value together are longer.
/// <https://www.twilio.com/docs/voice/twiml/stream#parameter>
const MAX_PARAMETER: usize = 499;
/// No wait is longer, in seconds.
const MAX_WAIT: u32 = 600;
/// No message is longer, in seconds. <https://www.twilio.com/docs/voice/twiml/record#maxlength>
const MAX_MESSAGE: u32 = 3_600;

pub(crate) struct Renderer {
    links: Links,
    voices: BTreeMap<Language, String>,
    hints: String,
    transcribe: bool,
}

/// Whether anything after a verb is ever reached.
enum Then {
    GoOn,
    Stop,
}

impl Renderer {
    pub(crate) fn new(config: &Config, links: Links) -> Self {
        Self { links, voices: config.voices.clone(), hints: config.hints.join(","), transcribe: config.transcribe }
    }

    pub(crate) fn render(&self, reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        let body = self.document(reply, call.map(|call| call.id));
        WebhookResponse { status: 200, content_type: "text/xml", body }
    }

    /// The reply as a document, for a call that we have named so.
    pub(crate) fn document(&self, reply: &Reply, call: Option<CallId>) -> String {
        let mut page = Page { renderer: self, document: Document::new(), call };
        for (place, verb) in reply.0.iter().enumerate() {
            let last = place + 1 == reply.0.len();
            if matches!(page.verb(verb, last), Then::Stop) {
                break;
            }
        }
        page.document.finish()
    }
}

struct Page<'a> {
    renderer: &'a Renderer,
    document: Document,
    call: Option<CallId>,
}

impl Page<'_> {
    fn verb(&mut self, verb: &Verb, last: bool) -> Then {
        match verb {
            Verb::Say { text, language } => self.say(text, *language),
            Verb::Play { url } => self.document.leaf("Play", &[], url),
            Verb::Ask { step, turn, prompt, language, digits, timeout_seconds, speech } => {
                let ask = Ask { digits: *digits, timeout: *timeout_seconds, speech: *speech };
                self.ask(step, *turn, prompt, *language, &ask);
                return Then::Stop;
            }
            Verb::Record { step, turn, prompt, language, beep, max_seconds, silence_seconds } => {
                self.say(prompt, *language);
                let written = self.renderer.transcribe && *language == Language::En;
                self.record(step, *turn, *beep, [*max_seconds, *silence_seconds], written);
                return Then::Stop;
            }
            Verb::Stream { url, parameters } => self.stream(url, parameters, last),
            Verb::Transfer { to, from } => {
                // Nobody hears ringing and is then connected to somebody who already hung up.
                let action = self.renderer.links.of_call("transfer", self.call).done();
                self.document.open(
                    "Dial",
                    &[("callerId", from.reveal()), ("answerOnBridge", "true"), ("method", "POST"), ("action", &action)],
                );
                self.document.leaf("Number", &[], to.reveal());
                self.document.close("Dial");
                // What comes next is the answer to its action.
                return Then::Stop;
            }
            Verb::Pause { seconds: 0 } => {}
            Verb::Pause { seconds } => {
                self.document.empty("Pause", &[("length", &seconds.min(&MAX_WAIT).to_string())]);
            }
            Verb::Resume { event, hold, call } => {
                let call = match call {
                    Some(CallRef::Ours(id)) => Some(*id),
                    _ => self.call,
                };
                // The event says which of the two it is; both mean the same to us.
                let link = self.renderer.links.of_call("voice", call).carrying(event, *hold);
                self.redirect(link);
                return Then::Stop;
            }
            Verb::Hangup => {
                self.document.empty("Hangup", &[]);
                return Then::Stop;
            }
        }
        Then::GoOn
    }

    fn say(&mut self, text: &str, language: Language) {
        let voice = self.renderer.voices.get(&language).cloned();
        let mut attributes = vec![("language", language.tag())];
        attributes.extend(voice.as_deref().map(|voice| ("voice", voice)));
        self.document.say(&attributes, text);
    }

    fn redirect(&mut self, link: Link<'_>) {
        self.document.leaf("Redirect", &[("method", "POST")], &link.done());
    }

    /// Where an answer comes to, with the question in its query.
    fn answer(&self, step: &str, turn: u32) -> Link<'_> {
        self.renderer.links.of_call("voice", self.call).asking(step, turn)
    }

    /// What Twilio does when nothing was said and it does not come back by itself.
    fn silence(&mut self, step: &str, turn: u32) {
        let event = frontdesk_core::event::Event::Silence { step: step.to_owned(), turn };
        let url = self.renderer.links.of_call("voice", self.call).carrying(&event, 0).done();
        self.document.leaf("Redirect", &[("method", "POST")], &url);
    }

    fn ask(&mut self, step: &str, turn: u32, prompt: &str, language: Language, ask: &Ask) {
        let action = self.answer(step, turn).done();
        let (digits, timeout) = (ask.digits.max(1).to_string(), ask.timeout.clamp(1, MAX_WAIT).to_string());
        let mut attributes = vec![
            ("input", if ask.speech { "dtmf speech" } else { "dtmf" }),
            ("numDigits", digits.as_str()),
            ("timeout", timeout.as_str()),
            // Where one key is the answer, the hash is one like any other; a longer one is ended by it.
            ("finishOnKey", if ask.digits > 1 { "#" } else { "" }),
            ("actionOnEmptyResult", "true"),
            ("method", "POST"),
            ("action", action.as_str()),
        ];
        let hints = &self.renderer.hints;
        if ask.speech {
            attributes.extend([("language", language.tag()), ("speechTimeout", "auto")]);
            if !hints.is_empty() {
                attributes.push(("hints", hints.as_str()));
            }
        }
        self.document.open("Gather", &attributes);
        self.say(prompt, language);
        self.document.close("Gather");
        // For carriers that do not know `actionOnEmptyResult`: without a verb here the call would just end.
        self.silence(step, turn);
    }

    /// `written`: whether Twilio is to write down what the message says.
    fn record(&mut self, step: &str, turn: u32, beep: bool, [longest, silence]: [u32; 2], written: bool) {
        let action = self.answer(step, turn).done();
        let told = self.renderer.links.of_call("recording", self.call).asking(step, turn).done();
        let words = written.then(|| self.renderer.links.of_call("transcription", self.call).done());
        let (longest, silence) = (longest.clamp(1, MAX_MESSAGE).to_string(), silence.clamp(1, MAX_WAIT).to_string());
        let mut attributes = vec![
            ("maxLength", longest.as_str()),
            ("timeout", silence.as_str()),
            ("playBeep", if beep { "true" } else { "false" }),
            ("method", "POST"),
            ("action", action.as_str()),
            ("recordingStatusCallback", told.as_str()),
            ("recordingStatusCallbackMethod", "POST"),
            ("recordingStatusCallbackEvent", "completed absent"),
        ];
        if let Some(words) = &words {
            attributes.extend([("transcribe", "true"), ("transcribeCallback", words.as_str())]);
        }
        self.document.empty("Record", &attributes);
        // A recording without any sound goes on with the next verb.
        self.silence(step, turn);
    }

    /// Where nothing stands after it, what comes next is the answer to its action: it depends on how the conversation ended.
    fn stream(&mut self, url: &str, parameters: &[(String, String)], last: bool) {
        let told = self.renderer.links.of_call("stream", self.call).done();
        let action = self.renderer.links.of_call("streamed", self.call).done();
        let asks = [("method", "POST"), ("action", action.as_str())];
        self.document.open("Connect", if last { &asks } else { &[] });
        self.document.open(
            "Stream",
            &[("url", &media_url(url, "")), ("statusCallback", &told), ("statusCallbackMethod", "POST")],
        );
        for (name, value) in parameters {
            // One that is cut would be taken for another; one that is missing is missed.
            if name.len() + value.len() <= MAX_PARAMETER {
                self.document.empty("Parameter", &[("name", name), ("value", value)]);
            }
        }
        self.document.close("Stream");
        self.document.close("Connect");
    }
}

/// How a question is listened to.
struct Ask {
    digits: u8,
    timeout: u32,
    speech: bool,
}
