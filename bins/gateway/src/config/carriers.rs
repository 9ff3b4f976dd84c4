//! The carriers that are configured: what their adapters are made of, and what is missing.

use super::{
    PublicUrl,
    layers::Layers,
    sections::{self, Sections},
    settings::Checker,
    twilio::Texts,
};
use crate::clock;
use frontdesk_core::{personal::Phone, speech::Language};
use frontdesk_eightxeight as eightxeight;
use frontdesk_elevenlabs as elevenlabs;
use frontdesk_exotel as exotel;
use frontdesk_threecx as threecx;
use frontdesk_twilio as twilio;
use secrecy::SecretString;
use std::{collections::BTreeMap, net::IpAddr, num::NonZeroU32, path::Path, sync::Arc};
use url::Url;

/// The seeds' one token: it opens the API, and proves 8x8's webhooks.
const ONE_TOKEN: &str = "WEBHOOK_AUTH_TOKEN";

/// Real carriers; each is there once it has its credentials.
#[derive(Debug, Clone, Default)]
pub struct Carriers {
    /// 8x8; its `webhook_base` is filled in by whoever knows it.
    pub eightxeight: Option<eightxeight::Config>,
    /// Twilio; its `webhook_base` is the public URL as it was written, where there is one.
    pub twilio: Option<twilio::Config>,
    /// Exotel, for key presses at least.
    pub exotel: Option<exotel::Config>,
    /// ElevenLabs, which is no carrier: it tells what its agents collected, takes calls, and places its own.
    pub elevenlabs: Option<elevenlabs::Config>,
    /// 3CX, for webhooks about its calls at least.
    pub threecx: Option<super::ThreeCx>,
    /// Where the secret that proves 8x8's webhooks was given.
    pub(crate) proof: Proof,
    /// Who sends text messages.
    pub(crate) texts: Texts,
}

/// What proves the webhooks of 8x8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Proof {
    /// A secret of their own.
    Own,
    /// The token that opens the API as well.
    Shared,
    /// Nothing, on purpose.
    Insecure,
    /// Nothing: they are not let in.
    #[default]
    Missing,
}

