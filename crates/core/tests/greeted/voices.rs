//! Voices are made once, with consent, kept for the next call, and deleted when their time is over.

use super::{briefs, caller, hang_up, permitted, start, turn, voice};
use chrono::Duration;
use frontdesk_core::{
    effect::{Action, EffectState},
    machine::greeting::Turn,
    ports::{IvrStore, VoiceStore},
};
use frontdesk_testkit::{Making, Simulation, ready};

/// One call from its beginning to its end.
fn conversation(simulation: &Simulation, theirs: &str) {
    simulation.ring(&caller(), theirs);
    simulation.pass(Duration::seconds(40));
    hang_up(simulation, theirs);
    simulation.pass(Duration::minutes(1));
}

fn deletions(simulation: &Simulation) -> Vec<EffectState> {
    let effects = simulation.effects().into_iter();
    effects.filter(|it| matches!(it.action, Action::DeleteVoice { .. })).map(|it| it.state).collect()
}

#[test]
fn a_voice_that_is_kept_is_spoken_with_at_once() {
    let simulation = permitted();
    conversation(&simulation, "IN-1");
    let before = briefs(&simulation).len();
    simulation.ring(&caller(), "IN-2");
    simulation.pass(Duration::seconds(2));
    let briefs = briefs(&simulation);
    let [agent] = &briefs[before..] else { panic!("{briefs:?}") };
    assert_eq!(agent.voice, voice("voice-1"));
    assert!(agent.greeting.is_some(), "nobody else greeted them");
    assert_eq!(turn(&simulation, "IN-2"), Some(Turn::AtOnce));
    assert_eq!(simulation.cloner.asked().len(), 1);
    let kept = ready(simulation.store.voice_of(&caller())).unwrap().unwrap();
    assert_eq!(kept.reuse_count, 1);
}

#[test]
fn two_calls_of_one_person_make_one_voice_and_both_speak_with_it() {
    let simulation = permitted();
    // Made, and known only when it is looked up: the second call finds it being made.
    simulation.cloner.plan([Making::LosesAnswer]);
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(3));
    simulation.ring(&caller(), "IN-2");
    simulation.pass(Duration::seconds(40));
    assert_eq!((simulation.cloner.asked().len(), simulation.cloner.made().len()), (1, 1));
    for theirs in ["IN-1", "IN-2"] {
        assert_eq!(turn(&simulation, theirs), Some(Turn::CloneReady), "{theirs}");
    }
    let spoken: Vec<_> = briefs(&simulation).into_iter().filter(|it| it.voice == voice("voice-1")).collect();
    assert_eq!(spoken.len(), 2);
}

#[test]
fn a_process_that_dies_between_the_voice_and_its_row_makes_no_second_one() {
    // Begun and committed; then the answer is lost with the process, before it is written.
    let dies: [fn(&Simulation); 2] = [
        |simulation| simulation.store.disturb_voices(1),
        |simulation| {
            simulation.cloner.plan([Making::LosesAnswer]);
        },
    ];
    for die in dies {
        let simulation = permitted();
        die(&simulation);
        simulation.ring(&caller(), "IN-1");
        simulation.pass(Duration::minutes(10));
        assert_eq!((simulation.cloner.asked().len(), simulation.cloner.made().len()), (1, 1));
        let kept = ready(simulation.store.voice_of(&caller())).unwrap().unwrap();
        assert_eq!(kept.voice, voice("voice-1"), "it serves the next call");
    }
}

#[test]
fn a_store_that_is_away_when_the_voice_comes_makes_no_second_one() {
    for away in 1..8 {
        let simulation = permitted();
        simulation.ring(&caller(), "IN-1");
        simulation.store.disturb((0..=away).map(|n| n == away));
        simulation.pass(Duration::minutes(20));
        assert!(simulation.cloner.made().len() <= 1, "{away}");
        assert!(simulation.cloner.asked().len() <= 1, "{away}");
        assert!(simulation.spare.placed().len() <= 2, "{away}");
    }
}

#[test]
fn a_request_that_was_lost_is_given_up_and_the_next_call_makes_the_voice() {
    let simulation = permitted();
    simulation.cloner.plan([Making::LosesRequest]);
    conversation(&simulation, "IN-1");
    assert_eq!(turn(&simulation, "IN-1"), Some(Turn::TimedOut));
    simulation.pass(Duration::minutes(30));
    conversation(&simulation, "IN-2");
    assert_eq!(turn(&simulation, "IN-2"), Some(Turn::CloneReady));
    assert_eq!(simulation.cloner.made().len(), 1);
}

#[test]
fn a_doubt_that_nobody_can_clear_stays_and_blocks_no_other_voice() {
    let simulation = permitted();
    simulation.cloner.plan([Making::LosesAnswer]);
    simulation.cloner.silent(true);
    conversation(&simulation, "IN-1");
    simulation.pass(Duration::hours(6));
    let doubt = simulation.effects().into_iter().find(|effect| effect.action.kind() == "clone_voice").unwrap();
    assert_eq!((doubt.state, doubt.wants_job()), (EffectState::Uncertain, false), "a person has to look");
    assert_eq!(ready(simulation.store.voice_of(&caller())).unwrap(), None);
    conversation(&simulation, "IN-2");
    assert_eq!(turn(&simulation, "IN-2"), Some(Turn::CloneReady));
    let kept = ready(simulation.store.voice_of(&caller())).unwrap().unwrap();
    assert_eq!((simulation.cloner.asked().len(), kept.voice), (2, voice("voice-2")));
}

#[test]
fn a_voice_whose_time_is_over_is_deleted_at_its_vendor_until_that_is_done() {
    let simulation = permitted();
    conversation(&simulation, "IN-1");
    simulation.cloner.stick(5);
    simulation.run_until(start() + Duration::hours(24) - Duration::seconds(1));
    assert_eq!(ready(simulation.engine.expire_voices()).unwrap(), 0);
    simulation.pass(Duration::minutes(1));
    assert_eq!(ready(simulation.engine.expire_voices()).unwrap(), 1);
    simulation.pass(Duration::hours(1));
    assert_eq!(simulation.cloner.deleted(), [voice("voice-1").unwrap()]);
    assert_eq!(deletions(&simulation), [EffectState::Done]);
}

#[test]
fn a_forgotten_persons_voice_is_deleted() {
    let simulation = permitted();
    conversation(&simulation, "IN-1");
    ready(simulation.store.forget(&caller(), simulation.clock.now())).unwrap();
    simulation.pass(Duration::minutes(1));
    assert_eq!(simulation.cloner.deleted(), [voice("voice-1").unwrap()]);
    assert_eq!(ready(simulation.store.permission(&caller())).unwrap(), None);
}

#[test]
fn a_permission_that_is_withdrawn_while_the_voice_is_made_deletes_what_comes_of_it() {
    let simulation = permitted();
    simulation.cloner.plan([Making::LosesAnswer]);
    simulation.ring(&caller(), "IN-1");
    simulation.pass(Duration::seconds(5));
    ready(simulation.store.withdraw(&caller(), simulation.clock.now())).unwrap();
    simulation.pass(Duration::minutes(10));
    assert_eq!(simulation.cloner.made(), simulation.cloner.deleted());
    assert_ne!(turn(&simulation, "IN-1"), Some(Turn::CloneReady));
    assert!(briefs(&simulation).iter().all(|brief| brief.voice != voice("voice-1")));
}
