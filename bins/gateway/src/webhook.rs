//! `gateway webhook why|replay FILE`: a captured webhook, explained or sent again.

mod why;

use crate::{
    cli::WebhookAction,
    config::{Config, Inputs},
    failure::Failure,
    logging, term, wire,
};
use chrono::{DateTime, Utc};
use frontdesk_core::ports::WebhookRequest;
use frontdesk_web::Alias;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::Path;
use url::Url;

/// Headers that belong to a connection, and not to what was said over it.
const OF_THE_CONNECTION: [&str; 6] =
    ["host", "content-length", "connection", "transfer-encoding", "expect", "accept-encoding"];

/// A captured request, as `fixtures/PROVIDER/CASE/request.json` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Captured {
    /// What it was proved with; absent: what is configured.
    secret: Option<SecretString>,
    /// When it came; absent: now.
    now: Option<DateTime<Utc>>,
    #[serde(default = "post")]
    method: String,
    /// Read for nothing: the URL says it.
    #[serde(default)]
    #[expect(dead_code, reason = "other readers of the file need it")]
    hook: Option<String>,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    note: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

/// Whose webhook it is, and which.
#[derive(Debug, PartialEq, Eq)]
struct Addressed {
    provider: String,
    hook: String,
    /// The path as the gateway's router knows it, without what a proxy put before it.
    path: String,
}

/// Explains or repeats.
///
/// # Errors
/// Exit code 1 when the request is not taken, 2 when the file or the gateway cannot be reached.
pub async fn run(config: &Config, inputs: &Inputs, action: WebhookAction) -> Result<(), Failure> {
    logging::start(inputs, "warn");
    match action {
        WebhookAction::Why { file } => why::run(config, &read(&inputs.folder.join(&file))?),
        WebhookAction::Replay { file, show } => replay(config, &read(&inputs.folder.join(&file))?, show).await,
    }
}

fn read(path: &Path) -> Result<Captured, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::broken(format!("{shown} cannot be read ({error}); check its path")))?;
    serde_json::from_str(&text).map_err(|error| {
        // The parser's own words may quote the document.
        let (line, column) = (error.line(), error.column());
        Failure::broken(format!(
            "{shown}, line {line}, column {column}: this is no captured webhook; write it like those in fixtures, with \
             url, headers and body"
        ))
    })
}

/// The path and query of a URL.
fn path_and_query(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let path = path.split('#').next().unwrap_or(path);
    path.find('?').map_or((path, ""), |at| path.split_at(at))
}

/// Finds the hook in a URL, whatever stands before its path.
fn addressed(url: &str) -> Option<Addressed> {
    let (path, _) = path_and_query(url);
    let known = [
        frontdesk_sandbox::NAME,
        frontdesk_eightxeight::NAME,
        frontdesk_twilio::NAME,
        frontdesk_exotel::NAME,
        frontdesk_elevenlabs::NAME,
        frontdesk_threecx::NAME,
    ];
    for provider in known {
        let mark = format!("/webhooks/{provider}/");
        // A seed's own path looks the same from its second part on, and leads to the same hook.
        if let Some(at) = path.find(&mark).filter(|at| !path[..*at].ends_with("/api/v1")) {
            let hook = path[at + mark.len()..].to_owned();
            return Some(Addressed { provider: provider.to_owned(), hook, path: path[at..].to_owned() });
        }
    }
    wire::aliases().into_iter().find_map(|alias| aliased(&alias, path))
}

/// What an alias leads to, if a path ends like it; `{name}` stands for any one segment.
fn aliased(alias: &Alias, path: &str) -> Option<Addressed> {
    let wanted: Vec<&str> = alias.path.split('/').skip(1).collect();
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let found = &segments[segments.len().checked_sub(wanted.len())?..];
    let mut hook = alias.hook.clone();
    for (want, have) in wanted.iter().zip(found) {
        if want.starts_with('{') {
            hook = hook.replace(want, have);
        } else if want != have {
            return None;
        }
    }
    Some(Addressed { provider: alias.provider.clone(), hook, path: format!("/{}", found.join("/")) })
}

