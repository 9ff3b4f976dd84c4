//! What a person is told of what an agent booked, and what their own calendar learns.

use super::{Desk, ana, notify, now};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    booking::Wish,
    effect::{Channel, EffectState, Message},
    engine::Booked,
    event::{Answer, Event},
    personal::{Email, PersonName},
    speech::{Language, SmsEncoding, When, sms_segments},
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Line, booking, moment, phone, ready};

fn texts(sms: &[&str], mail: &[&str]) -> (Vec<String>, Vec<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    (owned(sms), owned(mail))
}

#[test]
fn it_is_announced_at_once_by_text_and_mail() {
    let desk = Desk::open();
    desk.take(ana("conv"));
    desk.run();
    assert_eq!(desk.texts(), texts(&["sms-booked"], &["mail-booked-body"]));
    let sms = &desk.by(Channel::Sms)[0].body;
    assert_eq!(
        sms,
        "Harbour Clinic: your appointment is booked for Monday, November 23, 2026, 3:00 PM (CET). Please reply 1 to confirm, 0 if you \
         cannot come, 2 for another time."
    );
    let counted = sms_segments(sms);
    assert_eq!((counted.encoding, counted.segments), (SmsEncoding::Gsm7, 1));
    assert_eq!(desk.calendar.entries().len(), 1);
}

#[test]
fn only_who_has_an_address_is_written_to_and_only_on_the_channels_of_the_policy() {
    let desk = Desk::open();
    let mut without = ana("conv");
    without.email = None;
    desk.take(without);
    desk.run();
    assert_eq!(desk.texts(), texts(&["sms-booked"], &[]));
    let quiet = Desk::with(|rules| rules.businesses.get_mut(BUSINESS).unwrap().policy.announce = vec![Channel::Email]);
    quiet.take(ana("conv"));
    quiet.run();
    assert_eq!(quiet.texts(), texts(&[], &["mail-booked-body"]));
}

#[test]
fn it_is_written_in_the_language_that_was_spoken() {
    let desk = Desk::open();
    let mut spanish = ana("conv");
    spanish.language = Some(Language::Es);
    desk.take(spanish);
    desk.run();
    let sms = &desk.by(Channel::Sms)[0].body;
    assert!(sms.contains("cita reservada"), "{sms}");
}

#[test]
fn an_answer_to_it_counts() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    desk.run();
    let reply = Event::Replied { channel: Channel::Sms, meaning: Answer::Confirmed };
    ready(desk.engine.happen(appointment.id, reply)).unwrap();
    assert_eq!(desk.appointments().remove(0).status, Status::Confirmed);
}

#[test]
fn the_gate_is_asked_and_an_opt_out_stands() {
    let desk = Desk::open();
    let opted = |contact: &mut frontdesk_core::ports::Contact| contact.opted_out = vec![Channel::Sms];
    ready(desk.engine.know(phone(CUSTOMER_PHONE), opted)).unwrap();
    desk.take(ana("conv"));
    desk.run();
    assert_eq!(desk.texts(), texts(&[], &["mail-booked-body"]));
    let fenced = Desk::with(|rules| {
        rules.businesses.get_mut(BUSINESS).unwrap().contact.only = Some(phone("+15005550199"));
    });
    fenced.take(ana("conv"));
    fenced.run();
    assert_eq!(fenced.texts(), texts(&[], &[]));
}

#[test]
fn who_has_just_spoken_with_us_is_told_at_night_as_well() {
    let desk = Desk::with(|rules| {
        let contact = &mut rules.businesses.get_mut(BUSINESS).unwrap().contact;
        contact.hours = std::array::from_fn(|_| Vec::new());
    });
    desk.take(ana("conv"));
    desk.run();
    assert_eq!(desk.texts(), texts(&["sms-booked"], &["mail-booked-body"]));
}

#[test]
fn a_message_in_doubt_is_not_sent_again() {
    let desk = Desk::open();
    desk.outbox.plan([Line::LosesAnswerForGood]);
    desk.take(ana("conv"));
    for _ in 0..40 {
        desk.run();
        desk.clock.pass(Duration::minutes(1));
    }
    let sms = desk.sent().into_iter().filter(|it| it.text == "sms-booked").count();
    assert_eq!(sms, 1);
}

#[test]
fn what_will_not_take_place_any_more_is_not_announced() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    let reply = Event::Replied { channel: Channel::Desk, meaning: Answer::Cancelled };
    ready(desk.engine.happen(appointment.id, reply)).unwrap();
    desk.run();
    assert_eq!(desk.texts(), texts(&[], &[]));
    let skipped = desk.store.all_effects();
    let skipped = skipped.iter().find(|effect| effect.action == notify(Channel::Sms, Message::Booked)).unwrap();
    assert_eq!(skipped.state, EffectState::Skipped);
}

