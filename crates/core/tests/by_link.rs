//! What people do behind a link: their answer counts when they have seen how things stand, and a time is theirs alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Customer, NewAppointment, Status},
    effect::{Action, Channel, EffectState, Message},
    engine::{Act, Done, Stood},
    event::{Answer, Event},
    links::{Links, Purpose},
    ports::{IvrStore, Notification, OptOutFilter, OptOutWay},
    rules::Rules,
    slots::Opening,
    speech::{Language, sms_segments},
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Simulation, booking, moment, phone, ready, rules};

/// A Friday.
fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// The Monday after it, at ten in Madrid.
fn monday() -> DateTime<Utc> {
    moment("2026-11-23T09:00:00Z")
}

fn linked() -> Rules {
    let links = Links::new("https://desk.example.com".parse().unwrap(), vec!["a key of the tests".into()]);
    let mut rules = Rules { links, ..rules() };
    rules.businesses.get_mut(BUSINESS).unwrap().opening = Opening { capacity: 1, ..Opening::default() };
    rules
}

fn house() -> Simulation {
    Simulation::new(linked(), start())
}

fn other(new: NewAppointment, phone_number: &str) -> NewAppointment {
    NewAppointment { customer: Customer { phone: phone(phone_number), ..new.customer.clone() }, ..new }
}

fn by_link(house: &Simulation, saw: &Appointment, act: Act) -> Done {
    ready(house.engine.by_link(saw.id, Stood::of(saw), act)).unwrap()
}

fn free(house: &Simulation, whose: &Appointment) -> Vec<DateTime<Utc>> {
    let rules = house.engine.rules();
    let span = (monday() - Duration::hours(9), monday() + Duration::hours(15));
    let business = rules.business(BUSINESS).unwrap();
    ready(house.engine.free_times(business, whose.duration_minutes, span, Some(whose.id))).unwrap()
}

#[test]
fn an_answer_by_link_counts_and_stops_what_waits_to_ask() {
    let house = house();
    let booked = house.book(booking(monday(), Confirm::Now));
    let Done::Yes(after) = by_link(&house, &booked, Act::Answer(Answer::Confirmed)) else { panic!("not done") };
    assert_eq!((after.status, after.answer.unwrap().channel), (Status::Confirmed, Channel::Link));
    house.pass(Duration::days(1));
    assert_eq!(house.calls().len(), 0, "nobody is rung who has answered");
}

#[test]
fn whoever_saw_an_older_state_is_told_and_changes_nothing() {
    let house = house();
    let saw = house.book(booking(monday(), Confirm::None));
    house.happen(saw.id, Event::Replied { channel: Channel::Voice, meaning: Answer::Confirmed });
    let Done::Changed(now) = by_link(&house, &saw, Act::Answer(Answer::Cancelled)) else { panic!("it was done") };
    assert_eq!(now.status, Status::Confirmed);
    assert_eq!(house.appointment(saw.id).status, Status::Confirmed);
    // Who has seen it may change it, at once: they know what was answered before.
    assert!(matches!(by_link(&house, &now, Act::Answer(Answer::Cancelled)), Done::Yes(_)));
    assert_eq!(house.appointment(saw.id).status, Status::Cancelled);
}

#[test]
fn calls_that_begin_meanwhile_are_no_change_to_whoever_reads_the_page() {
    let house = house();
    let saw = house.book(booking(monday(), Confirm::Policy));
    house.run_until(monday() - Duration::hours(23));
    assert_ne!(house.appointment(saw.id).revision, saw.revision);
    assert!(matches!(by_link(&house, &saw, Act::Answer(Answer::Confirmed)), Done::Yes(_)));
}

#[test]
fn what_is_cancelled_only_the_desk_brings_back() {
    let house = house();
    let booked = house.book(booking(monday(), Confirm::None));
    let Done::Yes(gone) = by_link(&house, &booked, Act::Answer(Answer::Cancelled)) else { panic!("not done") };
    assert!(matches!(by_link(&house, &gone, Act::Answer(Answer::Confirmed)), Done::No(_)));
    assert!(matches!(by_link(&house, &gone, Act::Move(monday() + Duration::hours(1))), Done::No(_)));
    assert_eq!(house.appointment(booked.id).status, Status::Cancelled);
}

