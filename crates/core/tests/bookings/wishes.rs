//! What becomes of each wish.

use super::{AGENT, Desk, ana, now};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    booking::{Booking, Wish},
    call::{CallState, Direction, Outcome},
    effect::{Action, Channel},
    event::{Answer, Event},
    personal::{Phone, RawNumber},
    ports::{AppointmentFilter, IvrStore},
    speech::When,
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, moment, phone, ready};

#[test]
fn a_conversation_becomes_an_appointment_and_a_call_that_came_in() {
    let desk = Desk::open();
    let taken = desk.take(ana("conv"));
    let appointment = taken.appointment.unwrap();
    assert_eq!((taken.refused, taken.repeated), (None, false));
    // Three in the afternoon where the business is.
    assert_eq!(appointment.starts_at, moment("2026-11-23T14:00:00Z"));
    assert_eq!((appointment.status, appointment.confirm), (Status::Scheduled, Confirm::Policy));
    assert_eq!(appointment.customer.phone, phone(CUSTOMER_PHONE));
    assert_eq!(appointment.service.as_deref(), Some("Check-up"));
    assert_eq!(appointment.external_id.as_deref(), Some("elevenlabs:conv"));
    let call = desk.conversation();
    assert_eq!((call.provider.as_str(), call.provider_call_id.as_deref()), (AGENT, Some("conv")));
    assert_eq!(
        (call.direction, call.state, call.outcome),
        (Direction::Inbound, CallState::Ended, Some(Outcome::Booked))
    );
    assert_eq!((call.appointment_id, call.seconds), (Some(appointment.id), Some(95)));
    assert_eq!(call.created_at, now() - Duration::minutes(3));
}

#[test]
fn a_conversation_that_is_told_again_acts_once_and_is_answered_alike() {
    let desk = Desk::open();
    let first = desk.take(ana("conv"));
    desk.run();
    let sent = desk.sent().len();
    for _ in 0..3 {
        let again = desk.take(ana("conv"));
        assert!(again.repeated);
        assert_eq!(again.appointment.unwrap().id, first.appointment.as_ref().unwrap().id);
        desk.run();
    }
    assert_eq!((desk.appointments().len(), desk.sent().len()), (1, sent));
}

#[test]
fn a_refusal_that_is_told_again_is_answered_alike() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.when = When::Missing;
    let first = desk.take(booking.clone());
    let again = desk.take(booking);
    assert_eq!((first.refused.clone(), again.repeated), (again.refused, true));
    assert!(first.refused.unwrap().contains("is missing"));
    assert_eq!(desk.store.all_calls().len(), 1);
}

#[test]
fn the_same_person_at_the_same_time_is_one_appointment() {
    let desk = Desk::open();
    let first = desk.take(ana("one")).appointment.unwrap();
    let again = desk.take(ana("two"));
    assert_eq!((again.appointment.unwrap().id, again.refused, again.repeated), (first.id, None, false));
    assert_eq!(desk.appointments().len(), 1);
    let mut later = ana("three");
    later.when = When::read("2026-11-23T16:00:00");
    desk.take(later);
    let mut other = ana("four");
    other.phone = RawNumber::new("+15005550102");
    other.when = When::read("2026-11-23T17:00:00");
    desk.take(other);
    assert_eq!(desk.appointments().len(), 3);
}

#[test]
fn words_are_meant_from_when_they_were_said() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.when = When::read("tomorrow at 3 pm");
    booking.at = Some(moment("2026-11-20T22:30:00Z"));
    desk.clock.turn_to(moment("2026-11-20T23:30:00Z"));
    // Told after midnight in Madrid, said before it.
    let appointment = desk.take(booking).appointment.unwrap();
    assert_eq!(appointment.starts_at, moment("2026-11-21T14:00:00Z"));
}

#[test]
fn what_cannot_be_booked_is_kept_for_the_desk_with_everything_that_was_told() {
    for (when, number, why) in [
        ("tomorrow at 3", Some(CUSTOMER_PHONE), "morning or in the afternoon"),
        ("2026-11-01T10:00:00Z", Some(CUSTOMER_PHONE), "lies in the past"),
        ("", Some(CUSTOMER_PHONE), "is missing"),
        ("2026-11-23T15:00:00", Some("12"), "none that anybody could dial"),
        ("2026-11-23T15:00:00", None, "is not known"),
    ] {
        let desk = Desk::open();
        let mut booking = ana("conv");
        booking.when = When::read(when);
        booking.phone = number.and_then(RawNumber::new);
        let taken = desk.take(booking);
        assert_eq!(taken.appointment, None);
        let refused = taken.refused.unwrap();
        assert!(refused.contains(why), "{refused}");
        let call = desk.conversation();
        assert_eq!(call.outcome, Some(Outcome::Unbooked));
        let kept = call.collected.clone().unwrap();
        assert_eq!(kept.refused.as_deref(), Some(refused.as_str()));
        assert_eq!(kept.name.as_ref().unwrap().reveal(), "Ana Lim");
        assert_eq!(kept.summary.as_ref().unwrap().reveal(), "Has a toothache.");
        assert_eq!(call.from.nobodys(), number != Some(CUSTOMER_PHONE));
        assert!(desk.notes(&call).iter().any(|note| note.contains(why)), "{:?}", desk.notes(&call));
        desk.run();
        assert_eq!((desk.appointments(), desk.sent().len()), (vec![], 0));
    }
}

