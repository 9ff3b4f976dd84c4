//! The agent's vendor rings the caller back: once to greet, once to speak, and never after they hung up.

use super::{
    GREETER, HELLO, agent_calls, briefs, call, caller, greeted, greeting, hang_up, house, permit, permitted, start,
    turn, variable, voice,
};
use chrono::Duration;
use frontdesk_core::{
    booking::{Booking, Wish},
    call::{CallState, Outcome},
    contact::Hours,
    effect::EffectState,
    machine::greeting::{Stage, Turn},
    personal::RawNumber,
    ports::{Received, ReceivedAbout, VoiceStore},
    reply::Verb,
    speech::When,
};
use frontdesk_testkit::{BUSINESS, Callee, Line, Making, SPARE_CARRIER, Simulation, phone, ready};

#[test]
fn a_caller_is_greeted_at_once_and_spoken_with_in_their_own_voice() {
    let simulation = permitted();
    let answered = simulation.ring(&caller(), "IN-1");
    let known = answered.call.unwrap();
    assert!(known.walk.greeting.as_ref().unwrap().greeting_call.is_some(), "the answer names the greeting call");
    simulation.pass(Duration::seconds(5));
    let [greeting, agent] = &briefs(&simulation)[..] else { panic!("{:?}", briefs(&simulation)) };
    assert_eq!((&greeting.voice, greeting.greeting.as_deref()), (&voice(GREETER), Some(HELLO)));
    for (name, value) in [
        ("is_greeting", "true"),
        ("message", HELLO),
        ("threecx_call_id", "IN-1"),
        ("caller_id", caller().reveal()),
        ("background_music_url", "https://desk.example/wait.mp3"),
    ] {
        assert_eq!(variable(greeting, name), Some(value), "{name}");
    }
    assert_eq!((&agent.voice, &agent.greeting), (&voice("voice-1"), &None));
    let greeting_call = greeted(&simulation, "IN-1").greeting_call.unwrap().to_string();
    for (name, value) in [
        ("is_greeting", "false"),
        ("cloned_voice_id", "voice-1"),
        ("fallback_mode", "false"),
        ("greeting_call_id", greeting_call.as_str()),
    ] {
        assert_eq!(variable(agent, name), Some(value), "{name}");
    }
    assert_eq!(turn(&simulation, "IN-1"), Some(Turn::CloneReady));
}

#[test]
fn the_same_incoming_call_told_twice_greets_once() {
    let simulation = permitted();
    let first = simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(3));
    let again = simulation.ring(&caller(), "IN-1");
    assert!(again.repeated);
    assert_eq!(again.call.unwrap().id, first.call.unwrap().id);
    simulation.pass(Duration::minutes(2));
    assert_eq!(agent_calls(&simulation).iter().filter(|(_, wanted)| wanted.greeting).count(), 1);
    assert_eq!((simulation.spare.placed().len(), simulation.cloner.asked().len()), (2, 1));
}

#[test]
fn without_a_permission_that_holds_the_caller_is_rung_once_by_the_voice_that_greets() {
    let expired = house();
    permit(&expired, start());
    for simulation in [house(), expired] {
        simulation.ring(&caller(), "IN-1");
        simulation.pass(Duration::minutes(2));
        let [agent] = &briefs(&simulation)[..] else { panic!("{:?}", briefs(&simulation)) };
        assert_eq!((&agent.voice, agent.greeting.as_deref()), (&voice(GREETER), Some(HELLO)));
        assert_eq!(variable(agent, "fallback_mode"), Some("false"));
        assert_eq!(simulation.cloner.asked(), []);
        assert_eq!(turn(&simulation, "IN-1"), Some(Turn::AtOnce));
    }
}

