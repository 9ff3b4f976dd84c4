//! A live call: rings, asks what is heard, walks what it is answered, and tells how it goes on.

use super::{
    Twilio,
    api::VERSION,
    call::Elsewhere,
    twiml::{self, Element},
};
use crate::carriers::{Pickup, Script};
use url::Url;

/// Documents in one call; a flow that never ends is cut off.
const MAX_DOCUMENTS: u32 = 200;

type Form = Vec<(String, String)>;

/// What comes after the verbs of a document.
enum Next {
    /// Another document, asked for with these parameters more.
    Document(String, Form),
    /// A document that came along.
    Along(Element),
    /// Nothing.
    End,
}

pub(super) struct Line {
    vendor: Twilio,
    sid: String,
    script: Script,
    /// Status callbacks are numbered, as far as they were asked for.
    told: u32,
    /// News that are held back, so that others overtake them.
    late: Vec<(String, Form)>,
    /// Everything that was posted, to be posted once more.
    posted: Vec<(String, String, Form)>,
    listened: bool,
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

impl Line {
    pub(super) fn new(vendor: Twilio, sid: String, script: Script) -> Self {
        Self { vendor, sid, script, told: 0, late: Vec::new(), posted: Vec::new(), listened: false }
    }

    pub(super) fn vendor(&self) -> &Twilio {
        &self.vendor
    }

    /// Lives a call that came in.
    pub(super) async fn live(self) {
        let url = self.set("Url").unwrap_or_default();
        self.live_from(&url).await;
    }

    /// Lives the call until its end was told.
    pub(super) async fn live_from(mut self, url: &str) {
        let inbound = self.of(|record| record.direction) == Some("inbound");
        self.tell("initiated", "initiated", &[]).await;
        self.tell("ringing", "ringing", &[]).await;
        self.vendor.0.settings.pace.seconds(2).await;
        let (end, sip) = match self.script.pickup {
            _ if self.hung_up() => ("canceled", 487),
            Pickup::Busy => ("busy", 486),
            Pickup::Declines => ("busy", 603),
            Pickup::NoAnswer => ("no-answer", 487),
            Pickup::Person | Pickup::Machine => {
                // A number that is rung answers because it is told how.
                self.become_(if inbound { "ringing" } else { "in-progress" });
                self.tell("answered", "in-progress", &[]).await;
                let first = self.verdict_before();
                self.talk(url.to_owned(), first).await;
                ("completed", 200)
            }
        };
        self.finish(end, sip).await;
    }

    async fn finish(&mut self, end: &'static str, sip: u32) {
        let now = self.vendor.0.settings.clock.now();
        let seconds = self.of(|record| (now - record.created).num_seconds()).unwrap_or(0).to_string();
        self.vendor.change(&self.sid, |record| (record.status, record.ended) = (end, Some(now)));
        let more = [pair("CallDuration", seconds), pair("Duration", "1"), pair("SipResponseCode", sip.to_string())];
        for (url, form) in std::mem::take(&mut self.late) {
            self.post("status", &url, &form).await;
        }
        self.tell("completed", end, &more).await;
        for (hook, url, form) in std::mem::take(&mut self.posted).into_iter().rev() {
            if self.vendor.deliver(&hook, &url, &form).await.is_err() {
                self.vendor.complain(11_205, "nobody answers when it is told again");
            }
        }
    }

    /// Fetches documents and walks them until nothing is left.
    async fn talk(&mut self, url: String, first: Form) {
        let mut next = Next::Document(url, first);
        for _ in 0..MAX_DOCUMENTS {
            let (document, url) = match next {
                Next::Document(url, form) => match self.fetch(&url, form).await {
                    Some(document) => (document, url),
                    None => return,
                },
                // It was not fetched from anywhere: nothing in it can be relative.
                Next::Along(document) => (document, String::new()),
                Next::End => return,
            };
            self.become_("in-progress");
            self.verdict_beside().await;
            next = self.walk(&document, &url).await;
        }
    }

