use super::noon;
use crate::BUSINESS;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    ivr::{Capture, Kept, Pattern, Place, Tree},
    personal::{Phone, RawNumber},
    ports::{CapturedFilter, CountFilter, IvrStore, Trouble},
};
use std::{collections::BTreeMap, sync::Arc};

/// Where key presses belong in these laws: three questions, the second of which may end the call.
#[must_use]
pub fn place() -> Place {
    let mut tree = Tree::plain("ivr", &["language", "state", "service"]);
    tree.complete = ["_-4", "_-_-_"].iter().map(|text| Pattern::parse(text).expect("a path")).collect();
    tree.secret = ["service".to_owned()].into();
    let zone = chrono_tz::Asia::Kolkata;
    Place { provider: "exotel".to_owned(), business: BUSINESS.to_owned(), zone, tree: Arc::new(tree) }
}

/// Keys pressed in a call, `minute` minutes after noon by the carrier's clock.
#[must_use]
pub fn press(sid: &str, step: &str, keys: &str, minute: i64) -> Capture {
    Capture {
        sid: sid.to_owned(),
        flow: None,
        step: step.to_owned(),
        raw: keys.to_owned(),
        digits: (!keys.is_empty() && keys.bytes().all(|b| b.is_ascii_digit())).then(|| keys.to_owned()),
        told_at: Some(noon() + Duration::minutes(minute)),
        started_at: Some(noon()),
        from: RawNumber::new("09876543210"),
        phone: Phone::parse("+919876543210", None).ok(),
        to: RawNumber::new("08047491899"),
        called: None,
        circle: None,
    }
}

async fn tell(store: &dyn IvrStore, capture: Capture, now: DateTime<Utc>) -> Kept {
    store.capture(capture, place(), now).await.expect("it is kept")
}

async fn figures(store: &dyn IvrStore) -> BTreeMap<String, i64> {
    let filter = CountFilter { flow: Some("ivr@1".to_owned()), ..CountFilter::default() };
    let rows = store.counts(filter).await.expect("the store answers");
    rows.into_iter().map(|row| (row.count.name, row.n)).collect()
}

/// A press told twice is kept once and counted once; pressed again later it is another one.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn a_press_told_twice_is_kept_once(store: Arc<dyn IvrStore>) {
    assert!(!tell(&*store, press("C1", "language", "1", 1), noon()).await.repeated);
    let before = figures(&*store).await;
    assert!(tell(&*store, press("C1", "language", "1", 1), noon() + Duration::minutes(9)).await.repeated);
    assert_eq!(figures(&*store).await, before);
    let again = tell(&*store, press("C1", "language", "1", 2), noon()).await;
    assert!(!again.repeated);
    assert_eq!(again.call.inputs.len(), 2);
    assert_eq!(figures(&*store).await["input:language:1"], 2);
    assert_eq!(figures(&*store).await["calls"], 1);
}

/// Whatever the order in which presses arrive, path and figures come out the same.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn the_order_of_arrival_does_not_matter(store: Arc<dyn IvrStore>) {
    let presses = [("language", "1", 1), ("language", "2", 4), ("state", "3", 2), ("state", "", 6)];
    for (sid, order) in [("A", [0, 1, 2, 3]), ("B", [3, 2, 1, 0]), ("C", [1, 3, 0, 2])] {
        for at in order {
            let (step, keys, minute) = presses[at];
            tell(&*store, press(sid, step, keys, minute), noon() + Duration::hours(1)).await;
        }
    }
    let page = store.captured(CapturedFilter::default()).await.expect("the store answers");
    let tree = place().tree;
    let paths: Vec<_> = page.items.iter().map(|call| call.path(&tree).to_string()).collect();
    assert_eq!(paths, ["2-3-", "2-3-", "2-3-"]);
    let figures = figures(&*store).await;
    assert_eq!(figures["path:2-3-"], 3);
    assert_eq!(figures["chose:language:2"], 3);
    assert_eq!(figures["silent:state"], 3);
    assert!(!figures.contains_key("chose:language:1"), "what was changed is not counted: {figures:?}");
}

