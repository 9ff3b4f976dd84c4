//! Alerts: what a rule comes to, and that each change is told once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    alert::{AlertRule, Condition, Finding, Open, Reading, Sample, Verdict, Watch, judge, look},
    contact::Hours,
    effect::Action,
    personal::Email,
};
use frontdesk_testkit::{DESK_PHONE, moment, phone, rules};
use proptest::{collection::vec, prelude::*};
use rstest::rstest;

mod told;

const OVER: Duration = Duration::minutes(30);

pub(crate) fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn at(minutes: i64) -> DateTime<Utc> {
    start() + Duration::minutes(minutes)
}

pub(crate) fn rule(when: Condition) -> AlertRule {
    AlertRule {
        name: "watched".to_owned(),
        when,
        business: None,
        least: 10,
        sms: vec![phone(DESK_PHONE)],
        mail: vec![Email::parse("desk@example.com").unwrap()],
        webhooks: vec!["erp".to_owned()],
    }
}

pub(crate) fn drop_off() -> Condition {
    Condition::DropOff { flow: "ivr".to_owned(), step: "state".to_owned(), above: 40, over: OVER }
}

pub(crate) fn no_calls(hours: Option<Open>) -> Condition {
    Condition::NoCalls { flow: None, over: OVER, hours }
}

fn confirm_rate() -> Condition {
    Condition::ConfirmRate { flow: None, below: 50, over: OVER }
}

fn reading(part: i64, whole: i64) -> Reading {
    Reading { about: "it".to_owned(), part, whole, failing: Vec::new() }
}

/// Whether it fires; `None` when nobody can tell.
fn fires(verdict: &Verdict) -> Option<bool> {
    match verdict {
        Verdict::Firing(_) => Some(true),
        Verdict::Fine(_) => Some(false),
        Verdict::Unknown => None,
    }
}

/// Samples as (minutes after the start, part, whole); judged half an hour after the start.
#[rstest]
#[case::nothing_to_compare_with(drop_off(), &[], (50, 100), None)]
#[case::the_window_is_not_full_yet(drop_off(), &[(1, 0, 0)], (50, 100), None)]
#[case::more_than_the_limit(drop_off(), &[(0, 0, 0)], (41, 100), Some(true))]
#[case::exactly_the_limit(drop_off(), &[(0, 0, 0)], (40, 100), Some(false))]
#[case::only_the_window_counts(drop_off(), &[(-60, 0, 0), (0, 500, 500)], (500, 520), Some(false))]
#[case::too_few_to_speak_of_a_rate(drop_off(), &[(0, 0, 0)], (9, 9), None)]
#[case::more_went_on_than_came(drop_off(), &[(0, 30, 100)], (0, 120), Some(false))]
#[case::a_sample_from_before_a_long_standstill(drop_off(), &[(-40, 0, 0)], (100, 100), None)]
#[case::a_clock_that_was_put_back(drop_off(), &[(90, 0, 0)], (100, 100), None)]
#[case::below_the_limit(confirm_rate(), &[(0, 0, 0)], (49, 100), Some(true))]
#[case::not_below_the_limit(confirm_rate(), &[(0, 0, 0)], (50, 100), Some(false))]
#[case::nobody_called(no_calls(None), &[(0, 0, 7)], (0, 7), Some(true))]
#[case::somebody_called(no_calls(None), &[(0, 0, 7)], (0, 8), Some(false))]
#[case::somebody_called_in_a_young_window(no_calls(None), &[(20, 0, 7)], (0, 8), Some(false))]
#[case::nobody_called_in_a_young_window(no_calls(None), &[(20, 0, 7)], (0, 7), None)]
#[case::too_many_in_doubt(Condition::Uncertain { above: 3 }, &[], (0, 4), Some(true))]
#[case::as_many_in_doubt_as_may_be(Condition::Uncertain { above: 3 }, &[], (0, 3), Some(false))]
fn a_rule_comes_to(
    #[case] when: Condition,
    #[case] samples: &[(i64, i64, i64)],
    #[case] (part, whole): (i64, i64),
    #[case] want: Option<bool>,
) {
    let samples: Vec<_> =
        samples.iter().map(|(m, part, whole)| Sample { at: at(*m), part: *part, whole: *whole }).collect();
    let verdict = judge(&rule(when), &samples, &reading(part, whole), at(30));
    assert_eq!(fires(&verdict), want, "{verdict:?}");
}

