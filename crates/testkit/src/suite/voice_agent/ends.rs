//! How conversations end, and how they do not begin.

use super::bench::{Bench, begun, next, soon, start, told};
use crate::suite::call_provider::tells_nothing;
use frontdesk_core::{
    ports::{FromAgent, ToAgent, Trouble, VoiceAgent},
    sound::Sound,
};

/// Whoever drops both halves leaves no conversation behind at the vendor, in whatever order.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn dropping_both_halves_ends_the_conversation_at_the_vendor(bench: &dyn Bench) {
    for mouth_first in [true, false] {
        let (session, mut other) = begun(bench).await;
        let (ear, mouth) = (session.ear, session.mouth);
        if mouth_first {
            drop(mouth);
            drop(ear);
        } else {
            drop(ear);
            drop(mouth);
        }
        soon("the end at the vendor", other.gone()).await;
    }
}

/// Our side ends a conversation once, however often it is asked to; the mouth says then that it is over.
///
/// # Panics
/// See [`dropping_both_halves_ends_the_conversation_at_the_vendor`].
pub async fn hanging_up_twice_is_fine_and_ends_it(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    for _ in 0..2 {
        soon("hanging up", session.ear.hang_up()).await;
    }
    soon("the end at the vendor", other.gone()).await;
    assert!(matches!(next(&mut session).await, Ok(None)), "it is over");
    let late = session.ear.tell(ToAgent::Sound(Sound::encode(&[0xff]))).await;
    assert!(late.is_err(), "nobody hears what is told after the end");
}

/// An agent that has said all it has to say is heard to the end; it is told once that it hung up, and after that nothing.
///
/// # Panics
/// See [`dropping_both_halves_ends_the_conversation_at_the_vendor`].
pub async fn an_agent_that_hangs_up_is_heard_out_and_then_it_is_over(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    for number in 0..3 {
        other.speak(&[number; 160]).await;
    }
    other.hang_up().await;
    let mut heard = 0;
    loop {
        match told(&mut session).await {
            FromAgent::Sound(_) => heard += 1,
            FromAgent::HungUp => break,
            FromAgent::Heard(_) | FromAgent::Says(_) | FromAgent::Corrected(_) => {}
            other => panic!("it should say goodbye, not {other:?}"),
        }
    }
    assert_eq!(heard, 3, "it was not heard out");
    for _ in 0..2 {
        assert!(matches!(next(&mut session).await, Ok(None)), "it is over");
    }
}

/// A conversation that breaks off is an error, which says that another one may go better, and nothing secret.
///
/// # Panics
/// See [`dropping_both_halves_ends_the_conversation_at_the_vendor`].
pub async fn a_broken_conversation_is_an_error_and_says_nothing_secret(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    other.speak(&[0xff; 160]).await;
    assert!(matches!(told(&mut session).await, FromAgent::Sound(_)));
    other.break_off().await;
    let error = next(&mut session).await.expect_err("it broke off");
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
    let secrets = bench.secrets();
    tells_nothing(&error, &secrets.iter().map(String::as_str).collect::<Vec<_>>());
}

/// `dead` speaks to an address where nobody listens: another one may be tried at once, and the error says nothing secret.
///
/// # Panics
/// See [`dropping_both_halves_ends_the_conversation_at_the_vendor`].
pub async fn an_unreachable_vendor_is_unavailable_and_says_nothing_secret(dead: &dyn VoiceAgent, secrets: &[&str]) {
    let answer = soon("a refusal", dead.converse(&start())).await;
    let error = answer.err().expect("nobody listens there");
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
    tells_nothing(&error, secrets);
}
