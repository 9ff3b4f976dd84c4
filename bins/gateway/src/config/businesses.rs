//! Businesses: their carriers, numbers and hours, and how people are asked.

use super::{
    opening,
    problem::Problem,
    sections,
    settings::{Checker, Notice, number},
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use frontdesk_core::{
    contact::{ContactPolicy, Hours},
    effect::Channel,
    personal::Phone,
    rules::{Business, Inbound, Policy},
    speech::Language,
};
use std::collections::BTreeMap;
use url::Url;

/// The number of a business that has none of its own; only the sandbox knows it.
pub(crate) const SANDBOX_NUMBER: &str = "+15005550000";
/// The carriers this version speaks to.
const SPOKEN: [&str; 5] = [
    frontdesk_sandbox::NAME,
    frontdesk_eightxeight::NAME,
    frontdesk_twilio::NAME,
    frontdesk_exotel::NAME,
    frontdesk_threecx::NAME,
];
/// Who else will send webhooks: voice agents.
const AGENTS: [&str; 2] = ["elevenlabs", "agent"];

/// Whose webhooks there are or will be.
pub(super) fn carriers_known() -> impl Iterator<Item = &'static str> {
    SPOKEN.into_iter().chain(AGENTS)
}

/// What the businesses are made among.
pub(super) struct Outside<'a> {
    /// The carriers that are configured, in their usual order.
    pub(super) carriers: Vec<&'static str>,
    /// Those that are asked only where they are named.
    pub(super) by_name: Vec<&'static str>,
    /// Whether somebody real is written to, whoever rings.
    pub(super) writes: bool,
    /// The only number that is ever contacted.
    pub(super) test_number: Option<&'a Phone>,
    /// How the outside finds us.
    pub(super) public_url: Option<&'a Url>,
}

/// What holds for a business that says nothing of its own.
pub(super) struct Everywhere {
    pub(super) carriers: Vec<String>,
    pub(super) inbound: Inbound,
}