/// Madrid is an hour ahead of UTC.
#[rstest]
#[case::within("09:00-18:00", "2026-11-20T09:00:00Z", Some(true))]
#[case::just_opened("09:00-18:00", "2026-11-20T08:20:00Z", None)]
#[case::open_for_as_long_as_the_window("09:00-18:00", "2026-11-20T08:30:00Z", Some(true))]
#[case::closed("09:00-18:00", "2026-11-20T20:00:00Z", None)]
#[case::after_midnight("22:00-02:00", "2026-11-20T00:30:00Z", Some(true))]
#[case::the_night_is_over("22:00-02:00", "2026-11-20T01:30:00Z", None)]
#[case::around_the_clock("00:00-24:00", "2026-11-20T12:00:00Z", Some(true))]
fn silence_is_feared_only_where_calls_are_expected(#[case] hours: &str, #[case] now: &str, #[case] want: Option<bool>) {
    let open =
        Open { hours: std::array::from_fn(|_| vec![Hours::parse(hours).unwrap()]), zone: chrono_tz::Europe::Madrid };
    let now = moment(now);
    let samples = [Sample { at: now - OVER, part: 0, whole: 7 }];
    assert_eq!(fires(&judge(&rule(no_calls(Some(open))), &samples, &reading(0, 7), now)), want);
}

#[test]
fn what_is_found_is_said_with_its_figure_and_its_limit() {
    let said = |when, part, whole| match judge(
        &rule(when),
        &[Sample { at: at(0), part: 0, whole: 0 }],
        &reading(part, whole),
        at(30),
    ) {
        Verdict::Firing(Finding { words, value }) | Verdict::Fine(Finding { words, value }) => (words, value),
        Verdict::Unknown => panic!("nobody can tell"),
    };
    let left = "48.1% of 52 callers left ivr at state within 30 minutes; the limit is 40%.";
    assert_eq!(said(drop_off(), 25, 52), (left.to_owned(), 48.1));
    let sure = "12.5% of 16 people who were reached within 30 minutes confirmed; the limit is 50%.";
    assert_eq!(said(confirm_rate(), 2, 16), (sure.to_owned(), 12.5));
    assert_eq!(said(no_calls(None), 0, 0).0, "There was no call for 30 minutes.");
}

/// Each gateway has breakers of its own.
#[test]
fn a_carrier_that_one_gateway_sees_failing_is_not_called_well_by_another() {
    let rule = rule(Condition::CarrierFailing { carrier: None });
    let fails = Reading { about: "any".to_owned(), part: 0, whole: 1, failing: vec!["twilio".to_owned()] };
    let well = Reading { whole: 0, failing: Vec::new(), ..fails.clone() };
    let mut watch = Watch::default();
    let mut told = Vec::new();
    // Two gateways, in turns of fifteen seconds; the first one's carrier is well again after three minutes.
    for round in 0..24 {
        let now = start() + Duration::seconds(15 * round);
        let reading = if round % 2 == 0 && round < 12 { &fails } else { &well };
        let looked = look(&rule, watch, reading, now);
        watch = looked.watch;
        told.extend(looked.effects.first().map(|_| (round, watch.firing)));
        assert!(watch.samples.len() <= 1);
    }
    // It was seen failing for the last time in round 10.
    assert_eq!(told, [(0, true), (19, false)]);
    assert_eq!(watch.words, "Every carrier places calls again.");
}

#[test]
fn a_look_that_read_older_counters_changes_nothing() {
    let rule = rule(Condition::Uncertain { above: 0 });
    let newer = look(&rule, Watch::default(), &reading(0, 0), at(1)).watch;
    let late = look(&rule, newer.clone(), &reading(0, 5), at(1) - Duration::milliseconds(5));
    assert_eq!((late.watch, late.effects.len()), (newer, 0));
}

/// Gateways that were started at the same moment look at the same moment, and the one that is late each time sees it fail.
#[test]
fn a_gateway_that_is_always_a_moment_late_is_heard_about_its_carriers() {
    let rule = rule(Condition::CarrierFailing { carrier: None });
    let well = Reading { about: "any".to_owned(), ..Reading::default() };
    let fails = Reading { failing: vec!["twilio".to_owned()], whole: 1, ..well.clone() };
    let mut watch = Watch::default();
    for round in 1..10 {
        watch = look(&rule, watch, &well, at(round)).watch;
        watch = look(&rule, watch, &fails, at(round) - Duration::milliseconds(5)).watch;
        assert!(watch.firing);
    }
}

#[test]
fn a_clock_that_was_put_back_stops_no_look() {
    let rule = rule(Condition::Uncertain { above: 0 });
    let ahead = look(&rule, Watch::default(), &reading(0, 0), at(600)).watch;
    assert!(look(&rule, ahead, &reading(0, 5), at(0)).watch.firing);
}

