//! What holds of a greeted call, whatever comes in whatever order and however often.

use frontdesk_core::{
    machine::greeting::{Greeting, Input, Output, Prospect, Spoken, Stage, Turn},
    ports::VoiceId,
};
use proptest::{collection::vec, prelude::*, sample::select};

fn voice() -> impl Strategy<Value = VoiceId> {
    select(vec!["one", "two"]).prop_map(|name| VoiceId(name.to_owned()))
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        2 => Just(Input::Incoming(Prospect::Clone)),
        1 => Just(Input::Incoming(Prospect::Plain)),
        1 => voice().prop_map(|voice| Input::Incoming(Prospect::Ready(voice))),
        3 => voice().prop_map(Input::CloneReady),
        3 => Just(Input::CloneFailed),
        3 => Just(Input::WaitOver),
        1 => Just(Input::CallEnded),
    ]
}

/// Everything in any order, and the same with a call that is received first, which is what mostly happens.
fn inputs() -> impl Strategy<Value = Vec<Input>> {
    (any::<bool>(), vec(input(), 0..24)).prop_map(|(received, mut inputs)| {
        if received {
            inputs.insert(0, Input::Incoming(Prospect::Clone));
        }
        inputs
    })
}

/// What was decided, with the input it was decided by.
fn run(inputs: &[Input]) -> (Greeting, Vec<(Input, Output)>) {
    let mut greeting = Greeting::default();
    let mut all = Vec::new();
    for input in inputs {
        let (next, outputs) = greeting.advance(input.clone());
        greeting = next;
        all.extend(outputs.into_iter().map(|output| (input.clone(), output)));
    }
    (greeting, all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn at_most_one_agent_speaks_with_a_caller(inputs in inputs()) {
        let (_, outputs) = run(&inputs);
        let agents = outputs.iter().filter(|(_, it)| matches!(it, Output::StartAgent { .. })).count();
        prop_assert!(agents <= 1);
    }

    #[test]
    fn a_caller_is_greeted_at_most_once_and_never_goes_ungreeted_to_an_agent(inputs in inputs()) {
        let (_, outputs) = run(&inputs);
        let greets = |it: &Output| matches!(it, Output::Greet | Output::StartAgent { greets: true, .. });
        let greeted = outputs.iter().filter(|(_, it)| greets(it)).count();
        prop_assert!(greeted <= 1);
        let agent = outputs.iter().any(|(_, it)| matches!(it, Output::StartAgent { .. }));
        if agent {
            prop_assert_eq!(greeted, 1);
        }
    }

    #[test]
    fn one_voice_is_asked_for_and_one_wait_at_the_most(inputs in inputs()) {
        let (_, outputs) = run(&inputs);
        for wanted in [Output::Clone, Output::Wait, Output::Cancel] {
            prop_assert!(outputs.iter().filter(|(_, it)| *it == wanted).count() <= 1);
        }
    }

    #[test]
    fn nothing_begins_after_the_caller_hung_up(inputs in inputs()) {
        if let Some(end) = inputs.iter().position(|input| *input == Input::CallEnded) {
            let before = run(&inputs[..end]).1.len();
            let after = run(&inputs).1;
            prop_assert!(after[before..].iter().all(|(_, it)| *it == Output::Cancel));
        }
    }

    #[test]
    fn an_ended_call_stays_ended(inputs in inputs()) {
        let (greeting, _) = run(&inputs);
        prop_assert_eq!(greeting.stage == Stage::Ended, inputs.contains(&Input::CallEnded));
    }

    #[test]
    fn whoever_waited_hears_another_voice_only_after_a_failure_or_the_whole_wait(inputs in inputs()) {
        for (input, output) in run(&inputs).1 {
            match output {
                Output::StartAgent { voice: Spoken::Fallback, .. } => {
                    let late = matches!(input, Input::CloneFailed | Input::WaitOver);
                    prop_assert!(late, "by {input:?}");
                }
                Output::StartAgent { voice: Spoken::Greeting, .. } => {
                    prop_assert_eq!(input, Input::Incoming(Prospect::Plain));
                }
                Output::StartAgent { voice: Spoken::Cloned(voice), .. } => {
                    let told = matches!(&input, Input::CloneReady(own) | Input::Incoming(Prospect::Ready(own)) if *own == voice);
                    prop_assert!(told, "{voice:?} by {input:?}");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_told_again_at_once_changes_nothing(inputs in inputs()) {
        let twice: Vec<_> = inputs.iter().flat_map(|input| [input.clone(), input.clone()]).collect();
        prop_assert_eq!(run(&inputs), run(&twice));
    }

    #[test]
    fn whoever_stays_is_brought_to_an_agent_by_the_end_of_the_wait(inputs in inputs()) {
        let mut inputs = inputs;
        inputs.retain(|input| *input != Input::CallEnded);
        inputs.push(Input::Incoming(Prospect::Clone));
        inputs.push(Input::WaitOver);
        let (greeting, _) = run(&inputs);
        prop_assert_eq!(greeting.stage, Stage::AgentStarted);
        prop_assert!(greeting.turn.is_some());
    }
}

#[test]
fn a_voice_that_comes_after_the_wait_is_not_spoken_with() {
    let (greeting, outputs) =
        run(&[Input::Incoming(Prospect::Clone), Input::WaitOver, Input::CloneReady(VoiceId("late".to_owned()))]);
    assert_eq!(greeting.turn, Some(Turn::TimedOut));
    let agent = Output::StartAgent { voice: Spoken::Fallback, greets: false };
    assert_eq!(outputs.last().map(|(_, it)| it), Some(&agent));
}