/// The carriers that can be used, in their order; those that cannot yet are said so, and the sandbox stands in for them.
pub(super) fn carriers(
    checker: &mut Checker<'_>,
    key: &str,
    wanted: Option<&[String]>,
    outside: &Outside<'_>,
) -> Vec<String> {
    let mut usable: Vec<String> = Vec::new();
    if wanted.is_some_and(<[String]>::is_empty) {
        checker.problem(key, "is empty; name carriers in the order they are asked, or take it out");
    }
    let Some(wanted) = wanted else {
        let configured = outside.carriers.iter().copied();
        let usual = configured.chain(outside.carriers.is_empty().then_some(frontdesk_sandbox::NAME));
        return usual.map(str::to_owned).collect();
    };
    for (place, name) in wanted.iter().enumerate() {
        if wanted[..place].contains(name) {
            checker.problem(key, format!("names {name} twice; a carrier is asked once, name each at its place"));
        } else if name == frontdesk_sandbox::NAME
            || outside.carriers.iter().chain(&outside.by_name).any(|known| known == name)
        {
            usable.push(name.clone());
        } else if SPOKEN.contains(&name.as_str()) {
            // The sandbox does not stand in: whoever names a carrier wants people rung.
            let needs = super::carriers::needs(name);
            checker.problem(key, format!("names {name}, which is not configured; set {needs}"));
        } else {
            let known = || SPOKEN.into_iter();
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

pub(super) fn business(
    checker: &mut Checker<'_>,
    id: &str,
    section: &sections::Business,
    everywhere: &Everywhere,
    outside: &Outside<'_>,
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
        .map_or_else(|| everywhere.carriers.clone(), |own| carriers(checker, &key("carriers"), Some(own), outside));
    let language = section.language.as_deref().and_then(|text| checker.keep(&key("language"), Language::parse(text)));
    Business {
        id: id.to_owned(),
        name: section
            .name
            .clone()
            .unwrap_or_else(|| if id == "front-desk" { "Frontdesk".to_owned() } else { id.to_owned() }),
        phone: phone(checker, &key("phone"), section.phone.as_deref(), "phone", region),
        numbers: numbers(checker, id, section, region),
        desk: section.desk.as_deref().and_then(|text| phone(checker, &key("desk"), Some(text), "", region)),
        time_zone: time_zone(checker, &key("time_zone"), section.time_zone.as_deref()),
        language: language.unwrap_or_default(),
        region: section.region.clone(),
        flow: section.flow.clone().unwrap_or_else(|| "confirm".to_owned()),
        inbound_flow: section.inbound_flow.clone().unwrap_or_else(|| "inbound".to_owned()),
        inbound: inbound(checker, &key("inbound"), section.inbound.as_deref()).unwrap_or(everywhere.inbound),
        policy: policy(checker, &key("policy"), &section.policy),
        contact: contact(checker, id, section, &carriers, outside, notices),
        opening: opening::build(checker, id, section),
        carriers,
    }
}

/// What answers inbound calls.
pub(super) fn inbound(checker: &mut Checker<'_>, key: &str, text: Option<&str>) -> Option<Inbound> {
    match text? {
        "menu" => Some(Inbound::Menu),
        "stream" => Some(Inbound::Stream),
        "agent" => Some(Inbound::Agent),
        "greet" => Some(Inbound::Greet),
        "seed" => Some(Inbound::Seed),
        other => {
            checker.problem(key, format!("is {other:?}; write menu, stream, agent, greet or seed"));
            None
        }
    }
}

/// The numbers a business has with single carriers: its own, else those the seeds gave each carrier, unless it has one
/// number for all of them.
fn numbers(
    checker: &mut Checker<'_>,
    id: &str,
    section: &sections::Business,
    region: Option<&str>,
) -> BTreeMap<String, Phone> {
    let mut numbers = BTreeMap::new();
    for (carrier, text) in &section.numbers {
        let key = format!("businesses.{id}.numbers.{carrier}");
        if !SPOKEN.contains(&carrier.as_str()) {
            checker.problem(&key, format!("is for no carrier; use one of {}", SPOKEN.join(", ")));
        } else if let Some(number) = phone(checker, &key, Some(text), "", region) {
            numbers.insert(carrier.clone(), number);
        }
    }
    if section.phone.is_none() {
        let seeds = [
            (frontdesk_eightxeight::NAME, "OUTBOUND_PHONE_NUMBER"),
            (frontdesk_twilio::NAME, "TWILIO_NUMBER"),
            (frontdesk_exotel::NAME, "EXOTEL_NUMBER"),
        ];
        for (carrier, name) in seeds {
            let given = checker.layers.filled(name).and_then(|variable| number(&variable.value, region));
            if let Some(given) = given {
                numbers.entry(carrier.to_owned()).or_insert(given);
            }
        }
    }
    numbers
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
    number(SANDBOX_NUMBER, None)
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
    let mut channels = |name: &str, names: &Option<Vec<String>>| -> Option<Vec<Channel>> {
        let channels = names.as_ref()?.iter().filter_map(|channel| match channel.as_str() {
            "sms" => Some(Channel::Sms),
            "whatsapp" => Some(Channel::Whatsapp),
            "email" => Some(Channel::Email),
            _ => {
                checker.problem(&format!("{key}.{name}"), format!("holds {channel:?}; use sms, whatsapp and email"));
                None
            }
        });
        Some(channels.collect())
    };
    let (messages, announce) = (channels("messages", &section.messages), channels("announce", &section.announce));
    Policy {
        tries: section.tries.unwrap_or(usual.tries),
        gaps: section.gaps.as_ref().map_or(usual.gaps, |gaps| gaps.iter().map(|gap| gap.0).collect()),
        messages: messages.unwrap_or(usual.messages),
        announce: announce.unwrap_or(usual.announce),
        message_gap: section.message_gap.map_or(usual.message_gap, |span| span.0),
        lead: section.lead.map_or(usual.lead, |span| span.0),
        deadline: section.deadline.map_or(usual.deadline, |span| span.0),
        ring_seconds: section.ring_seconds.unwrap_or(usual.ring_seconds),
        call_limit: section.call_limit.map_or(usual.call_limit, |span| span.0),
        detect_machine: section.detect_machine.unwrap_or(usual.detect_machine),
        missed_call_text: section.missed_call_text.map(|span| span.0).or(usual.missed_call_text),
    }
}

fn contact(
    checker: &mut Checker<'_>,
    id: &str,
    section: &sections::Business,
    carriers: &[String],
    outside: &Outside<'_>,
    notices: &mut Vec<Notice>,
) -> ContactPolicy {
    let usual = ContactPolicy::default();
    let only_sandbox = carriers.iter().all(|name| name == frontdesk_sandbox::NAME) && !outside.writes;
    let hours = match &section.hours {
        Some(hours) => week(checker, &format!("businesses.{id}.hours"), hours),
        // Nobody real is reached: the browser phone may ring at night.
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
        only: outside.test_number.cloned(),
    }
}

/// The hours of each weekday, Monday first.
pub(super) fn week(checker: &mut Checker<'_>, key: &str, section: &sections::Hours) -> [Vec<Hours>; 7] {
    let mut stretches = |key: &str, text: &str| -> Vec<Hours> {
        if matches!(text.trim(), "" | "closed") {
            return Vec::new();
        }
        let parsed = text.split(',').filter_map(|part| {
            checker.keep(key, Hours::parse(part.trim()).map_err(|what| format!("is wrong: {what}")))
        });
        parsed.collect()
    };
    match section {
        sections::Hours::Daily(text) => {
            let day = stretches(key, text);
            std::array::from_fn(|_| day.clone())
        }
        sections::Hours::Weekly(week) => {
            week.days().map(|(day, text)| text.map_or(Vec::new(), |text| stretches(&format!("{key}.{day}"), text)))
        }
    }
}