impl Carriers {
    /// Those that can place calls, in the order in which they are asked where nobody has said another.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let eight = self.eightxeight.as_ref().map(|_| eightxeight::NAME);
        let twilio = self.twilio.as_ref().map(|_| twilio::NAME);
        let dials = |config: &&exotel::Config| config.api.is_some() && config.app.is_some();
        let exotel = self.exotel.as_ref().filter(dials).map(|_| exotel::NAME);
        eight.into_iter().chain(twilio).chain(exotel).collect()
    }

    /// Those that place calls where somebody names them, and are asked by nobody else.
    #[must_use]
    pub fn by_name(&self) -> Vec<&'static str> {
        let dials = |config: &&super::ThreeCx| config.adapter.control.is_some();
        self.threecx.as_ref().filter(dials).map(|_| threecx::NAME).into_iter().collect()
    }

    /// Why webhooks of a carrier that is configured are not let in, if they are not, and what to do; by carrier.
    #[must_use]
    pub fn closed(&self) -> BTreeMap<&'static str, &'static str> {
        let eight = (self.eightxeight.is_some() && self.proof == Proof::Missing).then_some((
            eightxeight::NAME,
            "webhooks of 8x8 are closed, because nothing proves them; set EIGHT_X_EIGHT_WEBHOOK_SECRET and register it \
             with `gateway check --live --fix`",
        ));
        let unproved = |config: &&exotel::Config| config.webhook_secrets.is_empty() && !config.insecure_webhooks;
        let exotel = self.exotel.as_ref().filter(unproved).map(|_| {
            (
                exotel::NAME,
                "webhooks of Exotel are closed, because nothing proves them; set EXOTEL_WEBHOOK_SECRET, and append \
                 ?secret=… with its value to the address of each applet",
            )
        });
        let unproved = |config: &&elevenlabs::Config| {
            config.webhook_secrets() == 0 && !config.insecure_webhooks && config.api.is_some()
        };
        let elevenlabs = self.elevenlabs.as_ref().filter(unproved).map(|_| {
            (
                elevenlabs::NAME,
                "webhooks of ElevenLabs are closed, because nothing proves them; set ELEVENLABS_WEBHOOK_SECRET to the secret \
                 of its post-call webhook",
            )
        });
        eight.into_iter().chain(exotel).chain(elevenlabs).collect()
    }

    /// As shown by `config show`: sections by name, secrets masked.
    pub(super) fn shown(&self) -> Vec<(&'static str, toml::Table)> {
        let set = || toml::Value::from("(set)");
        let url = |url: &Option<Url>| url.as_ref().map(|url| toml::Value::from(url.to_string()));
        let table = |pairs: Vec<(&str, Option<toml::Value>)>| -> toml::Table {
            pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
        };
        let eight = self.eightxeight.as_ref().map(|config| {
            let sms = config.sms.as_ref().map(|sms| {
                let id = sms.subaccount_id.clone().into();
                table(vec![("subaccount_id", Some(id)), ("base_url", url(&sms.base_url))]).into()
            });
            table(vec![
                ("api_key", Some(set())),
                ("subaccount_id", Some(config.subaccount_id.clone().into())),
                ("webhook_secret", Some(if config.webhook_secrets.is_empty() { "(missing)".into() } else { set() })),
                ("base_url", url(&config.base_url)),
                ("sms", sms),
            ])
        });
        let sender = |sender: &Option<twilio::Sender>| match sender.clone()? {
            twilio::Sender::From(from) => {
                // Numbers are shown by their ends.
                let masked = Phone::known(from.clone()).map_or(from, |number| number.to_string());
                Some(table(vec![("from", Some(masked.into()))]).into())
            }
            twilio::Sender::Service(sid) => Some(table(vec![("service_sid", Some(sid.into()))]).into()),
        };
        let twilio = self.twilio.as_ref().map(|config| {
            table(vec![
                ("account_sid", Some(config.account_sid.clone().into())),
                ("auth_token", Some(set())),
                ("api_key_secret", config.api_key.as_ref().map(|_| set())),
                ("base_url", url(&config.base_url)),
                ("region", config.region.clone().map(Into::into)),
                ("edge", config.edge.clone().map(Into::into)),
                ("messages", sender(&config.messaging.sms)),
                ("whatsapp", sender(&config.messaging.whatsapp)),
            ])
        });
        let exotel = self.exotel.as_ref().map(|config| {
            let api = config.api.as_ref();
            table(vec![
                ("webhook_secret", Some(if config.webhook_secrets.is_empty() { "(missing)".into() } else { set() })),
                ("time_zone", Some(config.time_zone.name().into())),
                ("country", Some(config.country.clone().into())),
                ("api_key", api.map(|_| set())),
                ("api_token", api.map(|_| set())),
                ("sid", api.map(|api| api.sid.clone().into())),
                ("base_url", api.and_then(|api| url(&api.base_url))),
                ("app", config.app.as_ref().map(|app| app.id.clone().into())),
                ("sms", config.sms.as_ref().map(|sms| table(vec![("from", Some(sms.from.clone().into()))]).into())),
            ])
        });
        let elevenlabs = self.elevenlabs.as_ref().map(|config| {
            let proof = |secrets: &[SecretString]| if secrets.is_empty() { "(missing)".into() } else { set() };
            let (api, outbound) = (config.api.as_ref(), config.outbound.as_ref());
            let elevenlabs::Overrides { voice, first_message, language } = config.overrides;
            let overrides = [(voice, "voice"), (first_message, "first_message"), (language, "language")];
            let overrides: Vec<_> = overrides.into_iter().filter_map(|(set, name)| set.then_some(name)).collect();
            table(vec![
                ("webhook_secret", Some(proof(&config.signing_secrets))),
                ("shared_secret", Some(proof(&config.shared_secrets))),
                ("tolerance", Some(format!("{}s", config.tolerance.num_seconds()).into())),
                ("agents", Some(config.agents.clone().into())),
                ("business", config.business.clone().map(Into::into)),
                ("agent_id", config.agent.clone().map(Into::into)),
                ("api_key", api.map(|_| set())),
                ("base_url", api.map(|api| api.base_url.to_string().into())),
                ("ws_url", url(&config.ws_url)),
                ("phone_number_id", outbound.map(|it| it.phone_number_id.clone().into())),
                (
                    "outbound",
                    outbound.map(|it| if it.route == elevenlabs::Route::Sip { "sip" } else { "twilio" }.into()),
                ),
                ("allow_overrides", Some(overrides.into())),
            ])
        });
        let threecx = self.threecx.as_ref().map(super::ThreeCx::shown);
        let all = [
            (eightxeight::NAME, eight),
            (twilio::NAME, twilio),
            (exotel::NAME, exotel),
            (elevenlabs::NAME, elevenlabs),
            (threecx::NAME, threecx),
        ];
        all.into_iter().filter_map(|(name, table)| Some((name, table?))).collect()
    }
}

