//! Calls on carriers that take no messages, with people who told no name, and calls that end in a way only the carrier
//! knows.

use super::*;

/// Somebody who rings, on a carrier that takes no messages.
fn unrecorded(desk: bool) -> Line {
    let mut line = line();
    line.call.flow = "inbound".to_owned();
    line.scene.takes_messages = false;
    line.scene.desk = line.scene.desk.filter(|_| desk);
    line.tell(Event::Incoming)
}

#[rstest]
#[case(true, "inbound-menu-no-message-transfer")]
#[case(false, "inbound-menu-no-message")]
fn where_no_message_can_be_taken_none_is_offered(#[case] desk: bool, #[case] menu: &str) {
    let line = unrecorded(desk);
    let prompt = line.prompt().to_owned();
    assert!(prompt.ends_with(&text(menu)) && !prompt.contains("press 3"), "{prompt}");
    let again = line.press(1, "9");
    assert_eq!(again.prompt(), text(menu));
}

#[test]
fn where_no_message_can_be_taken_its_key_means_nothing() {
    let line = unrecorded(true).press(1, "3");
    let expected = format!("{} {}", text("menu-invalid"), text("inbound-menu-no-message-transfer"));
    assert_eq!((line.prompt(), line.call.walk.misses), (expected.as_str(), 1));
    assert!(line.last().counts.contains(&"step:menu:invalid".to_owned()), "{:?}", line.last().counts);
}

#[test]
fn every_other_key_means_what_it_means_elsewhere() {
    for key in ["1", "0", "2"] {
        assert!(unrecorded(true).press(1, key).last().answer.is_some());
    }
    assert!(unrecorded(true).press(1, "*").heard().last().is_some_and(|heard| heard.starts_with("transfer")));
}

#[test]
fn who_was_not_reached_at_the_desk_was_not_handed_over() {
    let line = line().answered().press(1, "*");
    assert!(line.call.walk.transferred);
    let line = line.ended(EndCause::NotHandedOver);
    assert_eq!((line.call.outcome, line.call.walk.transferred), (Some(Outcome::HungUp), false));
    assert_eq!(line.last().note, "ended: hung up; nobody picked up at the desk");
    let counts = &line.last().counts;
    assert!(counts.contains(&"step:desk:unreached".to_owned()) && !counts.contains(&"step:desk:hung_up".to_owned()));
}

#[test]
fn an_answer_outranks_a_desk_that_was_not_reached() {
    let line = line().answered().press(1, "1").ended(EndCause::NotHandedOver);
    assert_eq!(line.call.outcome, Some(Outcome::Confirmed));
}

#[test]
fn who_opts_out_at_the_carrier_has_declined_and_opted_out() {
    let line = line().answered().ended(EndCause::OptedOut);
    assert_eq!((line.call.outcome, line.last().opted_out), (Some(Outcome::Declined), true));
    let again = line.ended(EndCause::OptedOut);
    assert!(!again.last().opted_out, "once");
}

#[test]
fn an_opt_out_that_is_told_after_the_end_counts() {
    let line = line().answered().ended(EndCause::Completed).ended(EndCause::OptedOut);
    assert!(line.last().opted_out && line.last().ended.is_none());
}

#[test]
fn nobody_is_greeted_by_a_name_that_was_not_told() {
    let mut line = line();
    line.scene.named = false;
    let line = line.answered();
    assert_eq!(line.prompt(), format!("{} {}", text("call-greeting"), text("menu-confirm-transfer")));
}
