//! What holds for any sequence of any events: of the two machines alone, and of the whole engine in simulated time.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm},
    call::{Call, CallState, Direction, Outcome, Walk},
    effect::{Action, Channel, EffectState},
    event::{Answer, AnsweredBy, EndCause, Event, Wake},
    id::{AppointmentId, CallId, EffectId},
    machine::{Happening, Life, Scene, advance, step, take},
    personal::Said,
    rules::{Policy, Rules},
    speech::Language,
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, DESK_PHONE, booking, moment, phone, rules};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{collections::BTreeMap, sync::LazyLock};

mod greeting;
mod simulated;

static RULES: LazyLock<Rules> = LazyLock::new(rules);

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["0", "1", "2", "5", "8", "9", "*", "#", ""]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn place_in_flow() -> impl Strategy<Value = (String, u32)> {
    let step = prop_oneof![
        6 => Just("menu".to_owned()),
        1 => select(vec!["", "confirmed", "desk", "no-desk", "message", "voicemail", "nowhere"]).prop_map(str::to_owned),
    ];
    (step, prop_oneof![6 => 0..5_u32, 1 => any::<u32>()])
}

fn cause() -> impl Strategy<Value = EndCause> {
    use EndCause::{Busy, Completed, Declined, Failed, NoAnswer, Refused};
    select(vec![Completed, Busy, NoAnswer, Declined, Refused, Failed])
}

fn answer() -> impl Strategy<Value = Answer> {
    select(vec![Answer::Confirmed, Answer::Cancelled, Answer::OtherTime])
}

fn call_event() -> impl Strategy<Value = Event> {
    let by = select(vec![AnsweredBy::Human, AnsweredBy::Machine, AnsweredBy::Unknown]);
    prop_oneof![
        1 => Just(Event::Incoming),
        2 => Just(Event::Ringing),
        4 => by.prop_map(|by| Event::Answered { by }),
        8 => (place_in_flow(), keys()).prop_map(|((step, turn), digits)| Event::Digits { step, turn, digits }),
        4 => place_in_flow().prop_map(|(step, turn)| Event::Silence { step, turn }),
        1 => (place_in_flow(), keys()).prop_map(|((step, turn), text)| Event::Speech { step, turn, text }),
        1 => (place_in_flow(), any::<Option<u32>>()).prop_map(|((step, turn), seconds)| Event::Recorded {
            step, turn, url: "https://carrier.example/recordings/1".to_owned(), seconds
        }),
        1 => keys().prop_filter_map("something said", |text| Said::new(&text, 9)).prop_map(|words| Event::Transcribed {
            url: "https://carrier.example/recordings/1".to_owned(), words
        }),
        1 => any::<bool>().prop_map(|reached| Event::Transferred { reached }),
        1 => (cause(), any::<Option<u32>>()).prop_map(|(cause, seconds)| Event::Ended { cause, seconds }),
        1 => Just(Event::CallAsked),
    ]
}

fn call() -> Call {
    let id = CallId::derive(start(), &["call"]);
    Call {
        id,
        appointment_id: Some(AppointmentId::derive(start(), &["appointment"])),
        effect_id: Some(EffectId(id.0)),
        round: 1,
        business: BUSINESS.to_owned(),
        provider: "pretend".to_owned(),
        provider_call_id: None,
        direction: Direction::Outbound,
        from: phone(BUSINESS_PHONE),
        to: phone(CUSTOMER_PHONE),
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::Dialing,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: start(),
        started_at: None,
        ended_at: None,
        seconds: None,
        updated_at: start(),
    }
}

