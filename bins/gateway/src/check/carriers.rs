//! What `check` says of real carriers: what is missing, what is open to forgery, and with `--live` what they say.

use super::{Finding, Grade, finding};
use crate::{
    config::{Config, Proof, PublicUrl, SANDBOX_NUMBER},
    wire::Real,
};
use frontdesk_core::{
    effect::Channel,
    personal::Phone,
    ports::{CallProvider, PortError},
};
use frontdesk_eightxeight::{EightXEight, Registration, Setup};
use frontdesk_twilio::{Scope, Twilio};
use std::collections::{BTreeMap, BTreeSet};

/// What can be said without asking anybody.
pub(super) fn configured(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |grade, about, text: String| findings.push(finding(grade, about, text));
    let base = config.public_url.as_ref().map(PublicUrl::as_written);
    let closed = config.carriers.closed();
    if config.carriers.eightxeight.is_some() {
        match (closed.get(frontdesk_eightxeight::NAME), config.carriers.proof) {
            (Some(closed), _) => say(Grade::Wrong, "8x8", (*closed).to_owned()),
            (None, Proof::Shared) => say(
                Grade::Note,
                "8x8",
                "its webhooks are proved by the token that opens the API; set EIGHT_X_EIGHT_WEBHOOK_SECRET to give it one \
                 of its own"
                    .to_owned(),
            ),
            _ => say(Grade::Ok, "8x8", "configured".to_owned()),
        }
    }
    if config.carriers.twilio.is_some() {
        let text = match base {
            Some(base) => format!(
                "configured; its numbers are to lead to {base}/webhooks/twilio/incoming, their status to \
                 {base}/webhooks/twilio/status and their messages to {base}/webhooks/twilio/message; \
                 `gateway check --live` looks whether they do"
            ),
            None => "configured".to_owned(),
        };
        say(Grade::Ok, "Twilio", text);
        for (grade, text) in super::twilio::messages(config) {
            say(grade, "Twilio", text);
        }
    }
    if let Some(exotel) = &config.carriers.exotel {
        match closed.get(frontdesk_exotel::NAME) {
            Some(closed) => say(Grade::Wrong, "Exotel", (*closed).to_owned()),
            None => say(
                Grade::Ok,
                "Exotel",
                format!(
                    "takes key presses; point the Passthru behind each question at {}/webhook/ivr/STEP?secret=…",
                    base.unwrap_or("https://YOUR-ADDRESS")
                ),
            ),
        }
        if exotel.api.is_some() && exotel.app.is_none() {
            let text = "places no calls, for it has no flow to place them into; set EXOTEL_APP_ID where it should";
            say(Grade::Note, "Exotel", text.to_owned());
        }
    }
    findings.extend(super::threecx::configured(config, base));
    let mut say = |grade, about, text: String| findings.push(finding(grade, about, text));
    for business in config.rules.businesses.values() {
        let real = business.carriers.iter().filter(|name| *name != frontdesk_sandbox::NAME);
        let unknown =
            |name: &&String| business.number_with(name).is_some_and(|number| number.reveal() == SANDBOX_NUMBER);
        let names: Vec<&str> = real.filter(unknown).map(String::as_str).collect();
        if !names.is_empty() {
            let (id, names) = (&business.id, names.join(" and "));
            let remedy = "set OUTBOUND_PHONE_NUMBER, TWILIO_NUMBER or EXOTEL_NUMBER";
            let text = format!("{id} has no number that {names} could show; {remedy}, or businesses.{id}.phone");
            say(Grade::Wrong, "number", text);
        }
    }
    if !config.only_sandbox() {
        let wanted: BTreeSet<Channel> =
            config.rules.businesses.values().flat_map(|business| business.policy.messages.iter().copied()).collect();
        let sent = |channel: &Channel| match channel {
            Channel::Sms => config.carriers.texts().is_some(),
            Channel::Whatsapp => config.carriers.whatsapp(),
            Channel::Email => config.desk.email.is_some(),
            _ => false,
        };
        for channel in wanted.into_iter().filter(|channel| !sent(channel)) {
            let remedy = match channel {
                Channel::Sms => {
                    "set EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID, exotel.sms.from or TWILIO_NUMBER, or take it out of policy.messages"
                }
                Channel::Email => "set EMAIL_FROM and SMTP_SERVER, or take it out of policy.messages",
                Channel::Whatsapp => "set TWILIO_WHATSAPP_NUMBER, or take it out of policy.messages",
                _ => "take it out of policy.messages",
            };
            let name = channel.as_str();
            say(Grade::Note, "messages", format!("nobody sends by {name}, so that rung is passed over; {remedy}"));
        }
    }
    findings
}

