//! What is wrong with alert rules, each with its remedy.

use super::{AlertRule, Condition};
use crate::rules::Rules;
use chrono::Duration;

/// What is wrong with the rules' alerts; each begins with the key.
pub(crate) fn problems(rules: &Rules) -> Vec<String> {
    let of = |rule: &AlertRule| {
        let key = format!("alerts.{}", rule.name);
        own(rule, rules).into_iter().map(move |(inner, what)| format!("{key}.{inner}: {what}"))
    };
    rules.alerts.iter().flat_map(of).collect()
}

fn own(rule: &AlertRule, rules: &Rules) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    if rule.ways().next().is_none() {
        problems.push(("when", "nobody is told; give sms, mail or webhook".to_owned()));
    }
    if let Some(business) = rule.business.as_ref().filter(|id| !rules.businesses.contains_key(*id)) {
        problems.push(("business", unknown("business", business, rules.businesses.keys())));
    }
    let (flow, walked) = match &rule.when {
        Condition::DropOff { flow, .. } => (Some(flow), false),
        Condition::NoCalls { flow, .. } => (flow.as_ref(), false),
        Condition::ConfirmRate { flow, .. } => (flow.as_ref(), true),
        Condition::Uncertain { .. } | Condition::CarrierFailing { .. } => (None, false),
    };
    let trees = rules.trees.iter().filter(|_| !walked).map(|tree| &tree.name);
    let known: Vec<&String> = rules.flows.keys().chain(trees).collect();
    if let Some(flow) = flow.filter(|flow| !known.contains(flow)) {
        problems.push(("flow", unknown("flow", flow, known.iter().copied())));
    }
    if let Condition::DropOff { flow, step, above, .. } = &rule.when {
        let steps: Vec<&String> = match rules.trees.iter().find(|tree| tree.name == *flow) {
            Some(tree) => tree.steps.iter().collect(),
            None => rules.flows.get(flow).into_iter().flat_map(|flow| flow.steps.keys()).collect(),
        };
        if !steps.is_empty() && !steps.contains(&step) {
            problems.push(("step", unknown("step", step, steps.into_iter())));
        }
        if *above > 99 {
            problems.push(("above", format!("{above} is never passed; it is a percentage, use 0 to 99")));
        }
    }
    if let Condition::ConfirmRate { below, .. } = &rule.when
        && !(1..=100).contains(below)
    {
        problems.push(("below", format!("{below} is no percentage that a rate can stay below; use 1 to 100")));
    }
    if let Some(over) = rule.when.window()
        && !(Duration::seconds(1)..=Duration::days(7)).contains(&over)
    {
        problems.push(("over", "this is no window to look at; use 1s to 7d".to_owned()));
    }
    if let Condition::NoCalls { over, hours: Some(open), .. } = &rule.when
        && *over > open.longest()
    {
        problems
            .push(("over", "this is longer than the hours are open at a time; use less, or longer hours".to_owned()));
    }
    if let Condition::CarrierFailing { carrier: Some(carrier) } = &rule.when {
        let mut known: Vec<&String> = rules.businesses.values().flat_map(|business| &business.carriers).collect();
        known.sort_unstable();
        known.dedup();
        if !known.contains(&carrier) {
            problems.push(("carrier", unknown("carrier", carrier, known.into_iter())));
        }
    }
    problems
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<_> = known.map(String::as_str).collect();
    format!("there is no {what} {name:?}; use one of {}", known.join(", "))
}