#[test]
fn a_time_is_held_then_taken_and_the_old_one_is_free_again() {
    let house = house();
    let ana = house.book(booking(monday(), Confirm::None));
    let ben = house.book(other(booking(monday() + Duration::hours(3), Confirm::None), "+15005550199"));
    let wanted = monday() + Duration::hours(2);
    assert!(free(&house, &ana).contains(&wanted));
    assert!(matches!(by_link(&house, &ana, Act::Hold(wanted)), Done::Yes(_)));
    assert!(free(&house, &ana).contains(&wanted), "one's own hold is no obstacle");
    assert!(!free(&house, &ben).contains(&wanted));
    assert!(matches!(by_link(&house, &ben, Act::Hold(wanted)), Done::Gone(_)));
    assert!(matches!(by_link(&house, &ben, Act::Move(wanted)), Done::Gone(_)));
    let Done::Yes(moved) = by_link(&house, &ana, Act::Move(wanted)) else { panic!("not moved") };
    assert_eq!((moved.starts_at, moved.status), (wanted, Status::Confirmed));
    assert!(free(&house, &ben).contains(&monday()));
    assert!(!free(&house, &ben).contains(&wanted));
    house.pass(Duration::hours(1));
    assert_eq!(house.calendar.entries()[0].starts_at, wanted, "the calendar follows");
}

#[test]
fn a_hold_runs_out() {
    let house = house();
    let ana = house.book(booking(monday(), Confirm::None));
    let ben = house.book(other(booking(monday() + Duration::hours(3), Confirm::None), "+15005550199"));
    let wanted = monday() + Duration::hours(2);
    by_link(&house, &ana, Act::Hold(wanted));
    house.pass(Duration::minutes(5));
    assert!(matches!(by_link(&house, &ben, Act::Move(wanted)), Done::Yes(_)));
    // Theirs was held too long ago, and somebody has it now.
    assert!(matches!(by_link(&house, &ana, Act::Move(wanted)), Done::Gone(_)));
}

#[test]
fn what_the_desk_takes_in_while_a_time_is_held_is_seen_when_it_is_to_be_taken() {
    let house = house();
    let ana = house.book(booking(monday(), Confirm::None));
    let wanted = monday() + Duration::hours(2);
    by_link(&house, &ana, Act::Hold(wanted));
    house.book(other(booking(wanted, Confirm::None), "+15005550199"));
    assert!(matches!(by_link(&house, &ana, Act::Move(wanted)), Done::Gone(_)));
    assert_eq!(house.appointment(ana.id).starts_at, monday());
}

#[test]
fn a_time_that_is_not_offered_cannot_be_had() {
    let house = house();
    let ana = house.book(booking(monday(), Confirm::None));
    for at in [
        monday() + Duration::minutes(7),
        monday() - Duration::days(1),
        monday() + Duration::hours(14),
        start() - Duration::days(1),
        monday() + Duration::days(700),
    ] {
        for act in [Act::Hold(at), Act::Move(at)] {
            assert!(matches!(by_link(&house, &ana, act), Done::Gone(_)), "{at}");
        }
    }
}

#[test]
fn a_calendar_that_does_not_answer_means_that_nobody_knows_what_is_free() {
    let house = house();
    let ana = house.book(booking(monday(), Confirm::None));
    house.calendar.away_for(2);
    let business = house.engine.rules().business(BUSINESS).unwrap().clone();
    let span = (monday(), monday() + Duration::days(1));
    assert!(ready(house.engine.free_times(&business, 30, span, None)).is_err());
    let moving = house.engine.by_link(ana.id, Stood::of(&ana), Act::Move(monday() + Duration::hours(1)));
    assert!(ready(moving).is_err());
    assert_eq!(house.appointment(ana.id).starts_at, monday());
}

