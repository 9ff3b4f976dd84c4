//! What the account knows about us: its webhooks and voices.
//! <https://developer.8x8.com/connect/reference/create-a-new-webhook>

use crate::{
    Config,
    calls::account,
    credential::to_register,
    http::{Line, code, failed},
    wire::Node,
};
use frontdesk_core::ports::{Gatekeeper, Happened, PortResult, Trouble};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeSet, fmt};
use url::Url;

/// One of the two webhooks a gateway needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Voice Call Action: asks what happens next in a call.
    CallAction,
    /// Voice Session Summary: tells that a call is over.
    SessionSummary,
}

impl Hook {
    /// The vendor's name for it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CallAction => "VCA",
            Self::SessionSummary => "VSS",
        }
    }
}

/// How a webhook is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// As we need it.
    Ours,
    /// Not at all.
    Absent,
    /// With another address.
    Elsewhere,
    /// With our address, and switched off.
    Disabled,
    /// With our address, and without a credential that we would accept.
    Unproven,
}

/// What [`crate::EightXEight::check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The webhooks, each with the URL it should have.
    pub hooks: Vec<(Hook, Url, Registration)>,
    /// Configured voices that the account does not have.
    pub missing_voices: Vec<String>,
}

impl Setup {
    /// Whether calls can be placed, steered and ended as things are.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let ours = |hook| self.hooks.iter().any(|(which, _, found)| *which == hook && *found == Registration::Ours);
        self.missing_voices.is_empty() && ours(Hook::CallAction) && ours(Hook::SessionSummary)
    }
}

/// One line for each thing, with the remedy where there is something to do.
impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (hook, url, found)) in self.hooks.iter().enumerate() {
            let found = match found {
                Registration::Ours => "is registered as",
                Registration::Absent => "is not registered; it should be",
                Registration::Elsewhere => "is registered with another address; it should be",
                Registration::Disabled => "is registered and switched off; it should be on for",
                Registration::Unproven => "is registered without a credential, so that its requests are refused:",
            };
            write!(f, "{}webhook {} {found} {url}", if n > 0 { "\n" } else { "" }, hook.code())?;
        }
        for voice in &self.missing_voices {
            write!(f, "\nthe account has no voice {voice:?}; choose one of its speech profiles")?;
        }
        Ok(())
    }
}

/// Looks at the account, and mends its webhooks when told to.
pub(crate) struct Account {
    line: Line,
    url: String,
    user: String,
    hooks: Vec<(Hook, Vec<Url>)>,
    voices: BTreeSet<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Register<'a> {
    r#type: &'static str,
    url: &'a Url,
    http_auth_header: &'a str,
    enabled: bool,
}

impl Account {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        let base = config.webhook_base.as_str().trim_end_matches('/');
        let urls =
            |paths: &[String]| paths.iter().filter_map(|path| Url::parse(&format!("{base}{path}")).ok()).collect();
        let hooks = vec![
            (Hook::CallAction, urls(&config.hook_paths.vca)),
            (Hook::SessionSummary, urls(&config.hook_paths.vss)),
        ];
        Self {
            line: Line::new(http, &config.api_key, config.answer_within),
            url: account(config),
            user: config.webhook_user.clone(),
            hooks,
            voices: config.voices.values().cloned().collect(),
        }
    }

    /// Asks, and changes nothing.
    pub(crate) async fn check(&self, gatekeeper: &Gatekeeper) -> PortResult<Setup> {
        let registered = self.get("webhooks").await?;
        let registered = Node::new(&registered).get("webhooks").list();
        let hooks = self.hooks.iter().filter_map(|(hook, urls)| {
            Some((*hook, urls.first()?.clone(), judge(*hook, urls, registered, gatekeeper)))
        });
        let profiles = self.get("speech-profiles").await?;
        let profiles = Node::new(&profiles).get("speechProfiles").list().iter();
        let known: BTreeSet<String> =
            profiles.filter_map(|profile| Node::new(profile).get("speechProfileCode").text()).collect();
        Ok(Setup { hooks: hooks.collect(), missing_voices: self.voices.difference(&known).cloned().collect() })
    }

    /// Registers what is not registered as we need it. Whether a second registration replaces the first is not
    /// documented, so a wrong one is taken away before.
    pub(crate) async fn register(&self, gatekeeper: &Gatekeeper) -> PortResult<Setup> {
        let Some(credential) = to_register(&self.user, gatekeeper) else {
            let what = "there is no webhook secret to register; configure one";
            return Err(failed(Happened::No, Trouble::Broken, what));
        };
        let found = self.check(gatekeeper).await?;
        for (hook, url, registration) in &found.hooks {
            if *registration == Registration::Ours {
                continue;
            }
            if *registration != Registration::Absent {
                succeeded(&self.line.delete(&format!("{}/webhooks/{}", self.url, hook.code())).await?)?;
            }
            let body =
                Register { r#type: hook.code(), url, http_auth_header: credential.expose_secret(), enabled: true };
            succeeded(&self.line.post(&format!("{}/webhooks", self.url), &body).await?)?;
        }
        self.check(gatekeeper).await
    }

    async fn get(&self, what: &str) -> PortResult<Value> {
        let answer = self.line.get(&format!("{}/{what}", self.url)).await?;
        succeeded(&answer)?;
        Ok(answer)
    }
}

/// Success has code 0 here, and 1 where calls are placed.
fn succeeded(answer: &Value) -> PortResult<()> {
    match code(Node::new(answer)) {
        None | Some(0 | 1) => Ok(()),
        Some(code) => Err(failed(Happened::No, Trouble::Broken, format!("the carrier refuses this (code {code})"))),
    }
}

fn judge(hook: Hook, urls: &[Url], registered: &[Value], gatekeeper: &Gatekeeper) -> Registration {
    let mut nodes = registered.iter().map(Node::new);
    let Some(node) = nodes.find(|node| node.get("type").word() == hook.code()) else {
        return Registration::Absent;
    };
    let Some(url) = node.get("url").text().and_then(|url| Url::parse(&url).ok()) else {
        return Registration::Elsewhere;
    };
    let place = |url: &Url| (url.origin(), url.path().to_owned());
    if !urls.iter().any(|ours| place(ours) == place(&url)) {
        return Registration::Elsewhere;
    }
    // The guides write `active` for what the schema calls `enabled`.
    let enabled = node.get("enabled").flag().or_else(|| node.get("active").flag()).unwrap_or(true);
    if !enabled {
        return Registration::Disabled;
    }
    let header = node.get("httpAuthHeaderAvailable").flag() == Some(true);
    let in_query = url.query().is_some_and(|query| gatekeeper.in_query(query));
    if header || in_query { Registration::Ours } else { Registration::Unproven }
}
