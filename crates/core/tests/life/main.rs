//! The life of an appointment: tables of happenings and what becomes of it.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    call::Outcome,
    effect::{Action, Channel, Effect},
    event::{Answer, EndCause, Wake},
    id::{AppointmentId, CallId, EffectId},
    machine::{Happening, Life, advance, take},
    rules::Policy,
};
use frontdesk_testkit::{booking, moment};
use rstest::rstest;

mod answers;

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// One appointment, the policy it lives under, and what was decided last.
struct Book {
    policy: Policy,
    appointment: Appointment,
    now: DateTime<Utc>,
    last: Life,
}

fn taken(policy: Policy, ahead: Duration, confirm: Confirm) -> Book {
    let id = AppointmentId::derive(start(), &["appointment"]);
    let last = take(&policy, id, booking(start() + ahead, confirm), start());
    Book { policy, appointment: last.appointment.clone(), now: start(), last }
}

/// Two days ahead, asked about at once.
fn asked_now() -> Book {
    taken(Policy::default(), Duration::days(2), Confirm::Now)
}

impl Book {
    fn happen(&mut self, happening: &Happening) -> &Life {
        self.last = advance(&self.policy, self.appointment.clone(), happening, self.now);
        self.appointment = self.last.appointment.clone();
        &self.last
    }

    /// The rung just decided: a call, a message or the end of the ladder. `None` when there is no such thing.
    fn rung(&self) -> Option<&Effect> {
        self.last.effects.iter().find(|effect| effect.withdrawable())
    }

    /// Its name and how long it waits.
    fn next(&self) -> Option<(&'static str, Duration)> {
        self.rung().map(|rung| (rung.action.kind(), rung.due_at - self.now))
    }

    /// The next rung, a call, is placed and ends like this.
    fn call(&mut self, outcome: Outcome, cause: EndCause) -> &mut Self {
        let call = self.begin_call();
        self.end_call(call, outcome, cause)
    }

    fn begin_call(&mut self) -> CallId {
        let rung = self.rung().expect("a call is next").clone();
        assert!(matches!(rung.action, Action::Call { .. }), "{rung:?}");
        self.now = rung.due_at.max(self.now);
        let call = CallId(rung.id.0);
        self.happen(&Happening::CallBegan { call });
        call
    }

    fn end_call(&mut self, call: CallId, outcome: Outcome, cause: EndCause) -> &mut Self {
        self.now += Duration::seconds(30);
        let round = self.appointment.round;
        self.happen(&Happening::CallEnded { call, round, outcome, cause });
        self
    }

    /// The next rung, a message, goes out.
    fn send(&mut self) -> &mut Self {
        let rung = self.rung().expect("a message is next").clone();
        self.now = rung.due_at.max(self.now);
        let channel = rung.action.channel().expect("a message has a channel");
        self.happen(&Happening::Asked { channel, effect: rung.id, sent: true });
        self
    }

    fn answer(&mut self, meaning: Answer, channel: Channel) -> &Life {
        self.now += Duration::minutes(1);
        let round = Some(self.appointment.round);
        self.happen(&Happening::Answered { meaning, channel, round })
    }

    fn missed(&mut self) -> &mut Self {
        self.call(Outcome::NoAnswer, EndCause::NoAnswer)
    }
}

fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

#[test]
fn the_ladder_is_voice_with_growing_gaps_then_sms_then_mail_then_unreached() {
    let mut book = asked_now();
    assert_eq!(book.next(), Some(("call", Duration::zero())));
    assert_eq!(book.missed().next(), Some(("call", minutes(30))));
    assert_eq!(book.missed().next(), Some(("call", minutes(120))));
    assert_eq!(book.missed().next(), Some(("sms", Duration::zero())));
    assert_eq!(book.send().next(), Some(("email", minutes(60))));
    assert_eq!(book.send().next(), Some(("wake", minutes(60))));
    assert_eq!(book.appointment.status, Status::Confirming);
    book.happen(&Happening::Woke { reason: Wake::LadderEnd });
    assert_eq!(book.appointment.status, Status::Unreached);
    assert_eq!(book.appointment.reason.as_deref(), Some("nobody answered"));
}

#[rstest]
#[case::no_tries(0, ["sms"])]
#[case::one_try(1, ["call"])]
fn the_budget_may_be_anything(#[case] tries: u32, #[case] first: [&str; 1]) {
    let book = taken(Policy { tries, ..Policy::default() }, Duration::days(2), Confirm::Now);
    assert_eq!(book.next().map(|(kind, _)| [kind]), Some(first));
}

#[test]
fn one_budget_counts_every_reason() {
    let mut book = asked_now();
    book.call(Outcome::Busy, EndCause::Busy).call(Outcome::Voicemail, EndCause::Completed);
    assert_eq!(book.call(Outcome::HungUp, EndCause::Completed).next(), Some(("sms", Duration::zero())));
    assert_eq!(book.appointment.tries, 3);
}