#[test]
fn whoever_wants_silence_is_left_alone_and_told_once() {
    let house = house();
    let booked = house.book(booking(monday(), Confirm::Now));
    for _ in 0..2 {
        ready(house.engine.stop_by_link(booked.id, OptOutWay::Link)).unwrap().unwrap();
    }
    house.pass(Duration::days(2));
    assert_eq!((house.calls().len(), house.notifier.sent().len()), (0, 0));
    let contact = ready(house.store.contact(&phone(CUSTOMER_PHONE))).unwrap().unwrap();
    assert_eq!(contact.opted_out.len(), 4);
    let kept = ready(house.store.opt_outs(OptOutFilter { limit: 10, ..OptOutFilter::default() })).unwrap();
    assert_eq!(kept.items.iter().map(|line| line.way).collect::<Vec<_>>(), [OptOutWay::Link]);
    let told = house.timeline(booked.id).into_iter().filter(|line| line.recorded.kind == "opted_out").count();
    assert_eq!(told, 1);
}

#[test]
fn the_button_of_a_mail_program_stops_mail_and_nothing_else() {
    let house = house();
    let booked = house.book(booking(monday(), Confirm::Now));
    for _ in 0..2 {
        ready(house.engine.stop_by_link(booked.id, OptOutWay::Mail)).unwrap().unwrap();
    }
    let contact = ready(house.store.contact(&phone(CUSTOMER_PHONE))).unwrap().unwrap();
    assert_eq!(contact.opted_out, [Channel::Email]);
    let kept = ready(house.store.opt_outs(OptOutFilter { limit: 10, ..OptOutFilter::default() })).unwrap();
    assert_eq!(kept.items.iter().map(|line| line.way).collect::<Vec<_>>(), [OptOutWay::Mail]);
    assert_eq!(house.timeline(booked.id).into_iter().filter(|line| line.recorded.kind == "opted_out").count(), 1);
}

/// What was sent to whoever never picks up.
fn sent(rules: Rules, language: Language) -> Vec<Notification> {
    let house = Simulation::new(rules, start());
    let mut new = booking(monday(), Confirm::Now);
    new.customer.language = Some(language);
    let booked = house.book(new);
    house.run_until(monday());
    let asked = |effect: &frontdesk_core::effect::Effect| {
        matches!(effect.action, Action::Notify { message: Message::AskToConfirm, .. })
            && effect.state == EffectState::Done
    };
    assert!(house.effects().iter().any(asked), "{:?}", house.timeline(booked.id));
    house.notifier.sent().into_iter().map(|(_, notification)| notification).collect()
}

#[test]
fn a_message_that_asks_carries_a_page_to_answer_and_one_to_stop() {
    let rules = linked();
    let links = rules.links.clone().unwrap();
    for language in Language::ALL {
        for message in sent(rules.clone(), language) {
            let answer = message.answer.as_ref().unwrap();
            let stop = message.stop.as_ref().unwrap();
            for (link, purpose) in [(answer, Purpose::Answer), (stop, Purpose::Stop)] {
                let token = link.url.reveal().strip_prefix("https://desk.example.com/a/").unwrap();
                links.read(token, purpose, start()).unwrap();
                assert!(!link.label.starts_with("link-"), "{}", link.label);
            }
            assert!(message.vars.iter().any(|(name, value)| name == "link" && value == answer.url.reveal()));
            if message.channel == Channel::Sms {
                assert!(message.body.ends_with(answer.url.reveal()), "{language}: {}", message.body);
                assert!(sms_segments(&message.body).segments <= 2, "{language}: {}", message.body);
            } else {
                assert!(!message.body.contains("/a/"), "mail has a button for it: {}", message.body);
            }
            assert!(!format!("{message:?}").contains("/a/"), "whoever has the link may answer");
        }
    }
}

#[test]
fn a_text_message_has_no_link_where_the_house_wants_none_and_none_has_one_without_an_address() {
    let without = Rules { links: linked().links.map(|links| links.in_sms(false)), ..linked() };
    let texts = sent(without, Language::En);
    let text = texts.iter().find(|message| message.channel == Channel::Sms).unwrap();
    assert!(!text.body.contains("http") && text.answer.is_some());
    let unreached = Rules { links: linked().links.map(Links::for_streams_alone), ..linked() };
    for message in [unreached, rules()].into_iter().flat_map(|rules| sent(rules, Language::En)) {
        assert!(message.answer.is_none() && message.stop.is_none() && !message.body.contains("http"));
    }
}