#[test]
fn samples_of_other_counters_and_of_a_restored_database_are_dropped() {
    let rule = rule(drop_off());
    let watch = look(&rule, Watch::default(), &reading(10, 100), at(0)).watch;
    let other = Reading { about: "another version".to_owned(), ..reading(60, 200) };
    let looked = look(&rule, watch.clone(), &other, at(30));
    assert_eq!((looked.watch.firing, looked.watch.samples.len()), (false, 1));
    let restored = look(&rule, watch, &reading(0, 20), at(30));
    assert_eq!((restored.watch.firing, restored.watch.samples.len()), (false, 1));
}

#[test]
fn however_often_a_rule_is_looked_at_it_keeps_few_samples() {
    let rule = rule(drop_off());
    let mut watch = Watch::default();
    for second in 0..7_200 {
        watch = look(&rule, watch, &reading(0, second), start() + Duration::seconds(second)).watch;
        assert!(watch.samples.len() <= 132, "{}", watch.samples.len());
    }
    assert!(watch.samples.len() > 120);
}

fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
    let finding = || Finding { words: "so".to_owned(), value: 1.0 };
    vec(prop_oneof![Just(Verdict::Firing(finding())), Just(Verdict::Fine(finding())), Just(Verdict::Unknown)], 0..40)
}

proptest! {
    #[test]
    fn whatever_the_verdicts_firing_and_over_again_take_turns_and_each_is_told_once(verdicts in verdicts()) {
        let rule = rule(Condition::Uncertain { above: 0 });
        let mut watch = Watch::default();
        let mut told = Vec::new();
        for (n, verdict) in (0..).zip(verdicts) {
            let before = watch.firing;
            let effects = watch.change(&rule, verdict.clone(), at(n));
            let news = matches!((&verdict, before), (Verdict::Firing(_), false) | (Verdict::Fine(_), true));
            // Everybody is told, and each once.
            prop_assert_eq!(effects.len(), if news { 3 } else { 0 });
            for effect in effects {
                let Action::Alert(alert) = effect.action else { panic!("{:?}", effect.action) };
                told.push((effect.id, alert.to.clone(), alert.firing));
                prop_assert!(alert.since <= alert.at && alert.firing == (alert.since == alert.at));
            }
        }
        let first: Vec<bool> = told.iter().filter(|(_, to, _)| to.to_string() == "webhook erp").map(|it| it.2).collect();
        prop_assert!(first.iter().zip([true, false].iter().cycle()).all(|(is, want)| is == want));
        let mut ids: Vec<_> = told.iter().map(|(id, ..)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), told.len());
    }
}

#[rstest]
#[case(AlertRule { sms: Vec::new(), mail: Vec::new(), webhooks: Vec::new(), ..rule(drop_off()) }, "when: nobody is told; give sms, mail or webhook")]
#[case(AlertRule { business: Some("nobody".to_owned()), ..rule(drop_off()) }, "business: there is no business \"nobody\"; use one of clinic")]
#[case(rule(Condition::DropOff { flow: "irv".to_owned(), step: "state".to_owned(), above: 40, over: OVER }), "flow: there is no flow \"irv\"; use one of confirm, inbound, ivr")]
#[case(rule(Condition::DropOff { flow: "ivr".to_owned(), step: "sate".to_owned(), above: 40, over: OVER }), "step: there is no step \"sate\"; use one of language, state, service, model, hp")]
#[case(rule(Condition::DropOff { flow: "ivr".to_owned(), step: "state".to_owned(), above: 100, over: OVER }), "above: 100 is never passed")]
#[case(rule(Condition::ConfirmRate { flow: Some("ivr".to_owned()), below: 50, over: OVER }), "flow: there is no flow \"ivr\"; use one of confirm, inbound")]
#[case(rule(Condition::ConfirmRate { flow: None, below: 0, over: OVER }), "below: 0 is no percentage that a rate can stay below")]
#[case(rule(Condition::NoCalls { flow: None, over: Duration::zero(), hours: None }), "over: this is no window to look at; use 1s to 7d")]
#[case(rule(Condition::CarrierFailing { carrier: Some("twilo".to_owned()) }), "carrier: there is no carrier \"twilo\"; use one of pretend")]
fn what_is_wrong_with_a_rule_is_said_with_its_remedy(#[case] rule: AlertRule, #[case] want: &str) {
    let mut rules = rules();
    assert_eq!(rules.problems(), Vec::<String>::new());
    rules.alerts = vec![rule];
    let problems = rules.problems();
    assert!(problems.iter().any(|problem| problem.starts_with(&format!("alerts.watched.{want}"))), "{problems:?}");
}

#[test]
fn silence_longer_than_the_hours_can_never_be_found() {
    let open = Open { hours: std::array::from_fn(|_| vec![Hours { from: 540, to: 560 }]), zone: chrono_tz::UTC };
    let mut rules = rules();
    rules.alerts = vec![rule(no_calls(Some(open)))];
    assert!(rules.problems()[0].contains("over: this is longer than the hours are open at a time"));
}
