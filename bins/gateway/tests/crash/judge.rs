//! Holds what the gateway says against what a vendor has seen: each call by our name and by whom it rings, each message
//! by our name.

use crate::{FINAL, blow, house::House};
use chrono::{DateTime, Duration, Utc};
use frontdesk_testkit::carriers::Placed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// As often as the policy lets anybody be called.
const TRIES: usize = 2;

/// How long 8x8 may keep a call in its queue; the request says until when, and so when it was made.
const VALID_FOR: Duration = Duration::minutes(15);

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_default()
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Which row of ours a call at the vendor is. Twilio's hooks name it. 8x8 is told no name: it is the youngest row of the
/// number when the request was made, for the next one begins only when this one is over.
fn row_of<'a>(placed: &Placed, calls: &'a [Value]) -> Option<&'a Value> {
    if let Some(hook) = placed.request["Url"].as_str() {
        return calls.iter().find(|call| hook.contains(text(call, "id")));
    }
    let asked = time(placed.request["validUntil"].as_str()?) - VALID_FOR;
    let of_number = calls.iter().filter(|call| text(call, "to") == placed.to.reveal());
    let begun = of_number.filter(|call| time(text(call, "created_at")) <= asked);
    begun.max_by_key(|call| time(text(call, "created_at")))
}

/// How the gateway was killed.
pub(crate) struct Kills {
    pub(crate) at_random: usize,
    pub(crate) in_the_window: usize,
}

pub(crate) async fn judge(house: &House, kills: &Kills, answered: &BTreeMap<String, String>) {
    let carrier = house.carrier();
    let ledger = carrier.ledger().unwrap();
    let appointments = house.appointments().await;
    let lost: Vec<_> = answered.values().filter(|id| !appointments.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{} of {} answered appointments are lost: {lost:?}", lost.len(), answered.len());
    let open: Vec<_> = appointments.iter().filter(|(_, status)| !FINAL.contains(&status.as_str())).collect();
    assert!(open.is_empty(), "{} appointments never came to an end: {open:?}", open.len());

    let (calls, effects) = (house.desk().rows("/api/v1/calls?limit=500").await, house.effect_rows().await);
    let live: Vec<_> = calls.iter().filter(|call| text(call, "state") != "ended").collect();
    assert!(live.is_empty(), "calls never came to an end: {live:?}");
    let mut rows_of: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &calls {
        *rows_of.entry(text(call, "to")).or_default() += 1;
    }

    let placed = ledger.placed();
    let (mut by_name, mut by_number) = (BTreeSet::new(), BTreeMap::<&str, usize>::new());
    for call in &placed {
        let row = row_of(call, &calls);
        let row = row.unwrap_or_else(|| panic!("the carrier was asked for a call no row explains: {call:?}"));
        assert!(by_name.insert(text(row, "id")), "a call was placed twice: {row}\n{}", history(&placed, call));
        let named = row["provider_call_id"].as_str();
        assert!(named.is_none_or(|named| named == call.id), "another call's name is on the row: {row}\n{call:?}");
        *by_number.entry(call.to.reveal()).or_default() += 1;
    }
    for (number, rung) in &by_number {
        let attempts = rows_of.get(number).copied().unwrap_or_default();
        assert!(*rung <= attempts.min(TRIES), "{number} was rung {rung} times in {attempts} attempts");
    }

    // Who was perhaps rung already is not rung again.
    for call in calls.iter().filter(|call| text(call, "outcome") == "uncertain") {
        let begun = |call: &Value| time(text(call, "created_at"));
        let later = |other: &&Value| text(other, "to") == text(call, "to") && begun(other) > begun(call);
        let again = calls.iter().find(later);
        assert!(again.is_none(), "somebody was rung again although the first call was in doubt: {call}\n{again:?}");
    }

    let sent = ledger.sent();
    let known: BTreeSet<&str> = effects.iter().map(|effect| text(effect, "id")).collect();
    let mut messages = BTreeSet::new();
    for message in &sent {
        let name = message.reference.as_deref().expect("every message has a name of ours");
        assert!(messages.insert(name), "a message was sent twice: {message:?}");
        assert!(known.contains(name), "a message was sent that no row explains: {message:?}");
    }

    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    for status in appointments.values() {
        *by_status.entry(status).or_default() += 1;
    }
    let again = by_number.values().filter(|rung| **rung > 1).count();
    println!(
        "{} on SQLite: killed {} times at random and {} times between a call and its answer; {} appointments answered, \
         {} in the book, none lost; {} attempts, {} calls placed to {} people, no attempt twice ({again} people had their \
         second try); {} messages sent, none twice; ended as {by_status:?}",
        carrier.name(),
        kills.at_random,
        kills.in_the_window,
        answered.len(),
        appointments.len(),
        calls.len(),
        placed.len(),
        by_number.len(),
        sent.len(),
    );
    let doubts = doubts(&effects, &by_name, &messages);
    println!("{}: the fate of {} effects is still unknown", carrier.name(), doubts.values().sum::<usize>());
    for (why, count) in &doubts {
        println!("  {count} × {why}");
    }
    let of_calls = doubts.keys().filter(|why| why.starts_with("a call")).count();
    assert!(!carrier.finds() || of_calls == 0, "a carrier that can be asked leaves no call in doubt: {doubts:?}");
    assert!(kills.in_the_window == 0 || blow::taken(ledger) == kills.in_the_window, "a window was missed");
}

/// The effects that are still uncertain, by what is known on both sides.
fn doubts(effects: &[Value], rang: &BTreeSet<&str>, sent: &BTreeSet<&str>) -> BTreeMap<String, usize> {
    let mut doubts = BTreeMap::new();
    for effect in effects.iter().filter(|effect| text(effect, "state") == "uncertain") {
        let (what, there) = match text(effect, "kind") {
            "call" => ("a call whose answer was lost", rang.contains(text(effect, "call_id"))),
            "wake" => ("a call whose end was never told", rang.contains(text(effect, "call_id"))),
            _ => ("a message whose answer was lost", sent.contains(text(effect, "id"))),
        };
        let there = if there { "the carrier took it" } else { "it never reached the carrier" };
        *doubts.entry(format!("{what}: {there}; {}", text(effect, "reason"))).or_default() += 1;
    }
    doubts
}

/// Everything about one number, for whoever has to find out.
fn history(placed: &[Placed], call: &Placed) -> String {
    let of_number = placed.iter().filter(|other| other.to == call.to);
    of_number.map(|other| format!("{} {}\n", other.id, other.request)).collect()
}
