//! What people say, by which way, and when it counts.

use crate::{asked_now, start, taken};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    effect::{Action, Channel, Message},
    event::{Answer, Wake},
    machine::Happening,
    rules::Policy,
};
use rstest::rstest;

#[rstest]
#[case(Answer::Confirmed, Status::Confirmed)]
#[case(Answer::Cancelled, Status::Cancelled)]
#[case(Answer::OtherTime, Status::RescheduleRequested)]
fn the_first_answer_on_any_channel_wins_and_withdraws_what_waits(
    #[case] meaning: Answer,
    #[case] status: Status,
    #[values(Channel::Voice, Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Link)] channel: Channel,
    #[values(Channel::Voice, Channel::Sms, Channel::Email, Channel::Link)] later: Channel,
) {
    let mut book = asked_now();
    book.missed();
    let life = book.answer(meaning, channel);
    assert!(life.withdraw.is_some());
    assert_eq!(life.appointment.status, status);
    let first = book.appointment.answer;
    for other in [Answer::Confirmed, Answer::Cancelled, Answer::OtherTime] {
        book.answer(other, later);
        assert_eq!((book.appointment.answer, book.appointment.status), (first, status));
        assert_eq!(book.last.effects, []);
    }
}

#[rstest]
#[case(Channel::Sms, true)]
#[case(Channel::Whatsapp, true)]
#[case(Channel::Email, true)]
#[case(Channel::Voice, false)]
#[case(Channel::Link, false)]
#[case(Channel::Desk, false)]
fn who_writes_is_answered_the_same_way(#[case] channel: Channel, #[case] written: bool) {
    let mut book = asked_now();
    let life = book.answer(Answer::Confirmed, channel);
    let action = Action::Notify { channel, message: Message::Confirmed };
    assert_eq!(life.effects.iter().any(|effect| effect.action == action), written);
}

#[test]
fn the_same_answer_again_changes_nothing() {
    let mut book = asked_now();
    book.answer(Answer::Confirmed, Channel::Sms);
    let before = book.appointment.clone();
    let life = book.answer(Answer::Confirmed, Channel::Link);
    assert_eq!((life.effects.len(), &life.withdraw, life.note.as_str()), (0, &None, "said so before"));
    assert_eq!(Appointment { updated_at: before.updated_at, ..book.appointment.clone() }, before);
}

#[test]
fn an_answer_after_everything_was_tried_still_counts() {
    let mut book =
        taken(Policy { tries: 0, messages: vec![Channel::Sms], ..Policy::default() }, Duration::days(2), Confirm::Now);
    book.send();
    book.happen(&Happening::Woke { reason: Wake::LadderEnd });
    assert_eq!(book.appointment.status, Status::Unreached);
    book.answer(Answer::Confirmed, Channel::Sms);
    assert_eq!(book.appointment.status, Status::Confirmed);
}

#[test]
fn moving_it_begins_a_new_round() {
    let mut book = asked_now();
    book.missed().missed();
    book.answer(Answer::OtherTime, Channel::Voice);
    let starts_at = start() + Duration::days(5);
    book.happen(&Happening::Moved { starts_at });
    let appointment = &book.appointment;
    assert_eq!((appointment.round, appointment.tries, appointment.answer), (2, 0, None));
    assert!(book.last.withdraw.is_some());
    assert_eq!(book.next().map(|(kind, _)| kind), Some("call"));
    book.happen(&Happening::Answered { meaning: Answer::Confirmed, channel: Channel::Sms, round: Some(1) });
    assert_eq!(book.appointment.answer, None, "an answer about the old time");
    book.answer(Answer::Confirmed, Channel::Sms);
    assert_eq!(book.appointment.status, Status::Confirmed);
}

#[test]
fn moving_it_to_where_it_is_changes_nothing() {
    let mut book = asked_now();
    let starts_at = book.appointment.starts_at;
    let life = book.happen(&Happening::Moved { starts_at });
    assert_eq!((life.effects.len(), life.appointment.round), (0, 1));
}

#[rstest]
#[case::the_desk(Channel::Desk, Some(1))]
#[case::by_their_own_accord(Channel::Voice, None)]
fn the_desk_and_who_comes_by_their_own_accord_may_change_an_answer(
    #[case] channel: Channel,
    #[case] round: Option<u32>,
) {
    let mut book = asked_now();
    book.answer(Answer::Confirmed, Channel::Sms);
    book.happen(&Happening::Answered { meaning: Answer::Cancelled, channel, round });
    assert_eq!(book.appointment.status, Status::Cancelled);
}

#[test]
fn only_the_desk_brings_a_cancelled_one_back() {
    let mut book = asked_now();
    book.answer(Answer::Cancelled, Channel::Voice);
    book.happen(&Happening::Answered { meaning: Answer::Confirmed, channel: Channel::Voice, round: None });
    assert_eq!(book.appointment.status, Status::Cancelled);
    book.happen(&Happening::Answered { meaning: Answer::Confirmed, channel: Channel::Desk, round: None });
    assert_eq!(book.appointment.status, Status::Confirmed);
}

