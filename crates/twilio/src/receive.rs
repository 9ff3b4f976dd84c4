//! What Twilio tells, made an event.

use crate::{
    NAME, fate,
    form::Pairs,
    links::Carried,
    message,
    proof::{Authentic, Keyring},
    recordings::{OfCall, Recordings},
    status,
};
use frontdesk_core::{
    event::{AnsweredBy, Event},
    personal::{Phone, Said},
    ports::{Received, ReceivedAbout, Rejected, WebhookRequest},
};

const MAX_DIGITS: usize = 32;
/// Nobody says more characters in the two minutes that are written down.
const MAX_WORDS: usize = 4_000;

/// The hooks, under every name they go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    Voice,
    Fallback,
    Status,
    Amd,
    Recording,
    Transcription,
    Transfer,
    Streamed,
    Stream,
    Message,
    MessageStatus,
}

impl Hook {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name.trim_matches('/') {
            // Both a call that comes in and one that was picked up ask what is heard next; the request says which it is.
            "voice" | "incoming" | "incoming-call" | "voice/incoming" => Self::Voice,
            "fallback" => Self::Fallback,
            "status" | "call-status" | "twilio/status" => Self::Status,
            "amd" => Self::Amd,
            "recording" => Self::Recording,
            "transcription" => Self::Transcription,
            "transfer" => Self::Transfer,
            "streamed" => Self::Streamed,
            "stream" => Self::Stream,
            "message" => Self::Message,
            "message-status" => Self::MessageStatus,
            _ => return None,
        })
    }

    /// Whether Twilio does what it is answered there. The others are news beside the call, and their answers are ignored.
    fn steers(self) -> bool {
        match self {
            Self::Voice | Self::Fallback | Self::Transfer | Self::Streamed => true,
            Self::Status | Self::Amd | Self::Recording | Self::Transcription | Self::Stream => false,
            Self::Message | Self::MessageStatus => false,
        }
    }

    /// Whether it is nothing but news: any answer will do, as long as it says that the news came.
    pub(crate) fn is_news(self) -> bool {
        !self.steers() && self != Self::Message
    }
}

/// Verifies a webhook and says what happened.
pub(crate) fn receive(
    keyring: &Keyring,
    recordings: &Recordings,
    request: &WebhookRequest,
) -> Result<Received, Rejected> {
    let hook = Hook::of(&request.hook).ok_or_else(|| Rejected::UnknownHook(request.hook.clone()))?;
    let Authentic { params, query } = keyring.authenticate(request)?;
    if hook == Hook::Message {
        return message::read(&params);
    }
    if hook == Hook::MessageStatus {
        return fate::read(&params, &query);
    }
    let sid = params.filled("CallSid").ok_or_else(|| malformed("`CallSid` is missing"))?;
    let recordings = recordings.of_call(params.filled("AccountSid"), sid);
    let mut carried = Carried::read(&query, recordings).map_err(Rejected::Malformed)?;
    let (event, once) = match hook {
        Hook::Voice => named(steering(&params, &carried)?),
        Hook::Fallback => fallen_back(&params, recordings, &mut carried)?,
        Hook::Status => status::read(&params)?,
        Hook::Amd => verdict(&params),
        Hook::Recording => recording(&params, &carried)?,
        Hook::Transcription => transcription(&params)?,
        Hook::Transfer => transferred(&params),
        // A call is connected with one stream.
        Hook::Streamed => named(Event::Streamed),
        Hook::Stream | Hook::Message | Hook::MessageStatus => stream(&params),
    };
    let number = |name: &str| params.filled(name).and_then(|number| Phone::parse(number, None).ok());
    let parties = match (number("From"), number("To")) {
        // Who hides their number, or rings by SIP, is heard all the same.
        (from, to) if event == Event::Incoming => {
            Some((from.unwrap_or_else(Phone::anonymous), to.unwrap_or_else(Phone::anonymous)))
        }
        (Some(from), Some(to)) => Some((from, to)),
        _ => None,
    };
    let about = ReceivedAbout::Call { call: carried.call_ref(sid), provider_call_id: Some(sid.to_owned()), parties };
    let (once, heard) = (format!("{NAME}:{sid}:{once}"), hook.steers());
    Ok(Received { hold: carried.hold, heard, ..Received::new(about, once, event) })
}

