//! One call: it goes from applet to applet until one leads nowhere.

use super::{
    Exotel,
    flow::{Applet, END, Flow, Next, Prompt, Sent},
};
use crate::carriers::{Pickup, Script, offers_keys};
use frontdesk_core::personal::Phone;
use reqwest::Method;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

/// A call goes through no more applets than this.
const LONGEST: usize = 200;

/// What applets tell about a call, besides what happened in it.
pub(super) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// The caller, or whoever was rung; the company's number; and what the API was given as `CustomField`.
    pub(super) fn new(person: &Phone, company: &Phone, direction: &str, custom: Option<&str>) -> Self {
        let (person, company) = (written(person), written(company));
        let mut facts = vec![
            ("CallFrom", person.clone()),
            ("CallTo", company.clone()),
            ("Direction", direction.to_owned()),
            ("ForwardedFrom", String::new()),
            ("DialCallDuration", "0".to_owned()),
            ("EndTime", "1970-01-01 05:30:00".to_owned()),
            ("CallType", "call-attempt".to_owned()),
            ("DialWhomNumber", String::new()),
            ("flow_id", "684213".to_owned()),
            ("tenant_id", "39214".to_owned()),
            ("From", person),
            ("To", company),
        ];
        facts.extend(custom.map(|custom| ("CustomField", custom.to_owned())));
        Self(facts)
    }
}

/// Indian numbers are told with a nought and without their country.
pub(super) fn written(phone: &Phone) -> String {
    phone.reveal().strip_prefix("+91").map_or_else(|| phone.reveal().to_owned(), |national| format!("0{national}"))
}

pub(super) struct Line {
    pub(super) vendor: Exotel,
    pub(super) sid: String,
    facts: Facts,
    script: Script,
    began: String,
    /// What the last Gather heard, in quotes.
    digits: Option<String>,
    /// How the last Connect went.
    dialled: Option<&'static str>,
    /// Second deliveries, for after the end; of what nobody waited for both.
    held: Vec<Request>,
}

/// Something that an address is told.
#[derive(Clone)]
struct Request {
    hook: &'static str,
    url: Url,
    sent: Sent,
    parameters: Vec<(String, String)>,
}

/// A call that has gone through its flow.
pub(super) struct Over(Line);

impl Over {
    /// What was told before is told once more, the last first.
    pub(super) async fn tell_again(mut self) {
        for request in std::mem::take(&mut self.0.held).into_iter().rev() {
            self.0.send(request).await;
        }
    }
}

impl Line {
    pub(super) fn new(vendor: Exotel, sid: String, facts: Facts, script: Script) -> Self {
        let began = vendor.now();
        Self { vendor, sid, facts, script, began, digits: None, dialled: None, held: Vec::new() }
    }

    /// Goes through a flow; somebody is on the line.
    pub(super) async fn live(mut self, flow: &Flow) -> Over {
        let mut at = 0;
        for _ in 0..LONGEST {
            let Some(applet) = flow.0.get(at) else { break };
            self.vendor.0.settings.pace.seconds(1).await;
            at = self.run(applet).await;
        }
        let sid = self.sid.clone();
        self.vendor.change(&sid, |record| record.view.status = "completed".to_owned());
        Over(self)
    }

    async fn run(&mut self, applet: &Applet) -> Next {
        match applet {
            Applet::Gather { prompt, keys, nothing } => self.gather(prompt, *keys, *nothing).await,
            Applet::Greeting { url, next } => self.greeting(url, *next).await,
            Applet::Passthru { url, sent, detached, a, b } => {
                if self.script.disorderly && *detached {
                    let request = self.request("passthru", url, *sent);
                    self.held.extend([request.clone(), request]);
                    return *a;
                }
                match self.tell("passthru", url, *sent).await {
                    _ if *detached => *a,
                    Some((200, ..)) => *a,
                    Some((302, ..)) => *b,
                    other => self.fails(format!("a Passthru got {other:?}")),
                }
            }
            Applet::Switch { url, cases } => {
                let Some((200, kind, body)) = self.tell("switch", url, Sent::Query).await else {
                    return self.fails("a Switch got no 200");
                };
                let select = serde_json::from_str::<Value>(&body).ok();
                let select = select.as_ref().and_then(|body| body["select"].as_str()).unwrap_or_default();
                match cases.iter().find(|(case, _)| case == select) {
                    Some((_, next)) if kind.starts_with("text/plain") => *next,
                    _ => self.fails(format!("a Switch got {body:?} as {kind}")),
                }
            }
            Applet::Voicebot { url, next } => {
                self.voicebot(url).await;
                *next
            }
            Applet::Connect { url, talked, nobody, undialled } => {
                let answer = self.tell("connect", url, Sent::Query).await;
                let body = answer.filter(|(status, ..)| *status == 200);
                let body = body.and_then(|(_, _, body)| serde_json::from_str::<Value>(&body).ok());
                let number = body.as_ref().and_then(|body| body["destination"]["numbers"][0].as_str());
                let Some(number) = number else { return *undialled };
                match self.vendor.0.ledger.script_of(number).pickup {
                    Pickup::Person | Pickup::Machine => {
                        self.dialled = Some("completed");
                        *talked
                    }
                    _ => {
                        self.dialled = Some("no-answer");
                        *nobody
                    }
                }
            }
        }
    }

