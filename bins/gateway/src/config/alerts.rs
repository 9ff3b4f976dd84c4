//! Alerts: what is watched, who is told, and where webhooks are.

use super::{
    Carriers, Desk,
    businesses::week,
    sections::{self, Sections},
    settings::{Checker, number},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::Duration;
use frontdesk_core::{
    alert::{AlertRule, Condition, Open},
    personal::Email,
    rules::{Business, Rules},
};
use secrecy::{SecretSlice, SecretString};
use std::collections::BTreeMap;
use url::{Host, Url};

/// How much is looked at, where nothing is said.
const WINDOW: Duration = Duration::minutes(30);
/// So many calls make a rate, where nothing is said.
const LEAST: u32 = 20;

/// A webhook of the staff's.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where it is; may hold a secret of the receiver's.
    pub url: Url,
    /// What requests to it are signed with.
    pub key: SecretSlice<u8>,
}

/// The key in a secret as <https://www.standardwebhooks.com> writes it: `whsec_` and base64 of 24 to 64 bytes.
pub(crate) fn signing_key(secret: &SecretString) -> Option<SecretSlice<u8>> {
    use secrecy::ExposeSecret;
    let text = secret.expose_secret().trim().strip_prefix("whsec_")?;
    let key = BASE64_STANDARD.decode(text).ok()?;
    (24..=64).contains(&key.len()).then(|| key.into())
}

/// The webhooks by name.
pub(super) fn webhooks(checker: &mut Checker<'_>, sections: &Sections) -> BTreeMap<String, Webhook> {
    let mut made = BTreeMap::new();
    for (name, section) in &sections.webhooks {
        let key = |inner: &str| format!("webhooks.{name}.{inner}");
        plain_name(checker, &format!("webhooks.{name}"), name);
        let url = section.url.as_deref().and_then(|url| Url::parse(url.trim()).ok()).filter(safe);
        let wrong =
            "is no address to post to; write it like https://example.com/hooks/alerts (http only on this machine)";
        let url = checker.keep(&key("url"), url.ok_or(wrong));
        let secret = section.secret.clone().map(SecretString::from);
        let wrong = "is no signing secret; write whsec_ and what `openssl rand -base64 32` says";
        let secret = checker.keep(&key("secret"), secret.as_ref().and_then(signing_key).ok_or(wrong));
        if let (Some(url), Some(key)) = (url, secret) {
            made.insert(name.clone(), Webhook { url, key });
        }
    }
    made
}

/// Nobody on the way reads what is posted.
fn safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" && url.has_host() || url.scheme() == "http" && here
}

fn plain_name(checker: &mut Checker<'_>, key: &str, name: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        checker.problem(key, "is no name; use up to 64 letters, digits, - and _");
    }
}

/// The rules. What they name (flows, steps, businesses, carriers) is looked at with all the rest of the rules.
pub(super) fn rules(
    checker: &mut Checker<'_>,
    sections: &Sections,
    businesses: &BTreeMap<String, Business>,
) -> Vec<AlertRule> {
    let mut rules = Vec::new();
    for (name, section) in &sections.alerts {
        plain_name(checker, &format!("alerts.{name}"), name);
        let key = |inner: &str| format!("alerts.{name}.{inner}");
        let region = section.business.as_ref().and_then(|id| businesses.get(id)).or_else(|| businesses.values().next());
        let region = region.and_then(|business| business.region.as_deref());
        let sms = section.sms.iter().filter_map(|text| {
            let phone = number(text, region).ok_or("holds no telephone number; write it like +14155550123");
            checker.keep(&key("sms"), phone)
        });
        let sms = sms.collect();
        let mail = section.mail.iter().filter_map(|text| {
            checker
                .keep(&key("mail"), Email::parse(text).map_err(|_| "holds no address; write it like desk@example.com"))
        });
        let mail = mail.collect();
        for webhook in section.webhook.iter().filter(|webhook| !sections.webhooks.contains_key(*webhook)) {
            let what = format!("names {webhook:?}, which is not there; add [webhooks.{webhook}] with url and secret");
            checker.problem(&key("webhook"), what);
        }
        let Some(when) = condition(checker, name, section, businesses) else { continue };
        rules.push(AlertRule {
            name: name.clone(),
            when,
            business: section.business.clone(),
            least: section.least.unwrap_or(LEAST),
            sms,
            mail,
            webhooks: section.webhook.clone(),
        });
    }
    rules
}

