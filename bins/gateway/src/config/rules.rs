//! Makes core's rules out of the sections: businesses, policies, flows and texts.

use super::{
    Inputs,
    problem::{Origin, Problem},
    sections::{self, Sections},
    settings::{Checker, Notice, number},
};
use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use frontdesk_core::{
    breaker::BreakerPolicy,
    contact::{ContactPolicy, Hours},
    effect::Channel,
    flow::Flow,
    personal::Phone,
    rules::{Business, Policy, Rules},
    speech::{Language, Texts},
};
use std::{collections::BTreeMap, sync::Arc};

/// The carriers this version speaks to.
const SPOKEN: [&str; 1] = [frontdesk_sandbox::NAME];
/// The carriers there will be.
const PLANNED: [&str; 4] = ["eightxeight", "twilio", "exotel", "threecx"];
/// Who else will send webhooks: voice agents.
const AGENTS: [&str; 2] = ["elevenlabs", "agent"];

/// Whose webhooks there are or will be.
pub(super) fn carriers_known() -> impl Iterator<Item = &'static str> {
    SPOKEN.into_iter().chain(PLANNED).chain(AGENTS)
}

/// The flows that come with the gateway.
const BUILT_IN: [(&str, &str); 2] = [
    ("fixtures/flows/confirm.toml", include_str!("../../../../fixtures/flows/confirm.toml")),
    ("fixtures/flows/inbound.toml", include_str!("../../../../fixtures/flows/inbound.toml")),
];

/// Longer than any adapter's time-out.
const LEASE: Duration = Duration::seconds(60);
const LOOKUP_AFTER: Duration = Duration::seconds(15);

