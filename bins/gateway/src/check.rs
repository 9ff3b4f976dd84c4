//! `gateway check`: one line a finding, with what to do.

mod agents;
mod carriers;
mod desk;
mod hours;
mod texts;
mod threecx;
mod twilio;

use crate::{
    config::{Config, Inputs, Problems, masked_url},
    failure::{Failure, causes},
    import::Api,
    logging,
    secrets::{self, Secrets},
    serve,
    term::{self, Ink, Tone},
    wire,
};
use frontdesk_sandbox::Sandbox;
use frontdesk_store::{OpenOptions, Store};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::path::Path;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Fine.
    Ok,
    /// Works, and should be known.
    Note,
    /// Should be changed before real people are called.
    Warn,
    /// Does not work.
    Wrong,
}

/// A finding.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// How grave.
    pub grade: Grade,
    /// About what.
    pub about: &'static str,
    /// One sentence, with what to do where there is something to do.
    pub text: String,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Providers are asked.
    pub live: bool,
    /// And what is wrong there is put right.
    pub fix: bool,
    /// For programs.
    pub json: bool,
}

/// Prints the findings.
///
/// # Errors
/// Exit code 1 when something is wrong; the configuration being wrong is 64, as everywhere.
pub async fn run(config: Result<Config, Problems>, inputs: &Inputs, asked: Asked) -> Result<(), Failure> {
    let Asked { live, fix, json } = asked;
    logging::start(inputs, "warn");
    let config = match config {
        Ok(config) => config,
        Err(problems) if json => {
            let wrong = |problem: &crate::config::Problem| Finding {
                grade: Grade::Wrong,
                about: "configuration",
                text: problem.to_string(),
            };
            print_json(&problems.0.iter().map(wrong).collect::<Vec<_>>())?;
            return Err(Failure { code: 64, message: String::new() });
        }
        Err(problems) => return Err(problems.into()),
    };
    let mut findings = configuration(&config);
    findings.extend(carriers::configured(&config));
    findings.extend(agents::configured(&config));
    findings.extend(desk::configured(&config));
    findings.extend(texts::own(&config));
    findings.extend(disk(&config));
    findings.extend(socket(&config).await);
    findings.extend(database(&config).await);
    if live {
        findings.extend(providers(&config).await);
        findings.extend(carriers::asked(&config, fix).await);
        findings.extend(desk::asked(&config).await);
    }
    if json {
        print_json(&findings)?;
    } else {
        print_lines(&findings, Ink(term::colour(&std::io::stdout(), inputs)))?;
    }
    let wrong = findings.iter().any(|finding| finding.grade == Grade::Wrong);
    if wrong { Err(Failure { code: 1, message: String::new() }) } else { Ok(()) }
}

fn print_json(findings: &[Finding]) -> Result<(), Failure> {
    let ok = findings.iter().all(|finding| finding.grade != Grade::Wrong);
    term::say(&format!("{}\n", serde_json::json!({ "ok": ok, "findings": findings })))
}

fn print_lines(findings: &[Finding], ink: Ink) -> Result<(), Failure> {
    for finding in findings {
        let (word, tone) = match finding.grade {
            Grade::Ok => ("ok", Tone::Good),
            Grade::Note => ("note", Tone::Plain),
            Grade::Warn => ("warn", Tone::Warn),
            Grade::Wrong => ("wrong", Tone::Bad),
        };
        let word = ink.paint(tone, &term::pad(word, 5));
        term::say(&format!("{word}  {}  {}\n", term::pad(finding.about, 11), finding.text))?;
    }
    Ok(())
}

fn finding(grade: Grade, about: &'static str, text: impl Into<String>) -> Finding {
    Finding { grade, about, text: text.into() }
}

fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |grade, about, text: String| findings.push(finding(grade, about, text));
    for notice in &config.notices {
        say(Grade::Warn, "settings", format!("{}: {}", notice.origin, notice.text));
    }
    match &config.public_url {
        Some(url) if url.scheme() == "https" => say(Grade::Ok, "public URL", url.to_string()),
        Some(url) if is_local(url) => say(
            Grade::Note,
            "public URL",
            format!("{url} is reached from this machine only; carriers need a public https address"),
        ),
        Some(url) => say(
            Grade::Warn,
            "public URL",
            format!("{url} is not encrypted; what carriers send can be read on the way, use https"),
        ),
        None if !config.only_sandbox() => say(
            Grade::Wrong,
            "public URL",
            "not set; carriers cannot reach this gateway, set FRONTDESK_PUBLIC_URL to its https address".to_owned(),
        ),
        None => say(
            Grade::Note,
            "public URL",
            "not set; carriers cannot reach this gateway, set FRONTDESK_PUBLIC_URL (the sandbox needs none)".to_owned(),
        ),
    }
    if !config.listen.ip().is_loopback() && config.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
        say(
            Grade::Warn,
            "listen",
            format!(
                "{} is open to the network without https; put a proxy in front and set FRONTDESK_PUBLIC_URL",
                config.listen
            ),
        );
    }
    match &config.admin_token {
        None => say(Grade::Ok, "admin token", "made at first start and kept in the data folder".to_owned()),
        Some(token) if secrets::short(token) => say(Grade::Warn, "admin token", secrets::SHORT.to_owned()),
        Some(_) => say(Grade::Ok, "admin token", "set".to_owned()),
    }
    if config.site_key.is_none() && config.database.expose_secret().starts_with("postgres") {
        let text =
            "kept in the data folder; several gateways on one PostgreSQL need the same one, set FRONTDESK_SITE_KEY";
        say(Grade::Note, "site key", text.to_owned());
    }
    match config.public_url.is_some() {
        false if config.only_pretends() => {
            say(Grade::Note, "links", "lead to this machine, as long as only the sandbox is written to".to_owned());
        }
        false => say(
            Grade::Note,
            "links",
            "none in messages; set FRONTDESK_PUBLIC_URL and people can answer by a link".to_owned(),
        ),
        true if config.links.secret.is_none()
            && config.site_key.is_none()
            && config.database.expose_secret().starts_with("postgres") =>
        {
            let text = "each gateway would sign its own, and none could read another's; set FRONTDESK_LINKS_SECRET or \
                        FRONTDESK_SITE_KEY to the same everywhere";
            say(Grade::Warn, "links", text.to_owned());
        }
        true => {
            let sms = if config.links.sms { "" } else { ", and not in text messages" };
            say(Grade::Ok, "links", format!("in messages, signed{sms}"));
        }
    }
    match &config.test_number {
        Some(number) => say(
            Grade::Note,
            "test number",
            format!(
                "{number} is the only number that is ever contacted; take YOUR_TEST_NUMBER out to reach real people"
            ),
        ),
        None => say(Grade::Note, "test number", "none set; everybody in the book may be contacted".to_owned()),
    }
    for rule in &config.rules.alerts {
        let ways: Vec<_> = rule.ways().map(|way| way.to_string()).collect();
        say(Grade::Ok, "alert", format!("{}: {}, told by {}", rule.name, rule.when.kind(), ways.join(", ")));
    }
    for business in config.rules.businesses.values() {
        let carriers = business.carriers.join(", ");
        let who = format!("{} ({})", business.id, business.time_zone.name());
        findings.push(finding(Grade::Ok, "business", format!("{who}: calls by {carriers}, flow {}", business.flow)));
        findings.push(hours::quiet(config, business));
    }
    findings
}