/// The figures follow a call along its way: where it stands, whether it is complete.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn figures_follow_a_call_along_its_way(store: Arc<dyn IvrStore>) {
    tell(&*store, press("C1", "language", "1", 1), noon()).await;
    assert_eq!(figures(&*store).await["left:language"], 1);
    tell(&*store, press("C1", "state", "3", 2), noon()).await;
    let now = figures(&*store).await;
    assert_eq!((now["left:state"], now["path:1-3-"]), (1, 1));
    assert!(!now.contains_key("left:language") && !now.contains_key("path:1--"), "{now:?}");
    tell(&*store, press("C1", "state", "4", 3), noon()).await;
    let now = figures(&*store).await;
    assert_eq!((now["complete"], now["path:1-4-"], now["selections:2"]), (1, 1, 1));
    assert!(!now.contains_key("left:state"), "{now:?}");
    // Noon in UTC on this Friday is half past five in the afternoon where the business is.
    assert_eq!(now["hour:4:17"], 1);
}

/// Presses of one call that come at the same moment are all kept.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn presses_at_the_same_moment_are_all_kept(store: Arc<dyn IvrStore>) {
    let mut tasks = Vec::new();
    for n in 0..24_i64 {
        let store = Arc::clone(&store);
        let step = ["language", "state"][usize::from(n % 2 == 0)];
        let capture = press(&format!("C{}", n % 3), step, "1", n / 2);
        tasks.push(async move { tell(&*store, capture, noon()).await });
    }
    futures_util::future::join_all(tasks).await;
    let page = store.captured(CapturedFilter::default()).await.expect("the store answers");
    let kept: usize = page.items.iter().map(|call| call.inputs.len()).sum();
    assert_eq!((page.items.len(), kept), (3, 24));
    assert_eq!(figures(&*store).await["path:1-1-"], 3);
}

/// What must not be kept is not: only that there was an answer.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn a_secret_answer_is_not_kept(store: Arc<dyn IvrStore>) {
    tell(&*store, press("C1", "service", "4711", 1), noon()).await;
    let call = store.captured_by_name("C1").await.expect("the store answers").remove(0);
    assert_eq!((call.inputs[0].raw.as_str(), call.inputs[0].digits.as_deref()), ("x", Some("x")));
    assert_eq!(figures(&*store).await["path:--x"], 1);
}

/// A forgotten person's number and what they spelt out in keys are gone; their choices stay, they name nobody.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn a_forgotten_callers_number_is_gone(store: Arc<dyn IvrStore>) {
    tell(&*store, press("C1", "language", "1", 1), noon()).await;
    tell(&*store, press("C1", "state", "302012", 2), noon()).await;
    let before = figures(&*store).await;
    let phone = Phone::parse("+919876543210", None).expect("a number");
    store.forget(&phone, noon()).await.expect("the store answers");
    let call = store.captured_by_name("C1").await.expect("the store answers").remove(0);
    assert_eq!((call.from, call.phone), (None, None));
    let raw: Vec<_> = call.inputs.iter().map(|input| input.raw.as_str()).collect();
    assert_eq!(raw, ["1", "x"]);
    assert_eq!(figures(&*store).await, before);
}

/// Pages tell every call once, the newest first; filters keep what they name.
///
/// # Panics
/// See [`a_press_told_twice_is_kept_once`].
pub async fn captured_calls_are_listed_once_and_filtered(store: Arc<dyn IvrStore>) {
    for n in 0..7_i64 {
        let mut capture = press(&format!("C{n}"), "language", if n % 2 == 0 { "1" } else { "12" }, 1);
        capture.started_at = Some(noon() + Duration::days(n / 3));
        tell(&*store, capture, noon()).await;
    }
    let mut told = Vec::new();
    let mut cursor = None;
    loop {
        let page =
            store.captured(CapturedFilter { limit: 2, cursor, ..CapturedFilter::default() }).await.expect("it answers");
        told.extend(page.items.into_iter().map(|call| call.sid));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(told, ["C6", "C5", "C4", "C3", "C2", "C1", "C0"]);
    let day = noon().date_naive() + Duration::days(1);
    let filter = CapturedFilter {
        from: Some(day),
        to: Some(day),
        path: Some("1".to_owned()),
        flow: Some("ivr".to_owned()),
        complete: Some(false),
        ..CapturedFilter::default()
    };
    let page = store.captured(filter).await.expect("it answers");
    let told: Vec<_> = page.items.iter().map(|call| call.sid.as_str()).collect();
    assert_eq!(told, ["C4"]);
    let by_name = CapturedFilter { q: Some("C5".to_owned()), ..CapturedFilter::default() };
    assert_eq!(store.captured(by_name).await.expect("it answers").items.len(), 1);
    let bad = CapturedFilter { cursor: Some("elsewhere".to_owned()), ..CapturedFilter::default() };
    assert_eq!(store.captured(bad).await.expect_err("it is none of ours").trouble, Trouble::Refused);
}