    /// Asks for a document; where that fails, asks the fallback URL, and then nobody.
    async fn fetch(&mut self, url: &str, mut form: Form) -> Option<Element> {
        for (at, fallback) in [(Some(url.to_owned()), false), (self.set("FallbackUrl"), true)] {
            let at = at?;
            let (code, what) = match self.post(if fallback { "fallback" } else { "voice" }, &at, &form).await {
                Some((200, kind, body)) => match twiml::parse(&kind, &body) {
                    Ok(document) => return Some(document),
                    Err(wrong) => wrong,
                },
                Some((status, ..)) => (11_200, format!("status {status}")),
                None => (11_205, "nobody answers".to_owned()),
            };
            self.vendor.complain(code, what);
            form.extend([pair("ErrorCode", code.to_string()), pair("ErrorUrl", url)]);
        }
        None
    }

    async fn walk(&mut self, document: &Element, base: &str) -> Next {
        for verb in &document.children {
            if self.hung_up() {
                return Next::End;
            }
            if let Some(next) = self.sent_elsewhere() {
                return next;
            }
            let next = match verb.name.as_str() {
                "Gather" => self.gather(verb, base),
                "Record" => self.record(verb, base).await,
                "Redirect" => Some(Next::Document(absolute(base, verb.text.trim()), Vec::new())),
                "Hangup" | "Reject" => Some(Next::End),
                "Dial" => self.dial(verb, base),
                "Connect" => self.stream(verb, base).await,
                _ => {
                    self.hear(verb);
                    None
                }
            };
            if let Some(next) = next {
                return next;
            }
        }
        // A call that was sent elsewhere while its last verb ran goes there.
        self.sent_elsewhere().unwrap_or(Next::End)
    }

    fn sent_elsewhere(&self) -> Option<Next> {
        Some(match self.vendor.change(&self.sid, |record| record.redirect.take()).flatten()? {
            Elsewhere::Url(url) => Next::Document(url, Vec::new()),
            Elsewhere::Twiml(document) => Next::Along(document),
        })
    }

    fn hear(&self, verb: &Element) {
        let heard = match verb.name.as_str() {
            "Say" => verb.text.clone(),
            "Play" => format!("♪ {}", verb.text),
            "Dial" => {
                let number = verb.children.first().map(|number| number.text.as_str()).unwrap_or_default();
                format!("(connected to {number})")
            }
            _ => return,
        };
        self.vendor.change(&self.sid, |record| record.heard.push(heard));
    }

    fn gather(&mut self, verb: &Element, base: &str) -> Option<Next> {
        verb.children.iter().for_each(|child| self.hear(child));
        if self.script.leaves_in_menu {
            return Some(Next::End);
        }
        let action = verb.get("action").map_or_else(|| base.to_owned(), |action| absolute(base, action));
        let end = pair("msg", "Gather End");
        let prompt: String = verb.children.iter().map(|child| child.text.as_str()).collect();
        let Some(pressed) = self.script.press(&prompt) else {
            // Without keys nothing is told, unless that was asked for.
            let empty = vec![pair("Digits", ""), pair("FinishedOnKey", ""), end];
            return verb.yes("actionOnEmptyResult").then_some(Next::Document(action, empty));
        };
        if let Some(words) =
            pressed.strip_prefix("say ").filter(|_| verb.get("input").is_some_and(|it| it.contains("speech")))
        {
            let spoken = vec![pair("SpeechResult", words), pair("Confidence", "0.9456"), end];
            return Some(Next::Document(action, spoken));
        }
        let finish = verb.get("finishOnKey").unwrap_or("#");
        let most = verb.get("numDigits").and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
        let digits: String = pressed.chars().take_while(|key| !finish.contains(*key)).take(most).collect();
        let finished = pressed.chars().nth(digits.len()).filter(|key| finish.contains(*key) && digits.len() < most);
        if digits.is_empty() && !verb.yes("actionOnEmptyResult") {
            return None;
        }
        let told =
            vec![pair("Digits", digits), pair("FinishedOnKey", finished.map(String::from).unwrap_or_default()), end];
        Some(Next::Document(action, told))
    }

