//! The configuration as the gateway uses it: checked, with every default filled in.

use super::{
    Carriers, Desk, Inputs, alerts, businesses, carriers, desk, elevenlabs, exotel,
    layers::Layers,
    links,
    names::{self, Meaning},
    problem::{Origin, Problem},
    public_url::PublicUrl,
    rules,
    sections::{self, Sections},
    threecx, voices,
};
use frontdesk_core::{personal::Phone, rules::Rules};
use secrecy::SecretString;
use std::{
    collections::BTreeMap,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};
use url::Url;

/// Everything the gateway needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How the outside finds it, where that was said.
    pub public_url: Option<PublicUrl>,
    /// The folder of database, calendar and kept secrets.
    pub data: PathBuf,
    /// The database's address; may hold a password.
    pub database: SecretString,
    /// Where that address was written.
    pub database_origin: Origin,
    /// Whether missing migrations are applied at start.
    pub migrate: bool,
    /// Opens API and pages, where it was given.
    pub admin_token: Option<SecretString>,
    /// Signs sessions and opens the calendar feed, where it was given.
    pub site_key: Option<SecretString>,
    /// Whether a proxy in front writes `X-Forwarded-For`.
    pub trusted_proxy: bool,
    /// Businesses, policies, flows and texts.
    pub rules: Rules,
    /// How effects are run.
    pub jobs: Jobs,
    /// Bounds of the HTTP side; what is unset is as usual there.
    pub limits: sections::Limits,
    /// Real carriers.
    pub carriers: Carriers,
    /// Links in messages.
    pub links: links::Links,
    /// Calendar and mail.
    pub desk: Desk,
    /// What voices are made of.
    pub samples: Option<voices::Samples>,
    /// Where alerts are posted to, by name.
    pub webhooks: BTreeMap<String, alerts::Webhook>,
    /// The pretended carrier.
    pub sandbox: SandboxSettings,
    /// Providers whose webhooks are taken without proof.
    pub insecure_webhooks: Vec<String>,
    /// The only number that is ever contacted, when set.
    pub test_number: Option<Phone>,
    /// What is fine but should be known, for start-up and `check`.
    pub notices: Vec<Notice>,
    /// The files of texts by language, to be shown.
    pub(super) texts: BTreeMap<String, String>,
}

impl Config {
    /// Exotel as it would be with nothing but a secret.
    #[must_use]
    pub fn exotel_by_secret(&self) -> frontdesk_exotel::Config {
        let mut config = frontdesk_exotel::Config::new(Vec::new());
        exotel::know_trees(&mut config, &self.rules);
        config
    }

    /// Whether nobody real is reached in any way: then messages are pretended as well.
    #[must_use]
    pub fn only_pretends(&self) -> bool {
        let writes = self.desk.email.is_some() || self.carriers.texts().is_some() || self.carriers.whatsapp();
        self.only_sandbox() && !writes
    }

    /// Whether nobody real can be rung.
    #[must_use]
    pub fn only_sandbox(&self) -> bool {
        let carriers = self.rules.businesses.values().flat_map(|business| &business.carriers);
        carriers.into_iter().all(|name| name == frontdesk_sandbox::NAME)
    }
}

/// How effects are run.
#[derive(Debug, Clone, Copy)]
pub struct Jobs {
    /// Effects at work at once.
    pub workers: usize,
    /// How long a job may run before another worker takes it over.
    pub rescue_after: Duration,
    /// How often the alerts are looked at.
    pub look_at_alerts: Duration,
    /// How long deliveries and first answers are remembered.
    pub keep: chrono::Duration,
}

/// The pretended carrier.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// How fast scripted people are.
    pub pace: f64,
    /// Another process's carrier.
    pub base_url: Option<Url>,
    /// Opens its API, where it was given.
    pub account_token: Option<SecretString>,
    /// Signs its callbacks, where it was given.
    pub webhook_secret: Option<SecretString>,
}

/// Something that works and should be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where it was written.
    pub origin: Origin,
    /// One sentence, with what to do.
    pub text: String,
}

/// Gathers problems while settings are made.
pub(super) struct Checker<'a> {
    pub(super) layers: &'a Layers,
    pub(super) problems: Vec<Problem>,
}

impl Checker<'_> {
    pub(super) fn problem(&mut self, key: &str, what: impl Into<String>) {
        let origin = self.layers.origin(key);
        self.problems.push(Problem { origin, key: key.to_owned(), what: what.into() });
    }

    /// The value, or a problem and nothing.
    pub(super) fn keep<T, E: std::fmt::Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(key, error.to_string())).ok()
    }
}

