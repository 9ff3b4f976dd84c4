use super::*;
use serde_json::json;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_765_368_000 + seconds, 0).unwrap()
}

fn part(dn: &str, id: u64, callid: u64, status: &str) -> Participant {
    let shown = json!({
        "id": id, "status": status, "dn": dn, "party_caller_id": "0612345678", "party_did": "", "callid": callid,
        "party_dn": "10007", "party_dn_type": "Wexternalline",
    });
    serde_json::from_value(shown).unwrap()
}

fn inner(dn: &str, id: u64, callid: u64, status: &str) -> Participant {
    Participant { party_dn_type: "Wextension".to_owned(), ..part(dn, id, callid, status) }
}

/// A tracker that has looked once, at nothing.
fn fresh() -> (Tracker, Names) {
    let (mut tracker, names) = (Tracker::new(), Names::new("pbx"));
    assert_eq!(tracker.all(&names, Vec::new(), at(0)), []);
    (tracker, names)
}

fn kinds(news: impl IntoIterator<Item = News>) -> Vec<Kind> {
    news.into_iter().map(|news| news.kind).collect()
}

#[test]
fn a_call_comes_changes_and_ends() {
    let (mut tracker, names) = fresh();
    let news = tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(1));
    let [incoming] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((incoming.kind, incoming.call.as_str()), (Kind::Incoming, "pbx:7:1765368001"));
    assert_eq!((incoming.caller.as_str(), incoming.called.as_str()), ("0612345678", "150"));
    assert!(!incoming.outgoing);
    assert_eq!(tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(2)), [], "shown again, nothing new");
    assert_eq!(kinds(tracker.upsert(&names, &part("150", 1, 7, "Connected"), at(4))), [Kind::Changed]);
    let end = tracker.remove(&names, "150", 1, at(64)).unwrap();
    assert_eq!((end.kind, end.seconds, end.call), (Kind::Ended, Some(60), incoming.call.clone()));
    assert_eq!(tracker.remove(&names, "150", 1, at(65)), None);
    assert_eq!(tracker.len(), 0);
}

#[test]
fn a_caller_at_the_route_point_is_connected_from_the_first_moment() {
    let (mut tracker, names) = fresh();
    assert_eq!(kinds(tracker.upsert(&names, &part("ivrapp", 1, 7, "Connected"), at(1))), [Kind::Incoming]);
}

#[test]
fn a_call_is_over_with_its_last_part() {
    let (mut tracker, names) = fresh();
    tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(1));
    assert_eq!(kinds(tracker.upsert(&names, &inner("151", 1, 7, "Ringing"), at(2))), [Kind::Changed]);
    assert_eq!(kinds(tracker.remove(&names, "150", 1, at(3))), [Kind::Changed]);
    let end = tracker.remove(&names, "151", 1, at(4)).unwrap();
    assert_eq!((end.kind, end.seconds), (Kind::Ended, Some(0)), "nobody picked up");
}

#[test]
fn calls_within_the_house_are_nobodys_business() {
    let (mut tracker, names) = fresh();
    assert_eq!(tracker.upsert(&names, &inner("150", 1, 7, "Ringing"), at(1)), []);
    assert_eq!(tracker.upsert(&names, &inner("150", 1, 7, "Connected"), at(2)), []);
    assert_eq!(tracker.remove(&names, "150", 1, at(3)), None);
}

#[test]
fn a_call_that_goes_out_is_told_of_only_where_we_placed_it() {
    let (mut tracker, names) = fresh();
    assert_eq!(tracker.upsert(&names, &part("150", 1, 7, "Dialing"), at(1)), []);
    assert_eq!(tracker.upsert(&names, &part("150", 1, 7, "Connected"), at(2)), []);
    assert_eq!(tracker.remove(&names, "150", 1, at(3)), None, "somebody in the house dialled");

    assert_eq!(tracker.upsert(&names, &part("150", 2, 8, "Dialing"), at(4)), []);
    // The answer to our request comes after the first news of it, and takes the name that it has.
    let name = names.placed(8, at(3), at(5));
    let news = tracker.upsert(&names, &part("150", 2, 8, "Connected"), at(6));
    assert_eq!((news[0].kind, news[0].outgoing, &news[0].call), (Kind::Changed, true, &name));
    let end = tracker.remove(&names, "150", 2, at(16)).unwrap();
    assert_eq!((end.kind, end.seconds, end.outgoing), (Kind::Ended, Some(10), true));
}

