//! Captured key presses: figures against a recount, and the views that their first users query.

use crate::{database::Database, on_both};
use chrono::{DateTime, Datelike, Timelike, Utc};
use frontdesk_core::{
    ivr::{Call, Place, Tree},
    ports::{CaptureStore, CapturedFilter, CountFilter, IvrStore},
};
use frontdesk_store::Store;
use frontdesk_testkit::{
    moment,
    suite::ivr_store::{self, place, press},
};
use proptest::{collection::vec, test_runner::TestRunner};
use std::{collections::BTreeMap, sync::Arc};

macro_rules! suite {
    ($($law:ident),+ $(,)?) => {
        $(async fn $law(db: Arc<Database>) {
            ivr_store::$law(Arc::new(db.store().await)).await;
        })+
        on_both!(
            figures_equal_a_recount_of_what_was_pressed,
            the_first_users_queries_still_answer,
            what_another_program_keeps_meanwhile_is_seen,
            $($law),+
        );
    };
}

suite!(
    a_press_told_twice_is_kept_once,
    the_order_of_arrival_does_not_matter,
    figures_follow_a_call_along_its_way,
    presses_at_the_same_moment_are_all_kept,
    a_secret_answer_is_not_kept,
    a_forgotten_callers_number_is_gone,
    captured_calls_are_listed_once_and_filtered,
);

fn noon() -> DateTime<Utc> {
    moment("2026-11-20T12:00:00Z")
}

async fn what_another_program_keeps_meanwhile_is_seen(db: Arc<Database>) {
    let (ours, theirs) = (db.store().await, db.store().await);
    for (n, store) in [&ours, &theirs, &ours, &theirs].into_iter().enumerate() {
        let step = ["language", "state", "state", "language"][n];
        let kept = store.capture(press("C1", step, "1", 1 + n as i64), place(), noon()).await.unwrap();
        assert_eq!(kept.call.inputs.len(), n + 1);
    }
}

/// Call, step, keys, minute: few of each, so that they meet.
type Told = (u8, usize, usize, i64);

const KEYS: [&str; 6] = ["1", "2", "4", "", "no key", "302012"];

async fn figures_equal_a_recount_of_what_was_pressed(db: Arc<Database>) {
    let store = db.store().await;
    let runtime = tokio::runtime::Handle::current();
    let run = move || {
        let config = proptest::test_runner::Config { cases: 24, failure_persistence: None, ..Default::default() };
        let told = vec(vec((0..6_u8, 0..3_usize, 0..KEYS.len(), 0..2000_i64), 1..20), 1..4);
        let case = std::cell::Cell::new(0);
        TestRunner::new(config).run(&told, |bursts: Vec<Vec<Told>>| {
            case.set(case.get() + 1);
            let business = format!("case {}", case.get());
            runtime.block_on(holds(&store, &business, bursts));
            Ok(())
        })
    };
    tokio::task::spawn_blocking(run).await.unwrap().unwrap();
}

async fn holds(store: &Store, business: &str, bursts: Vec<Vec<Told>>) {
    let place = Place { business: business.to_owned(), ..place() };
    for burst in bursts {
        let kept = burst.into_iter().map(|(call, step, keys, minute)| {
            let sid = format!("{business} {call}");
            store.capture(press(&sid, &place.tree.steps[step], KEYS[keys], minute), place.clone(), noon())
        });
        futures_util::future::try_join_all(kept).await.unwrap();
    }
    let filter = CapturedFilter { business: Some(business.to_owned()), limit: 500, ..CapturedFilter::default() };
    let calls = store.captured(filter).await.unwrap().items;
    let counted = store.counts(CountFilter { business: Some(business.to_owned()), ..CountFilter::default() }).await;
    let counted: BTreeMap<_, _> = counted.unwrap().into_iter().map(|row| (row.count.name, row.n)).collect();
    assert_eq!(counted, recount(&calls, &place.tree));
}

/// The figures, counted anew and in another way: from the rows of what was pressed.
fn recount(calls: &[Call], tree: &Tree) -> BTreeMap<String, i64> {
    let mut all = BTreeMap::new();
    let mut add = |name: String| *all.entry(name).or_default() += 1;
    for call in calls {
        add("calls".to_owned());
        let began = call.started_at.with_timezone(&chrono_tz::Asia::Kolkata);
        add(format!("hour:{}:{}", began.weekday() as u8, began.hour()));
        let mut inputs: Vec<_> = call.inputs.iter().collect();
        inputs.sort_by_key(|input| (input.told_at, input.n));
        let mut chosen = [const { String::new() }; 3];
        let mut last = 0;
        let mut reached = [false; 3];
        for input in inputs {
            let at = tree.steps.iter().position(|step| *step == input.step).unwrap();
            last = last.max(at);
            reached[at] = true;
            let shown = |keys: &str| if keys.len() > 4 || at == 2 { "x".to_owned() } else { keys.to_owned() };
            match &input.digits {
                Some(keys) => {
                    add(format!("input:{}:{}", input.step, shown(keys)));
                    chosen[at] = shown(keys);
                }
                None if input.raw.is_empty() => add(format!("silent:{}", input.step)),
                None => add(format!("invalid:{}", input.step)),
            }
        }
        add(format!("path:{}", chosen.join("-")));
        let choices = chosen.iter().filter(|keys| !keys.is_empty()).count();
        add(format!("selections:{choices}"));
        for (at, step) in tree.steps.iter().enumerate() {
            if reached[at] {
                add(format!("reached:{step}"));
            }
            if !chosen[at].is_empty() {
                add(format!("chose:{step}:{}", chosen[at]));
            }
        }
        if choices == 3 || (chosen[1] == "4" && !chosen[0].is_empty()) {
            add("complete".to_owned());
        } else {
            add(format!("left:{}", tree.steps[last]));
        }
    }
    all
}

async fn the_first_users_queries_still_answer(db: Arc<Database>) {
    let store = db.store().await;
    let place =
        Place { tree: Arc::new(Tree::plain("ivr", &["language", "state", "service", "model", "hp"])), ..place() };
    for (step, keys, minute) in [("language", "1", 0), ("state", "2", 1), ("service", "1", 2), ("service", "1", 2)] {
        store.capture(press("6f048d2e", step, keys, minute), place.clone(), noon()).await.unwrap();
    }
    store.capture(press("7a", "language", "1", 3), place.clone(), noon()).await.unwrap();
    let newest = "select count(*) from (select * from ivr_inputs order by timestamp desc limit 10) newest
                  where call_sid is not null and from_number = '09876543210' and to_number = '08047491899'
                    and exophone = to_number and caller_circle is null and id is not null";
    assert_eq!(db.number(newest).await, 4);
    let paths = "select count(*) from (select * from ivr_paths order by timestamp desc limit 10) newest
                 where complete_path = '1-2-1--' and language_choice = '1' and state_choice = '2'
                   and service_choice = '1' and model_choice is null and hp_choice is null
                   and timestamp = '2026-11-20 12:00:00'";
    assert_eq!(db.number(paths).await, 1);
    let statistics = "select n from (select step_name, digit_input, count(*) as n from ivr_inputs
                      group by step_name, digit_input) figures where step_name = 'language' and digit_input = '1'";
    assert_eq!(db.number(statistics).await, 2);
}