pub(super) fn build(inputs: &Inputs, layers: &Layers, sections: Sections) -> Result<Config, Vec<Problem>> {
    let mut checker = Checker { layers, problems: Vec::new() };
    let mut notices = notices(layers, &sections);
    let listen = listen(&mut checker, sections.server.listen.as_deref());
    let public_url = public_url(&mut checker, sections.server.public_url.as_deref());
    let data = inputs.folder.join(sections.server.data.as_deref().unwrap_or("data"));
    let database = database(&mut checker, inputs, &sections, &data);
    if sections.server.admin_token.as_ref().is_some_and(|token| token.trim().is_empty()) {
        checker.problem("server.admin_token", "is empty; give at least 16 characters, or take it out and one is made");
    }
    if sections.server.site_key.as_ref().is_some_and(|key| key.trim().len() < 32) {
        checker.problem("server.site_key", "is shorter than 32 characters; make one with `openssl rand -hex 32`");
    }
    for name in &sections.insecure_webhooks {
        if !businesses::carriers_known().any(|known| known == name) {
            let near = super::problem::nearest(name, businesses::carriers_known());
            let all = || format!("use {}", businesses::carriers_known().collect::<Vec<_>>().join(", "));
            let hint = near.map_or_else(all, |near| format!("did you mean {near}?"));
            checker.problem("insecure_webhooks", format!("names {name:?}, which sends no webhooks here; {hint}"));
        }
    }
    let test_number = sections.test_number.as_deref().and_then(|text| {
        let phone =
            number(text, None).ok_or("is not a telephone number; write it with country code, like +14155550123");
        checker.keep("test_number", phone)
    });
    let sandbox = sandbox(&mut checker, &sections.sandbox);
    let mut carriers = carriers::build(&mut checker, &sections, public_url.as_ref(), &inputs.folder);
    notices.extend(super::exotel::captures_nothing(layers, carriers.exotel.as_ref()));
    let outside = businesses::Outside {
        carriers: carriers.names(),
        by_name: carriers.by_name(),
        writes: carriers.texts().is_some() || carriers.whatsapp() || sections.email.from.is_some(),
        test_number: test_number.as_ref(),
        public_url: public_url.as_deref(),
    };
    let rules = rules::build(inputs, &mut checker, &sections, &outside, &mut notices);
    let webhooks = alerts::webhooks(&mut checker, &sections);
    let samples = voices::samples(&mut checker, &sections.voices, &layers.folder(inputs), &data);
    let desk = rules.as_ref().map(|rules| {
        let desk = desk::build(&mut checker, &sections, rules, &inputs.folder, &mut notices);
        super::twilio::name_sender(&mut checker, &mut carriers, rules);
        alerts::sendable(&mut checker, rules, &carriers, &desk);
        elevenlabs::answers(&mut checker, rules, carriers.elevenlabs.as_ref());
        desk
    });
    let links = links::build(&mut checker, &sections.links, &carriers);
    let (jobs, limits) = (jobs(&mut checker, &sections.jobs), limits(&mut checker, &sections.limits));
    let (Some(listen), Some(database), Some(sandbox), Some(rules), Some(desk)) =
        (listen, database, sandbox, rules, desk)
    else {
        return Err(checker.problems);
    };
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    name_sender(&mut carriers, &rules);
    if let Some(config) = &mut carriers.exotel {
        exotel::know_trees(config, &rules);
    }
    if let Some(config) = &mut carriers.threecx {
        threecx::name_number(config, &rules);
    }
    Ok(Config {
        listen,
        public_url,
        data,
        database,
        database_origin: layers.origin("database.url"),
        migrate: sections.database.migrate.unwrap_or(true),
        admin_token: sections.server.admin_token.clone().map(SecretString::from),
        site_key: sections.server.site_key.clone().map(SecretString::from),
        trusted_proxy: sections.server.trusted_proxy.unwrap_or(false),
        rules,
        jobs,
        limits,
        carriers,
        links,
        desk,
        samples,
        webhooks,
        sandbox,
        insecure_webhooks: sections.insecure_webhooks.clone(),
        test_number,
        notices,
        texts: sections.texts,
    })
}

/// Messages come from the business, where nobody is named for them.
fn name_sender(carriers: &mut Carriers, rules: &Rules) {
    let number = rules.businesses.values().find_map(|business| business.number_with(frontdesk_eightxeight::NAME));
    let sms = carriers.eightxeight.as_mut().and_then(|config| config.sms.as_mut());
    if let (Some(sms), Some(number)) = (sms.filter(|sms| sms.source.is_empty()), number) {
        number.reveal().clone_into(&mut sms.source);
    }
}

/// A number as people write it. One in E.164 form is taken even where nobody can be rung under it (examples are full
/// of them): as a caller id it does no harm, as a fence it lets nobody through.
pub(super) fn number(text: &str, region: Option<&str>) -> Option<Phone> {
    let shape = || serde_json::from_value(serde_json::Value::from(text.trim())).ok();
    // The shape is looked at first: it spares an idle gateway the numbering plans of the world, which take memory.
    shape().or_else(|| Phone::parse(text, region).ok())
}

fn listen(checker: &mut Checker<'_>, text: Option<&str>) -> Option<SocketAddr> {
    let text = text.unwrap_or("127.0.0.1:8080");
    let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    checker.keep("server.listen", found.ok_or("is no address to listen on; write it like 127.0.0.1:8080"))
}

