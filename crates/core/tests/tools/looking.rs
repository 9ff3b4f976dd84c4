//! What is only looked up.

use super::{ana, at, bens, house, monday, rings, with};
use chrono::Duration;
use frontdesk_core::{appointment::Confirm, personal::Phone, speech::Language};
use frontdesk_testkit::{CUSTOMER_PHONE, booking, phone, ready};
use serde_json::{Value, json};

fn starts(told: &Value) -> Vec<&str> {
    told["slots"].as_array().unwrap().iter().map(|slot| slot["starts_at"].as_str().unwrap()).collect()
}

#[test]
fn a_caller_hears_of_their_own_appointments_and_of_nobody_elses() {
    let house = house();
    let later = house.book(booking(monday() + Duration::hours(3), Confirm::None));
    let first = house.book(booking(monday(), Confirm::None));
    bens(&house, monday() + Duration::hours(1));
    let talk = ana(&house);
    let told = talk.does("find_appointments", json!({}));
    let ids: Vec<_> = told["appointments"].as_array().unwrap().iter().map(|it| it["appointment_id"].clone()).collect();
    assert_eq!(ids, [json!(first.id), json!(later.id)]);
    let told = &told["appointments"][0];
    assert_eq!((&told["spoken"], &told["service"]), (&json!("Monday, November 23rd at 10 AM"), &json!("Check-up")));
    let stranger = rings(&house, &phone("+15005550109"));
    assert_eq!(stranger.does("find_appointments", json!({}))["appointments"], json!([]));
}

#[test]
fn a_few_free_times_are_told_beside_what_is_taken() {
    let house = house();
    bens(&house, monday());
    let talk = ana(&house);
    let told = talk.does("free_slots", json!({ "date": "2026-11-23" }));
    assert_eq!(starts(&told), ["2026-11-23T09:00:00+01:00", "2026-11-23T09:30:00+01:00", "2026-11-23T10:30:00+01:00"]);
    assert_eq!(
        (&told["more"], &told["slots"][2]["spoken"]),
        (&json!(true), &json!("Monday, November 23rd at 10:30 AM"))
    );
    // A Friday at ten: the office is open for some days more, of each a few are told.
    let week = talk.does("free_slots", json!({}));
    assert_eq!(starts(&week).len(), 8);
    let afternoon = json!({ "from": "2026-11-23T14:00", "to": "2026-11-23T15:00", "service": "Check-up" });
    assert_eq!(starts(&talk.does("free_slots", afternoon)).len(), 2);
    assert_eq!(starts(&talk.does("free_slots", json!({ "date": "monday" })))[0], "2026-11-23T09:00:00+01:00");
    // Closed.
    assert_eq!(starts(&talk.does("free_slots", json!({ "date": "2026-11-22" }))).len(), 0);
    assert!(talk.is_refused("free_slots", json!({ "date": "someday" })).contains("tell me the date"));
    assert!(
        talk.is_refused("free_slots", json!({ "from": "2026-11-23T14:00", "to": "2026-11-23T13:00" }))
            .contains("after")
    );
    house.calendar.away_for(1);
    assert!(talk.is_refused("free_slots", json!({})).contains("the calendar does not answer"));
}

#[test]
fn what_is_told_as_free_can_be_booked() {
    let house = with(|business| business.opening.hours_said = true);
    bens(&house, monday());
    let talk = ana(&house);
    for slot in talk.does("free_slots", json!({}))["slots"].as_array().unwrap().iter().take(6) {
        talk.does("book", json!({ "starts_at": slot["starts_at"] }));
    }
}

#[test]
fn a_caller_hears_it_in_their_language_and_zone() {
    let house = house();
    let spanish = |contact: &mut frontdesk_core::ports::Contact| {
        contact.language = Some(Language::Es);
        contact.time_zone = Some(chrono_tz::Atlantic::Canary);
    };
    ready(house.engine.know(phone(CUSTOMER_PHONE), spanish)).unwrap();
    let talk = ana(&house);
    let told = talk.does("book", at("10:00"));
    assert_eq!(
        (&told["starts_at"], &told["spoken"]),
        (&json!("2026-11-23T10:00:00+01:00"), &json!("el lunes 23 de noviembre a las 9:00"))
    );
}

#[test]
fn of_a_caller_who_hides_their_number_nothing_is_looked_up() {
    let house = house();
    house.book(booking(monday(), Confirm::None));
    let hidden = rings(&house, &Phone::anonymous());
    assert!(hidden.is_refused("find_appointments", json!({})).contains("withheld"));
    for (tool, parameters) in
        [("cancel", json!({})), ("confirm", json!({})), ("move", at("16:00")), ("send_text", json!({}))]
    {
        assert!(hidden.is_refused(tool, parameters).contains("withheld"), "{tool}");
    }
}

#[test]
fn a_caller_who_hides_their_number_books_by_saying_one_and_may_change_that_very_booking() {
    let house = house();
    house.book(booking(monday(), Confirm::None));
    let hidden = rings(&house, &Phone::anonymous());
    assert!(hidden.is_refused("book", at("12:00")).contains("ask for a number"));
    let by = |clock: &str| {
        let mut told = at(clock);
        told["phone"] = CUSTOMER_PHONE.into();
        told
    };
    // A number that was only said opens nothing: not even whether its owner comes at a certain time.
    assert!(hidden.is_refused("book", by("10:00")).contains("is taken"));
    hidden.does("book", by("12:00"));
    assert_eq!(hidden.does("book", by("12:00"))["already"], true);
    hidden.does("move", at("13:00"));
    hidden.does("cancel", json!({}));
}