pub(crate) fn malformed(what: &str) -> Rejected {
    Rejected::Malformed(what.to_owned())
}

/// What somebody on the line did.
fn steering(params: &Pairs, carried: &Carried) -> Result<Event, Rejected> {
    if let Some(event) = &carried.event {
        return Ok(event.clone());
    }
    match carried.question.clone() {
        Some((step, turn)) => answer(params, step, turn),
        None => Ok(begun(params)),
    }
}

/// A call that came in or was picked up.
fn begun(params: &Pairs) -> Event {
    if params.get("Direction").is_some_and(|direction| direction.eq_ignore_ascii_case("inbound")) {
        return Event::Incoming;
    }
    // Without a verdict there is nothing against a person.
    Event::Answered { by: params.filled("AnsweredBy").map_or(AnsweredBy::Human, answered_by) }
}

fn answer(params: &Pairs, step: String, turn: u32) -> Result<Event, Rejected> {
    if let Some(url) = params.filled("RecordingUrl") {
        let seconds = params.number("RecordingDuration");
        return Ok(Event::Recorded { step, turn, url: url.to_owned(), seconds });
    }
    if let Some(digits) = params.filled("Digits") {
        return match digits {
            _ if keys(digits) => Ok(Event::Digits { step, turn, digits: digits.to_owned() }),
            // A recording without sound that was ended by hanging up.
            "hangup" => Ok(Event::Silence { step, turn }),
            _ => Err(malformed("`Digits` must be 1 to 32 of 0-9, * and #")),
        };
    }
    match params.filled("SpeechResult").map(str::trim) {
        Some(text) if !text.is_empty() => Ok(Event::Speech { step, turn, text: text.to_owned() }),
        _ => Ok(Event::Silence { step, turn }),
    }
}

fn keys(digits: &str) -> bool {
    digits.len() <= MAX_DIGITS && digits.bytes().all(|key| key.is_ascii_digit() || matches!(key, b'*' | b'#'))
}

/// Names what steers a call. One question is answered once, and a call begins once; that a machine was heard is news of
/// its own, whichever hook brings it.
fn named(event: Event) -> (Event, String) {
    let once = match &event {
        Event::Answered { by: AnsweredBy::Machine } => "answered:machine".to_owned(),
        Event::Digits { turn, .. } | Event::Speech { turn, .. } | Event::Silence { turn, .. } => {
            format!("{}:{turn}", event.name())
        }
        Event::Recorded { turn, .. } => format!("recorded:{turn}"),
        _ => event.name().to_owned(),
    };
    (event, once)
}

/// Twilio could not fetch or read what it should do next, and asks again here, naming the URL that failed.
/// <https://www.twilio.com/docs/usage/troubleshooting/voice-fallback-url>
fn fallen_back(params: &Pairs, recordings: OfCall<'_>, carried: &mut Carried) -> Result<(Event, String), Rejected> {
    let query = params.get("ErrorUrl").and_then(|url| url.split('#').next()?.split_once('?')).map(|(_, query)| query);
    let read = |query: &str| Carried::read(&Pairs::parse(query).ok()?, recordings).ok();
    let failed = query.and_then(read);
    if let Some(failed) = failed {
        let call = carried.call.or(failed.call);
        *carried = Carried { call, ..failed };
    }
    let answered = ["Digits", "SpeechResult", "RecordingUrl"].iter().any(|name| params.filled(name).is_some());
    if let (Some((_, turn)), None, false) = (&carried.question, &carried.event, answered) {
        // Nobody knows whether a key was pressed: the question is asked once more.
        return Ok((Event::Answered { by: AnsweredBy::Human }, format!("fallback:{turn}")));
    }
    Ok(named(steering(params, carried)?))
}