#[test]
fn a_voice_that_takes_longer_than_the_wait_is_not_waited_for() {
    let simulation = permitted();
    simulation.cloner.plan([Making::LosesAnswer]);
    // It is looked up after 20 s, and was told by then that nothing is known: as if it took a while.
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(19));
    assert_eq!(briefs(&simulation).len(), 1, "still greeted");
    simulation.pass(Duration::minutes(1));
    assert_eq!(turn(&simulation, "IN-1"), Some(Turn::CloneReady), "found in time");

    let slow = permitted();
    slow.cloner.plan([Making::Busy(12), Making::Busy(12), Making::Busy(12), Making::Good]);
    slow.ring(&caller(), "IN-1");
    slow.pass(Duration::seconds(34));
    assert_eq!(briefs(&slow).len(), 1);
    slow.pass(Duration::seconds(10));
    assert_eq!(turn(&slow, "IN-1"), Some(Turn::TimedOut));
    let [_, agent] = &briefs(&slow)[..] else { panic!("{:?}", briefs(&slow)) };
    assert_eq!((&agent.voice, variable(agent, "fallback_mode")), (&voice(GREETER), Some("true")));
    assert_eq!(slow.cloner.made(), [], "nobody waits for it any more");
}

#[test]
fn a_voice_that_cannot_be_made_is_not_waited_for() {
    let simulation = permitted();
    simulation.cloner.plan([Making::Full]);
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(5));
    assert_eq!(turn(&simulation, "IN-1"), Some(Turn::CloneFailed));
    let [_, agent] = &briefs(&simulation)[..] else { panic!("{:?}", briefs(&simulation)) };
    assert_eq!((&agent.voice, variable(agent, "fallback_mode")), (&voice(GREETER), Some("true")));
    let failed: Vec<_> = simulation.effects().into_iter().filter(|it| it.state == EffectState::Failed).collect();
    let [failed] = &failed[..] else { panic!("{failed:?}") };
    assert!(failed.reason.as_ref().unwrap().contains("too many voices"), "the desk is told: {failed:?}");
}

#[test]
fn nobody_is_rung_after_they_hung_up_whenever_that_is() {
    let plans: [&[Making]; 4] =
        [&[], &[Making::Full], &[Making::LosesAnswer], &[Making::Busy(5), Making::Busy(20), Making::Good]];
    for plan in plans {
        for second in 0..50 {
            let simulation = permitted();
            simulation.cloner.plan(plan.iter().copied());
            simulation.ring(&caller(), "IN-1");
            if second > 0 {
                simulation.pass(Duration::milliseconds(second * 1_000 - 500));
            }
            let ended = simulation.clock.now();
            hang_up(&simulation, "IN-1");
            simulation.pass(Duration::minutes(15));
            let placed = simulation.spare.placed();
            assert!(placed.iter().all(|(_, at)| *at <= ended), "{plan:?}, {second} s: {placed:?}");
            assert!(placed.len() <= 2);
            assert_eq!(greeted(&simulation, "IN-1").stage, Stage::Ended);
            assert_eq!(call(&simulation, "IN-1").state, CallState::Ended);
            let waits = simulation.effects().into_iter().any(|it| it.state == EffectState::Waiting);
            assert!(!waits, "{plan:?}, {second} s: nothing is left pending");
        }
    }
}

#[test]
fn a_telephone_that_rings_when_the_caller_hangs_up_rings_no_longer() {
    let simulation = permitted();
    simulation.cloner.plan([Making::Busy(30)]);
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(3));
    hang_up(&simulation, "IN-1");
    simulation.pass(Duration::seconds(3));
    let greeting = greeted(&simulation, "IN-1").greeting_call.unwrap();
    assert_eq!(simulation.spare.hung_up(), [greeting]);
}

#[test]
fn a_call_back_whose_answer_is_lost_is_not_made_twice() {
    for line in [Line::LosesAnswer, Line::LosesAnswerForGood, Line::LosesRequest, Line::LosesRequestForGood] {
        let simulation = house();
        simulation.spare.plan([(Callee::Silent, line)]);
        simulation.ring(&caller(), "IN-1");
        simulation.pass(Duration::hours(2));
        assert!(simulation.spare.placed().len() <= 1, "{line:?}");
        assert_eq!(simulation.spare.briefs().len(), 1, "{line:?}");
    }
}