#[test]
fn a_call_that_we_placed_and_nobody_took_ends_as_well() {
    let (mut tracker, names) = fresh();
    tracker.upsert(&names, &part("150", 2, 8, "Dialing"), at(4));
    names.placed(8, at(3), at(5));
    assert_eq!(
        tracker.remove(&names, "150", 2, at(30)).map(|end| (end.kind, end.seconds)),
        Some((Kind::Ended, Some(0)))
    );
}

#[test]
fn a_look_after_a_gap_invents_nothing_and_closes_what_is_gone() {
    let (mut tracker, names) = fresh();
    tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(1));
    tracker.upsert(&names, &part("151", 2, 8, "Connected"), at(2));
    let same = vec![part("150", 1, 7, "Ringing"), part("151", 2, 8, "Connected")];
    assert_eq!(tracker.all(&names, same, at(3)), []);
    // 7 was picked up, 8 is gone, 9 came, while nobody looked.
    let news = tracker.all(&names, vec![part("150", 1, 7, "Connected"), part("150", 3, 9, "Ringing")], at(60));
    let told: Vec<_> = news.iter().map(|news| (news.kind, news.callid)).collect();
    assert_eq!(told, [(Kind::Ended, 8), (Kind::Changed, 7), (Kind::Incoming, 9)]);
    assert_eq!(tracker.all(&names, vec![part("150", 1, 7, "Connected"), part("150", 3, 9, "Ringing")], at(61)), []);
}

#[test]
fn what_was_there_before_us_is_not_told_of() {
    let (mut tracker, names) = (Tracker::new(), Names::new("pbx"));
    assert_eq!(tracker.all(&names, vec![part("150", 1, 7, "Connected")], at(0)), []);
    assert_eq!(tracker.upsert(&names, &part("150", 1, 7, "Held"), at(1)), []);
    assert_eq!(tracker.remove(&names, "150", 1, at(2)), None);
    assert_eq!(kinds(tracker.upsert(&names, &part("150", 2, 8, "Ringing"), at(3))), [Kind::Incoming]);
}

#[test]
fn a_number_that_comes_again_is_another_call() {
    let (mut tracker, names) = fresh();
    let first = tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(1)).remove(0).call;
    tracker.remove(&names, "150", 1, at(2));
    let second = tracker.upsert(&names, &part("150", 1, 7, "Ringing"), at(3)).remove(0).call;
    assert_ne!(first, second);
}

#[test]
fn a_part_that_goes_over_to_another_call_ends_the_one_before() {
    let (mut tracker, names) = fresh();
    tracker.upsert(&names, &part("150", 1, 7, "Connected"), at(1));
    let news = tracker.upsert(&names, &part("150", 1, 8, "Connected"), at(9));
    let told: Vec<_> = news.iter().map(|news| (news.kind, news.callid)).collect();
    assert_eq!(told, [(Kind::Ended, 7), (Kind::Incoming, 8)]);
}

#[test]
fn no_two_news_of_a_call_have_the_same_time() {
    let (mut tracker, names) = fresh();
    let mut times = Vec::new();
    for status in ["Ringing", "Connected", "Held", "Connected", "Held"] {
        times.extend(tracker.upsert(&names, &part("150", 1, 7, status), at(1)).into_iter().map(|news| news.at));
    }
    let mut unique = times.clone();
    unique.dedup();
    assert_eq!((times.len(), unique.len()), (5, 5), "{times:?}");
}

#[test]
fn the_number_that_was_rung_is_the_trunks_where_it_says_so() {
    let (mut tracker, names) = fresh();
    let rung = Participant { party_did: "0201234567".to_owned(), ..part("150", 1, 7, "Ringing") };
    assert_eq!(tracker.upsert(&names, &rung, at(1)).remove(0).called, "0201234567");
}