#[test]
fn nobody_is_contacted_by_a_number_that_is_not_known() {
    assert!(Phone::unknown().nobodys() && Phone::forgotten().nobodys());
    assert!(!phone(CUSTOMER_PHONE).nobodys());
}

#[test]
fn a_conversation_about_something_else_asks_nothing_of_the_desk() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.wish = Wish::Nothing;
    let taken = desk.take(booking);
    assert_eq!((taken.appointment, taken.refused), (None, None));
    assert_eq!(desk.conversation().outcome, Some(Outcome::Captured));
}

#[test]
fn who_forgets_a_person_forgets_what_they_told() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.when = When::Missing;
    desk.take(booking);
    ready(desk.store.forget(&phone(CUSTOMER_PHONE), now())).unwrap();
    let call = desk.conversation();
    assert_eq!((call.collected, call.from), (None, Phone::forgotten()));
}

fn with_an_appointment(wish: Wish, when: &str) -> (Desk, Option<String>) {
    let desk = Desk::open();
    desk.take(ana("first"));
    let mut booking = ana("second");
    (booking.wish, booking.when) = (wish, When::read(when));
    let taken = desk.take(booking);
    (desk, taken.refused)
}

#[test]
fn a_caller_moves_cancels_and_confirms_their_next_appointment() {
    for (wish, when, status, answer) in [
        (Wish::Cancel, "", Status::Cancelled, Some(Answer::Cancelled)),
        (Wish::Confirm, "", Status::Confirmed, Some(Answer::Confirmed)),
        (Wish::Move, "", Status::RescheduleRequested, Some(Answer::OtherTime)),
        (Wish::Move, "2026-11-24T11:00:00", Status::Scheduled, None),
    ] {
        let (desk, refused) = with_an_appointment(wish, when);
        assert_eq!(refused, None);
        let appointment = desk.appointments().remove(0);
        assert_eq!((appointment.status, appointment.answer.map(|it| it.meaning)), (status, answer), "{wish:?} {when}");
        assert!(appointment.answer.is_none_or(|it| it.channel == Channel::Voice));
        let starts_at = if status == Status::Scheduled { "2026-11-24T10:00:00Z" } else { "2026-11-23T14:00:00Z" };
        assert_eq!(appointment.starts_at, moment(starts_at));
    }
}

#[test]
fn who_cancels_twice_has_cancelled() {
    let (desk, _) = with_an_appointment(Wish::Cancel, "");
    let mut again = ana("third");
    again.wish = Wish::Cancel;
    assert_eq!(desk.take(again).refused, None);
    assert_eq!(desk.appointments().remove(0).status, Status::Cancelled);
}

#[test]
fn a_time_that_is_not_certain_moves_nothing() {
    let (desk, refused) = with_an_appointment(Wish::Move, "next week");
    assert!(refused.unwrap().contains("only roughly"));
    assert_eq!(desk.appointments().remove(0).starts_at, moment("2026-11-23T14:00:00Z"));
}

#[test]
fn who_has_no_appointment_can_move_none() {
    for wish in [Wish::Move, Wish::Cancel, Wish::Confirm] {
        let desk = Desk::open();
        let mut booking = ana("conv");
        booking.wish = wish;
        assert!(desk.take(booking).refused.unwrap().contains("no appointment"), "{wish:?}");
        assert_eq!(desk.conversation().outcome, Some(Outcome::Unbooked));
    }
}

#[test]
fn whoever_was_just_told_is_not_rung_at_once() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.when = When::read("2026-11-20T18:00:00");
    desk.take(booking);
    let calls: Vec<_> =
        desk.store.all_effects().into_iter().filter(|effect| matches!(effect.action, Action::Call { .. })).collect();
    let gap = desk.engine.rules().business(BUSINESS).unwrap().policy.message_gap;
    assert_eq!(calls.iter().map(|call| call.due_at).collect::<Vec<_>>(), [now() + gap]);
}

#[test]
fn the_ladder_runs_by_its_policy_later() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    let call =
        desk.store.all_effects().into_iter().find(|effect| matches!(effect.action, Action::Call { .. })).unwrap();
    assert_eq!(call.due_at, appointment.starts_at - Duration::hours(24));
}

