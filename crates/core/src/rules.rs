//! What a deployment has decided once and for all: its businesses, policies, flows and texts. Plain data, built and
//! checked by the gateway at start; the machines only read it.

use crate::{
    alert::{self, AlertRule},
    breaker::BreakerPolicy,
    call::{Call, Direction},
    contact::ContactPolicy,
    effect::Channel,
    flow::Flow,
    greeting::{GreetingPolicy, Strategy},
    ivr::Tree,
    links::Links,
    personal::Phone,
    ports::Abilities,
    slots::Opening,
    speech::{Language, Texts},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use std::{collections::BTreeMap, sync::Arc};

/// Everything the machines read.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The businesses by id.
    pub businesses: BTreeMap<String, Business>,
    /// The flows by name.
    pub flows: BTreeMap<String, Flow>,
    /// IVRs that carriers run and tell us of; the first one is meant where none is named.
    pub trees: Vec<Arc<Tree>>,
    /// What the staff is told of.
    pub alerts: Vec<AlertRule>,
    /// The texts in every language.
    pub texts: Arc<Texts>,
    /// How long a started effect may be in somebody's hands before its fate counts as unknown.
    /// Longer than any adapter's time-out.
    pub lease: Duration,
    /// How long to wait before the first look-up of an uncertain effect; doubles with each.
    pub lookup_after: Duration,
    /// When a carrier that fails is left alone.
    pub breaker: BreakerPolicy,
    /// The addresses of our own media sockets by carrier, `wss` where the carrier is outside: those that can reach them.
    pub media: BTreeMap<String, String>,
    /// How callers are greeted, where a business wants that.
    pub greeting: GreetingPolicy,
    /// Signs the tokens of media streams, and the links in messages where the outside can reach our pages.
    pub links: Option<Links>,
    /// What each carrier can do, by name; the engine fills it in. Of one that is missing everything is expected.
    pub abilities: BTreeMap<String, Abilities>,
}

impl Rules {
    /// A business by id.
    #[must_use]
    pub fn business(&self, id: &str) -> Option<&Business> {
        self.businesses.get(id)
    }

    /// The business that answers this number.
    #[must_use]
    pub fn business_at(&self, number: &Phone) -> Option<&Business> {
        self.businesses
            .values()
            .find(|business| business.phone.as_ref() == Some(number))
            .or_else(|| self.businesses.values().find(|business| business.numbers.values().any(|own| own == number)))
    }

    /// A tree by name; the first one when none is named.
    #[must_use]
    pub fn tree(&self, name: Option<&str>) -> Option<&Arc<Tree>> {
        self.trees.iter().find(|tree| name.is_none_or(|name| tree.name == name))
    }

    /// The flow a call walks; the one of its business where its own is not configured any more.
    #[must_use]
    pub fn flow_of(&self, call: &Call) -> Option<&Flow> {
        self.flows.get(&call.flow).or_else(|| {
            let business = self.business(&call.business)?;
            self.flows.get(match call.direction {
                Direction::Outbound => &business.flow,
                Direction::Inbound => &business.inbound_flow,
            })
        })
    }

    /// What is wrong with the rules as a whole, each with its remedy; empty when nothing is.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.businesses.is_empty() {
            problems.push("no business is configured; add [businesses.<id>]".to_owned());
        }
        for (id, business) in &self.businesses {
            for (key, flow) in [("flow", &business.flow), ("inbound_flow", &business.inbound_flow)] {
                if !self.flows.contains_key(flow) {
                    let known: Vec<_> = self.flows.keys().map(String::as_str).collect();
                    problems.push(format!(
                        "businesses.{id}.{key}: there is no flow {flow:?}; use one of {}",
                        known.join(", ")
                    ));
                }
            }
            let reachable = |carrier: &String| self.media.contains_key(carrier);
            if business.inbound == Inbound::Stream && !business.carriers.iter().any(reachable) {
                problems.push(format!(
                    "businesses.{id}.inbound: is \"stream\", and carriers cannot reach a socket without a public URL; set FRONTDESK_PUBLIC_URL"
                ));
            }
            let inline = business.inbound == Inbound::Greet && self.greeting.strategy == Strategy::Inline;
            if inline && self.media.is_empty() && self.greeting.agent.is_none() {
                problems.push(format!(
                    "businesses.{id}.inbound: is \"greet\" in the same call, and there is no agent to go on with; set voices.agent_number, or FRONTDESK_PUBLIC_URL for our own media socket"
                ));
            }
            if business.carriers.is_empty() {
                problems.push(format!("businesses.{id}.carriers: there is none; name at least one"));
            }
            problems.extend(
                business.opening.problems().into_iter().map(|problem| format!("businesses.{id}.opening: {problem}")),
            );
            problems.extend(
                business.policy.problems().into_iter().map(|problem| format!("businesses.{id}.policy: {problem}")),
            );
        }
        for tree in &self.trees {
            let own = tree.problems().into_iter().map(|problem| format!("ivr.{}.{problem}", tree.name));
            problems.extend(own);
            if let Some(business) = tree.business.as_ref().filter(|id| !self.businesses.contains_key(*id)) {
                let known: Vec<_> = self.businesses.keys().map(String::as_str).collect();
                problems.push(format!(
                    "ivr.{}.business: there is no business {business:?}; use one of {}",
                    tree.name,
                    known.join(", ")
                ));
            }
        }
        problems.extend(alert::problems(self));
        problems.extend(self.greeting.problems().into_iter().map(|problem| format!("voices.{problem}")));
        problems.extend(self.breaker.problems().into_iter().map(|problem| format!("breaker: {problem}")));
        problems
    }
}