fn is_local(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a folder takes a file. The one that is tried is gone again at once.
fn takes_files(folder: &Path) -> std::io::Result<()> {
    // A folder that is not there yet is made within the nearest one that is.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".frontdesk-check").tempfile_in(there).map(drop)
}

/// Whether what is kept has a place.
fn disk(config: &Config) -> Vec<Finding> {
    let shown = config.data.display();
    vec![match takes_files(&config.data) {
        Ok(()) => finding(Grade::Ok, "data folder", shown.to_string()),
        Err(error) => finding(
            Grade::Wrong,
            "data folder",
            format!(
                "{shown} cannot be written ({}); check its rights, or set FRONTDESK_DATA to another folder",
                error.kind()
            ),
        ),
    }]
}

/// Whether the address is free, or has our own gateway behind it.
async fn socket(config: &Config) -> Vec<Finding> {
    let Err(failure) = serve::bind(config.listen).await else {
        return Vec::new();
    };
    match Api::find(config).await {
        Ok(Some(_)) => vec![finding(Grade::Ok, "listen", format!("the gateway runs at {}", config.listen))],
        Ok(None) => vec![finding(Grade::Wrong, "listen", failure.message)],
        Err(other) => vec![finding(Grade::Wrong, "listen", other.message)],
    }
}

/// Looks without making or changing anything.
async fn database(config: &Config) -> Vec<Finding> {
    let url = config.database.expose_secret();
    let shown = masked_url(url);
    if let Some(file) = crate::database::file(url).filter(|file| !file.exists()) {
        return vec![match takes_files(file.parent().unwrap_or(Path::new("."))) {
            Ok(()) => finding(Grade::Ok, "database", format!("{shown} is made at first start")),
            Err(error) => {
                let why = format!("{shown} cannot be made ({}); check the rights of its folder", error.kind());
                finding(Grade::Wrong, "database", why)
            }
        }];
    }
    if let Err(why) = crate::database::probe(url).await {
        return vec![finding(Grade::Wrong, "database", crate::database::unreachable(config, &why).message)];
    }
    if let Err(failure) = crate::database::ours_or_empty(config).await {
        return vec![finding(Grade::Wrong, "database", failure.message)];
    }
    let looked = async {
        let store = Store::open_with(url, OpenOptions { migrate: false }).await?;
        let pending = store.pending_migrations().await;
        store.close().await;
        pending
    };
    vec![match looked.await {
        Ok(pending) if pending.is_empty() => {
            finding(Grade::Ok, "database", format!("{shown} answers, every migration is applied"))
        }
        Ok(pending) => {
            let remedy = if config.migrate { "they are applied at the next start" } else { "run `gateway migrate`" };
            let grade = if config.migrate { Grade::Note } else { Grade::Wrong };
            finding(grade, "database", format!("{shown} lacks migrations ({}); {remedy}", pending.join(", ")))
        }
        Err(error) => {
            let why = format!("{error}{}", causes(&error));
            finding(
                Grade::Wrong,
                "database",
                format!("{shown} cannot be used: {why}; check DATABASE_URL and whether the server runs"),
            )
        }
    }]
}

/// Asks the gateway, where it runs, and a pretended carrier in another process.
async fn providers(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    match Api::find(config).await {
        Ok(Some(_)) => {
            findings.push(finding(Grade::Ok, "gateway", format!("answers at {}", wire::reachable(config.listen))))
        }
        Ok(None) => findings.push(finding(
            Grade::Note,
            "gateway",
            format!("does not run at {}; start it with `gateway serve`", wire::reachable(config.listen)),
        )),
        Err(failure) => findings.push(finding(Grade::Wrong, "gateway", failure.message)),
    }
    findings.push(match sandbox(config).await {
        Ok(text) => finding(Grade::Ok, "sandbox", text),
        Err(text) => finding(Grade::Wrong, "sandbox", text),
    });
    findings
}

async fn sandbox(config: &Config) -> Result<String, String> {
    let Some(base_url) = config.sandbox.base_url.clone() else {
        return Ok("lives in the gateway; it needs nobody else".to_owned());
    };
    let number = config.rules.businesses.values().find_map(|business| business.phone.clone());
    let from = number.ok_or("no business has a telephone number; set businesses.<id>.phone")?;
    let secrets = Secrets::keep(config).map_err(|failure| failure.message)?;
    let http = wire::http_client().map_err(|failure| failure.message)?;
    let settings = frontdesk_sandbox::Config {
        base_url: base_url.clone(),
        account_token: secrets.account_token,
        webhook_secret: secrets.webhook_secret,
        webhook_base: base_url.clone(),
        from,
    };
    Sandbox::new(settings, http).check().await.map_err(|error| error.to_string())?;
    Ok(format!("{base_url} answers and accepts our account token"))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Inputs, load};

    /// What these variables configure, in a folder of its own.
    pub(super) fn configured(variables: &[(&str, &str)]) -> Config {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let inputs = Inputs { folder: folder.path().to_owned(), variables, ..Inputs::default() };
        load(&inputs).unwrap_or_else(|problems| panic!("{problems}"))
    }
}