pub(super) fn build(
    inputs: &Inputs,
    checker: &mut Checker<'_>,
    sections: &Sections,
    test_number: Option<&Phone>,
    notices: &mut Vec<Notice>,
) -> Option<Rules> {
    let texts = texts(inputs, checker, sections);
    let flows = flows(inputs, checker, sections, &texts);
    let carriers = carriers(checker, "voice", sections.voice.as_deref(), notices);
    let mut businesses = BTreeMap::new();
    let nobody = [("front-desk".to_owned(), sections::Business::default())];
    let nobody: BTreeMap<_, _> = if sections.businesses.is_empty() { nobody.into() } else { BTreeMap::new() };
    for (id, section) in sections.businesses.iter().chain(&nobody) {
        let made = business(checker, id, section, &carriers, test_number, notices);
        businesses.insert(id.clone(), made);
    }
    let lease = sections.jobs.lease.map_or(LEASE, |span| span.0);
    let rules = Rules {
        businesses,
        flows,
        texts: Arc::new(texts),
        lease,
        lookup_after: sections.jobs.lookup_after.map_or(LOOKUP_AFTER, |span| span.0),
        breaker: breaker(&sections.breaker, lease),
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

/// The carriers that can be used, in their order; those that cannot yet are said so, and the sandbox stands in for them.
fn carriers(checker: &mut Checker<'_>, key: &str, wanted: Option<&[String]>, notices: &mut Vec<Notice>) -> Vec<String> {
    let mut usable: Vec<String> = Vec::new();
    if wanted.is_some_and(<[String]>::is_empty) {
        checker.problem(key, "is empty; name carriers in the order they are asked, or take it out");
    }
    let wanted = wanted.unwrap_or_default();
    for (place, name) in wanted.iter().enumerate() {
        if wanted[..place].contains(name) {
            checker.problem(key, format!("names {name} twice; a carrier is asked once, name each at its place"));
        } else if SPOKEN.contains(&name.as_str()) {
            usable.push(name.clone());
        } else if PLANNED.contains(&name.as_str()) {
            let text =
                format!("{key} names {name}, which this version does not speak to yet; the sandbox stands in for it");
            notices.push(Notice { origin: checker.layers.origin(key), text });
        } else {
            let known = || SPOKEN.into_iter().chain(PLANNED);
            let near = super::problem::nearest(name, known());
            let hint = near.map_or(String::new(), |near| format!("did you mean {near}? "));
            let all: Vec<_> = known().collect();
            checker.problem(key, format!("names {name:?}, which is no carrier; {hint}use one of {}", all.join(", ")));
        }
    }
    if usable.is_empty() {
        usable.push(frontdesk_sandbox::NAME.to_owned());
    }
    usable
}

fn business(
    checker: &mut Checker<'_>,
    id: &str,
    section: &sections::Business,
    carriers_everywhere: &[String],
    test_number: Option<&Phone>,
    notices: &mut Vec<Notice>,
) -> Business {
    let key = |name: &str| format!("businesses.{id}.{name}");
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        checker.problem(&format!("businesses.{id}"), "is no id; use letters, digits, - and _");
    }
    let region = section.region.as_deref();
    let carriers = section
        .carriers
        .as_deref()
        .map_or_else(|| carriers_everywhere.to_vec(), |own| carriers(checker, &key("carriers"), Some(own), notices));
    let language = section.language.as_deref().and_then(|text| checker.keep(&key("language"), Language::parse(text)));
    Business {
        id: id.to_owned(),
        name: section
            .name
            .clone()
            .unwrap_or_else(|| if id == "front-desk" { "Frontdesk".to_owned() } else { id.to_owned() }),
        phone: phone(checker, &key("phone"), section.phone.as_deref(), "phone", region),
        desk: section.desk.as_deref().and_then(|text| phone(checker, &key("desk"), Some(text), "", region)),
        time_zone: time_zone(checker, &key("time_zone"), section.time_zone.as_deref()),
        language: language.unwrap_or_default(),
        region: section.region.clone(),
        flow: section.flow.clone().unwrap_or_else(|| "confirm".to_owned()),
        inbound_flow: section.inbound_flow.clone().unwrap_or_else(|| "inbound".to_owned()),
        policy: policy(checker, &key("policy"), &section.policy),
        contact: contact(checker, id, section, &carriers, test_number, notices),
        carriers,
    }
}

/// The business's own number, else the seeds' one, else the sandbox's.
fn phone(
    checker: &mut Checker<'_>,
    key: &str,
    own: Option<&str>,
    seeds: &'static str,
    region: Option<&str>,
) -> Option<Phone> {
    let remedy = "is not a telephone number; write it with country code, like +14155550123";
    if let Some(text) = own {
        return checker.keep(key, number(text, region).ok_or(remedy));
    }
    if let Some(variable) = checker.layers.default_for(seeds) {
        let (found, origin) = (number(&variable.value, region), variable.origin.clone());
        if found.is_none() {
            checker.problems.push(Problem { origin, key: key.to_owned(), what: remedy.to_owned() });
        }
        return found;
    }
    number("+15005550000", None)
}

fn time_zone(checker: &mut Checker<'_>, key: &str, own: Option<&str>) -> Tz {
    let (text, origin) = match (own, checker.layers.default_for("time_zone")) {
        (Some(own), _) => (own.to_owned(), checker.layers.origin(key)),
        (None, Some(variable)) => (variable.value.clone(), variable.origin.clone()),
        (None, None) => return Tz::UTC,
    };
    text.trim().parse().unwrap_or_else(|_| {
        let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let near = super::problem::nearest(&text, zones).unwrap_or("Europe/Amsterdam");
        let what = format!("is {text:?}, which is no time zone; use an IANA name like {near}");
        checker.problems.push(Problem { origin, key: key.to_owned(), what });
        Tz::UTC
    })
}

fn policy(checker: &mut Checker<'_>, key: &str, section: &sections::Policy) -> Policy {
    let usual = Policy::default();
    let messages = section.messages.as_ref().map(|names| {
        let channels = names.iter().filter_map(|name| match name.as_str() {
            "sms" => Some(Channel::Sms),
            "whatsapp" => Some(Channel::Whatsapp),
            "email" => Some(Channel::Email),
            _ => {
                checker.problem(&format!("{key}.messages"), format!("holds {name:?}; use sms, whatsapp and email"));
                None
            }
        });
        channels.collect()
    });
    Policy {
        tries: section.tries.unwrap_or(usual.tries),
        gaps: section.gaps.as_ref().map_or(usual.gaps, |gaps| gaps.iter().map(|gap| gap.0).collect()),
        messages: messages.unwrap_or(usual.messages),
        message_gap: section.message_gap.map_or(usual.message_gap, |span| span.0),
        lead: section.lead.map_or(usual.lead, |span| span.0),
        deadline: section.deadline.map_or(usual.deadline, |span| span.0),
        ring_seconds: section.ring_seconds.unwrap_or(usual.ring_seconds),
        call_limit: section.call_limit.map_or(usual.call_limit, |span| span.0),
        detect_machine: section.detect_machine.unwrap_or(usual.detect_machine),
    }
}

fn contact(
    checker: &mut Checker<'_>,
    id: &str,
    section: &sections::Business,
    carriers: &[String],
    test_number: Option<&Phone>,
    notices: &mut Vec<Notice>,
) -> ContactPolicy {
    let usual = ContactPolicy::default();
    let only_sandbox = carriers.iter().all(|name| name == frontdesk_sandbox::NAME);
    let mut stretches = |key: &str, text: &str| -> Vec<Hours> {
        if matches!(text.trim(), "" | "closed") {
            return Vec::new();
        }
        let parsed = text.split(',').filter_map(|part| {
            checker.keep(key, Hours::parse(part.trim()).map_err(|what| format!("is wrong: {what}")))
        });
        parsed.collect()
    };
    let hours = match &section.hours {
        Some(sections::Hours::Daily(text)) => {
            let day = stretches(&format!("businesses.{id}.hours"), text);
            std::array::from_fn(|_| day.clone())
        }
        Some(sections::Hours::Weekly(week)) => week.days().map(|(day, text)| {
            text.map_or(Vec::new(), |text| stretches(&format!("businesses.{id}.hours.{day}"), text))
        }),
        // Nobody real can be rung: the browser phone may ring at night.
        None if only_sandbox => std::array::from_fn(|_| vec![Hours::ALL_DAY]),
        None => usual.hours,
    };
    // The quiet hours written by mistake: what stands here is when people are contacted, not when they are left alone.
    if section.hours.is_some()
        && let Some(night) = hours.iter().flatten().find(|hours| hours.at_night() && **hours != Hours::ALL_DAY)
    {
        let key = format!("businesses.{id}.hours");
        let text = format!(
            "{key} has people contacted {night}, at three in the morning too; it names the hours in which they are \
             contacted, such as \"09:00-20:00\""
        );
        notices.push(Notice { origin: checker.layers.origin(&key), text });
    }
    let holidays = section.holidays.iter().filter_map(|text| {
        let day = text.parse::<NaiveDate>();
        let day = day.map_err(|_| format!("holds {text:?}, which is no day; write it like \"2026-12-25\""));
        checker.keep(&format!("businesses.{id}.holidays"), day)
    });
    ContactPolicy {
        hours,
        holidays: holidays.collect(),
        // Nobody is bothered by being rung in the sandbox: trying things out must not run into a cap.
        per_day: section.per_day.unwrap_or(if only_sandbox { u32::MAX } else { usual.per_day }),
        per_week: section.per_week.unwrap_or(if only_sandbox { u32::MAX } else { usual.per_week }),
        needs_consent: section.needs_consent.unwrap_or(usual.needs_consent),
        only: test_number.cloned(),
    }
}
