//! Makes core's rules out of the sections: flows, texts, and the businesses among them.

use super::{
    Inputs,
    businesses::{Everywhere, Outside, business, carriers, inbound},
    problem::{Origin, Problem},
    sections::{self, Sections},
    settings::{Checker, Notice},
};
use chrono::Duration;
use frontdesk_core::{
    breaker::BreakerPolicy,
    flow::Flow,
    rules::Rules,
    speech::{Language, Texts},
};
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

/// The flows that come with the gateway.
const BUILT_IN: [(&str, &str); 2] = [
    ("fixtures/flows/confirm.toml", include_str!("../../../../fixtures/flows/confirm.toml")),
    ("fixtures/flows/inbound.toml", include_str!("../../../../fixtures/flows/inbound.toml")),
];

/// Longer than any adapter's time-out.
const LEASE: Duration = Duration::seconds(60);
const LOOKUP_AFTER: Duration = Duration::seconds(15);

/// Where our media sockets are, below the public URL. Twilio's is seed 004's.
const MEDIA_PATHS: [(&str, &str); 2] =
    [(frontdesk_twilio::NAME, "/api/v1/voice/media-stream"), (frontdesk_exotel::NAME, "/api/v1/voice/exotel-stream")];

/// Where the sandbox's is.
pub(crate) const SANDBOX_MEDIA_PATH: &str = "/api/v1/voice/sandbox-stream";

pub(super) fn build(
    inputs: &Inputs,
    checker: &mut Checker<'_>,
    sections: &Sections,
    outside: &Outside<'_>,
    notices: &mut Vec<Notice>,
) -> Option<Rules> {
    let texts = texts(inputs, checker, sections);
    let texts = super::own_texts::add(inputs, checker, sections, texts);
    let flows = flows(inputs, checker, sections, &texts);
    let everywhere = Everywhere {
        carriers: carriers(checker, "voice", sections.voice.as_deref(), outside),
        inbound: inbound(checker, "inbound", sections.inbound.as_deref()).unwrap_or_default(),
    };
    let mut businesses = BTreeMap::new();
    let nobody = [("front-desk".to_owned(), sections::Business::default())];
    let nobody: BTreeMap<_, _> = if sections.businesses.is_empty() { nobody.into() } else { BTreeMap::new() };
    for (id, section) in sections.businesses.iter().chain(&nobody) {
        let made = business(checker, id, section, &everywhere, outside, notices);
        businesses.insert(id.clone(), made);
    }
    let alerts = super::alerts::rules(checker, sections, &businesses);
    let greeting = super::voices::policy(checker, sections);
    let lease = sections.jobs.lease.map_or(LEASE, |span| span.0);
    let rules = Rules {
        businesses,
        flows,
        trees: super::ivr::trees(checker, &sections.ivr),
        alerts,
        texts: Arc::new(texts),
        lease,
        lookup_after: sections.jobs.lookup_after.map_or(LOOKUP_AFTER, |span| span.0),
        breaker: breaker(&sections.breaker, lease),
        media: media(outside.public_url),
        greeting,
        // Signed with a secret that is kept beside the database: joined with the rest.
        links: None,
        abilities: BTreeMap::new(),
    };
    for problem in rules.problems() {
        let (key, what) = problem.split_once(": ").unwrap_or(("", &problem));
        let what = what.to_owned();
        // The sentence may begin with the key within the policy; the line is more exact with it.
        let inner = what.split_whitespace().next().map(|word| format!("{key}.{word}"));
        match inner.filter(|inner| checker.layers.origin(inner) != checker.layers.origin(key)) {
            Some(inner) => {
                let rest = what.split_once(' ').map_or(String::new(), |(_, rest)| rest.to_owned());
                checker.problem(&inner, rest);
            }
            // A sentence of its own, not the rest of one that begins with the key.
            None if !key.is_empty() => {
                let origin = checker.layers.origin(key);
                checker.problems.push(Problem { origin, key: format!("{key}:"), what });
            }
            None => checker.problem(key, what),
        }
    }
    checker.problems.is_empty().then_some(rules)
}

