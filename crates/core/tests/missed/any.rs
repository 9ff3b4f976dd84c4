//! In any order of any events.

use crate::{House, STRANGER, person, start, talk, texting};
use chrono::{Duration, NaiveDate};
use frontdesk_core::{
    effect::Channel,
    event::{EndCause, Event},
    ports::TalkEnd,
};
use frontdesk_testkit::{BUSINESS, Line, ready};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::BTreeMap;

/// What happens; calls are named by when they came, the newest first.
#[derive(Debug, Clone)]
enum Deed {
    Rings,
    Presses(usize, &'static str),
    HangsUp(usize, EndCause),
    ComesBack(usize, bool),
    Talked(usize, TalkEnd),
    Writes(&'static str),
    RetriesAll,
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = || 0..3_usize;
    prop_oneof![
        4 => Just(Deed::Rings),
        3 => (which(), select(vec!["1", "*", "8", "3", ""])).prop_map(|(call, keys)| Deed::Presses(call, keys)),
        6 => (which(), select(vec![EndCause::Completed, EndCause::NotHandedOver, EndCause::Failed]))
            .prop_map(|(call, cause)| Deed::HangsUp(call, cause)),
        1 => (which(), any::<bool>()).prop_map(|(call, reached)| Deed::ComesBack(call, reached)),
        1 => (which(), select(vec![TalkEnd::AgentDone, TalkEnd::AgentLost])).prop_map(|(call, end)| Deed::Talked(call, end)),
        1 => select(vec!["STOP", "START", "hello"]).prop_map(Deed::Writes),
        1 => Just(Deed::RetriesAll),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn nobody_is_texted_twice_a_day_whatever_happens(
        deeds in vec((deed(), prop_oneof![3 => 0..5_i64, 1 => 0..600_i64]), 0..40),
        hours in any::<bool>(),
        messages in vec(select(vec![Line::Good, Line::LosesAnswer, Line::LosesAnswerForGood, Line::LosesRequest, Line::Away]), 0..6),
        trouble in vec(proptest::bool::weighted(0.1), 0..30),
    ) {
        let mut rules = texting();
        let business = rules.businesses.get_mut(BUSINESS).unwrap();
        if hours {
            business.contact.hours = frontdesk_core::contact::ContactPolicy::default().hours;
        }
        let zone = business.time_zone;
        let house = House::new(rules);
        house.world.notifier.plan(messages);
        let mut calls = Vec::new();
        for (deed, minutes) in deeds {
            let of = |which: usize| calls.iter().rev().nth(which).cloned();
            match deed {
                Deed::Rings => calls.push(house.ring(STRANGER)),
                Deed::Presses(call, keys) => of(call).iter().for_each(|call| house.press(call, keys)),
                Deed::HangsUp(call, cause) => {
                    of(call).iter().for_each(|call| house.tell(call, Event::Ended { cause, seconds: None }));
                }
                Deed::ComesBack(call, reached) => {
                    of(call).iter().for_each(|call| house.tell(call, Event::Transferred { reached }));
                }
                Deed::Talked(call, end) => {
                    of(call).iter().for_each(|call| ready(house.world.engine.talked(call.id, &talk(end))).unwrap());
                }
                Deed::Writes(words) => drop(house.world.write(&person(STRANGER), Channel::Sms, words)),
                Deed::RetriesAll => {
                    for effect in house.planned() {
                        drop(ready(house.world.engine.retry(effect.id)).unwrap());
                    }
                }
            }
            house.world.pass(Duration::minutes(minutes));
        }
        house.world.store.disturb(trouble);
        house.world.pass(Duration::days(3));
        let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for effect in house.planned().into_iter().filter(|effect| effect.started_at.is_some()) {
            let at = effect.started_at.unwrap_or(start()).with_timezone(&zone);
            *days.entry(at.date_naive()).or_default() += 1;
        }
        prop_assert!(days.values().all(|texts| *texts == 1), "{days:?}");
        let sent = house.world.notifier.sent();
        for (effect, _) in &sent {
            prop_assert_eq!(sent.iter().filter(|(other, _)| other == effect).count(), 1, "sent twice");
        }
    }
}
