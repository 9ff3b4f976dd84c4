//! Whose appointments and calls are touched, and what comes of nonsense.

use super::{ana, at, bens, house, monday, rings, start};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    call::{CallRef, CallState, Outcome},
    event::{AnsweredBy, Event},
    id::CallId,
    personal::Phone,
    ports::{EffectRunner, ToolCall},
};
use frontdesk_testkit::{booking, ready};
use serde_json::{Value, json};
use std::cell::Cell;

#[test]
fn somebody_elses_appointment_is_as_if_it_were_not_there() {
    let house = house();
    let his = bens(&house, monday());
    let talk = ana(&house);
    let nobodys = CallId::derive(start(), &["nobody's"]).to_string();
    for tool in ["move", "cancel", "confirm", "send_text"] {
        let with = |id: &str| {
            let mut told = if tool == "move" { at("16:00") } else { json!({}) };
            told["appointment_id"] = id.into();
            told
        };
        let why = talk.is_refused(tool, with(&his.id.to_string()));
        assert_eq!(why, talk.is_refused(tool, with(&nobodys)), "{tool}");
    }
    assert_eq!(house.appointment(his.id), his);
    // Nor does its timeline tell of it.
    assert!(house.timeline(his.id).iter().all(|line| line.recorded.kind != "tool"));
}

#[test]
fn on_a_call_that_is_over_or_was_never_there_nothing_is_done() {
    let house = house();
    house.book(booking(monday(), Confirm::None));
    let talk = ana(&house);
    talk.ends();
    for (tool, parameters) in [
        ("find_appointments", json!({})),
        ("free_slots", json!({})),
        ("book", at("12:00")),
        ("cancel", json!({})),
        ("transfer", json!({})),
        ("end_call", json!({})),
    ] {
        assert!(talk.is_refused(tool, parameters).contains("the call is over"), "{tool}");
    }
    let before = (house.store.all_appointments(), house.calls());
    let wish = ToolCall { id: "1".to_owned(), tool: "book".to_owned(), parameters: at("12:00") };
    assert!(ready(house.engine.tool(CallId::derive(start(), &["none"]), &wish)).unwrap().failed);
    assert_eq!((house.store.all_appointments(), house.calls()), before);
}

#[test]
fn hostile_parameters_are_refused_in_words_and_change_nothing() {
    let house = house();
    let hers = house.book(booking(monday(), Confirm::None));
    let talk = ana(&house);
    let huge = "9".repeat(100_000);
    for (tool, parameters) in [
        ("drop_tables", json!({})),
        ("", Value::Null),
        ("book", json!({ "starts_at": ["2026-11-23T12:00"] })),
        ("book", json!({ "starts_at": huge })),
        ("book", json!({ "starts_at": "2026-11-23T12:00", "name": huge })),
        ("book", json!({ "starts_at": "2026-11-23T12:00", "customer": { "phone": "+15005550102" } })),
        ("move", json!({ "starts_at": "2026-11-23T12:00", "appointment_id": "' or 1=1" })),
        ("cancel", json!([hers.id])),
        ("cancel", json!({ "appointment_id": huge })),
        ("find_appointments", json!({ "phone": "+15005550102" })),
    ] {
        let why = talk.is_refused(tool, parameters);
        assert!(why.len() < 300, "{why}");
    }
    assert_eq!(house.store.all_appointments(), [hers]);
}

#[test]
fn a_call_that_we_placed_is_about_the_appointment_it_asks_about() {
    let house = house();
    let other = house.book(booking(monday() + Duration::hours(5), Confirm::None));
    let asked = house.book(booking(monday(), Confirm::Now));
    let rung = || house.calls().into_iter().find(|call| call.appointment_id == Some(asked.id));
    while rung().is_none() {
        let (_, effect) = house.store.next_due(house.engine.rules().lease).unwrap();
        ready(house.engine.run(effect)).unwrap();
    }
    let call = rung().unwrap().id;
    let talk = super::Talk { house: &house, call, wishes: Cell::new(0) };
    assert!(talk.is_refused("confirm", json!({})).contains("nobody has picked up"));
    house.tell(CallRef::Ours(call), "picked up", Event::Answered { by: AnsweredBy::Human }).unwrap();
    assert_eq!(talk.call().state, CallState::InProgress);
    talk.does("confirm", json!({}));
    assert_eq!(
        (house.appointment(asked.id).status, house.appointment(other.id).status),
        (Status::Confirmed, Status::Scheduled)
    );
    talk.does("book", at("16:30"));
    assert_eq!(talk.call().appointment_id, Some(asked.id));
    assert_eq!(talk.ends(), Outcome::Booked);
    assert_eq!(house.appointment(asked.id).live_call, None);
}

#[test]
fn a_number_that_is_only_spoken_is_booked_once_in_a_call() {
    let house = house();
    let talk = rings(&house, &Phone::anonymous());
    let wish = |at: &str, phone: &str| json!({ "starts_at": at, "phone": phone, "name": "Bo Chen" });
    talk.does("book", wish("2026-11-23T10:00", "+15005550121"));
    let refused = talk.is_refused("book", wish("2026-11-23T11:00", "+15005550122"));
    assert!(refused.contains("no more can be booked"), "{refused}");
}
