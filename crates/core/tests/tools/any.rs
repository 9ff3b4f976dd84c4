//! Whatever agents want, in whatever order: nobody's time is given away twice.

use super::{BEN, Talk, house, rings};
use frontdesk_core::{appointment::Status, personal::Phone};
use frontdesk_testkit::{CUSTOMER_PHONE, phone};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Who is on the line, what they want, for which quarter of an hour, about which appointment of all, told how often.
type Wish = (usize, &'static str, u32, Option<usize>, usize);

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let tool = prop_oneof![
        4 => Just("book"), 3 => Just("move"), 1 => Just("cancel"), 1 => Just("confirm"), 1 => Just("send_text"),
        1 => Just("transfer"),
    ];
    let wish = (0..4usize, tool, 0..8u32, proptest::option::of(0..4usize), 1..3usize);
    proptest::collection::vec(wish, 1..24)
}

fn told(talk: &Talk<'_>, n: usize, (_, tool, quarter, which, times): Wish) {
    let mut parameters = json!({});
    if matches!(tool, "book" | "move") {
        parameters["starts_at"] = format!("2026-11-23T{:02}:{:02}", 10 + quarter / 4, quarter % 4 * 15).into();
    }
    if tool == "book" {
        parameters["phone"] = "+15005550103".into();
    } else if tool != "transfer"
        && let Some(one) = which.and_then(|which| talk.house.store.all_appointments().get(which).map(|it| it.id))
    {
        parameters["appointment_id"] = Value::from(one.to_string());
    }
    let first = talk.wish(&n.to_string(), tool, parameters.clone());
    for _ in 1..times {
        assert_eq!(talk.wish(&n.to_string(), tool, parameters.clone()), first);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_sequence_of_wishes_gives_one_time_to_two_people(wishes in wishes()) {
        let house = house();
        let callers = [phone(CUSTOMER_PHONE), phone(BEN), Phone::anonymous(), phone(CUSTOMER_PHONE)];
        let talks: Vec<_> = callers.iter().map(|from| rings(&house, from)).collect();
        for (n, wish) in wishes.into_iter().enumerate() {
            told(&talks[wish.0], n, wish);
            let live = house.store.all_appointments().into_iter().filter(|it| it.status != Status::Cancelled);
            let live: Vec<_> = live.collect();
            for (at, one) in live.iter().enumerate() {
                for other in &live[at + 1..] {
                    let apart = one.ends_at() <= other.starts_at || other.ends_at() <= one.starts_at;
                    prop_assert!(apart, "{one:?} and {other:?}");
                }
            }
        }
    }
}