#[test]
fn whoever_refused_calls_or_stands_outside_the_fence_is_not_rung_back() {
    let refused = house();
    drop(refused.write(&caller(), frontdesk_core::effect::Channel::Sms, "STOP"));
    let mut rules = greeting();
    rules.businesses.get_mut(BUSINESS).unwrap().contact.only = Some(phone("+15005550190"));
    let fenced = Simulation::new(rules, start());
    for simulation in [refused, fenced] {
        simulation.ring(&caller(), "IN-1");
        simulation.pass(Duration::minutes(2));
        assert_eq!(simulation.spare.placed(), []);
        assert!(agent_calls(&simulation).iter().all(|(effect, _)| effect.state == EffectState::Skipped));
    }
}

#[test]
fn whoever_has_just_rung_may_be_rung_back_at_any_hour() {
    let mut rules = greeting();
    let noon = vec![Hours { from: 12 * 60, to: 13 * 60 }];
    rules.businesses.get_mut(BUSINESS).unwrap().contact.hours = std::array::from_fn(|_| noon.clone());
    let simulation = Simulation::new(rules, start());
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(5));
    assert_eq!(simulation.spare.placed().len(), 1);
}

#[test]
fn what_the_agent_tells_afterwards_ends_the_very_call_it_was_on() {
    let simulation = house();
    simulation.spare.plan([(Callee::Silent, Line::LosesCallbacks)]);
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(5));
    let ours = greeted(&simulation, "IN-1").agent_call.unwrap();
    let before = simulation.calls().len();
    let booking = Booking {
        key: format!("{SPARE_CARRIER}:conversation-1"),
        by_words: false,
        conversation: "conversation-1".to_owned(),
        call: Some(ours),
        called: None,
        business: Some(BUSINESS.to_owned()),
        phone: RawNumber::new(caller().reveal()),
        name: None,
        email: None,
        when: When::Missing,
        told: None,
        wish: Wish::Nothing,
        service: None,
        summary: None,
        language: None,
        at: Some(simulation.clock.now()),
        seconds: Some(185),
    };
    let about = ReceivedAbout::Booking { booking: Box::new(booking), dialect: "seed-003" };
    let event = frontdesk_core::event::Event::Noted { what: "a conversation".to_owned() };
    ready(simulation.engine.receive(SPARE_CARRIER, Received::new(about, "conversation-1".to_owned(), event))).unwrap();
    assert_eq!(simulation.calls().len(), before, "no second row");
    let ended = simulation.calls().into_iter().find(|call| call.id == ours).unwrap();
    assert_eq!((ended.state, ended.seconds), (CallState::Ended, Some(185)));
    assert_eq!(ended.outcome, Some(Outcome::Captured));
    assert!(ended.provider_call_id.is_some());
}

#[test]
fn a_line_that_hears_its_answer_is_kept_until_the_caller_is_rung_back() {
    for simulation in [house(), permitted()] {
        let answered = simulation.ring(&caller(), "IN-1");
        let last = answered.reply.0.last();
        assert!(matches!(last, Some(Verb::Pause { seconds }) if *seconds > 35), "{:?}", answered.reply);
    }
}

#[test]
fn a_voice_that_was_withdrawn_before_the_agent_rings_is_not_spoken_with() {
    let simulation = permitted();
    simulation.ring(&caller(), "IN-1");
    // The voice is ready and the agent asked for; it rings after the greeting.
    simulation.pass(Duration::seconds(4));
    assert_eq!((turn(&simulation, "IN-1"), briefs(&simulation).len()), (Some(Turn::CloneReady), 1));
    ready(simulation.store.withdraw(&caller(), simulation.clock.now())).unwrap();
    simulation.pass(Duration::seconds(5));
    let [_, agent] = &briefs(&simulation)[..] else { panic!("{:?}", briefs(&simulation)) };
    assert_eq!(agent.voice, voice(GREETER));
    assert_eq!(variable(agent, "cloned_voice_id"), Some(GREETER));
    assert_eq!(variable(agent, "fallback_mode"), Some("true"));
}
