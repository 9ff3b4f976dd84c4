use super::{advance, look, noon};
use crate::phone;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    effect::Channel,
    personal::Phone,
    ports::{Contact, Decision, Happened, IvrStore, KeptOptOut, OptOut, OptOutFilter, OptOutWay, Subject, Trouble},
};
use std::{collections::BTreeMap, sync::Arc};

const ANA: &str = "+15005550121";
const BEN: &str = "+15005550122";

fn contact(phone: &Phone, opted_out: &[Channel], at: DateTime<Utc>) -> Contact {
    Contact {
        phone: phone.clone(),
        language: None,
        time_zone: None,
        consent: None,
        opted_out: opted_out.to_vec(),
        heard: BTreeMap::from([(Channel::Sms, at)]),
        updated_at: at,
    }
}

/// Somebody changes what they want, at this time.
async fn change(store: &dyn IvrStore, number: &str, once: &str, from: &[Channel], to: &[Channel], at: DateTime<Utc>) {
    let phone = phone(number);
    let opt_outs = OptOut::between(&phone, from, to, OptOutWay::Keyword, Some(once));
    let decision = Decision { contact: Some(contact(&phone, to, at)), opt_outs, ..Decision::default() };
    let subject = Subject::Person { phone, business: None };
    let decide = Box::new(move |_| decision);
    store.advance(subject, Some(once.to_owned()), at, decide).await.expect("the store answers");
}

async fn lines(store: &dyn IvrStore, filter: OptOutFilter) -> Vec<KeptOptOut> {
    store.opt_outs(filter).await.expect("the store answers").items
}

/// What somebody no longer wants, or wants again, is a line each, written with the contact it changes.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn every_change_of_an_opt_out_is_a_line(store: Arc<dyn IvrStore>) {
    use Channel::{Sms, Voice};
    let later = noon() + Duration::hours(1);
    change(&*store, ANA, "stop", &[], &[Voice, Sms], noon()).await;
    change(&*store, BEN, "stop too", &[], &[Sms], noon()).await;
    change(&*store, ANA, "start", &[Voice, Sms], &[], later).await;
    let of_ana = lines(&*store, OptOutFilter { phone: Some(phone(ANA)), ..OptOutFilter::default() }).await;
    let told: Vec<_> = of_ana.iter().map(|it| (it.at, it.channels.clone(), it.out, it.evidence.as_deref())).collect();
    assert_eq!(told, [(later, vec![Voice, Sms], false, Some("start")), (noon(), vec![Voice, Sms], true, Some("stop"))]);
    assert!(of_ana.iter().all(|it| it.phone == Some(phone(ANA)) && it.way == OptOutWay::Keyword));
    let known = store.contact(&phone(ANA)).await.expect("the store answers").expect("they are known");
    assert_eq!((known.opted_out, known.heard.get(&Sms)), (vec![], Some(&later)));
    let early = OptOutFilter { from: Some(noon()), to: Some(later), ..OptOutFilter::default() };
    assert_eq!(lines(&*store, early).await.len(), 2);
}

/// A delivery that was seen before adds no line, and a decision that panics neither.
///
/// # Panics
/// See [`every_change_of_an_opt_out_is_a_line`].
pub async fn what_decides_nothing_adds_no_line(store: Arc<dyn IvrStore>) {
    for _ in 0..3 {
        change(&*store, ANA, "stop", &[], &[Channel::Sms], noon()).await;
    }
    let subject = Subject::Person { phone: phone(ANA), business: None };
    let panics = advance(&*store, subject, None, |_| panic!("a decision panics, as a law asks")).await;
    assert_eq!(panics.expect_err("the decision panicked").happened, Happened::No);
    assert_eq!(lines(&*store, OptOutFilter::default()).await.len(), 1);
}

/// Pages of the ledger hold every line once, the newest first; a cursor of somebody else's is refused.
///
/// # Panics
/// See [`every_change_of_an_opt_out_is_a_line`].
pub async fn pages_of_opt_outs_hold_every_line_once(store: Arc<dyn IvrStore>) {
    let mut closed: Vec<Channel> = Vec::new();
    for n in 0_u32..7 {
        let to = if n.is_multiple_of(2) { vec![Channel::Sms] } else { Vec::new() };
        change(&*store, ANA, &format!("word {n}"), &closed, &to, noon() + Duration::minutes(i64::from(n))).await;
        closed = to;
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let filter = OptOutFilter { cursor, limit: 3, ..OptOutFilter::default() };
        let page = store.opt_outs(filter).await.expect("the store answers");
        assert!(page.items.len() <= 3);
        seen.extend(page.items.into_iter().filter_map(|line| line.evidence));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..7).rev().map(|n| format!("word {n}")).collect::<Vec<_>>());
    let strange = OptOutFilter { cursor: Some("not a cursor".to_owned()), ..OptOutFilter::default() };
    assert_eq!(store.opt_outs(strange).await.expect_err("it is refused").trouble, Trouble::Refused);
}

/// Whoever is forgotten leaves their lines behind, without number and evidence; what they refused stays refused, and is
/// found by whoever gives the number.
///
/// # Panics
/// See [`every_change_of_an_opt_out_is_a_line`].
pub async fn a_forgotten_persons_refusal_still_holds(store: Arc<dyn IvrStore>) {
    change(&*store, ANA, "stop", &[], &[Channel::Sms], noon()).await;
    change(&*store, BEN, "stop too", &[], &[Channel::Sms], noon()).await;
    store.forget(&phone(ANA), noon() + Duration::hours(1)).await.expect("the store answers");
    let all = lines(&*store, OptOutFilter::default()).await;
    let told: Vec<_> = all.iter().map(|it| (it.phone.clone(), it.evidence.as_deref(), it.out)).collect();
    assert_eq!(told, [(Some(phone(BEN)), Some("stop too"), true), (None, None, true)]);
    let theirs = lines(&*store, OptOutFilter { phone: Some(phone(ANA)), ..OptOutFilter::default() }).await;
    assert_eq!(theirs, all[1..]);
    let known = look(&*store, Subject::Person { phone: phone(ANA), business: None }).await.ledger.contact;
    let known = known.expect("it is known that they refuse");
    assert_eq!((known.consent, known.opted_out), (Some(false), Channel::REACHING.to_vec()));
    assert!(known.heard.is_empty());
}