#[rstest]
fn who_answers_elsewhere_while_the_telephone_rings_is_not_rung_on(
    #[values(Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Link, Channel::Desk)] channel: Channel,
    #[values(true, false)] opts_out: bool,
) {
    let mut book = asked_now();
    let call = book.begin_call();
    let life = if opts_out {
        book.happen(&Happening::OptedOut { channel }).clone()
    } else {
        book.answer(Answer::Confirmed, channel).clone()
    };
    let ends: Vec<_> = life.effects.iter().filter(|effect| effect.action == Action::HangUp { line: None }).collect();
    assert_eq!(ends.iter().map(|effect| (effect.call_id, effect.due_at)).collect::<Vec<_>>(), [(Some(call), book.now)]);
    assert!(!ends[0].withdrawable());
}

#[test]
fn who_answers_on_the_telephone_or_while_nothing_rings_ends_no_call() {
    let ends = |life: &frontdesk_core::machine::Life| {
        life.effects.iter().any(|effect| effect.action == Action::HangUp { line: None })
    };
    let mut book = asked_now();
    book.begin_call();
    assert!(!ends(book.answer(Answer::Confirmed, Channel::Voice)));
    let mut book = asked_now();
    book.missed();
    assert!(!ends(book.answer(Answer::Confirmed, Channel::Sms)));
}

#[test]
fn who_chooses_another_time_is_expected_then_and_not_asked_again() {
    let mut book = asked_now();
    book.missed();
    let starts_at = start() + Duration::days(5);
    let life = book.happen(&Happening::Chosen { starts_at, channel: Channel::Link });
    let appointment = &life.appointment;
    assert_eq!((appointment.status, appointment.starts_at, appointment.round), (Status::Confirmed, starts_at, 2));
    assert_eq!(
        appointment.answer.map(|answer| (answer.meaning, answer.channel)),
        Some((Answer::Confirmed, Channel::Link))
    );
    assert!(life.withdraw.is_some(), "what still waits to ask is stopped");
    let asks = |effect: &frontdesk_core::effect::Effect| {
        matches!(effect.action, Action::Call { .. } | Action::Notify { message: Message::AskToConfirm, .. })
    };
    assert!(!life.effects.iter().any(asks));
    assert!(life.effects.iter().any(|effect| matches!(effect.action, Action::Calendar { .. })));
    let over = life.effects.iter().find(|effect| effect.action == Action::Wake { reason: Wake::Over }).unwrap();
    assert_eq!(over.due_at, appointment.ends_at());
    // An answer to the old time that comes late is about another time.
    book.happen(&Happening::Answered { meaning: Answer::Cancelled, channel: Channel::Sms, round: Some(1) });
    assert_eq!(book.appointment.status, Status::Confirmed);
}

#[test]
fn what_was_chosen_is_written_to_whoever_has_a_mailbox() {
    let mut book = asked_now();
    let chosen = Happening::Chosen { starts_at: start() + Duration::days(5), channel: Channel::Link };
    let told = Action::Notify { channel: Channel::Email, message: Message::Confirmed };
    let written = book.appointment.customer.email.is_some();
    assert_eq!(book.happen(&chosen).effects.iter().any(|effect| effect.action == told), written);
    let mut book = asked_now();
    book.appointment.customer.email = None;
    assert!(!book.happen(&chosen).effects.iter().any(|effect| effect.action == told));
}

#[test]
fn whose_calendar_was_invited_gets_one_mail_about_the_time_they_chose() {
    let mut book = asked_now();
    book.appointment.invited = true;
    let chosen = Happening::Chosen { starts_at: start() + Duration::days(5), channel: Channel::Link };
    let effects = book.happen(&chosen).effects.clone();
    let mails = effects.iter().filter_map(|effect| match effect.action {
        Action::Notify { channel: Channel::Email, message } => Some(message),
        _ => None,
    });
    assert_eq!(mails.collect::<Vec<_>>(), [Message::Moved]);
}

#[rstest]
#[case::cancelled(true, Duration::days(5))]
#[case::into_the_past(false, Duration::days(-5))]
fn a_time_that_cannot_be_chosen_changes_nothing(#[case] cancelled: bool, #[case] ahead: Duration) {
    let mut book = asked_now();
    if cancelled {
        book.answer(Answer::Cancelled, Channel::Voice);
    }
    let before = book.appointment.clone();
    let life = book.happen(&Happening::Chosen { starts_at: start() + ahead, channel: Channel::Link });
    assert_eq!((life.appointment.starts_at, life.appointment.round), (before.starts_at, before.round));
    assert_eq!((life.appointment.status, life.effects.len()), (before.status, 0));
}

#[test]
fn a_telephone_that_rings_about_the_old_time_is_hung_up() {
    let mut book = asked_now();
    book.begin_call();
    let life = book.happen(&Happening::Chosen { starts_at: start() + Duration::days(5), channel: Channel::Link });
    assert!(life.effects.iter().any(|effect| matches!(effect.action, Action::HangUp { .. })));
}

#[test]
fn whose_calendar_was_invited_gets_one_mail_that_takes_it_out_however_they_cancel() {
    for channel in [Channel::Link, Channel::Email, Channel::Voice, Channel::Sms, Channel::Desk] {
        let mut book = asked_now();
        book.appointment.invited = true;
        let round = (channel == Channel::Voice).then_some(book.appointment.round);
        let effects = book.happen(&Happening::Answered { meaning: Answer::Cancelled, channel, round }).effects.clone();
        let mails = effects.iter().filter_map(|effect| match effect.action {
            Action::Notify { channel: Channel::Email, message } => Some(message),
            _ => None,
        });
        assert_eq!(mails.collect::<Vec<_>>(), [Message::Cancelled], "{channel:?}");
    }
}