fn condition(
    checker: &mut Checker<'_>,
    name: &str,
    section: &sections::Alert,
    businesses: &BTreeMap<String, Business>,
) -> Option<Condition> {
    let key = |inner: &str| format!("alerts.{name}.{inner}");
    let over = section.over.map_or(WINDOW, |span| span.0);
    let (condition, needs): (_, &[&str]) = match section.when.as_deref() {
        Some("drop_off") => {
            let needed = |value: Option<&String>| value.cloned().unwrap_or_default();
            let (flow, step) = (needed(section.flow.as_ref()), needed(section.step.as_ref()));
            let condition = Condition::DropOff { flow, step, above: section.above.unwrap_or_default(), over };
            (condition, &["flow", "step", "above"])
        }
        Some("no_calls") => {
            let business = section.business.as_ref().and_then(|id| businesses.get(id));
            let business = business.or_else(|| businesses.values().next());
            let zone = business.map_or(chrono_tz::Tz::UTC, |business| business.time_zone);
            let hours = section.hours.as_ref().map(|hours| Open { hours: week(checker, &key("hours"), hours), zone });
            (Condition::NoCalls { flow: section.flow.clone(), over, hours }, &[])
        }
        Some("confirm_rate") => {
            let below = section.below.unwrap_or_default();
            (Condition::ConfirmRate { flow: section.flow.clone(), below, over }, &["below"])
        }
        Some("uncertain") => (Condition::Uncertain { above: section.above.unwrap_or_default() }, &["above"]),
        Some("carrier_failing") => (Condition::CarrierFailing { carrier: section.carrier.clone() }, &[]),
        _ => {
            checker.problem(
                &key("when"),
                "says nothing known; write drop_off, no_calls, confirm_rate, uncertain or carrier_failing",
            );
            return None;
        }
    };
    let missing: Vec<_> = needs.iter().filter(|inner| !given(section, inner)).collect();
    for inner in &missing {
        checker.problem(&key(inner), format!("is missing; {} needs it", section.when.as_deref().unwrap_or_default()));
    }
    let window = ["over", "business"];
    let (own, more): (&[&str], &[&str]) = match &condition {
        Condition::DropOff { .. } => (&["flow", "step", "above", "least"], &window),
        Condition::NoCalls { .. } => (&["flow", "hours"], &window),
        Condition::ConfirmRate { .. } => (&["flow", "below", "least"], &window),
        Condition::Uncertain { .. } => (&["above"], &[]),
        Condition::CarrierFailing { .. } => (&["carrier"], &[]),
    };
    for inner in KEYS.into_iter().filter(|inner| !own.contains(inner) && !more.contains(inner) && given(section, inner))
    {
        let when = section.when.as_deref().unwrap_or_default();
        checker.problem(&key(inner), format!("says nothing to {when}; take it out"));
    }
    missing.is_empty().then_some(condition)
}

/// An alert that nobody can send is found out about now, and not when it is needed.
pub(super) fn sendable(checker: &mut Checker<'_>, rules: &Rules, carriers: &Carriers, desk: &Desk) {
    let mut asked = rules.businesses.values().flat_map(|business| &business.carriers);
    if asked.all(|name| name == frontdesk_sandbox::NAME) {
        return;
    }
    let texts = carriers.texts().is_some();
    for rule in &rules.alerts {
        if !rule.sms.is_empty() && !texts {
            let what = "has numbers, and nobody sends text messages; set EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID, [exotel.sms] or TWILIO_NUMBER, or use a webhook";
            checker.problem(&format!("alerts.{}.sms", rule.name), what);
        }
        if !rule.mail.is_empty() && desk.email.is_none() {
            let what = "has addresses, and nobody sends mail; set EMAIL_FROM and SMTP_SERVER, or use a webhook";
            checker.problem(&format!("alerts.{}.mail", rule.name), what);
        }
    }
}

/// The keys that not every rule has.
const KEYS: [&str; 9] = ["business", "flow", "step", "above", "below", "over", "least", "hours", "carrier"];

fn given(section: &sections::Alert, key: &str) -> bool {
    match key {
        "business" => section.business.is_some(),
        "flow" => section.flow.is_some(),
        "step" => section.step.is_some(),
        "above" => section.above.is_some(),
        "below" => section.below.is_some(),
        "over" => section.over.is_some(),
        "least" => section.least.is_some(),
        "hours" => section.hours.is_some(),
        "carrier" => section.carrier.is_some(),
        _ => false,
    }
}

/// The rules as they are shown: people masked.
pub(super) fn shown(rules: &[AlertRule]) -> toml::Table {
    let span = |span: &Duration| super::Span(*span).to_string();
    let table = |rule: &AlertRule| {
        let mut table = toml::Table::new();
        let mut put = |key: &str, value: toml::Value| table.insert(key.to_owned(), value);
        put("when", rule.when.kind().into());
        match &rule.when {
            Condition::DropOff { flow, step, above, over } => {
                put("flow", flow.clone().into());
                put("step", step.clone().into());
                put("above", i64::from(*above).into());
                put("over", span(over).into());
                put("least", i64::from(rule.least).into());
            }
            Condition::NoCalls { flow, over, hours: _ } => {
                flow.as_ref().map(|flow| put("flow", flow.clone().into()));
                put("over", span(over).into());
            }
            Condition::ConfirmRate { flow, below, over } => {
                flow.as_ref().map(|flow| put("flow", flow.clone().into()));
                put("below", i64::from(*below).into());
                put("over", span(over).into());
                put("least", i64::from(rule.least).into());
            }
            Condition::Uncertain { above } => {
                put("above", i64::from(*above).into());
            }
            Condition::CarrierFailing { carrier } => {
                carrier.as_ref().map(|carrier| put("carrier", carrier.clone().into()));
            }
        }
        rule.business.as_ref().map(|business| put("business", business.clone().into()));
        put("sms", rule.sms.iter().map(ToString::to_string).collect::<Vec<_>>().into());
        put("mail", rule.mail.iter().map(ToString::to_string).collect::<Vec<_>>().into());
        put("webhook", rule.webhooks.clone().into());
        table
    };
    rules.iter().map(|rule| (rule.name.clone(), table(rule).into())).collect()
}