#[test]
fn who_has_no_address_is_not_mailed() {
    let mut book = taken(Policy { tries: 0, ..Policy::default() }, Duration::days(2), Confirm::Now);
    book.appointment.customer.email = None;
    assert_eq!(book.send().next(), Some(("wake", minutes(60))));
}

#[test]
fn asking_by_policy_begins_a_day_ahead() {
    let book = taken(Policy::default(), Duration::days(9), Confirm::Policy);
    assert_eq!(book.appointment.status, Status::Scheduled);
    assert_eq!(book.next(), Some(("call", Duration::days(8))));
}

#[test]
fn who_is_not_to_be_asked_is_not_asked() {
    let book = taken(Policy::default(), Duration::days(9), Confirm::None);
    assert_eq!(book.next(), None);
}

#[test]
fn no_call_is_due_behind_the_deadline_messages_come_at_it_at_the_latest() {
    // Deadline 40 minutes from the second miss on: the next gap of two hours does not fit.
    let policy = Policy { deadline: minutes(60), ..Policy::default() };
    let mut book = taken(policy, Duration::minutes(60 + 31 + 40), Confirm::Policy);
    assert_eq!(book.missed().next(), Some(("call", minutes(30))));
    assert_eq!(book.missed().next(), Some(("sms", Duration::zero())));
    let left = book.appointment.ask_until - book.now;
    assert_eq!(book.send().next(), Some(("email", left)));
    assert_eq!(book.send().next(), Some(("wake", Duration::zero())));
}

#[test]
fn the_deadline_is_judged_when_the_round_begins_and_stays() {
    let mut book = taken(Policy::default(), Duration::days(2), Confirm::Policy);
    let deadline = book.appointment.starts_at - Policy::default().deadline;
    assert_eq!(book.appointment.ask_until, deadline);
    let call = book.begin_call();
    book.now = deadline + minutes(1);
    book.end_call(call, Outcome::NoAnswer, EndCause::NoAnswer);
    assert_eq!(book.next(), Some(("wake", Duration::zero())));
}

#[test]
fn an_appointment_too_near_for_its_deadline_is_asked_about_until_it_begins() {
    let book = taken(Policy::default(), minutes(40), Confirm::Policy);
    assert_eq!(book.appointment.ask_until, book.appointment.starts_at);
    assert_eq!(book.next(), Some(("call", Duration::zero())));
}

#[rstest]
#[case::declined(Outcome::Declined, EndCause::Declined)]
#[case::refused(Outcome::Failed, EndCause::Refused)]
fn declined_and_refused_are_final_after_one_try(#[case] outcome: Outcome, #[case] cause: EndCause) {
    let mut book = asked_now();
    book.call(outcome, cause);
    assert_eq!(book.next(), None);
    assert!(book.last.withdraw.is_some());
    assert_eq!((book.appointment.status, book.appointment.tries), (Status::Unreached, 1));
}

#[test]
fn an_opt_out_is_final_and_stops_what_waits() {
    let mut book = asked_now();
    book.missed();
    book.happen(&Happening::OptedOut { channel: Channel::Sms });
    assert!(book.last.withdraw.is_some());
    assert_eq!((book.appointment.status, book.next()), (Status::Unreached, None));
}

#[test]
fn a_call_asked_for_replaces_what_waits_and_the_ladder_goes_on_from_it() {
    let mut book = asked_now();
    book.missed();
    book.now += minutes(5);
    book.happen(&Happening::CallAsked);
    assert!(book.last.withdraw.is_some());
    assert_eq!(book.next(), Some(("call", Duration::zero())));
    assert_eq!(book.missed().next(), Some(("call", minutes(120))));
}

#[test]
fn a_call_asked_for_twice_at_the_same_moment_is_one_call() {
    let mut book = asked_now();
    book.now += minutes(5);
    book.happen(&Happening::CallAsked);
    let life = book.happen(&Happening::CallAsked);
    assert_eq!((life.effects.len(), &life.withdraw), (0, &None), "nothing withdrawn, nothing lost");
}

#[test]
fn a_call_of_unknown_fate_closes_the_telephone_and_goes_on_by_message() {
    let mut book = asked_now();
    book.call(Outcome::Uncertain, EndCause::Failed);
    assert!(book.appointment.voice_closed);
    assert_eq!(book.next(), Some(("sms", Duration::zero())));
}

#[test]
fn a_call_that_may_not_be_placed_leads_on_to_the_messages() {
    let mut book = asked_now();
    let effect = book.rung().unwrap().id;
    book.happen(&Happening::CallRefused { effect, reason: "quiet hours".to_owned() });
    assert_eq!(book.next(), Some(("sms", Duration::zero())));
}

