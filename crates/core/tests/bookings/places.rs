//! Nobody gets by an agent what somebody else has.

use super::{Desk, ana, now};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    booking::{Booking, Wish},
    call::Outcome,
    engine::{Act, Done, Stood, Taken},
    personal::RawNumber,
    ports::{CalendarEntry, CalendarSink},
    rules::Rules,
    slots::Opening,
    speech::When,
};
use frontdesk_testkit::{BUSINESS, booking, moment, phone, ready};

const BEN: &str = "+15005550102";

/// Ben asks for the same Monday at this time of the day.
fn ben(key: &str, clock: &str) -> Booking {
    let when = When::read(&format!("2026-11-23T{clock}:00"));
    Booking { phone: RawNumber::new(BEN), when, ..ana(key) }
}

fn opening(change: impl FnOnce(&mut Opening)) -> Desk {
    Desk::with(|rules: &mut Rules| change(&mut rules.businesses.get_mut(BUSINESS).unwrap().opening))
}

fn why(taken: Taken) -> String {
    assert_eq!(taken.appointment, None);
    taken.refused.unwrap()
}

fn outcomes(desk: &Desk) -> Vec<Option<Outcome>> {
    desk.store.all_calls().into_iter().map(|call| call.outcome).collect()
}

#[test]
fn a_time_that_is_taken_is_put_before_the_desk() {
    let desk = Desk::open();
    desk.take(ana("ana"));
    for (key, clock) in [("same", "15:00"), ("begins in it", "15:20"), ("ends in it", "14:45")] {
        assert_eq!(why(desk.take(ben(key, clock))), "the time is taken; ask for another");
    }
    assert_eq!(desk.appointments().len(), 1);
    assert_eq!(outcomes(&desk).iter().filter(|it| **it == Some(Outcome::Unbooked)).count(), 3);
    // Next to it there is room, and where somebody has cancelled there is room again.
    assert_eq!(desk.take(ben("after", "15:30")).refused, None);
    desk.take(Booking { wish: Wish::Cancel, ..ana("cancels") });
    assert_eq!(desk.take(Booking { phone: RawNumber::new("+15005550103"), ..ana("third") }).refused, None);
}

#[test]
fn a_time_that_the_desk_has_given_away_is_taken() {
    let desk = Desk::open();
    ready(desk.engine.book(booking(moment("2026-11-23T14:00:00Z"), Confirm::None), None)).unwrap();
    assert!(why(desk.take(ben("ben", "15:00"))).contains("is taken"));
}

#[test]
fn a_time_that_is_held_for_somebody_is_taken_until_the_hold_runs_out() {
    let desk = Desk::open();
    let ana = desk.take(ana("ana")).appointment.unwrap();
    let hold = Act::Hold(moment("2026-11-23T10:00:00Z"));
    assert!(matches!(ready(desk.engine.by_link(ana.id, Stood::of(&ana), hold)).unwrap(), Done::Yes(_)));
    assert!(why(desk.take(ben("ben", "11:00"))).contains("is taken"));
    desk.clock.pass(Duration::minutes(6));
    assert_eq!(desk.take(ben("ben, later", "11:00")).refused, None);
}

#[test]
fn as_many_come_at_a_time_as_the_business_has_room_for() {
    let desk = opening(|opening| opening.capacity = 2);
    desk.take(ana("ana"));
    assert_eq!(desk.take(ben("ben", "15:00")).refused, None);
    let third = Booking { phone: RawNumber::new("+15005550103"), ..ana("third") };
    assert!(why(desk.take(third)).contains("is taken"));
    let between = opening(|opening| opening.buffer = Duration::minutes(10));
    between.take(ana("ana"));
    assert!(why(between.take(ben("ben", "15:35"))).contains("is taken"));
    assert_eq!(between.take(ben("ben, later", "15:40")).refused, None);
}

#[test]
fn hours_that_somebody_has_said_hold_for_agents_and_others_are_only_offered() {
    let said = opening(|opening| opening.hours_said = true);
    for clock in ["08:30", "16:45", "20:00"] {
        assert!(why(said.take(ben(clock, clock))).contains("lies outside the opening hours"), "{clock}");
    }
    // What is offered comes every half hour; what was agreed may begin at any minute.
    assert_eq!(said.take(ben("ben", "16:10")).refused, None);
    let unsaid = Desk::open();
    assert_eq!(unsaid.take(ben("ben", "20:00")).refused, None);
}

#[test]
fn on_a_day_that_the_business_is_closed_nobody_comes() {
    let desk = opening(|opening| opening.closed = vec!["2026-11-23".parse().unwrap()]);
    assert!(why(desk.take(ana("ana"))).contains("lies outside the opening hours"));
}

/// The desk keeps the time for something else.
fn blocked(desk: &Desk, whose: &Appointment) {
    let entry = CalendarEntry {
        appointment_id: frontdesk_core::id::AppointmentId::derive(now(), &["somebody else's"]),
        business: whose.business.clone(),
        title: "Staff meeting".to_owned(),
        description: String::new(),
        starts_at: moment("2026-11-23T10:00:00Z"),
        ends_at: moment("2026-11-23T11:00:00Z"),
        time_zone: chrono_tz::Europe::Madrid,
        status: Status::Confirmed,
        revision: 1,
        updated_at: now(),
        guest: None,
    };
    let effect = frontdesk_core::id::EffectId::derive(now(), &["blocked"]);
    ready(desk.calendar.put(&entry, &effect)).unwrap();
}

#[test]
fn what_stands_in_the_calendar_is_in_the_way_and_a_calendar_that_is_away_is_not() {
    let desk = Desk::open();
    let ana = desk.take(ana("ana")).appointment.unwrap();
    desk.run();
    blocked(&desk, &ana);
    assert!(why(desk.take(ben("ben", "11:30"))).contains("is taken"));
    desk.calendar.away_for(1);
    let told = desk.take(ben("ben, again", "11:30"));
    assert_eq!(told.refused, None);
    let call = desk.store.all_calls().into_iter().find(|call| call.provider_call_id.as_deref() == Some("ben, again"));
    let notes = desk.notes(&call.unwrap());
    assert!(notes.iter().any(|note| note.contains("the calendar could not be asked")), "{notes:?}");
}

#[test]
fn a_move_to_a_time_that_is_taken_moves_nothing() {
    let desk = Desk::open();
    let hers = desk.take(ana("ana")).appointment.unwrap();
    let his = desk.take(ben("ben", "10:00")).appointment.unwrap();
    let to = |key: &str, clock: &str| Booking { wish: Wish::Move, ..ben(key, clock) };
    assert!(why(desk.take(to("onto hers", "14:50"))).contains("is taken"));
    let there = |id| desk.appointments().into_iter().find(|it| it.id == id).unwrap();
    assert_eq!((there(his.id), there(hers.id)), (his.clone(), hers));
    // One's own time is no obstacle.
    assert_eq!(desk.take(to("a bit later", "10:10")).refused, None);
    assert_eq!(there(his.id).starts_at, moment("2026-11-23T09:10:00Z"));
    assert_eq!(there(his.id).customer.phone, phone(BEN));
}