/// What a carrier needs before it can be used, in the words of the environment.
pub(super) fn needs(carrier: &str) -> &'static str {
    match carrier {
        eightxeight::NAME => "EIGHT_X_EIGHT_API_KEY and EIGHT_X_EIGHT_SUBACCOUNT_ID",
        exotel::NAME => "EXOTEL_API_KEY, EXOTEL_API_TOKEN, EXOTEL_SID and EXOTEL_APP_ID",
        threecx::NAME => "THREECX_BASE_URL, THREECX_CLIENT_ID and THREECX_CLIENT_SECRET",
        _ => "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    }
}

pub(super) fn build(
    checker: &mut Checker<'_>,
    sections: &Sections,
    public_url: Option<&PublicUrl>,
    folder: &Path,
) -> Carriers {
    let local = || PublicUrl::parse("http://localhost");
    let Some(base) = public_url.cloned().or_else(local) else { return Carriers::default() };
    let (secrets, proof) = proofs(checker.layers, sections);
    Carriers {
        eightxeight: eight(checker, sections, base.clone().into_url(), secrets),
        twilio: twilio(checker, &sections.twilio, base.as_written(), public_url.is_some()),
        exotel: super::exotel::build(checker, sections, public_url.map(|url| &**url)),
        elevenlabs: super::elevenlabs::build(checker, sections),
        threecx: super::threecx::build(checker, sections, folder),
        proof,
        texts: super::twilio::texts(checker, sections),
    }
}

pub(super) fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Both of two values that are nothing without each other.
fn pair(
    checker: &mut Checker<'_>,
    one: (&str, &Option<String>),
    other: (&str, &Option<String>),
) -> Option<(String, String)> {
    match (filled(one.1), filled(other.1)) {
        (Some(first), Some(second)) => Some((first, second)),
        (None, None) => None,
        (first, _) => {
            let (there, missing) = if first.is_some() { (one.0, other.0) } else { (other.0, one.0) };
            checker.problem(missing, format!("is missing, and {there} is of no use without it; set both or none"));
            None
        }
    }
}

pub(super) fn place(checker: &mut Checker<'_>, key: &str, text: &Option<String>) -> Option<Url> {
    let text = filled(text)?;
    let url = Url::parse(&text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.username().is_empty()
            && url.password().is_none()
    });
    checker.keep(key, url.ok_or("is no address; write it like https://api.example.com, without credentials"))
}

fn voices(
    checker: &mut Checker<'_>,
    key: &str,
    named: &BTreeMap<String, String>,
    all: &mut BTreeMap<Language, String>,
) {
    for (language, voice) in named {
        if let Some(language) = checker.keep(&format!("{key}.{language}"), Language::parse(language)) {
            all.insert(language, voice.clone());
        }
    }
}

/// The secrets that prove a webhook of 8x8, the preferred one first.
fn proofs(layers: &Layers, sections: &Sections) -> (Vec<SecretString>, Proof) {
    let own = filled(&sections.eightxeight.webhook_secret);
    let common = layers.default_for("webhook_secret").map(|variable| variable.value.clone());
    let shared = layers.filled(ONE_TOKEN).map(|variable| variable.value.clone());
    let proof = match (&own, &common, &shared) {
        _ if sections.insecure_webhooks.iter().any(|name| name == eightxeight::NAME) => Proof::Insecure,
        (None, None, None) => Proof::Missing,
        (None, None, Some(_)) => Proof::Shared,
        _ => Proof::Own,
    };
    // A seed's webhooks were registered with its token, and go on being taken beside a newer secret.
    let secrets = own.into_iter().chain(common).chain(shared).filter(|secret| !secret.trim().is_empty());
    (secrets.map(SecretString::from).collect(), proof)
}

fn eight(
    checker: &mut Checker<'_>,
    sections: &Sections,
    base: Url,
    secrets: Vec<SecretString>,
) -> Option<eightxeight::Config> {
    let section = &sections.eightxeight;
    let (key, id) = (("eightxeight.api_key", &section.api_key), ("eightxeight.subaccount_id", &section.subaccount_id));
    let (api_key, subaccount_id) = pair(checker, key, id)?;
    let api_key = SecretString::from(api_key);
    let mut config = eightxeight::Config::new(api_key.clone(), subaccount_id, base, secrets, Arc::new(clock::now));
    config.base_url = place(checker, "eightxeight.base_url", &section.base_url);
    config.insecure_webhooks = sections.insecure_webhooks.iter().any(|name| name == eightxeight::NAME);
    config.allowed_addresses = addresses(checker, "eightxeight.allowed_addresses", &section.allowed_addresses);
    if let Some(calls) = section.calls_per_minute {
        config.calls_per_minute = NonZeroU32::new(calls);
    }
    if let Some(text) = filled(&section.greeting) {
        config.greeting.text = text;
    }
    voices(checker, "eightxeight.voices", &section.voices, &mut config.voices);
    config.sms = sms(checker, section, api_key, config.base_url.as_ref());
    Some(config)
}

