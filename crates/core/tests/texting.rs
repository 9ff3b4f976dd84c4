//! What people write, what becomes of what is written to them, and who wants no more of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    effect::{Action, Channel, Effect, EffectState, Message},
    event::{Answer, Event},
    id::EffectId,
    personal::Phone,
    ports::{Fate, IvrStore, KeptOptOut, OptOutFilter, OptOutWay, Received, ReceivedAbout},
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Line, Simulation, booking, moment, phone, ready, rules};

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// A business that only writes.
fn writing(channels: &[Channel]) -> Simulation {
    let mut rules = rules();
    let business = rules.businesses.get_mut(BUSINESS).unwrap();
    business.policy.tries = 0;
    business.policy.messages = channels.to_vec();
    Simulation::new(rules, start())
}

fn booked(world: &Simulation) -> Appointment {
    let appointment = world.book(booking(start() + Duration::days(3), Confirm::Now));
    world.pass(Duration::minutes(1));
    appointment
}

fn now(world: &Simulation, appointment: &Appointment) -> Appointment {
    ready(world.store.appointment(appointment.id)).unwrap().unwrap()
}

fn person() -> Phone {
    phone(CUSTOMER_PHONE)
}

fn asking(world: &Simulation) -> Effect {
    let asks =
        |it: &Effect| matches!(it.action, Action::Notify { message: Message::AskToConfirm, .. }) && it.attempt > 0;
    world.store.all_effects().into_iter().find(asks).unwrap()
}

fn effect(world: &Simulation, id: EffectId) -> Effect {
    ready(world.store.effect(id)).unwrap().unwrap()
}

fn ledger(world: &Simulation) -> Vec<KeptOptOut> {
    ready(world.store.opt_outs(OptOutFilter::default())).unwrap().items
}

fn told(world: &Simulation, effect: EffectId, reference: &str, status: &str, fate: Fate) {
    let about = ReceivedAbout::Sent { effect, reference: reference.to_owned(), fate };
    let event = Event::Noted { what: "news about a message".to_owned() };
    let received = Received { heard: false, ..Received::new(about, format!("{reference}/{status}"), event) };
    ready(world.engine.receive("pretend", received)).unwrap();
}

fn undelivered(opted_out: bool) -> Fate {
    Fate::Undelivered { reason: "the telephone cannot be reached".to_owned(), opted_out }
}

fn texts(world: &Simulation) -> Vec<String> {
    world.notifier.sent().into_iter().map(|(_, message)| message.text).collect()
}

#[test]
fn who_asks_for_help_is_told_who_writes_once_a_day() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    for _ in 0..3 {
        world.write(&person(), Channel::Sms, "HELP");
        world.pass(Duration::minutes(1));
    }
    let help = |world: &Simulation| texts(world).iter().filter(|text| *text == "sms-help").count();
    assert_eq!(help(&world), 1);
    assert_eq!(now(&world, &appointment).answer, None);
    world.pass(Duration::days(1));
    world.write(&person(), Channel::Sms, "info");
    world.pass(Duration::minutes(1));
    assert_eq!(help(&world), 2);
}

#[test]
fn a_proposed_time_asks_for_another_one_and_the_desk_reads_their_words() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    world.write(&person(), Channel::Sms, "Can we do Tuesday?\nMy son is ill");
    let after = now(&world, &appointment);
    assert_eq!(after.status, Status::RescheduleRequested);
    let wrote = after.wrote.unwrap();
    assert_eq!((wrote.words.reveal(), wrote.channel), ("Can we do Tuesday? My son is ill", Channel::Sms));
    // What they wrote is theirs: it stands in no timeline, and goes with them.
    let lines = ready(world.store.timeline(Some(appointment.id), None)).unwrap();
    assert!(!format!("{lines:?}").contains("Tuesday"));
    ready(world.store.forget(&person(), world.clock.now())).unwrap();
    assert_eq!(now(&world, &appointment).wrote, None);
}