prop_compose! {
    fn scene()(desk in any::<bool>(), known in any::<bool>(), moot in proptest::bool::weighted(0.1), leave_message in any::<bool>())
        -> Scene<'static> {
        let vars = vec![("name", "Ana".to_owned()), ("business", "Harbour Clinic".to_owned()), ("when", "today".to_owned())];
        let desk = desk.then(|| phone(DESK_PHONE));
        Scene { texts: &RULES.texts, vars, desk, business: None, known, named: known, moot, leave_message, takes_messages: true, asks: true, stream: None }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_call_takes_any_events_in_any_order(
        scene in scene(),
        flow in select(vec!["confirm", "inbound"]),
        events in vec((call_event(), 0..90_i64), 0..30),
    ) {
        let flow = &RULES.flows[flow];
        let (mut call, mut now) = (call(), start());
        for (event, seconds) in events {
            now += Duration::seconds(seconds);
            let before = call.clone();
            let walked = step(flow, &scene, call.clone(), &event, now);
            prop_assert_eq!(&walked, &step(flow, &scene, call, &event, now), "the same input gives the same decision");
            call = walked.call;
            prop_assert!(call.state >= before.state, "a call only moves forward");
            prop_assert!(!walked.note.is_empty(), "every event says what was made of it");
            if before.state == CallState::Ended {
                prop_assert_eq!(call.ended_at, before.ended_at);
                prop_assert_eq!(call.seconds, before.seconds);
                prop_assert!(walked.reply.is_empty(), "nobody is there to hear anything");
                prop_assert!(walked.ended.is_none(), "a call ends once");
            }
            prop_assert_eq!(call.outcome.is_some(), call.state == CallState::Ended);
            if let Some(answer) = before.walk.answer {
                prop_assert_eq!(call.walk.answer, Some(answer), "the first answer stands");
                prop_assert!(walked.answer.is_none(), "an answer is told once");
            }
            if call.walk.pressed {
                prop_assert_eq!(call.answered_by.filter(|by| *by == AnsweredBy::Machine), None, "machines press no keys");
                prop_assert_ne!(call.outcome, Some(Outcome::Voicemail));
            }
            prop_assert!(call.walk.turn <= before.walk.turn + 1);
        }
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    let messages = select(vec![
        vec![],
        vec![Channel::Sms],
        vec![Channel::Sms, Channel::Email],
        vec![Channel::Whatsapp, Channel::Sms, Channel::Email],
    ]);
    (0..5_u32, messages, 0..180_i64, 0..48_i64, 0..48_i64).prop_map(|(tries, messages, gap, early, late)| Policy {
        tries,
        gaps: vec![Duration::minutes(gap), Duration::minutes(2 * gap)],
        messages,
        message_gap: Duration::minutes(gap),
        lead: Duration::hours(early.max(late)),
        deadline: Duration::hours(early.min(late)),
        ..Policy::default()
    })
}

fn confirm() -> impl Strategy<Value = Confirm> {
    select(vec![Confirm::Now, Confirm::Policy, Confirm::None])
}

/// Something that can happen; what it is about (a call, a rung, a round) is chosen among those that were there.
#[derive(Debug, Clone)]
enum Blow {
    CallBegan,
    CallEnded(usize, Outcome, EndCause),
    RungBack(usize, bool),
    Answered(Answer, Channel, Option<u32>),
    OptedOut,
    Moved(i64),
    Chosen(i64),
    CallAsked,
    Visited(bool),
    Woke(Wake),
}

fn blow() -> impl Strategy<Value = Blow> {
    use Outcome::{Busy, Captured, Declined, Failed, HungUp, NoAnswer, NoInput, Transferred, Uncertain, Voicemail};
    let outcome =
        select(vec![NoInput, Voicemail, Busy, NoAnswer, Declined, HungUp, Failed, Uncertain, Transferred, Captured]);
    let channel = select(vec![Channel::Voice, Channel::Sms, Channel::Email, Channel::Link, Channel::Desk]);
    prop_oneof![
        4 => Just(Blow::CallBegan),
        6 => (0..6_usize, outcome, cause()).prop_map(|(n, outcome, cause)| Blow::CallEnded(n, outcome, cause)),
        4 => (0..6_usize, any::<bool>()).prop_map(|(n, sent)| Blow::RungBack(n, sent)),
        2 => (answer(), channel, proptest::option::of(0..3_u32)).prop_map(|(a, c, r)| Blow::Answered(a, c, r)),
        1 => Just(Blow::OptedOut),
        1 => (-72..240_i64).prop_map(Blow::Moved),
        1 => (-72..240_i64).prop_map(Blow::Chosen),
        1 => Just(Blow::CallAsked),
        1 => any::<bool>().prop_map(Blow::Visited),
        2 => select(vec![Wake::LadderEnd, Wake::Over, Wake::CallWatch]).prop_map(Blow::Woke),
    ]
}

/// The effects of a ladder so far, by round, and how they met the blows.
#[derive(Default)]
struct Seen {
    calls: Vec<CallId>,
    rungs: Vec<EffectId>,
    decided: BTreeMap<u32, u32>,
}

impl Seen {
    fn note(&mut self, life: &Life) {
        for effect in &life.effects {
            match effect.action {
                Action::Call { .. } => {
                    self.calls.push(CallId(effect.id.0));
                    *self.decided.entry(life.appointment.round).or_default() += 1;
                }
                Action::Notify { .. } => self.rungs.push(effect.id),
                Action::Calendar { .. }
                | Action::Wake { .. }
                | Action::HangUp { .. }
                | Action::Steer { .. }
                | Action::AgentCall(_)
                | Action::CloneVoice
                | Action::DeleteVoice { .. }
                | Action::Alert(_) => {}
            }
        }
    }

    fn happening(&self, blow: &Blow, appointment: &Appointment, now: DateTime<Utc>) -> Happening {
        let call = |n: usize| {
            let newest = self.calls.len().checked_sub(1 + n % self.calls.len().max(1));
            newest.map_or(CallId::derive(start(), &["never seen"]), |n| self.calls[n])
        };
        match blow {
            Blow::CallBegan => Happening::CallBegan { call: call(0) },
            Blow::CallEnded(n, outcome, cause) => {
                let round = appointment.round;
                Happening::CallEnded { call: call(*n), round, outcome: *outcome, cause: *cause }
            }
            Blow::RungBack(n, sent) if !self.rungs.is_empty() => {
                let effect = self.rungs[self.rungs.len() - 1 - n % self.rungs.len()];
                Happening::Asked { channel: Channel::Sms, effect, sent: *sent }
            }
            Blow::RungBack(n, _) => {
                Happening::CallRefused { effect: EffectId(call(*n).0), reason: "no hours left".to_owned() }
            }
            Blow::Answered(meaning, channel, round) => {
                let round = round.map(|back| appointment.round.saturating_sub(back));
                Happening::Answered { meaning: *meaning, channel: *channel, round }
            }
            Blow::OptedOut => Happening::OptedOut { channel: Channel::Sms },
            Blow::Moved(hours) => Happening::Moved { starts_at: now + Duration::hours(*hours) },
            Blow::Chosen(hours) => {
                Happening::Chosen { starts_at: now + Duration::hours(*hours), channel: Channel::Link }
            }
            Blow::CallAsked => Happening::CallAsked,
            Blow::Visited(came) => Happening::Visited { came: *came },
            Blow::Woke(reason) => Happening::Woke { reason: *reason },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_life_takes_any_happenings_in_any_order(
        policy in policy(),
        confirm in confirm(),
        ahead in -48..240_i64,
        blows in vec((blow(), 0..180_i64), 0..40),
    ) {
        let id = AppointmentId::derive(start(), &["appointment"]);
        let life = take(&policy, id, booking(start() + Duration::hours(ahead), confirm), start());
        let mut seen = Seen::default();
        seen.note(&life);
        let (mut appointment, mut now) = (life.appointment, start());
        let mut asked_by_desk: BTreeMap<u32, u32> = BTreeMap::new();
        for (blow, minutes) in blows {
            now += Duration::minutes(minutes);
            let happening = seen.happening(&blow, &appointment, now);
            let before = appointment.clone();
            let life = advance(&policy, appointment.clone(), &happening, now);
            prop_assert_eq!(&life, &advance(&policy, appointment, &happening, now), "the same input gives the same decision");
            seen.note(&life);
            appointment = life.appointment;
            prop_assert!(!life.note.is_empty(), "every happening says what was made of it");

            let new_calls = life.effects.iter().filter(|effect| matches!(effect.action, Action::Call { .. })).count();
            prop_assert!(new_calls <= 1);
            if matches!(happening, Happening::CallAsked) {
                *asked_by_desk.entry(appointment.round).or_default() += u32::try_from(new_calls).unwrap();
            }
            for effect in &life.effects {
                prop_assert_eq!(effect.state, EffectState::Waiting);
                prop_assert!(effect.due_at >= now);
            }
            // The first answer of a round stands against every other channel.
            if let (Some(first), true) = (before.answer, before.round == appointment.round)
                && let Happening::Answered { channel, round: Some(_), .. } = happening
                && channel != Channel::Desk
            {
                prop_assert_eq!(appointment.answer, Some(first));
            }
            // Only the desk reopens what is over.
            if before.status.over() && !matches!(happening, Happening::Visited { .. }) {
                prop_assert_eq!(appointment.status, before.status);
            }
            // A calendar hears of everything it shows, and of every change once.
            let shows = life.effects.iter().filter(|effect| matches!(effect.action, Action::Calendar { .. })).count();
            let changed = (before.status, before.starts_at) != (appointment.status, appointment.starts_at);
            prop_assert_eq!(shows, usize::from(changed));
            prop_assert_eq!(appointment.revision, before.revision + u32::from(changed));
        }
        for (round, decided) in &seen.decided {
            let by_desk = asked_by_desk.get(round).copied().unwrap_or(0);
            prop_assert!(decided - by_desk <= policy.tries, "{decided} calls in round {round}, {by_desk} by the desk");
        }
    }
}