    /// Rings the other telephone, and comes back where that was asked for.
    fn dial(&mut self, verb: &Element, base: &str) -> Option<Next> {
        self.hear(verb);
        let number = verb.children.first().map(|number| number.text.clone()).unwrap_or_default();
        let status = match self.vendor.ledger().script_of(&number).pickup {
            Pickup::Person | Pickup::Machine => "completed",
            Pickup::Busy | Pickup::Declines => "busy",
            Pickup::NoAnswer => "no-answer",
        };
        let action = absolute(base, verb.get("action")?);
        let told = vec![pair("DialCallSid", self.vendor.draw("CA")), pair("DialCallStatus", status)];
        Some(Next::Document(action, told))
    }

    /// Somebody who presses keys leaves a message as well; whoever is silent leaves none.
    async fn record(&mut self, verb: &Element, base: &str) -> Option<Next> {
        let speaks = self.script.pickup == Pickup::Person && !self.script.keys.is_empty();
        let sid = self.vendor.draw("RE");
        let account = self.vendor.0.settings.account.clone();
        let url = format!("{}{VERSION}/Accounts/{account}/Recordings/{sid}", self.vendor.0.url);
        let facts = vec![pair("RecordingSid", sid), pair("RecordingUrl", url), pair("RecordingDuration", "4")];
        let status = if speaks { "completed" } else { "absent" };
        let wanted = verb.get("recordingStatusCallbackEvent").unwrap_or("completed").split(' ').any(|it| it == status);
        if let Some(told) = verb.get("recordingStatusCallback").filter(|_| wanted) {
            let mut form = vec![pair("AccountSid", account.as_str()), pair("CallSid", self.sid.as_str())];
            form.extend(facts.iter().cloned());
            form.push(pair("RecordingStatus", status));
            self.post("recording", &absolute(base, told), &form).await;
        }
        if !speaks {
            return None;
        }
        if let Some(told) = verb.get("transcribeCallback").filter(|_| verb.yes("transcribe")) {
            let mut form = vec![pair("AccountSid", account.as_str()), pair("CallSid", self.sid.as_str())];
            form.extend(facts.iter().filter(|(name, _)| name != "RecordingDuration").cloned());
            form.extend([
                pair("TranscriptionSid", self.vendor.draw("TR")),
                pair("TranscriptionStatus", "completed"),
                pair("TranscriptionText", "Please ring me back about Thursday."),
                pair("TranscriptionType", "fast"),
            ]);
            self.post("transcription", &absolute(base, told), &form).await;
        }
        let action = verb.get("action").map_or_else(|| base.to_owned(), |action| absolute(base, action));
        let mut form = facts;
        form.push(pair("Digits", "hangup"));
        Some(Next::Document(action, form))
    }

    /// Connects the call with its stream; whoever asked to be told what comes of it is, as long as the caller is there.
    async fn stream(&self, connect: &Element, base: &str) -> Option<Next> {
        for stream in &connect.children {
            let text = |it: &Element, name| it.get(name).unwrap_or_default().to_owned();
            let parameters: Vec<_> = stream.children.iter().map(|it| (text(it, "name"), text(it, "value"))).collect();
            let url = text(stream, "url");
            self.vendor.change(&self.sid, |record| record.streams.push((url.clone(), parameters.clone())));
            if !self.vendor.stream(&self.sid, &url, &parameters).await {
                return Some(Next::End);
            }
        }
        // Without an action it goes on with what stands after it.
        connect.get("action").map(|action| Next::Document(absolute(base, action), Vec::new()))
    }

    /// What the first request says of who picked up, where the call waited for the verdict.
    fn verdict_before(&self) -> Form {
        if self.set("MachineDetection").is_none() || self.set("AsyncAmd").is_some_and(|it| it == "true") {
            return Vec::new();
        }
        vec![pair("AnsweredBy", self.verdict())]
    }