#[test]
fn what_is_known_of_a_caller_is_their_next_appointment() {
    let desk = Desk::open();
    let stranger = ready(desk.engine.caller(Some(&phone(CUSTOMER_PHONE)), None)).unwrap().unwrap();
    assert_eq!((stranger.name, stranger.next), (None, None));
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    let known = ready(desk.engine.caller(Some(&phone(CUSTOMER_PHONE)), None)).unwrap().unwrap();
    let next = known.next.unwrap();
    assert_eq!((next.id, next.spoken.as_str()), (appointment.id, "Monday, November 23rd at 3 PM"));
    assert_eq!(known.name.unwrap().reveal(), "Ana Lim");
    ready(desk.engine.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::Cancelled }))
        .unwrap();
    let after = ready(desk.engine.caller(Some(&phone(CUSTOMER_PHONE)), None)).unwrap().unwrap();
    assert_eq!(after.next, None);
    let all = ready(desk.store.appointments(AppointmentFilter { limit: 10, ..AppointmentFilter::default() })).unwrap();
    assert_eq!(all.items.len(), 1);
}

#[test]
fn who_hides_their_number_is_nobody_we_know() {
    let desk = Desk::open();
    let mut first = ana("first");
    first.phone = RawNumber::new("+266696687");
    assert!(desk.take(first).refused.unwrap().contains("none that anybody could dial"));
    assert_eq!(desk.appointments(), []);
    let mut other = ana("other");
    (other.phone, other.wish) = (RawNumber::new("+266696687"), Wish::Cancel);
    assert!(desk.take(other).refused.is_some());
}

#[test]
fn with_several_appointments_ahead_nobody_guesses_which_one_is_meant() {
    let desk = Desk::open();
    let tuesday = desk.take(ana("tuesday")).appointment.unwrap();
    let mut friday = ana("friday");
    friday.when = When::read("2026-11-27T15:00:00");
    let friday = desk.take(friday).appointment.unwrap();
    let mut cancel = ana("cancel");
    cancel.wish = Wish::Cancel;
    assert!(desk.take(cancel).refused.unwrap().contains("several appointments"));
    let statuses: Vec<_> = desk.appointments().iter().map(|it| (it.id, it.status)).collect();
    for id in [tuesday.id, friday.id] {
        assert!(statuses.iter().any(|(own, status)| *own == id && *status != Status::Cancelled), "{statuses:?}");
    }
}

#[test]
fn what_nobody_understood_is_no_booking() {
    let desk = Desk::open();
    let mut booking = ana("conv");
    booking.wish = Wish::Unclear;
    assert!(desk.take(booking).refused.unwrap().contains("not clear"));
    assert_eq!(desk.appointments(), []);
}

#[test]
fn a_booking_that_was_cancelled_since_is_not_answered_as_one_that_stands() {
    let desk = Desk::open();
    desk.take(ana("conv"));
    let mut cancel = ana("later");
    cancel.wish = Wish::Cancel;
    assert_eq!(desk.take(cancel).refused, None);
    assert!(desk.take(ana("conv")).refused.unwrap().contains("was cancelled since"));
}

#[test]
fn who_says_the_same_without_a_name_means_the_appointment_that_stands_then() {
    let desk = Desk::open();
    let cancels = || Booking { by_words: true, wish: Wish::Cancel, when: When::Missing, told: None, ..ana("words") };
    desk.take(ana("first"));
    let first = desk.take(cancels());
    assert_eq!(first.appointment.map(|it| it.status), Some(Status::Cancelled));
    // A delivery that comes again, be it on another day, is that of the same conversation.
    desk.clock.pass(Duration::hours(20));
    assert!(desk.take(cancels()).repeated);
    // Who has an appointment again cancels that one, in whichever words.
    desk.take(Booking { when: When::read("2026-11-24T10:00:00"), ..ana("second") });
    let second = desk.take(cancels());
    assert!(!second.repeated);
    assert_eq!(second.appointment.map(|it| it.status), Some(Status::Cancelled));
    assert!(desk.appointments().iter().all(|it| it.status == Status::Cancelled));
}

#[test]
fn a_cancelling_that_is_delivered_again_leaves_what_was_booked_since() {
    let desk = Desk::open();
    let cancels = || Booking { by_words: true, wish: Wish::Cancel, when: When::Missing, told: None, ..ana("words") };
    desk.take(ana("first"));
    desk.take(cancels());
    desk.clock.pass(Duration::minutes(3));
    let anew = desk.take(Booking { when: When::read("2026-11-24T10:00:00"), ..ana("second") }).appointment.unwrap();
    let standing = || desk.appointments().iter().any(|it| it.id == anew.id && it.status != Status::Cancelled);
    for _ in 0..2 {
        desk.clock.pass(Duration::minutes(2));
        assert!(desk.take(cancels()).repeated);
        assert!(standing());
    }
    // By then it is no delivery that comes again.
    desk.clock.pass(Duration::minutes(15));
    assert!(!desk.take(cancels()).repeated);
    assert!(!standing());
}

#[test]
fn what_is_said_about_no_appointment_is_told_to_the_desk_once_a_day() {
    let desk = Desk::open();
    let cancels = || Booking { by_words: true, wish: Wish::Cancel, when: When::Missing, told: None, ..ana("words") };
    assert!(desk.take(cancels()).refused.is_some());
    assert!(desk.take(cancels()).repeated);
    desk.clock.pass(Duration::days(1));
    let next = desk.take(cancels());
    assert!(next.refused.is_some() && !next.repeated);
}
