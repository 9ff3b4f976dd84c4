//! How a number of the account is pointed: who is told of the calls and messages that come in.
//! <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>
//!
//! A trunk takes a number's calls whatever the number itself says, and so does an application with calls or messages. What
//! they say is not the number's to change, so that it is only told.

use crate::{Config, NAME, calls::Calls, links::Links, proof, receive::Hook, rest::Answer};
use frontdesk_core::{
    personal::Phone,
    ports::{Happened, PortError, PortResult, Trouble},
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

/// A number, as Twilio has it. Prints itself in one sentence, with what to change and without the whole number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    number: Phone,
    /// `None` where the account has no such number.
    pointed: Option<Pointed>,
}

/// How a number is pointed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointed {
    sid: String,
    overridden: Vec<Override>,
    amiss: Vec<Amiss>,
}

/// What decides in a number's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Override {
    Trunk,
    CallsByApplication,
    MessagesByApplication,
}

/// What is told, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Calls,
    Ends,
    Messages,
}

/// A setting that does not lead here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Amiss {
    setting: Setting,
    fault: Fault,
    /// What it should be, as it is set.
    wanted: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Unset,
    Elsewhere,
    ByGet,
}

/// What a number is ours for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Calls and messages.
    Everything,
    /// Messages alone: where its calls lead is somebody else's to say.
    Messages,
}

/// Where our hooks are found.
pub(crate) struct Doors {
    bases: [String; 2],
    hook_paths: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Page {
    incoming_phone_numbers: Vec<Body>,
}

/// The resource; what is not set comes as nothing, or as an empty text.
#[derive(Deserialize)]
struct Body {
    sid: String,
    phone_number: String,
    #[serde(default)]
    capabilities: Option<Capabilities>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Capabilities {
    #[serde(default, alias = "Voice")]
    voice: Option<bool>,
    #[serde(default, alias = "SMS")]
    sms: Option<bool>,
}

impl Number {
    /// Whether everything it can take leads here.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.pointed.as_ref().is_some_and(|it| it.amiss.is_empty() && it.overridden.is_empty())
    }

    /// Whether something of it can be set right by [`Twilio::point`](crate::Twilio::point).
    #[must_use]
    pub fn can_be_pointed(&self) -> bool {
        self.pointed.as_ref().is_some_and(|it| !it.amiss.is_empty())
    }

    /// Whether the account has it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.pointed.is_some()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.number)?;
        let Some(pointed) = &self.pointed else {
            return f.write_str(
                "is none of the account's own numbers (a subaccount's are not seen): it can be shown once it is verified, \
                 and whoever rings it does not come here",
            );
        };
        if self.is_right() {
            return f.write_str("leads here");
        }
        let overridden = pointed.overridden.iter().map(ToString::to_string);
        let parts: Vec<String> = overridden.chain(pointed.amiss.iter().map(ToString::to_string)).collect();
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trunk => "is on a SIP trunk, which takes its calls whatever its VoiceUrl says; take it off the trunk",
            Self::CallsByApplication => {
                "belongs to a TwiML application, which takes its calls whatever its VoiceUrl says; change the application's \
                 URLs, or take the number out of it"
            }
            Self::MessagesByApplication => {
                "belongs to a TwiML application, which takes its messages whatever its SmsUrl says; change the application's \
                 URLs, or take the number out of it"
            }
        })
    }
}

impl fmt::Display for Amiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, method) = self.setting.names();
        // What stands behind the `#` is advice to Twilio, and not where it leads.
        let wanted = self.wanted.split('#').next().unwrap_or_default();
        match self.fault {
            Fault::Unset => write!(f, "has no {url}; set it to {wanted}, by POST"),
            Fault::Elsewhere => write!(f, "leads elsewhere by its {url}; set it to {wanted}, by POST"),
            Fault::ByGet => write!(f, "asks by GET, which writes numbers into logs; set its {method} to POST"),
        }
    }
}

impl Setting {
    /// The names of its URL and of its method.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Calls => ("VoiceUrl", "VoiceMethod"),
            Self::Ends => ("StatusCallback", "StatusCallbackMethod"),
            Self::Messages => ("SmsUrl", "SmsMethod"),
        }
    }

    /// Their names in the resource.
    fn members(self) -> (&'static str, &'static str) {
        match self {
            Self::Calls => ("voice_url", "voice_method"),
            Self::Ends => ("status_callback", "status_callback_method"),
            Self::Messages => ("sms_url", "sms_method"),
        }
    }

    fn hook(self) -> (Hook, &'static str) {
        match self {
            Self::Calls => (Hook::Voice, "incoming"),
            Self::Ends => (Hook::Status, "status"),
            Self::Messages => (Hook::Message, "message"),
        }
    }
}

impl Doors {
    pub(crate) fn new(config: &Config) -> Self {
        let bases = [config.webhook_base.clone(), proof::as_seen(&config.webhook_base)];
        Self { bases, hook_paths: config.hook_paths.clone() }
    }

    /// The hook that a URL leads to, where that is one of ours. Another spelling of our host is none: what Twilio signs is
    /// what it was given.
    fn hook(&self, url: &str) -> Option<Hook> {
        let url = url.split(['#', '?']).next()?;
        let path = self.bases.iter().find_map(|base| url.strip_prefix(base.as_str()))?;
        let own = path.strip_prefix("/webhooks/").and_then(|rest| rest.strip_prefix(NAME)?.strip_prefix('/'));
        Hook::of(own.or_else(|| self.hook_paths.get(path).map(String::as_str))?)
    }
}