#[test]
fn what_nobody_understands_is_shown_to_the_desk_until_it_is_answered() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    world.write(&person(), Channel::Sms, "is there parking near you");
    let after = now(&world, &appointment);
    assert_eq!(after.wrote.unwrap().words.reveal(), "is there parking near you");
    assert!(after.reason.unwrap().contains("the desk should look"));
    world.write(&person(), Channel::Sms, "1");
    let after = now(&world, &appointment);
    assert_eq!((after.status, after.wrote), (Status::Confirmed, None));
}

#[test]
fn a_digit_is_an_answer_and_no_words_to_read() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    world.write(&person(), Channel::Sms, "2");
    let after = now(&world, &appointment);
    assert_eq!((after.status, after.wrote), (Status::RescheduleRequested, None));
}

#[test]
fn stop_and_start_are_lines_of_the_ledger_with_the_message_that_proves_them() {
    let world = writing(&[Channel::Sms]);
    booked(&world);
    world.write(&person(), Channel::Sms, "STOP");
    world.write(&person(), Channel::Sms, "stop!");
    world.write(&person(), Channel::Whatsapp, "START");
    let lines = ledger(&world);
    let told: Vec<_> = lines.iter().map(|line| (line.out, line.way, line.evidence.as_deref())).collect();
    assert_eq!(told, [(false, OptOutWay::Keyword, Some("message/2")), (true, OptOutWay::Keyword, Some("message/0"))]);
    assert!(lines.iter().all(|line| line.channels == Channel::REACHING));
}

#[test]
fn whoever_was_forgotten_and_asks_for_messages_gets_them_again() {
    let world = writing(&[Channel::Sms]);
    booked(&world);
    world.write(&person(), Channel::Sms, "STOP");
    ready(world.store.forget(&person(), world.clock.now())).unwrap();
    world.write(&person(), Channel::Sms, "START");
    let known = ready(world.store.contact(&person())).unwrap().unwrap();
    assert_eq!((known.consent, known.opted_out), (None, vec![]));
}

#[test]
fn the_desk_leaves_a_line_where_it_changes_something() {
    let world = writing(&[Channel::Sms]);
    let close = |channels: Vec<Channel>| {
        ready(world.engine.know(person(), move |contact| contact.opted_out = channels)).unwrap();
    };
    close(vec![Channel::Voice]);
    close(vec![Channel::Voice]);
    close(vec![]);
    let told: Vec<_> = ledger(&world).into_iter().map(|line| (line.out, line.way, line.channels)).collect();
    assert_eq!(told, [(false, OptOutWay::Desk, vec![Channel::Voice]), (true, OptOutWay::Desk, vec![Channel::Voice])]);
}

#[test]
fn a_link_that_closes_every_channel_is_told_from_a_keyword() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    world.happen(appointment.id, Event::OptedOut { channel: Channel::Link });
    assert_eq!(ledger(&world)[0].way, OptOutWay::Link);
}

#[test]
fn a_conversation_lasts_less_than_a_day_and_on_its_own_channel_only() {
    for (by, hours, conversing) in
        [(Channel::Whatsapp, 23, true), (Channel::Whatsapp, 24, false), (Channel::Sms, 1, false)]
    {
        let world = writing(&[Channel::Whatsapp]);
        world.write(&person(), by, "hello, are you open");
        world.clock.turn_to(start() + Duration::hours(hours));
        let mut new = booking(start() + Duration::days(4), Confirm::Now);
        new.customer.phone = person();
        world.book(new);
        world.pass(Duration::minutes(1));
        let (_, asked) = world.notifier.sent().remove(0);
        assert_eq!((asked.channel, asked.conversing), (Channel::Whatsapp, conversing), "{hours} hours after {by:?}");
    }
}

#[test]
fn whoever_wrote_a_moment_ago_is_answered_in_free_words() {
    for by in [Channel::Whatsapp, Channel::Sms] {
        let world = writing(&[by]);
        booked(&world);
        world.write(&person(), by, "1");
        world.pass(Duration::minutes(1));
        let sent = world.notifier.sent();
        let (_, thanks) = sent.iter().find(|(_, it)| it.text == "sms-confirmed").unwrap();
        assert_eq!((thanks.channel, thanks.conversing), (by, true));
        assert!(sent.iter().filter(|(_, it)| it.text != "sms-confirmed").all(|(_, it)| !it.conversing));
    }
}