fn public_url(checker: &mut Checker<'_>, text: Option<&str>) -> Option<PublicUrl> {
    let what = "is no public URL; write it like https://desk.example.com, without a query";
    checker.keep("server.public_url", PublicUrl::parse(text?).ok_or(what))
}

fn database(
    checker: &mut Checker<'_>,
    inputs: &Inputs,
    sections: &Sections,
    data: &std::path::Path,
) -> Option<SecretString> {
    let Some(url) = sections.database.url.as_deref() else {
        return Some(format!("sqlite://{}", data.join("frontdesk.db").display()).into());
    };
    if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
        if path.is_empty() || path.contains(":memory:") || path.contains("mode=memory") {
            checker.problem(
                "database.url",
                "names no file; a database in memory would be lost, write sqlite://data/frontdesk.db",
            );
            return None;
        }
        let path = inputs.folder.join(path);
        return Some(format!("sqlite://{}", path.display()).into());
    }
    let good = (url.starts_with("postgres://") || url.starts_with("postgresql://")) && Url::parse(url).is_ok();
    let what = "is no database address; write sqlite://data/frontdesk.db or postgres://user:password@host/name";
    checker.keep("database.url", good.then(|| SecretString::from(url)).ok_or(what))
}

fn sandbox(checker: &mut Checker<'_>, section: &sections::Sandbox) -> Option<SandboxSettings> {
    let pace = section.pace.unwrap_or(1.0);
    if !(0.0..=10.0).contains(&pace) {
        checker.problem("sandbox.pace", "is out of range; write 0.0 (no waiting) to 10.0, 1.0 is natural");
    }
    let base_url = match section.base_url.as_deref() {
        None => None,
        Some(text) => {
            let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            Some(checker.keep("sandbox.base_url", url.ok_or("is no URL; write it like http://127.0.0.1:9090"))?)
        }
    };
    let secret = |text: &Option<String>| text.clone().filter(|text| !text.is_empty()).map(SecretString::from);
    Some(SandboxSettings {
        pace,
        base_url,
        account_token: secret(&section.account_token),
        webhook_secret: secret(&section.webhook_secret),
    })
}

fn jobs(checker: &mut Checker<'_>, section: &sections::Jobs) -> Jobs {
    let workers = section.workers.unwrap_or(64);
    if !(1..=1_000).contains(&workers) {
        checker.problem("jobs.workers", "is out of range; write 1 to 1000");
    }
    let rescue_after = section.rescue_after.map_or(Duration::from_secs(90), |span| span.std());
    if rescue_after < Duration::from_secs(1) {
        checker.problem("jobs.rescue_after", "is too short; write 1s or more");
    }
    let look_at_alerts = section.look_at_alerts.map_or(Duration::from_secs(30), |span| span.std());
    if !(Duration::from_millis(100)..=Duration::from_secs(60)).contains(&look_at_alerts) {
        checker.problem("jobs.look_at_alerts", "is out of range; write 100ms to 1m");
    }
    Jobs { workers, rescue_after, look_at_alerts, keep: section.keep.map_or(chrono::Duration::days(30), |span| span.0) }
}

fn limits(checker: &mut Checker<'_>, section: &sections::Limits) -> sections::Limits {
    if section.body_bytes.is_some_and(|bytes| !(1_024..=16 * 1_024 * 1_024).contains(&bytes)) {
        checker.problem("limits.body_bytes", "is out of range; write 1024 to 16777216");
    }
    section.clone()
}

/// What was understood and cannot be done yet, or was left as the example has it: said, never silently dropped.
fn notices(layers: &Layers, sections: &Sections) -> Vec<Notice> {
    let mut notices = Vec::new();
    for index in &layers.placeholders {
        let variable = &layers.variables()[*index];
        if !variable.value.trim().is_empty() {
            let text = format!(
                "{} still holds the example's words and counts as not set; fill it in or take it out",
                variable.name
            );
            notices.push(Notice { origin: variable.origin.clone(), text });
        }
    }
    for variable in layers.variables().iter().filter(|variable| !names::placeholder(&variable.value)) {
        match names::known(&variable.name).map(|known| known.meaning) {
            Some(Meaning::Idle(why)) if !variable.name.starts_with("FRONTDESK_") => {
                let text = format!("{} is read and not used: {why}", variable.name);
                notices.push(Notice { origin: variable.origin.clone(), text });
            }
            _ => {}
        }
    }
    for provider in &sections.insecure_webhooks {
        let text = if matches!(
            provider.as_str(),
            frontdesk_twilio::NAME | frontdesk_sandbox::NAME | frontdesk_threecx::NAME
        ) {
            format!(
                "webhooks of {provider} are signed, and their signatures are always asked for; take it out of insecure_webhooks"
            )
        } else {
            format!(
                "webhooks of {provider} are taken without proof of their origin (insecure_webhooks); anybody can forge them"
            )
        };
        notices.push(Notice { origin: layers.origin("insecure_webhooks"), text });
    }
    notices
}