impl Captured {
    fn addressed(&self) -> Result<Addressed, Failure> {
        addressed(&self.url).ok_or_else(|| {
            let paths: Vec<_> = wire::aliases().into_iter().map(|alias| alias.path).collect();
            Failure::broken(format!(
                "nobody knows whose webhook this is; its path must end with /webhooks/PROVIDER/HOOK or one of {}",
                paths.join(", ")
            ))
        })
    }

    /// The request as the gateway sees it: by its public URL, whatever a proxy has made of the one that was called.
    fn seen(&self, public_url: Option<&Url>, addressed: &Addressed) -> WebhookRequest {
        let url = match public_url {
            Some(base) => {
                let base = base.as_str().trim_end_matches('/');
                format!("{base}{}{}", addressed.path, path_and_query(&self.url).1)
            }
            None => self.url.clone(),
        };
        WebhookRequest {
            method: self.method.clone(),
            hook: addressed.hook.clone(),
            url,
            headers: self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
            body: self.body.clone().into_bytes(),
            peer: None,
        }
    }
}

async fn replay(config: &Config, captured: &Captured, show: bool) -> Result<(), Failure> {
    let path = captured.addressed()?.path;
    let gateway = format!("http://{}", wire::reachable(config.listen));
    let url = format!("{gateway}{path}{}", path_and_query(&captured.url).1);
    let method = captured.method.parse::<reqwest::Method>();
    let method = method.map_err(|_| Failure::broken("its method is none; write POST or GET".to_owned()))?;
    let mut request = wire::http_client()?.request(method, url).body(captured.body.clone());
    for (name, value) in &captured.headers {
        if !OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.map_err(|error| {
        let error = error.without_url();
        Failure::broken(format!("no gateway answers at {gateway} ({error}); start it with `gateway serve`"))
    })?;
    let status = answer.status();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("nothing").to_owned();
    let body = answer.text().await.map_err(|error| Failure::broken(error.without_url().to_string()))?;
    term::say(&format!("{} {kind}, {} bytes\n", status.as_u16(), body.len()))?;
    if show {
        term::say(&format!("{body}\n"))?;
    }
    if status.is_success() {
        return Ok(());
    }
    let detail = serde_json::from_str::<serde_json::Value>(&body).ok();
    let detail = detail.and_then(|problem| problem.get("detail")?.as_str().map(str::to_owned));
    let detail = detail.unwrap_or_else(|| "it was not taken".to_owned());
    Err(Failure::wrong(format!("{detail}; `gateway webhook why` says more")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_found_by_its_path_whatever_a_proxy_put_before_it() {
        for (url, provider, hook) in [
            ("https://desk.example/webhooks/twilio/voice?call=1", "twilio", "voice"),
            ("http://10.0.0.7:8080/front/webhooks/twilio/voice", "twilio", "voice"),
            ("https://desk.example/api/v1/webhooks/twilio/status", "twilio", "twilio/status"),
            ("https://desk.example/x/api/v1/webhooks/incoming-call", "twilio", "incoming-call"),
            ("https://desk.example/api/webhooks/vca", "eightxeight", "vca"),
            ("https://desk.example/webhooks/exotel/gather/1?secret=x", "exotel", "gather/1"),
            ("https://desk.example/x/webhook/ivr/language?secret=x", "exotel", "ivr/language"),
            ("https://desk.example/webhook/ivr/survey/stars", "exotel", "ivr/survey/stars"),
            ("https://desk.example/x/webhooks/elevenlabs/postcall", "elevenlabs", "postcall"),
            ("https://desk.example/webhook?secret=x", "elevenlabs", "webhook"),
            ("https://desk.example/voiceclone/webhook/3cx", "threecx", "3cx"),
        ] {
            let found = addressed(url).map(|found| (found.provider, found.hook));
            assert_eq!(found, Some((provider.to_owned(), hook.to_owned())), "{url}");
        }
        assert_eq!(addressed("https://desk.example/somewhere"), None);
    }
}