impl Body {
    fn text(&self, name: &str) -> Option<&str> {
        self.rest.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    fn pointed(self, scope: Scope, doors: &Doors, links: &Links) -> Pointed {
        let can = self.capabilities.unwrap_or_default();
        let mut overridden = Vec::new();
        let calls = scope == Scope::Everything;
        if calls && self.text("trunk_sid").is_some() {
            overridden.push(Override::Trunk);
        } else if calls && self.text("voice_application_sid").is_some() {
            overridden.push(Override::CallsByApplication);
        }
        let mut settings = Vec::new();
        if calls && overridden.is_empty() && can.voice != Some(false) {
            settings.extend([Setting::Calls, Setting::Ends]);
        }
        if self.text("sms_application_sid").is_some() {
            overridden.push(Override::MessagesByApplication);
        } else if can.sms != Some(false) {
            settings.push(Setting::Messages);
        }
        let amiss = settings.into_iter().filter_map(|setting| self.amiss(setting, doors, links)).collect();
        Pointed { sid: self.sid, overridden, amiss }
    }

    fn amiss(&self, setting: Setting, doors: &Doors, links: &Links) -> Option<Amiss> {
        let ((url, method), (hook, name)) = (setting.members(), setting.hook());
        let fault = match self.text(url) {
            None => Fault::Unset,
            Some(url) if doors.hook(url) != Some(hook) => Fault::Elsewhere,
            Some(_) if self.text(method).is_some_and(|method| !method.eq_ignore_ascii_case("POST")) => Fault::ByGet,
            Some(_) => return None,
        };
        Some(Amiss { setting, fault, wanted: links.hook(name).done() })
    }
}

impl Calls {
    /// How a number is pointed. Changes nothing.
    pub(crate) async fn number(&self, number: &Phone, scope: Scope) -> PortResult<Number> {
        let query = [("PhoneNumber", number.reveal())];
        let page: Answer<Page> = self.rest.get(&["IncomingPhoneNumbers"], &query).await?;
        // The filter takes patterns, so that others may match as well.
        let ours = page.body.incoming_phone_numbers.into_iter().find(|it| it.phone_number == number.reveal());
        Ok(Number { number: number.clone(), pointed: ours.map(|it| it.pointed(scope, &self.doors, &self.links)) })
    }

    /// Points a number here, as far as it is its own to say; says how it is afterwards.
    pub(crate) async fn point(&self, number: &Phone, scope: Scope) -> PortResult<Number> {
        let found = self.number(number, scope).await?;
        let Some(pointed) = found.pointed.as_ref().filter(|it| !it.amiss.is_empty()) else { return Ok(found) };
        let mut form = Vec::new();
        for amiss in &pointed.amiss {
            let (url, method) = amiss.setting.names();
            if amiss.fault != Fault::ByGet {
                form.push((url, amiss.wanted.clone()));
            }
            form.push((method, "POST".to_owned()));
        }
        let body: Body = self.rest.post(&["IncomingPhoneNumbers", &pointed.sid], &form).await?.body;
        if body.phone_number != number.reveal() {
            let what = "Twilio changed another number than the one that was meant; look at both in the console";
            return Err(PortError::new(NAME, Happened::Maybe, Trouble::Broken, what));
        }
        Ok(Number { number: number.clone(), pointed: Some(body.pointed(scope, &self.doors, &self.links)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::what_it_can_is_not_known(json!(null), &["VoiceUrl", "StatusCallback", "SmsUrl"])]
    #[case::calls_only(json!({ "voice": true, "sms": false }), &["VoiceUrl", "StatusCallback"])]
    #[case::messages_only_in_the_older_spelling(json!({ "Voice": false, "SMS": true }), &["SmsUrl"])]
    fn a_number_is_asked_for_no_more_than_it_can_take(#[case] can: serde_json::Value, #[case] amiss: &[&str]) {
        let config =
            Config::new("AC0", "t".into(), "https://desk.example", crate::Clock::new(|| chrono::DateTime::UNIX_EPOCH));
        let body = json!({ "sid": "PN0", "phone_number": "+15005550009", "capabilities": can });
        let body: Body = serde_json::from_value(body).unwrap();
        let pointed = body.pointed(Scope::Everything, &Doors::new(&config), &Links::new(&config.webhook_base, None));
        let names: Vec<_> = pointed.amiss.iter().map(|it| it.setting.names().0).collect();
        assert_eq!(names, amiss);
    }

    #[test]
    fn a_number_that_is_ours_for_messages_keeps_its_calls() {
        let config =
            Config::new("AC0", "t".into(), "https://desk.example", crate::Clock::new(|| chrono::DateTime::UNIX_EPOCH));
        let body = json!({ "sid": "PN0", "phone_number": "+15005550009", "voice_url": "https://pbx.example", "trunk_sid": "TK0" });
        let body: Body = serde_json::from_value(body).unwrap();
        let pointed = body.pointed(Scope::Messages, &Doors::new(&config), &Links::new(&config.webhook_base, None));
        let names: Vec<_> = pointed.amiss.iter().map(|it| it.setting.names().0).collect();
        assert_eq!((names.as_slice(), pointed.overridden.as_slice()), (&["SmsUrl"][..], &[][..]));
    }
}
