//! ElevenLabs: what its adapter is made of. A secret is enough to take what agents collect; handing calls to one needs the
//! API and an agent.

use super::{
    carriers::{filled, place},
    layers::Layers,
    sections::{self, Sections},
    settings::Checker,
};
use chrono::Duration;
use frontdesk_core::rules::{Inbound, Rules};
use frontdesk_elevenlabs::{Api, Config, Fields, NAME, Outbound, Overrides, Route};
use secrecy::SecretString;
use url::Url;

/// The adapter's configuration, where anything asks for it: a secret, a key, an agent, or a door that was opened on purpose.
pub(super) fn build(checker: &mut Checker<'_>, sections: &Sections) -> Option<Config> {
    let section = &sections.elevenlabs;
    let secret = |text: &Option<String>| filled(text).map(SecretString::from);
    let signing: Vec<SecretString> =
        secret(&section.webhook_secret).into_iter().chain(secret(&section.other_webhook_secret)).collect();
    let shared = shared(checker.layers, section);
    let open = sections.insecure_webhooks.iter().any(|name| name == NAME);
    let (key, agent) = (filled(&section.api_key), filled(&section.agent_id));
    if signing.is_empty() && shared.is_empty() && !open && key.is_none() && agent.is_none() {
        return None;
    }
    let mut config = Config {
        signing_secrets: signing,
        shared_secrets: shared,
        insecure_webhooks: open,
        agents: section.agents.clone().unwrap_or_else(|| agent.clone().into_iter().collect()),
        business: filled(&section.business),
        fields: fields(&section.fields),
        overrides: overrides(checker, section),
        outbound: outbound(checker, section),
        ws_url: socket(checker, section),
        agent,
        ..Config::default()
    };
    if let Some(span) = &section.tolerance {
        let fits = (Duration::seconds(1)..=Duration::hours(24)).contains(&span.0);
        let tolerance =
            checker.keep("elevenlabs.tolerance", fits.then_some(span.0).ok_or("is out of range; write 1s to 24h"));
        config.tolerance = tolerance.unwrap_or(config.tolerance);
    }
    if let Some(bytes) = section.body_bytes {
        let fits = (1_024..=64 * 1_024 * 1_024).contains(&bytes);
        let bytes = checker
            .keep("elevenlabs.body_bytes", fits.then_some(bytes).ok_or("is out of range; write 1024 to 67108864"));
        config.longest_body = bytes.unwrap_or(config.longest_body);
    }
    if let Some(business) = config.business.as_ref().filter(|id| !sections.businesses.contains_key(*id)) {
        let known: Vec<_> = sections.businesses.keys().map(String::as_str).collect();
        checker.problem(
            "elevenlabs.business",
            format!("names {business:?}, which is no business; use one of {}", known.join(", ")),
        );
    }
    config.api = key.and_then(|key| api(checker, section, key));
    Some(config)
}

fn api(checker: &mut Checker<'_>, section: &sections::ElevenLabs, key: String) -> Option<Api> {
    let usual = || Url::parse(Api::USUAL).ok();
    let base_url = place(checker, "elevenlabs.base_url", &section.base_url).or_else(usual)?;
    let mut api = Api::new(key.into(), base_url);
    if let Some(span) = &section.answer_within {
        let within = span.std();
        let fits = (std::time::Duration::from_millis(100)..=std::time::Duration::from_secs(5)).contains(&within);
        let within = checker
            .keep("elevenlabs.answer_within", fits.then_some(within).ok_or("is out of range; write 100ms to 5s"));
        api.answer_within = within.unwrap_or(api.answer_within);
    }
    Some(api)
}

fn overrides(checker: &mut Checker<'_>, section: &sections::ElevenLabs) -> Overrides {
    let mut overrides = Overrides { language: section.sets_language, ..Overrides::default() };
    for name in section.allow_overrides.iter().flatten() {
        match name.as_str() {
            "voice" => overrides.voice = true,
            "first_message" => overrides.first_message = true,
            "language" => overrides.language = true,
            other => checker.problem(
                "elevenlabs.allow_overrides",
                format!("names {other:?}; write \"voice\", \"first_message\" or \"language\""),
            ),
        }
    }
    overrides
}

fn outbound(checker: &mut Checker<'_>, section: &sections::ElevenLabs) -> Option<Outbound> {
    let route = match filled(&section.outbound).as_deref() {
        None | Some("twilio") => Some(Route::Twilio),
        Some("sip") => Some(Route::Sip),
        Some(other) => {
            checker.problem("elevenlabs.outbound", format!("is {other:?}; write \"twilio\" or \"sip\""));
            None
        }
    };
    Some(Outbound { phone_number_id: filled(&section.phone_number_id)?, route: route? })
}

fn socket(checker: &mut Checker<'_>, section: &sections::ElevenLabs) -> Option<Url> {
    let text = filled(&section.ws_url)?;
    let plain = |url: &Url| url.host_str().is_some() && url.username().is_empty() && url.password().is_none();
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "ws" | "wss") && plain(url));
    checker
        .keep("elevenlabs.ws_url", url.ok_or("is no address; write it like wss://api.example.com, without credentials"))
}

/// The secrets that come along with a webhook, its own before the common one.
fn shared(layers: &Layers, section: &sections::ElevenLabs) -> Vec<SecretString> {
    let common = layers.default_for("webhook_secret").map(|variable| variable.value.trim().to_owned());
    let all = filled(&section.shared_secret).into_iter().chain(common.filter(|secret| !secret.is_empty()));
    all.map(SecretString::from).collect()
}

fn fields(section: &sections::ElevenLabsFields) -> Fields {
    let usual = Fields::default();
    let or = |own: &Option<Vec<String>>, usual: Vec<String>| own.clone().unwrap_or(usual);
    Fields {
        time: or(&section.time, usual.time),
        date: or(&section.date, usual.date),
        name: or(&section.name, usual.name),
        email: or(&section.email, usual.email),
        phone: or(&section.phone, usual.phone),
        service: or(&section.service, usual.service),
        intent: or(&section.intent, usual.intent),
    }
}

/// Whoever wants an agent to answer needs one.
pub(super) fn answers(checker: &mut Checker<'_>, rules: &Rules, config: Option<&Config>) {
    let agent = config.is_some_and(|config| config.agent.is_some());
    let api = config.is_some_and(|config| config.api.is_some());
    for (id, business) in &rules.businesses {
        let (wanted, needs) = match business.inbound {
            Inbound::Agent if !(agent && api) => ("agent", "set ELEVENLABS_AGENT_ID and ELEVENLABS_API_KEY"),
            Inbound::Seed if !agent => ("seed", "set ELEVENLABS_AGENT_ID"),
            _ => continue,
        };
        let own = format!("businesses.{id}.inbound");
        let key = if checker.layers.origin(&own) == super::Origin::Absent { "inbound".to_owned() } else { own };
        checker.problem(&key, format!("is \"{wanted}\", and there is no agent to answer; {needs}"));
    }
}