/// Where carriers find our media sockets. The sandbox's is written anew once it is known where we listen.
fn media(public_url: Option<&Url>) -> BTreeMap<String, String> {
    let of = |url: &Url| {
        MEDIA_PATHS.map(|(carrier, path)| (carrier.to_owned(), frontdesk_twilio::media_url(url.as_str(), path)))
    };
    let sandbox = (frontdesk_sandbox::NAME.to_owned(), SANDBOX_MEDIA_PATH.to_owned());
    public_url.map(of).into_iter().flatten().chain([sandbox]).collect()
}

fn texts(inputs: &Inputs, checker: &mut Checker<'_>, sections: &Sections) -> Texts {
    let mut texts = Texts::builtin().clone();
    let mut replaced = false;
    for (language, path) in &sections.texts {
        let key = format!("texts.{language}");
        let Some(language) = checker.keep(&key, Language::parse(language)) else { continue };
        let Some(source) = read(inputs, checker, &key, path) else { continue };
        match texts.with_overrides(language, &source) {
            Ok(new) => (texts, replaced) = (new, true),
            Err(error) => checker.problems.push(Problem {
                origin: Origin::File { path: path.clone(), line: error.line },
                key: String::new(),
                what: format!("{}: {}", error.message, error.remedy),
            }),
        }
    }
    // The built-in texts are held to the same rules by core's own tests.
    if replaced {
        for problem in texts.lint() {
            checker.problem("texts", format!("break a rule: {problem}"));
        }
    }
    texts
}

fn flows(inputs: &Inputs, checker: &mut Checker<'_>, sections: &Sections, texts: &Texts) -> BTreeMap<String, Flow> {
    let mut flows = BTreeMap::new();
    let built_in = BUILT_IN.iter().map(|(path, source)| (None, (*path).to_owned(), Some((*source).to_owned())));
    let own = sections.flows.iter().map(|(name, path)| (Some(name), path.clone(), None));
    for (name, path, source) in built_in.chain(own) {
        let key = name.map_or("flows".to_owned(), |name| format!("flows.{name}"));
        let Some(source) = source.or_else(|| read(inputs, checker, &key, &path)) else { continue };
        match Flow::parse(&path, &source, texts) {
            Ok(flow) if name.is_some_and(|name| *name != flow.name) => {
                checker.problem(
                    &key,
                    format!("names a file whose flow is called {:?}; use the same name in both", flow.name),
                );
            }
            Ok(flow) => {
                flows.insert(flow.name.clone(), flow);
            }
            Err(error) => checker.problems.push(Problem {
                origin: Origin::File { path: error.file.clone(), line: error.line },
                key: String::new(),
                what: format!("{}; {}", error.what, error.remedy),
            }),
        }
    }
    flows
}

fn read(inputs: &Inputs, checker: &mut Checker<'_>, key: &str, path: &str) -> Option<String> {
    let folder = checker.layers.folder(inputs);
    let source = std::fs::read_to_string(folder.join(path));
    checker.keep(key, source.map_err(|error| format!("names {path}, which cannot be read ({error}); check the path")))
}

/// When carriers are left alone. A probe is in somebody's hands no longer than any other effect.
fn breaker(section: &sections::Breaker, lease: Duration) -> BreakerPolicy {
    let usual = BreakerPolicy::default();
    let pause = section.pause.map_or(usual.pause, |span| span.0);
    BreakerPolicy {
        opens_after: section.opens_after.unwrap_or(usual.opens_after),
        pause,
        // Who asks for a longer pause only does not have to ask twice.
        longest_pause: section.longest_pause.map_or(usual.longest_pause.max(pause), |span| span.0),
        probe_limit: lease,
    }
}
