//! The scripted callees, each as the contract describes it.

use crate::common::{Bench, digits, names};
use frontdesk_core::{
    call::CallRef,
    event::{AnsweredBy, EndCause, Event},
    ports::{CallCommand, Happened, Performed, ReceivedAbout, Trouble},
};
use rstest::rstest;

fn end(seen: &[crate::common::Seen]) -> EndCause {
    let cause = seen.iter().find_map(|one| match one.received.event {
        Event::Ended { cause, .. } => Some(cause),
        _ => None,
    });
    cause.unwrap()
}

#[rstest]
#[case("+15005550101", "1")]
#[case("+15005550102", "2")]
#[tokio::test]
async fn a_callee_who_presses_a_key_answers_the_question(#[case] number: &str, #[case] key: &str) {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place(number).await;
    placed.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "digits", "ended"]);
    assert_eq!(digits(&seen), [(1, key.to_owned())]);
    assert_eq!(end(&seen), EndCause::Completed);
    for one in &seen {
        let ReceivedAbout::Call { call, .. } = &one.received.about else { panic!("not about a call") };
        assert_eq!(*call, CallRef::Ours(call_id));
    }
    assert_eq!(bench.carrier.calls(false)[0].heard, ["Hello.", "Press a key.", "Thank you."]);
}

#[tokio::test]
async fn a_callee_leaves_a_message_and_is_put_through_to_a_stream_where_nobody_listens() {
    let bench = Bench::start().await;
    bench.place("+15005550100").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "digits", "recorded", "ended"]);
    let Event::Recorded { step, turn, url, seconds } = &seen[3].received.event else { panic!("not a message") };
    assert_eq!((step.as_str(), *turn, *seconds), ("message", 2, Some(4)));
    assert!(url.starts_with("sandbox:recording/"), "{url}");
    let heard = &bench.carrier.calls(false)[0].heard;
    assert_eq!(heard[2..], ["Leave a message.", "(beep)", "(the assistant does not answer)", "Thank you."]);
}

#[tokio::test]
async fn callee_0105_presses_five_and_then_one() {
    let bench = Bench::start().await;
    bench.place("+15005550105").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(digits(&seen), [(1, "5".to_owned()), (2, "1".to_owned())]);
    let once: std::collections::BTreeSet<_> = seen.iter().map(|one| &one.received.once).collect();
    assert_eq!(once.len(), seen.len(), "every happening has its own identity");
}

#[tokio::test]
async fn callee_0106_stays_silent() {
    let bench = Bench::start().await;
    bench.place("+15005550106").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "silence", "silence", "ended"]);
}

#[rstest]
#[case("+15005550107", EndCause::Busy)]
#[case("+15005550108", EndCause::NoAnswer)]
#[case("+15005550110", EndCause::Declined)]
#[tokio::test]
async fn a_callee_who_does_not_pick_up_ends_the_call_with_its_cause(#[case] number: &str, #[case] cause: EndCause) {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place(number).await;
    placed.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "ended"]);
    assert_eq!(end(&seen), cause);
    let found = bench.perform(&crate::common::find(call_id, None)).await.unwrap();
    assert!(matches!(found, Performed::Found { ended: Some((known, None)), .. } if known == cause));
}

#[rstest]
#[case(true, AnsweredBy::Machine)]
#[case(false, AnsweredBy::Human)]
#[tokio::test]
async fn a_machine_is_told_from_a_person_when_the_carrier_was_asked_to(#[case] detect: bool, #[case] by: AnsweredBy) {
    let bench = Bench::start().await;
    let (_, command) = crate::common::place("machine", "+15005550109");
    let CallCommand::Place(mut place) = command else { panic!("not a placement") };
    place.detect_machine = detect;
    bench.perform(&CallCommand::Place(place)).await.unwrap();
    let seen = bench.ended().await;
    assert_eq!(seen[1].received.event, Event::Answered { by });
    assert!(digits(&seen).is_empty(), "machines press no keys");
}

#[tokio::test]
async fn a_refused_number_is_never_rung() {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place("+15005550111").await;
    let error = placed.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Refused));
    let found = bench.perform(&crate::common::find(call_id, None)).await.unwrap();
    assert_eq!(found, Performed::Missing);
    let stats = bench.stats().await;
    assert_eq!((&stats["calls_placed"], &stats["calls_refused"]), (&0.into(), &1.into()));
}

#[tokio::test]
async fn a_lost_answer_leaves_a_doubt_while_the_call_goes_on() {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place("+15005550112").await;
    assert_eq!(placed.unwrap_err().happened, Happened::Maybe);
    let seen = bench.ended().await;
    assert_eq!(digits(&seen), [(1, "1".to_owned())]);
    let found = bench.perform(&crate::common::find(call_id, None)).await.unwrap();
    assert!(matches!(found, Performed::Found { ended: Some((EndCause::Completed, Some(0))), .. }));
    assert_eq!(bench.stats().await["duplicate_placements"], 0);
}

#[tokio::test]
async fn callee_0113_hangs_up_while_the_menu_plays() {
    let bench = Bench::start().await;
    bench.place("+15005550113").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "ended"]);
    assert_eq!(end(&seen), EndCause::Completed);
}

#[tokio::test]
async fn callee_0114_tells_everything_twice_and_out_of_order() {
    let bench = Bench::start().await;
    bench.place("+15005550114").await.1.unwrap();
    let seen = bench.until(|seen| seen.len() >= 8).await;
    let told = ["answered", "ringing", "answered", "ringing", "ended", "digits", "digits", "ended"];
    assert_eq!(names(&seen), told);
    let mut once: Vec<_> = seen.iter().map(|one| one.received.once.clone()).collect();
    once.sort();
    assert!(once.chunks(2).all(|pair| pair[0] == pair[1]), "a second delivery has the identity of the first");
    assert_eq!(digits(&seen), [(1, "1".to_owned()), (1, "1".to_owned())]);
}