/// Asks the carriers that are configured; with `fix`, registers what is amiss there.
pub(super) async fn asked(config: &Config, fix: bool) -> Vec<Finding> {
    let Some(base) = config.public_url.as_deref().cloned().or_else(|| "http://localhost".parse().ok()) else {
        return Vec::new();
    };
    let real = match Real::new(config, &base) {
        Ok(real) => real,
        Err(failure) => return vec![finding(Grade::Wrong, "carriers", failure.message)],
    };
    let mut findings = Vec::new();
    if let Some(carrier) = &real.eightxeight {
        findings.extend(eightxeight(carrier, fix && config.public_url.is_some()).await);
    }
    if let Some(carrier) = &real.twilio {
        findings.extend(twilio(carrier, config, fix).await);
    }
    if let Some(carrier) = real.exotel.as_ref().filter(|carrier| carrier.abilities().finds) {
        findings.push(match carrier.check().await {
            Ok(()) => finding(Grade::Ok, "Exotel", "the account is open to us"),
            Err(error) => refused("Exotel", &error, "check EXOTEL_API_KEY, EXOTEL_API_TOKEN and EXOTEL_SID"),
        });
    }
    if let Some(elevenlabs) =
        real.elevenlabs.as_ref().filter(|_| config.carriers.elevenlabs.as_ref().is_some_and(|it| it.api.is_some()))
    {
        match elevenlabs.check().await {
            Ok(checked) => {
                let fine = checked.fine.into_iter().map(|text| finding(Grade::Ok, "ElevenLabs", text));
                findings.extend(fine);
                findings.extend(checked.troubles.into_iter().map(|text| finding(Grade::Warn, "ElevenLabs", text)));
            }
            Err(error) => {
                let remedy = "check ELEVENLABS_API_KEY, ELEVENLABS_AGENT_ID and ELEVENLABS_BASE_URL";
                findings.push(refused("ElevenLabs", &error, remedy));
            }
        }
    }
    if let Some(threecx) = real.threecx.as_ref().filter(|carrier| carrier.abilities().finds) {
        findings.extend(super::threecx::asked(threecx).await);
    }
    findings
}

pub(super) fn refused(about: &'static str, error: &PortError, remedy: &str) -> Finding {
    finding(Grade::Wrong, about, format!("{error}; {remedy}"))
}

async fn eightxeight(carrier: &EightXEight, fix: bool) -> Vec<Finding> {
    let asked = async {
        let setup = carrier.check().await?;
        if fix && !setup.is_right() { carrier.register_webhooks().await } else { Ok(setup) }
    };
    let setup = match asked.await {
        Ok(setup) => setup,
        Err(error) => {
            let remedy = "check EIGHT_X_EIGHT_API_KEY, EIGHT_X_EIGHT_SUBACCOUNT_ID and the webhook secret";
            return vec![refused("8x8", &error, remedy)];
        }
    };
    let mut findings = Vec::new();
    for hook in setup.hooks {
        let ours = hook.2 == Registration::Ours;
        let said = Setup { hooks: vec![hook], missing_voices: Vec::new() };
        let remedy = if ours { "" } else { "; `gateway check --live --fix` registers it" };
        findings.push(finding(if ours { Grade::Ok } else { Grade::Wrong }, "8x8", format!("{said}{remedy}")));
    }
    for voice in setup.missing_voices {
        let text = format!("the account has no voice {voice:?}; name one of its speech profiles in eightxeight.voices");
        findings.push(finding(Grade::Warn, "8x8", text));
    }
    findings
}

async fn twilio(carrier: &Twilio, config: &Config, fix: bool) -> Vec<Finding> {
    let mut findings = vec![match carrier.check().await {
        Ok(account) if account.trial == Some(true) => {
            let text = "the account is on trial: it rings verified numbers only, and says so to them; upgrade it";
            finding(Grade::Warn, "Twilio", text)
        }
        Ok(_) => finding(Grade::Ok, "Twilio", "the account is open to us"),
        Err(error) => return vec![refused("Twilio", &error, "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")],
    }];
    // Without a public URL there is nowhere to point at, which is said elsewhere.
    if config.public_url.is_some() {
        let numbers = numbers_with_twilio(config);
        let texts = super::twilio::number(config).filter(|number| !numbers.contains_key(number));
        for (number, names) in &numbers {
            findings.push(pointed(carrier, number, names, Scope::Everything, fix).await);
        }
        if let Some(number) = texts {
            findings.push(pointed(carrier, &number, "text messages", Scope::Messages, fix).await);
        }
    }
    findings
}

/// The numbers by which businesses are reached on Twilio, each with its businesses.
fn numbers_with_twilio(config: &Config) -> BTreeMap<Phone, String> {
    let mut numbers: BTreeMap<Phone, String> = BTreeMap::new();
    for business in config.rules.businesses.values() {
        let uses = business.carriers.iter().any(|name| name == frontdesk_twilio::NAME);
        let number = business.number_with(frontdesk_twilio::NAME).filter(|number| number.reveal() != SANDBOX_NUMBER);
        if let (true, Some(number)) = (uses, number) {
            let names = numbers.entry(number.clone()).or_default();
            names.push_str(if names.is_empty() { "" } else { ", " });
            names.push_str(&business.id);
        }
    }
    numbers
}

async fn pointed(carrier: &Twilio, number: &Phone, names: &str, scope: Scope, fix: bool) -> Finding {
    let asked = if fix { carrier.point(number, scope).await } else { carrier.number(number, scope).await };
    match asked {
        Ok(found) => {
            let grade = match (found.is_right(), found.is_there()) {
                (true, _) => Grade::Ok,
                (false, true) => Grade::Warn,
                (false, false) => Grade::Note,
            };
            let remedy = if found.can_be_pointed() { "; `gateway check --live --fix` points it here" } else { "" };
            finding(grade, "Twilio", format!("{names}: {found}{remedy}"))
        }
        Err(error) if fix => {
            refused("Twilio", &error, &format!("look at {number} of {names} with `gateway check --live`"))
        }
        Err(error) => refused("Twilio", &error, &format!("how {number} of {names} is pointed is not known")),
    }
}
