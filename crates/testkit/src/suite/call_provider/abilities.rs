//! What an adapter says that it can do, it does; and nothing else.

use super::{command, live_call};
use crate::moment;
use frontdesk_core::{
    id::EffectId,
    ports::{CallProvider, Happened, Trouble},
    reply::{Reply, Verb},
    speech::Language,
};

/// Abilities are honest both ways: what it cannot do answers `Unsupported` and does nothing; what it says it can do is
/// never answered so. `dead` speaks to an address where nobody listens, so that nothing is really asked of anybody.
///
/// # Panics
/// See [`super::every_fixture_is_understood`].
pub async fn abilities_are_honest(dead: &dyn CallProvider) {
    let abilities = dead.abilities();
    for (name, able) in [
        ("place", abilities.dials),
        ("find", abilities.finds),
        ("hang up", abilities.hangs_up),
        ("steer", abilities.moves),
    ] {
        let effect = EffectId::derive(moment("2026-11-20T09:00:00Z"), &["abilities", name]);
        let error = dead.perform(&command(name), &effect).await.expect_err("nobody listens there");
        assert_eq!(error.trouble == Trouble::Unsupported, !able, "{name}, said to be able: {able}; {error}");
        if !able {
            assert_eq!(error.happened, Happened::No, "{name}: {error}");
        }
    }
    let call = live_call(dead.name());
    for (name, able, verb, mark) in [
        ("record", abilities.records, record(), "PROMPT"),
        ("stream", abilities.streams, stream(), "wss://desk.example/media"),
    ] {
        let body = dead.render(&Reply(vec![verb]), Some(&call)).body;
        // Where nobody hears the answer, what it can do is told by command alone.
        let able = able && abilities.steers;
        assert_eq!(body.contains(mark), able, "{name}, said to be able: {able}; {body}");
    }
}

fn record() -> Verb {
    Verb::Record {
        step: "message".to_owned(),
        turn: 1,
        prompt: "PROMPT".to_owned(),
        language: Language::En,
        beep: true,
        max_seconds: 60,
        silence_seconds: 5,
    }
}

fn stream() -> Verb {
    Verb::Stream { url: "wss://desk.example/media".to_owned(), parameters: Vec::new() }
}