#[test]
fn a_mail_brings_an_invitation_without_anything_meant_for_the_desk() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    desk.run();
    let mail = &desk.by(Channel::Email)[0];
    assert_eq!(desk.by(Channel::Sms)[0].invitation, None);
    let invitation = mail.invitation.as_ref().unwrap();
    assert_eq!(invitation.entry.title, "Harbour Clinic: Check-up");
    assert_eq!(invitation.entry.description, "");
    assert_eq!((invitation.entry.appointment_id, invitation.entry.starts_at), (appointment.id, appointment.starts_at));
    assert_eq!(invitation.name, PersonName::parse("Ana Lim").unwrap());
    assert!(desk.appointments().remove(0).invited);
}

#[test]
fn the_persons_own_calendar_follows_what_the_desk_changes() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    desk.run();
    let starts_at = moment("2026-11-24T10:00:00Z");
    ready(desk.engine.happen(appointment.id, Event::Moved { starts_at, channel: Channel::Desk })).unwrap();
    desk.run();
    let moved = desk.by(Channel::Email).pop().unwrap();
    assert_eq!(moved.text, "mail-moved-body");
    let first = desk.by(Channel::Email)[0].invitation.clone().unwrap();
    let invitation = moved.invitation.unwrap();
    assert_eq!(invitation.entry.starts_at, starts_at);
    assert!(invitation.entry.revision > first.entry.revision);
    let reply = Event::Replied { channel: Channel::Desk, meaning: Answer::Cancelled };
    ready(desk.engine.happen(appointment.id, reply)).unwrap();
    desk.run();
    let cancelled = desk.by(Channel::Email).pop().unwrap();
    assert_eq!(cancelled.text, "mail-cancelled-body");
    assert_eq!(cancelled.invitation.unwrap().entry.status, Status::Cancelled);
    // Brought back at the same time.
    ready(desk.engine.happen(appointment.id, Event::Moved { starts_at, channel: Channel::Desk })).unwrap();
    desk.run();
    assert_eq!(desk.by(Channel::Email).pop().unwrap().text, "mail-moved-body");
}

#[test]
fn who_was_never_invited_is_not_written_to_about_changes() {
    let desk = Desk::open();
    let (booked, _) = ready(desk.engine.book(booking(now() + Duration::days(3), Confirm::None), None)).unwrap();
    let Booked::New(appointment) = booked else { panic!("{booked:?}") };
    let starts_at = now() + Duration::days(4);
    ready(desk.engine.happen(appointment.id, Event::Moved { starts_at, channel: Channel::Desk })).unwrap();
    let reply = Event::Replied { channel: Channel::Desk, meaning: Answer::Cancelled };
    ready(desk.engine.happen(appointment.id, reply)).unwrap();
    desk.run();
    assert_eq!(desk.texts(), texts(&[], &[]));
}

#[test]
fn who_moves_it_by_an_agent_is_told_once_on_each_channel() {
    let desk = Desk::open();
    desk.take(ana("first"));
    desk.run();
    let mut moving = ana("second");
    (moving.wish, moving.when) = (Wish::Move, When::read("2026-11-24T11:00:00"));
    desk.take(moving);
    desk.run();
    assert_eq!(desk.texts(), texts(&["sms-booked", "sms-moved"], &["mail-booked-body", "mail-moved-body"]));
}

#[test]
fn a_mail_that_says_cancelled_is_not_sent_twice() {
    let desk = Desk::open();
    let appointment = desk.take(ana("conv")).appointment.unwrap();
    desk.run();
    let reply = Event::Replied { channel: Channel::Email, meaning: Answer::Cancelled };
    ready(desk.engine.happen(appointment.id, reply)).unwrap();
    desk.run();
    assert_eq!(desk.texts(), texts(&["sms-booked"], &["mail-booked-body", "mail-cancelled-body"]));
}

#[test]
fn a_calendar_is_told_whom_to_invite_only_where_the_gate_lets_mail_through() {
    let guest = |needs_consent: bool| {
        let desk = Desk::with(|rules| {
            rules.businesses.get_mut(BUSINESS).unwrap().contact.needs_consent = needs_consent;
        });
        desk.take(ana("conv"));
        desk.run();
        desk.calendar.entries().remove(0).guest
    };
    assert_eq!(guest(false), Some(Email::parse("ana@example.com").unwrap()));
    assert_eq!(guest(true), None, "nobody has permitted it");
}