    /// Speaks and listens. What cannot be used is asked for once more, at the fallback address, and is silence then.
    async fn gather(&mut self, prompt: &Prompt, keys: Next, nothing: Next) -> Next {
        let (text, most, listens) = match prompt {
            Prompt::Fixed(text) => (text.clone(), 1, true),
            Prompt::Asked(url) => {
                let mut asked = None;
                for _ in 0..2 {
                    let answer = self.tell("gather", url, Sent::Query).await;
                    asked = answer.and_then(|(status, kind, body)| usable(status, &kind, &body));
                    if asked.is_some() {
                        break;
                    }
                }
                match asked {
                    Some((text, most)) => (text, most, true),
                    None => return self.fails("a Gather got nothing to say"),
                }
            }
        };
        self.digits = None;
        if self.hears(&text) {
            return END;
        }
        let pressed = if listens { self.script.press(&text) } else { None };
        match pressed {
            Some(pressed) => {
                let entry: String = pressed.chars().take(most).collect();
                self.digits = Some(format!("\"{entry}\""));
                keys
            }
            None => nothing,
        }
    }

    async fn greeting(&mut self, url: &Url, next: Next) -> Next {
        let head = self.tell("greeting", url, Sent::Head).await;
        let answer = self.tell("greeting", url, Sent::Query).await;
        match (head, answer) {
            (Some((200, kind, _)), Some((200, again, body))) if kind == "text/plain" && again == kind => {
                if self.hears(&body) { END } else { next }
            }
            other => self.fails(format!("a Greeting got {other:?}")),
        }
    }

    /// Whether the callee hangs up while hearing this.
    fn hears(&mut self, text: &str) -> bool {
        let sid = self.sid.clone();
        self.vendor.change(&sid, |record| record.view.heard.push(text.to_owned()));
        self.script.leaves_in_menu && offers_keys(text)
    }

    pub(super) fn fails(&mut self, what: impl Into<String>) -> Next {
        self.vendor.complain(what);
        END
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let mut all = vec![("CallSid".to_owned(), self.sid.clone())];
        all.extend(self.facts.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        all.push(("StartTime".to_owned(), self.began.clone()));
        all.push(("CurrentTime".to_owned(), self.vendor.now()));
        all.extend(self.digits.clone().map(|digits| ("digits".to_owned(), digits)));
        all.extend(self.dialled.map(|status| ("DialCallStatus".to_owned(), status.to_owned())));
        all
    }

    fn request(&self, hook: &'static str, url: &Url, sent: Sent) -> Request {
        Request { hook, url: url.clone(), sent, parameters: self.parameters() }
    }

    pub(super) async fn tell(&mut self, hook: &'static str, url: &Url, sent: Sent) -> Option<Answer> {
        let request = self.request(hook, url, sent);
        if self.script.disorderly {
            self.held.push(request.clone());
        }
        self.send(request).await
    }

    async fn send(&self, request: Request) -> Option<Answer> {
        let Request { hook, mut url, sent, parameters } = request;
        let http = &self.vendor.0.http;
        let request = match sent {
            Sent::Query | Sent::Head => {
                url.query_pairs_mut().extend_pairs(&parameters);
                http.request(if sent == Sent::Head { Method::HEAD } else { Method::GET }, url)
            }
            Sent::Form => http.post(url).form(&parameters),
            Sent::Json => http.post(url).json(&object(&parameters)),
            Sent::Multipart => {
                let kind = format!("multipart/form-data; boundary={BOUNDARY}");
                http.post(url).header("content-type", kind).body(multipart(&parameters))
            }
        };
        let answered = match request.header("Exotel-Version", "1.0").send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
                let kind = kind.unwrap_or_default().to_owned();
                Some((status, kind, response.text().await.unwrap_or_default()))
            }
            Err(_) => None,
        };
        let status = answered.as_ref().map(|answer| answer.0);
        let body = answered.as_ref().map(|answer| answer.2.clone()).unwrap_or_default();
        self.vendor.deliver(hook, object(&parameters), status, body);
        answered
    }
}

/// Status, media type and body.
pub(super) type Answer = (u16, String, String);

/// What a Gather is answered, if it can use it: what is said, and how many keys it takes.
fn usable(status: u16, kind: &str, body: &str) -> Option<(String, usize)> {
    let body: Value =
        serde_json::from_str(body).ok().filter(|_| status == 200 && kind.starts_with("application/json"))?;
    let prompt = body["gather_prompt"].as_object().filter(|prompt| prompt.len() == 1)?;
    let said = prompt.get("text").or_else(|| prompt.get("audio_url"))?.as_str().filter(|said| !said.is_empty())?;
    let most = body["max_input_digits"].as_u64().unwrap_or(255);
    Some((said.to_owned(), usize::try_from(most).unwrap_or(255)))
}

pub(super) fn object(parameters: &[(String, String)]) -> Value {
    let members = parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    Value::Object(members.collect::<Map<_, _>>())
}

const BOUNDARY: &str = "--------------------------exotel";

/// As status callbacks and some Passthrus come.
pub(super) fn multipart(parameters: &[(String, String)]) -> String {
    let mut body = String::new();
    for (name, value) in parameters {
        body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body + &format!("--{BOUNDARY}--\r\n")
}

/// The address of a callback, asked for as JSON or not.
pub(super) async fn call_back(vendor: &Exotel, url: &str, kind: &str, parameters: &[(String, String)], body: &Value) {
    let request = vendor.0.http.post(url);
    let request = if kind == "application/json" {
        request.json(body)
    } else {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        request.header("content-type", kind).body(multipart(parameters))
    };
    let (status, answer) = match request.send().await {
        Ok(response) => (Some(response.status().as_u16()), response.text().await.unwrap_or_default()),
        Err(_) => (None, String::new()),
    };
    vendor.deliver("status", body.clone(), status, answer);
}

/// Pairs of a form.
pub(super) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
