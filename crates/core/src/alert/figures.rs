//! What a rule looks at, taken out of the counters. They are cumulative, so a rule costs as much in its tenth year as on
//! its first day, and no call is looked at.

use super::{AlertRule, Condition};
use crate::{call::Outcome, ports::CountRow, rules::Rules};
use std::collections::BTreeSet;

/// Calls in which a person was reached, whatever they said.
const REACHED: [Outcome; 6] = [
    Outcome::Confirmed,
    Outcome::Cancelled,
    Outcome::RescheduleRequested,
    Outcome::NoInput,
    Outcome::HungUp,
    Outcome::Transferred,
];

/// How a rule's figures stand now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Names the counters that were read. Samples of others say nothing about these.
    pub about: String,
    /// How many of them did what is watched; 0 where only the whole is.
    pub part: i64,
    /// How many there were at all.
    pub whole: i64,
    /// The carriers that fail, where that is watched.
    pub failing: Vec<String>,
}

/// The counters behind a rate.
struct Counters {
    /// Their flow; `None` is any.
    flow: Option<String>,
    part: Vec<String>,
    whole: Vec<String>,
}

impl Counters {
    /// `None` for what is not counted but looked at.
    fn of(when: &Condition, rules: &Rules) -> Option<Self> {
        let tree = |flow: &str| rules.trees.iter().find(|tree| tree.name == flow);
        let counted_as = |flow: &String| tree(flow).map_or_else(|| flow.clone(), |tree| tree.counted_as());
        let outcome = |outcome: Outcome| format!("outcome:{}", outcome.as_str());
        Some(match when {
            Condition::DropOff { flow, step, .. } => {
                let (part, whole) = match tree(flow) {
                    Some(_) => (vec![format!("left:{step}")], format!("reached:{step}")),
                    None => {
                        let left = ["hung_up", "gave_up"].map(|what| format!("step:{step}:{what}"));
                        (left.into(), format!("step:{step}:entered"))
                    }
                };
                Self { flow: Some(counted_as(flow)), part, whole: vec![whole] }
            }
            Condition::NoCalls { flow, .. } => {
                let whole = ["calls", "answered"].map(str::to_owned).into();
                Self { flow: flow.as_ref().map(counted_as), part: Vec::new(), whole }
            }
            Condition::ConfirmRate { flow, .. } => {
                let (part, whole) = (vec![outcome(Outcome::Confirmed)], REACHED.map(outcome).into());
                Self { flow: flow.clone(), part, whole }
            }
            Condition::Uncertain { .. } | Condition::CarrierFailing { .. } => return None,
        })
    }
}

/// The names of all counters that the rules look at.
#[must_use]
pub fn counters(rules: &Rules) -> Vec<String> {
    let of = rules.alerts.iter().filter_map(|rule| Counters::of(&rule.when, rules));
    of.flat_map(|counters| counters.part.into_iter().chain(counters.whole))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// How a rule's figures stand, by the counters, the number of uncertain effects, and the carriers whose breakers are not
/// closed in this gateway.
#[must_use]
pub fn reading(rule: &AlertRule, rules: &Rules, rows: &[CountRow], uncertain: i64, failing: &[String]) -> Reading {
    match &rule.when {
        Condition::Uncertain { .. } => {
            Reading { about: "uncertain".to_owned(), whole: uncertain, ..Reading::default() }
        }
        Condition::CarrierFailing { carrier } => {
            let watched = |name: &&String| carrier.as_ref().is_none_or(|carrier| carrier == *name);
            let failing: Vec<String> = failing.iter().filter(watched).cloned().collect();
            let about = format!("carrier {}", carrier.as_deref().unwrap_or("any"));
            Reading { about, whole: i64::try_from(failing.len()).unwrap_or(i64::MAX), failing, ..Reading::default() }
        }
        when => {
            let Some(counters) = Counters::of(when, rules) else { return Reading::default() };
            let sum = |names: &[String]| -> i64 {
                let ours = rows.iter().map(|row| (&row.count, row.n)).filter(|(count, _)| {
                    // Counters without a flow are those of appointments.
                    let flow = counters.flow.as_ref().map_or(!count.flow.is_empty(), |flow| *flow == count.flow);
                    let business = rule.business.as_ref().is_none_or(|business| *business == count.business);
                    flow && business && names.contains(&count.name)
                });
                ours.map(|(_, n)| n).sum()
            };
            let (flow, business) = (counters.flow.as_deref().unwrap_or("*"), rule.business.as_deref().unwrap_or("*"));
            let about = format!("{business} {flow} {} of {}", counters.part.join(" "), counters.whole.join(" "));
            Reading { about, part: sum(&counters.part), whole: sum(&counters.whole), failing: Vec::new() }
        }
    }
}
