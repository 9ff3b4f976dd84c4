//! 3CX: what its adapter is made of. A secret is enough to take webhooks; everything else needs a client of Call Control.

use super::{
    carriers::{filled, place},
    layers::Layers,
    sections::{self, Sections},
    settings::{Checker, number},
};
use crate::clock;
use chrono::Duration;
use frontdesk_core::rules::Rules;
use frontdesk_threecx::{Clock, Config, Control, NAME, Pcm};
use secrecy::SecretString;
use std::path::Path;

/// The adapter's configuration, and whether it is to listen to the PBX.
#[derive(Debug, Clone)]
pub struct ThreeCx {
    /// What its adapter is made of.
    pub adapter: Config,
    /// Whether the PBX is listened to.
    pub relay: bool,
    /// Whether it has a secret of its own, and not only the common one.
    pub(crate) own_secret: bool,
}

impl ThreeCx {
    /// As shown by `config show`, secrets masked.
    pub(super) fn shown(&self) -> toml::Table {
        let (adapter, control) = (&self.adapter, self.adapter.control.as_ref());
        let set = |yes: bool| yes.then(|| toml::Value::from("(set)"));
        let text = |text: Option<&String>| text.map(|text| toml::Value::from(text.as_str()));
        let secret = if adapter.webhook_secrets.is_empty() { "(missing)" } else { "(set)" };
        let pairs = [
            ("webhook_secret", Some(secret.into())),
            ("tolerance", Some(format!("{}s", adapter.tolerance.num_seconds()).into())),
            ("region", text(adapter.region.as_ref())),
            // Numbers are shown by their ends.
            ("number", adapter.number.as_ref().map(|number| number.to_string().into())),
            ("base_url", control.map(|it| it.base_url.to_string().into())),
            ("client_id", text(control.map(|it| &it.client_id))),
            ("client_secret", set(control.is_some())),
            ("route_point", text(control.map(|it| &it.route_point))),
            ("extension", text(control.and_then(|it| it.extension.as_ref()))),
            ("device", text(control.and_then(|it| it.device.as_ref()))),
            ("agent_destination", text(control.and_then(|it| it.agent_destination.as_ref()))),
            ("greeting_audio", set(control.is_some_and(|it| it.greeting.is_some()))),
            ("music", set(control.is_some_and(|it| it.music.is_some()))),
            ("goodbye_audio", set(control.is_some_and(|it| it.goodbye.is_some()))),
            ("relay", Some(self.relay.into())),
        ];
        pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}

/// The configuration, where anything asks for it: a secret or a client.
pub(super) fn build(checker: &mut Checker<'_>, sections: &Sections, folder: &Path) -> Option<ThreeCx> {
    let section = &sections.threecx;
    let own = [&section.webhook_secret, &section.other_webhook_secret];
    let own: Vec<_> = own.into_iter().filter_map(|text| filled(text).map(SecretString::from)).collect();
    let (own_secret, mut secrets) = (!own.is_empty(), own);
    secrets.extend(common(checker.layers));
    let control = control(checker, section, folder);
    if secrets.is_empty() && control.is_none() {
        return None;
    }
    let relay = section.relay.unwrap_or(control.is_some());
    if relay && control.is_none() {
        checker.problem("threecx.relay", "needs Call Control; set base_url, client_id and client_secret");
    }
    if relay && secrets.is_empty() {
        let what =
            "is missing, and what the relay tells is signed with it; set THREECX_WEBHOOK_SECRET to a long random text";
        checker.problem("threecx.webhook_secret", what);
    }
    let mut adapter = Config::new(secrets, Clock::new(clock::now));
    if let Some(span) = &section.tolerance {
        let fits = (Duration::seconds(1)..=Duration::hours(24)).contains(&span.0);
        let tolerance =
            checker.keep("threecx.tolerance", fits.then_some(span.0).ok_or("is out of range; write 1s to 24h"));
        adapter.tolerance = tolerance.unwrap_or(adapter.tolerance);
    }
    if let Some(text) = filled(&section.region) {
        let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
        let region = good.then(|| text.to_ascii_uppercase()).ok_or("is no country; write two letters, like NL");
        adapter.region = checker.keep("threecx.region", region);
    }
    if let Some(text) = filled(&section.number) {
        let phone = number(&text, adapter.region.as_deref());
        let what = "is not a telephone number; write it with country code, like +31201234567";
        adapter.number = checker.keep("threecx.number", phone.ok_or(what));
    }
    adapter.control = control;
    Some(ThreeCx { adapter, relay, own_secret })
}

/// Calls that say only which extension was rung are the first business's, where nobody says whose.
pub(super) fn name_number(config: &mut ThreeCx, rules: &Rules) {
    let first = || rules.businesses.values().find_map(|business| business.number_with(NAME)).cloned();
    config.adapter.number = config.adapter.number.take().or_else(first);
}

fn common(layers: &Layers) -> Option<SecretString> {
    let secret = layers.default_for("webhook_secret").map(|variable| variable.value.trim().to_owned());
    secret.filter(|secret| !secret.is_empty()).map(SecretString::from)
}

fn control(checker: &mut Checker<'_>, section: &sections::ThreeCx, folder: &Path) -> Option<Control> {
    let base_url = place(checker, "threecx.base_url", &section.base_url);
    let parts = [
        ("threecx.base_url", filled(&section.base_url)),
        ("threecx.client_id", filled(&section.client_id)),
        ("threecx.client_secret", filled(&section.client_secret)),
    ];
    let there = parts.iter().find(|(_, value)| value.is_some()).map(|(key, _)| *key);
    let whole = parts.iter().all(|(_, value)| value.is_some());
    let Some(there) = there.filter(|_| !whole) else {
        let [_, (_, client_id), (_, client_secret)] = parts;
        let mut control = Control::new(base_url?, client_id?, client_secret?.into());
        control.route_point = filled(&section.route_point).unwrap_or(control.route_point);
        control.extension = filled(&section.extension);
        control.device = filled(&section.device);
        control.agent_destination = filled(&section.agent_destination);
        control.greeting = sound(checker, "threecx.greeting_audio", &section.greeting_audio, folder);
        control.music = sound(checker, "threecx.music", &section.music, folder);
        control.goodbye = sound(checker, "threecx.goodbye_audio", &section.goodbye_audio, folder);
        return Some(control);
    };
    for (key, _) in parts.iter().filter(|(_, value)| value.is_none()) {
        checker.problem(key, format!("is missing, and {there} is of no use without it; set all three or none"));
    }
    None
}

fn sound(checker: &mut Checker<'_>, key: &str, file: &Option<String>, folder: &Path) -> Option<Pcm> {
    let file = filled(file)?;
    let read = std::fs::read(folder.join(&file));
    let read = read.map_err(|error| format!("names the file {file:?}, which cannot be read: {error}"));
    let read =
        read.and_then(|bytes| Pcm::read(&bytes).map_err(|error| format!("names the file {file:?}, which {error}")));
    checker.keep(key, read)
}
