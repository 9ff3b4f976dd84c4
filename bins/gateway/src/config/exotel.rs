//! Exotel: what its adapter is made of. It takes key presses as soon as it has a secret, and places calls only once it has
//! API credentials and an app to place them into.

use super::{
    carriers::{filled, place},
    layers::Layers,
    sections::{self, Sections},
    settings::{Checker, Notice},
};
use frontdesk_core::{ports::Network, rules::Rules};
use frontdesk_exotel::{Api, App, CaptureAnswer, Config, NAME, Region, Sms};
use secrecy::SecretString;
use url::Url;

/// The longest a call may be limited to, in seconds.
const LONGEST_CALL: u32 = 14_400;

/// The adapter's configuration, where anything asks for it: credentials, a secret, or a door that was opened on purpose.
pub(super) fn build(checker: &mut Checker<'_>, sections: &Sections, public_url: Option<&Url>) -> Option<Config> {
    let section = &sections.exotel;
    let api = api(checker, section);
    let secrets = secrets(checker.layers, section);
    let open = sections.insecure_webhooks.iter().any(|name| name == NAME);
    if api.is_none() && secrets.is_empty() && !open {
        return None;
    }
    let mut config = Config::new(secrets);
    config.insecure_webhooks = open;
    for text in &section.allowed_addresses {
        let network = text.parse::<Network>().map_err(|error| format!("holds {text:?}, which {error}"));
        config.allowed_networks.extend(checker.keep("exotel.allowed_addresses", network));
    }
    if let Some(text) = filled(&section.answer) {
        let answer = CaptureAnswer::parse(&text).ok_or_else(|| format!("is {text:?}; write json, select or branch"));
        config.answer = checker.keep("exotel.answer", answer).unwrap_or_default();
    }
    if let Some(text) = filled(&section.time_zone) {
        let zone =
            text.parse().map_err(|_| format!("is {text:?}, which is no time zone; use an IANA name like Asia/Kolkata"));
        config.time_zone = checker.keep("exotel.time_zone", zone).unwrap_or(config.time_zone);
    }
    if let Some(text) = filled(&section.country) {
        let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
        let country = good.then(|| text.to_ascii_uppercase()).ok_or("is no country; write two letters, like IN");
        config.country = checker.keep("exotel.country", country).unwrap_or(config.country);
    }
    config.streams = section.streams.unwrap_or_default();
    config.app = app(checker, section);
    config.sms = sms(checker, section);
    for (there, key) in [(config.app.is_some(), "exotel.app"), (config.sms.is_some(), "exotel.sms")] {
        if there && api.is_none() {
            checker.problem(key, "needs the API; set EXOTEL_API_KEY, EXOTEL_API_TOKEN and EXOTEL_SID");
        }
    }
    config.api = api;
    config.webhook_base = public_url.cloned();
    Some(config)
}

/// The database of seed 002 without anything by which key presses are let in: nothing would be captured.
pub(super) fn captures_nothing(layers: &Layers, built: Option<&Config>) -> Option<Notice> {
    let named = layers.variables().iter().find(|variable| variable.name == "IVR_DB_PATH")?;
    let text = "IVR_DB_PATH names a capture database, but no key press is let in; set EXOTEL_WEBHOOK_SECRET to a secret and \
                add ?secret=… to the flow's URLs";
    built.is_none().then(|| Notice { origin: named.origin.clone(), text: text.to_owned() })
}

/// Which IVRs there are is known once the rules are made.
pub(super) fn know_trees(config: &mut Config, rules: &Rules) {
    config.trees = rules.trees.iter().map(|tree| (tree.name.clone(), tree.steps.clone())).collect();
    if let Some(first) = rules.trees.first() {
        config.default_tree.clone_from(&first.name);
    }
}

/// The secrets that prove a webhook, its own before the common one.
fn secrets(layers: &Layers, section: &sections::Exotel) -> Vec<SecretString> {
    let common = layers.default_for("webhook_secret").map(|variable| variable.value.trim().to_owned());
    let all = filled(&section.webhook_secret).into_iter().chain(common.filter(|secret| !secret.is_empty()));
    all.map(SecretString::from).collect()
}

fn api(checker: &mut Checker<'_>, section: &sections::Exotel) -> Option<Api> {
    let parts = [
        ("exotel.api_key", filled(&section.api_key)),
        ("exotel.api_token", filled(&section.api_token)),
        ("exotel.sid", filled(&section.sid)),
    ];
    let there = parts.iter().find(|(_, value)| value.is_some()).map(|(key, _)| *key)?;
    for (key, _) in parts.iter().filter(|(_, value)| value.is_none()) {
        checker.problem(key, format!("is missing, and {there} is of no use without it; set all three or none"));
    }
    let [(_, Some(key)), (_, Some(token)), (_, Some(sid))] = parts else { return None };
    let mut api = Api::new(key.into(), token.into(), sid);
    api.base_url = place(checker, "exotel.base_url", &section.base_url);
    if let Some(text) = filled(&section.region) {
        let region = Region::parse(&text).ok_or_else(|| format!("is {text:?}; write singapore or mumbai"));
        api.region = checker.keep("exotel.region", region).unwrap_or_default();
    }
    Some(api)
}

fn app(checker: &mut Checker<'_>, section: &sections::Exotel) -> Option<App> {
    let mut app = App::new(filled(&section.app)?);
    if let Some(span) = &section.call_limit {
        let seconds = u32::try_from(span.0.num_seconds()).ok().filter(|seconds| (1..=LONGEST_CALL).contains(seconds));
        let seconds = checker.keep("exotel.call_limit", seconds.ok_or("is out of range; write 1s to 4h"));
        app.time_limit = seconds.unwrap_or(app.time_limit);
    }
    Some(app)
}

fn sms(checker: &mut Checker<'_>, section: &sections::Exotel) -> Option<Sms> {
    let mut sms = Sms::new(filled(&section.sms.from)?);
    sms.entity_id = filled(&section.sms.entity_id);
    sms.templates.clone_from(&section.sms.templates);
    if let Some(kind) = filled(&section.sms.kind) {
        if !matches!(kind.as_str(), "transactional" | "transactional_opt_in" | "promotional") {
            checker.problem(
                "exotel.sms.kind",
                format!("is {kind:?}; write transactional, transactional_opt_in or promotional"),
            );
        }
        sms.kind = kind;
    }
    Some(sms)
}