/// Somebody whose telephone we answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Business {
    /// The id in configuration, rows and URLs.
    pub id: String,
    /// The name as spoken.
    pub name: String,
    /// Its number: the caller id of our calls, and where people ring it.
    pub phone: Option<Phone>,
    /// Its numbers with carriers that know it by another one than `phone`, by the carrier's name.
    pub numbers: BTreeMap<String, Phone>,
    /// The number of a person at the desk, for transfers.
    pub desk: Option<Phone>,
    /// Its zone.
    pub time_zone: Tz,
    /// What it speaks, unless a person speaks otherwise.
    pub language: Language,
    /// ISO 3166 region assumed for numbers without country code, like `SG`.
    pub region: Option<String>,
    /// Carriers for outbound calls, the preferred one first.
    pub carriers: Vec<String>,
    /// The flow of outbound calls.
    pub flow: String,
    /// The flow of inbound calls.
    pub inbound_flow: String,
    /// What answers inbound calls.
    pub inbound: Inbound,
    /// How people are asked.
    pub policy: Policy,
    /// When and how often people may be contacted.
    pub contact: ContactPolicy,
    /// When it can be visited: at which times people may move their appointment themselves.
    pub opening: Opening,
}

impl Business {
    /// Its number with this carrier: the caller id of calls it places, and of transfers.
    #[must_use]
    pub fn number_with(&self, carrier: &str) -> Option<&Phone> {
        self.numbers.get(carrier).or(self.phone.as_ref())
    }

    /// The calendar day in the business's zone, for counters.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.time_zone).date_naive()
    }
}

/// What answers inbound calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inbound {
    /// The flow of inbound calls.
    #[default]
    Menu,
    /// Whoever listens at our media socket; the flow where the carrier has no media streams.
    Stream,
    /// The voice agent of a vendor that takes calls of the carrier's; the flow where it does not answer.
    Agent,
    /// A greeting at once, and then a voice agent, with a voice that is made ready meanwhile.
    Greet,
    /// What seed 001 answers to have that agent take the call: for contract tests, no conversation comes of it.
    Seed,
}

/// The ladder of attempts: voice first, then messages, all before a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Calls at the most in one round, whatever became of each: one budget across all reasons.
    pub tries: u32,
    /// Waiting times between calls; each at least as long as the one before. The last one repeats.
    pub gaps: Vec<Duration>,
    /// The channels after the calls, in order.
    pub messages: Vec<Channel>,
    /// The channels on which a person is told at once what a voice agent booked for them.
    pub announce: Vec<Channel>,
    /// How long to wait for an answer to one message before the next rung.
    pub message_gap: Duration,
    /// How long before the appointment asking begins (`confirm: policy`).
    pub lead: Duration,
    /// How long before the appointment asking ends.
    pub deadline: Duration,
    /// How long the telephone rings.
    pub ring_seconds: u32,
    /// The longest a call may last before we ask the carrier what became of it.
    pub call_limit: Duration,
    /// Whether the carrier should listen for machines.
    pub detect_machine: bool,
    /// How long after a call that nobody served whoever rang is sent a text message about it, once a day; `None`: never.
    pub missed_call_text: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            tries: 3,
            gaps: vec![Duration::minutes(30), Duration::hours(2)],
            messages: vec![Channel::Sms, Channel::Email],
            announce: vec![Channel::Sms, Channel::Email],
            message_gap: Duration::hours(1),
            lead: Duration::hours(24),
            deadline: Duration::hours(1),
            ring_seconds: 30,
            call_limit: Duration::minutes(10),
            detect_machine: true,
            missed_call_text: None,
        }
    }
}

impl Policy {
    /// How long to wait before call number `tries + 1`, when `tries` calls were made.
    #[must_use]
    pub fn gap_after(&self, tries: u32) -> Duration {
        let index =
            usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(self.gaps.len().saturating_sub(1));
        if tries == 0 { Duration::zero() } else { self.gaps.get(index).copied().unwrap_or(Duration::zero()) }
    }

    /// What is wrong with it, each with its remedy.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.tries > 10 {
            problems.push(format!("tries is {}; nobody wants to be rung more than 10 times", self.tries));
        }
        if self.tries > 1 && self.gaps.is_empty() {
            problems.push("gaps is empty; give at least one waiting time, like [\"30m\"]".to_owned());
        }
        if self.gaps.windows(2).any(|pair| pair[1] < pair[0]) {
            problems.push("gaps shrink; write them so that each is at least as long as the one before".to_owned());
        }
        if self.gaps.iter().chain([&self.message_gap, &self.lead, &self.deadline]).any(|span| *span < Duration::zero())
        {
            problems.push("a waiting time is negative; use zero or more".to_owned());
        }
        if self.messages.iter().any(|channel| !matches!(channel, Channel::Sms | Channel::Whatsapp | Channel::Email)) {
            problems.push("messages may hold sms, whatsapp and email".to_owned());
        }
        if self.announce.iter().any(|channel| !matches!(channel, Channel::Sms | Channel::Whatsapp | Channel::Email)) {
            problems.push("announce may hold sms, whatsapp and email".to_owned());
        }
        if self.deadline > self.lead {
            problems.push("deadline lies before lead; asking must begin earlier than it ends".to_owned());
        }
        if self.missed_call_text.is_some_and(|wait| !(Duration::zero()..=Duration::hours(6)).contains(&wait)) {
            problems.push("missed_call_text is not within 6 hours of the call; use a span like \"2m\"".to_owned());
        }
        if !(5..=120).contains(&self.ring_seconds) {
            problems.push(format!("ring_seconds is {}; use 5 to 120", self.ring_seconds));
        }
        problems
    }
}