#[test]
fn news_of_a_message_prove_that_it_went_out() {
    for fate in [Fate::UnderWay, Fate::Delivered, Fate::Read] {
        let world = writing(&[Channel::Sms]);
        world.notifier.plan([Line::LosesAnswerForGood]);
        booked(&world);
        let doubtful = asking(&world);
        assert_eq!(doubtful.state, EffectState::Uncertain);
        told(&world, doubtful.id, "SM1", "news", fate.clone());
        let proved = effect(&world, doubtful.id);
        assert_eq!((proved.state, proved.result.as_deref()), (EffectState::Done, Some("SM1")), "{fate:?}");
        world.pass(Duration::hours(1));
        assert_eq!(texts(&world).iter().filter(|text| *text == "sms-confirm-request").count(), 1);
    }
}

#[test]
fn a_delivered_message_says_so_and_later_news_change_nothing() {
    let world = writing(&[Channel::Sms]);
    booked(&world);
    let sent = asking(&world);
    let reference = sent.result.clone().unwrap();
    told(&world, sent.id, &reference, "sent", Fate::UnderWay);
    assert_eq!(effect(&world, sent.id), sent);
    told(&world, sent.id, &reference, "delivered", Fate::Delivered);
    assert_eq!(effect(&world, sent.id).reason.as_deref(), Some("delivered"));
    told(&world, sent.id, &reference, "read", Fate::Read);
    told(&world, sent.id, &reference, "late", Fate::Delivered);
    told(&world, sent.id, &reference, "undelivered", undelivered(false));
    let after = effect(&world, sent.id);
    assert_eq!((after.state, after.reason.as_deref()), (EffectState::Done, Some("read")));
}

#[test]
fn an_undelivered_message_is_a_trouble_of_the_desks_and_counts_for_nothing() {
    let world = writing(&[Channel::Sms]);
    let appointment = booked(&world);
    let sent = asking(&world);
    let reference = sent.result.clone().unwrap();
    told(&world, sent.id, &reference, "undelivered", undelivered(false));
    let after = effect(&world, sent.id);
    assert_eq!((after.state, after.reaches.clone()), (EffectState::Failed, None));
    assert_eq!(after.reason.as_deref(), Some("the telephone cannot be reached"));
    told(&world, sent.id, &reference, "sent", Fate::UnderWay);
    assert_eq!(effect(&world, sent.id), after);
    assert!(ledger(&world).is_empty());
    // An answer by another way counts as ever.
    world.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::Confirmed });
    assert_eq!(now(&world, &appointment).status, Status::Confirmed);
}

#[test]
fn whoever_told_the_carrier_to_stop_is_not_written_to_on_that_channel_any_more() {
    let world = writing(&[Channel::Sms]);
    booked(&world);
    let sent = asking(&world);
    told(&world, sent.id, &sent.result.clone().unwrap(), "undelivered", undelivered(true));
    let known = ready(world.store.contact(&person())).unwrap().unwrap();
    assert_eq!(known.opted_out, [Channel::Sms]);
    let lines = ledger(&world);
    assert_eq!((lines.len(), lines[0].way), (1, OptOutWay::Carrier));
    assert_eq!(lines[0].evidence.as_deref(), Some(format!("effect {}", sent.id).as_str()));
}

#[test]
fn news_of_another_message_of_the_same_effect_change_nothing() {
    let world = writing(&[Channel::Sms]);
    booked(&world);
    let sent = asking(&world);
    told(&world, sent.id, "another", "undelivered", undelivered(true));
    assert_eq!(effect(&world, sent.id), sent);
    assert!(ledger(&world).is_empty());
}

#[test]
fn news_of_a_message_that_nobody_sent_are_parked() {
    let world = writing(&[Channel::Sms]);
    let stranger = EffectId::derive(start(), &["nobody's"]);
    told(&world, stranger, "SM1", "delivered", Fate::Delivered);
    let lines = ready(world.store.events_after(0, 10)).unwrap();
    assert_eq!(lines.last().unwrap().recorded.kind, "parked");
}