/// What was heard beside the call. Only a machine is news: that it is a person is what we went by anyway, and saying it
/// again could be taken for the beginning of the call.
fn verdict(params: &Pairs) -> (Event, String) {
    match params.filled("AnsweredBy").map(answered_by) {
        Some(AnsweredBy::Machine) => named(Event::Answered { by: AnsweredBy::Machine }),
        Some(AnsweredBy::Human) => (noted("a person was heard"), "amd".to_owned()),
        _ => (noted("nobody can tell whether a person was heard"), "amd".to_owned()),
    }
}

/// <https://www.twilio.com/docs/voice/answering-machine-detection>
fn answered_by(text: &str) -> AnsweredBy {
    match text {
        "human" => AnsweredBy::Human,
        _ if text.starts_with("machine") || text == "fax" => AnsweredBy::Machine,
        _ => AnsweredBy::Unknown,
    }
}

fn recording(params: &Pairs, carried: &Carried) -> Result<(Event, String), Rejected> {
    let status = params.filled("RecordingStatus").unwrap_or("completed");
    let other = |what: &str| {
        let sid = params.filled("RecordingSid").unwrap_or_default();
        Ok((noted(what), format!("recording:{sid}:{}", plain(status))))
    };
    match (status, carried.question.clone()) {
        ("completed", Some((step, turn))) => {
            let url = params.filled("RecordingUrl").ok_or_else(|| malformed("`RecordingUrl` is missing"))?.to_owned();
            Ok(named(Event::Recorded { step, turn, url, seconds: params.number("RecordingDuration") }))
        }
        ("absent", Some((step, turn))) => Ok(named(Event::Silence { step, turn })),
        ("completed", None) => other("the call was recorded"),
        ("absent", None) => other("nothing was recorded"),
        _ => other("a recording is under way"),
    }
}

/// What a message says, some time after it was left. <https://www.twilio.com/docs/voice/twiml/record#transcribecallback>
fn transcription(params: &Pairs) -> Result<(Event, String), Rejected> {
    let once = format!("transcription:{}", plain(params.filled("TranscriptionSid").unwrap_or_default()));
    let words = params.filled("TranscriptionText").and_then(|text| Said::new(text, MAX_WORDS));
    let event = match (params.filled("TranscriptionStatus").unwrap_or("completed"), words) {
        ("completed", Some(words)) => {
            let url = params.filled("RecordingUrl").ok_or_else(|| malformed("`RecordingUrl` is missing"))?.to_owned();
            Event::Transcribed { url, words }
        }
        ("completed", None) => noted("Twilio understood nothing of the message"),
        _ => noted("Twilio could not write down what the message says"),
    };
    Ok((event, once))
}

/// The other telephone of a `Dial` is done with; the caller hears what this is answered.
/// <https://www.twilio.com/docs/voice/twiml/dial#action>
fn transferred(params: &Pairs) -> (Event, String) {
    let reached = matches!(params.filled("DialCallStatus"), Some("completed" | "answered"));
    // One that was never dialled has no name of its own.
    let dialled = params.filled("DialCallSid").map_or_else(String::new, plain);
    (Event::Transferred { reached }, format!("transferred:{dialled}"))
}

fn stream(params: &Pairs) -> (Event, String) {
    let what = match params.get("StreamEvent") {
        Some("stream-started") => "the media stream began",
        Some("stream-stopped") => "the media stream ended",
        Some("stream-error") => "the media stream failed",
        _ => "something about the media stream",
    };
    let name = |name: &str| plain(params.get(name).unwrap_or_default());
    (noted(what), format!("stream:{}:{}", name("StreamSid"), name("StreamEvent")))
}

pub(crate) fn noted(what: &str) -> Event {
    Event::Noted { what: what.to_owned() }
}

/// A short, plain piece of what Twilio says, for keys.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect()
}