    /// The verdict that comes while the first document is heard.
    async fn verdict_beside(&mut self) {
        let beside = self.set("AsyncAmd").is_some_and(|it| it == "true") && self.set("MachineDetection").is_some();
        if std::mem::replace(&mut self.listened, true) || !beside {
            return;
        }
        if let Some(url) = self.set("AsyncAmdStatusCallback") {
            let account = self.vendor.0.settings.account.clone();
            let form = vec![
                pair("AccountSid", account),
                pair("AnsweredBy", self.verdict()),
                pair("CallSid", self.sid.as_str()),
                pair("MachineDetectionDuration", "4600"),
            ];
            self.post("amd", &url, &form).await;
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.script.pickup, self.set("MachineDetection").as_deref()) {
            (Pickup::Machine, Some("DetectMessageEnd")) => "machine_end_beep",
            (Pickup::Machine, _) => "machine_start",
            _ => "human",
        }
    }

    /// Tells how the call goes on, where that was asked for; of a number that is rung only the end is told.
    async fn tell(&mut self, event: &str, status: &str, more: &[(String, String)]) {
        let asked =
            self.of(|record| record.all("StatusCallbackEvent").iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let asked = asked.unwrap_or_default();
        let wanted = if asked.is_empty() { event == "completed" } else { asked.iter().any(|it| it == event) };
        let Some(url) = self.set("StatusCallback").filter(|url| wanted && !url.is_empty()) else {
            return;
        };
        let mut form = self.common(status);
        form.extend(more.iter().cloned());
        if !asked.is_empty() {
            form.extend([
                pair("CallbackSource", "call-progress-events"),
                pair("SequenceNumber", self.told.to_string()),
            ]);
            self.told += 1;
        }
        form.push(pair("Timestamp", self.vendor.0.settings.clock.now().to_rfc2822()));
        if self.script.disorderly && event != "completed" {
            self.late.push((url, form));
            return;
        }
        self.post("status", &url, &form).await;
    }

    fn common(&self, status: &str) -> Form {
        let direction = self.of(|record| record.direction).unwrap_or("outbound-api");
        vec![
            pair("AccountSid", self.vendor.0.settings.account.as_str()),
            pair("ApiVersion", VERSION),
            pair("CallSid", self.sid.as_str()),
            pair("CallStatus", status),
            pair("Direction", direction),
            pair("From", self.set("From").unwrap_or_default()),
            pair("To", self.set("To").unwrap_or_default()),
        ]
    }

    /// Posts a webhook; what steers the call is asked for with everything that is common to them.
    async fn post(&mut self, hook: &str, url: &str, form: &[(String, String)]) -> Option<(u16, String, String)> {
        let mut all = match hook {
            "voice" | "fallback" => self.common(self.of(|record| record.status).unwrap_or("in-progress")),
            _ => Vec::new(),
        };
        all.extend(form.iter().cloned());
        let answer = self.vendor.deliver(hook, url, &all).await.ok();
        self.vendor.write_down(&self.sid, url, &all, answer.as_ref().map(|answer| answer.0));
        if self.script.disorderly {
            self.posted.push((hook.to_owned(), url.to_owned(), all));
        }
        answer
    }

    fn become_(&self, status: &'static str) {
        self.vendor.change(&self.sid, |record| record.status = status);
    }

    fn hung_up(&self) -> bool {
        self.of(|record| record.hung_up).unwrap_or(true)
    }

    fn set(&self, name: &str) -> Option<String> {
        self.of(|record| record.get(name).map(str::to_owned)).flatten()
    }

    fn of<T>(&self, look: impl FnOnce(&super::Record) -> T) -> Option<T> {
        self.vendor.change(&self.sid, |record| look(record))
    }
}

/// A URL in a document, as seen from where the document came from.
fn absolute(base: &str, url: &str) -> String {
    match Url::parse(base).and_then(|base| base.join(url)) {
        // One that is absolute is called in the letters it was written in.
        Ok(_) if Url::parse(url).is_ok() => url.to_owned(),
        Ok(joined) => joined.into(),
        Err(_) => url.to_owned(),
    }
}