fn sms(
    checker: &mut Checker<'_>,
    section: &sections::EightXEight,
    api_key: SecretString,
    voice: Option<&Url>,
) -> Option<eightxeight::Sms> {
    let subaccount_id = filled(&section.sms.subaccount_id)?;
    let key = filled(&section.sms.api_key).map_or(api_key, SecretString::from);
    // Without a source of its own the business's number is filled in once it is known.
    let source = filled(&section.sms.source).unwrap_or_default();
    let base_url = place(checker, "eightxeight.sms.base_url", &section.sms.base_url).or_else(|| voice.cloned());
    let allowed_addresses = addresses(checker, "eightxeight.sms.allowed_addresses", &section.sms.allowed_addresses);
    Some(eightxeight::Sms { base_url, allowed_addresses, ..eightxeight::Sms::new(key, subaccount_id, source) })
}

fn addresses(checker: &mut Checker<'_>, key: &'static str, texts: &[String]) -> Vec<IpAddr> {
    let address = |text: &String| {
        let address = text.trim().parse().map_err(|_| format!("holds {text:?}, which is no address like 18.140.80.2"));
        checker.keep(key, address)
    };
    texts.iter().filter_map(address).collect()
}

fn twilio(checker: &mut Checker<'_>, section: &sections::Twilio, base: &str, public: bool) -> Option<twilio::Config> {
    let (sid, token) = (("twilio.account_sid", &section.account_sid), ("twilio.auth_token", &section.auth_token));
    let (account_sid, auth_token) = pair(checker, sid, token)?;
    let mut config = twilio::Config::new(account_sid, auth_token.into(), base, twilio::Clock::new(clock::now));
    config.auth_tokens.extend(filled(&section.other_auth_token).map(SecretString::from));
    for (account, token) in &section.subaccounts {
        config.subaccounts.insert(account.clone(), vec![token.trim().to_owned().into()]);
    }
    let (sid, secret) =
        (("twilio.api_key_sid", &section.api_key_sid), ("twilio.api_key_secret", &section.api_key_secret));
    config.api_key = pair(checker, sid, secret).map(|(sid, secret)| twilio::ApiKey { sid, secret: secret.into() });
    config.base_url = place(checker, "twilio.base_url", &section.base_url);
    // Who only resembles Twilio may not know its fragments.
    if config.base_url.is_some() {
        config.overrides = None;
    }
    config.region = filled(&section.region);
    config.edge = filled(&section.edge);
    config.fallback_url = filled(&section.fallback_url);
    config.amd = match section.machine_detection.as_deref() {
        None | Some("first_to_end") => twilio::Amd::FirstToEnd,
        Some("first") => twilio::Amd::First,
        Some("beside") => twilio::Amd::Beside,
        Some("beside_to_end") => twilio::Amd::BesideToEnd,
        Some("off") => twilio::Amd::Off,
        Some(other) => {
            checker.problem(
                "twilio.machine_detection",
                format!("is {other:?}; write off, first, first_to_end, beside or beside_to_end"),
            );
            twilio::Amd::Off
        }
    };
    if let Some(text) = &section.stream_signature {
        let upgrades =
            twilio::Upgrades::parse(text).ok_or_else(|| format!("is {text:?}; write required, advisory or off"));
        config.upgrades = checker.keep("twilio.stream_signature", upgrades).unwrap_or_default();
    }
    config.transcribe = section.transcribe.unwrap_or_default();
    if let Some(calls) = section.calls_per_minute {
        config.calls_per_minute = NonZeroU32::new(calls);
    }
    voices(checker, "twilio.voices", &section.voices, &mut config.voices);
    config.messaging = super::twilio::messaging(checker, section, public);
    if let Err(wrong) = config.check() {
        let key = match wrong.field {
            "webhook_base" => "server.public_url".to_owned(),
            "auth_tokens" => "twilio.auth_token".to_owned(),
            "api_key" => "twilio.api_key_sid".to_owned(),
            "messaging.sms" => "twilio.messages.service_sid".to_owned(),
            "messaging.whatsapp" => "twilio.whatsapp.service_sid".to_owned(),
            "messaging.templates" => "twilio.whatsapp.templates".to_owned(),
            field => format!("twilio.{field}"),
        };
        checker.problem(&key, wrong.problem);
    }
    Some(config)
}