#[test]
fn a_transfer_leaves_the_word_to_the_desk() {
    let mut book = asked_now();
    book.call(Outcome::Transferred, EndCause::Completed);
    assert_eq!((book.next(), book.appointment.status), (None, Status::Confirming));
}

#[rstest]
#[case::a_call_that_came_in(CallId(uuid("in")))]
#[case::a_call_of_before(CallId(uuid("old")))]
fn only_the_call_under_way_leads_on(#[case] call: CallId) {
    let mut book = asked_now();
    book.missed();
    let before = book.appointment.clone();
    book.end_call(call, Outcome::HungUp, EndCause::Completed);
    assert_eq!((book.next(), book.appointment.rung), (None, before.rung));
}

#[test]
fn a_message_that_is_not_the_rung_leads_nowhere() {
    let mut book = asked_now();
    book.missed();
    let effect = EffectId(uuid("tried again by the desk"));
    let life = book.happen(&Happening::Asked { channel: Channel::Sms, effect, sent: true });
    assert_eq!(life.effects, []);
}

fn uuid(name: &str) -> uuid::Uuid {
    frontdesk_core::id::derive(start(), &[name])
}

#[rstest]
#[case::confirmed(Some(Answer::Confirmed), Confirm::Now, Status::Completed)]
#[case::cancelled(Some(Answer::Cancelled), Confirm::Now, Status::Cancelled)]
#[case::another_time(Some(Answer::OtherTime), Confirm::Now, Status::RescheduleRequested)]
#[case::not_answered(None, Confirm::Now, Status::Unreached)]
#[case::not_yet_asked(None, Confirm::Policy, Status::Unreached)]
#[case::not_to_be_asked(None, Confirm::None, Status::Completed)]
fn when_its_time_has_passed(#[case] answer: Option<Answer>, #[case] confirm: Confirm, #[case] status: Status) {
    let mut book = taken(Policy::default(), Duration::days(2), confirm);
    if let Some(answer) = answer {
        book.answer(answer, Channel::Voice);
    }
    book.now = book.appointment.ends_at();
    book.happen(&Happening::Woke { reason: Wake::Over });
    assert_eq!(book.appointment.status, status);
    if status == Status::Unreached {
        assert!(book.last.withdraw.is_some());
    }
}

#[test]
fn a_timer_of_the_old_time_does_not_end_what_was_moved() {
    let mut book = asked_now();
    let old_end = book.appointment.ends_at();
    book.happen(&Happening::Moved { starts_at: start() + Duration::days(9) });
    book.now = old_end;
    book.happen(&Happening::Woke { reason: Wake::Over });
    assert_ne!(book.appointment.status, Status::Unreached);
}

#[rstest]
#[case::came(true, Status::Completed)]
#[case::did_not_come(false, Status::NoShow)]
fn the_desk_says_what_became_of_the_visit(#[case] came: bool, #[case] status: Status) {
    let mut book = asked_now();
    book.happen(&Happening::Visited { came });
    assert_eq!(book.appointment.status, status);
    book.answer(Answer::Cancelled, Channel::Sms);
    book.happen(&Happening::Moved { starts_at: start() + Duration::days(9) });
    book.happen(&Happening::CallAsked);
    assert_eq!((book.appointment.status, book.next()), (status, None));
}

#[test]
fn an_appointment_in_the_past_is_asked_about_once_and_over_a_day_later() {
    let mut book = taken(Policy::default(), Duration::days(-3), Confirm::Now);
    let over = book.last.effects.iter().find(|effect| effect.action == Action::Wake { reason: Wake::Over }).unwrap();
    assert_eq!(over.due_at - book.now, Duration::days(1));
    assert_eq!(book.next(), Some(("call", Duration::zero())));
    assert_eq!(book.missed().next(), Some(("wake", Duration::zero())));
}

#[test]
fn a_call_asked_for_after_the_end_is_over_a_day_later() {
    let mut book = asked_now();
    book.now = book.appointment.ends_at() + minutes(1);
    book.happen(&Happening::Woke { reason: Wake::Over });
    book.happen(&Happening::CallAsked);
    assert!(book.last.effects.iter().any(|effect| effect.action == Action::Wake { reason: Wake::Over }));
}

#[test]
fn every_change_is_shown_in_the_calendar_once() {
    let mut book = asked_now();
    assert_eq!(book.appointment.revision, 1);
    let shown = |life: &Life| life.effects.iter().filter(|effect| effect.action.kind() == "calendar").count();
    assert_eq!(shown(&book.last), 1);
    assert_eq!(shown(book.answer(Answer::Confirmed, Channel::Voice)), 1);
    assert_eq!(book.appointment.revision, 2);
    assert_eq!(shown(book.answer(Answer::Confirmed, Channel::Voice)), 0);
}
