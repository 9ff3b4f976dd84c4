//! The carrier as a vendor: what it refuses, repeats and remembers.

use crate::common::{Bench, Seen, Setup, TOKEN, names, now, phone};
use frontdesk_core::{
    effect::{Address, Channel},
    event::{EndCause, Event},
    id::EffectId,
    ports::{CallCommand, Happened, Notification, Notifier, Performed, Port, Trouble},
    speech::Language,
};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

const BROWSER: &str = "+15005550199";

fn find(call_id: frontdesk_core::id::CallId) -> CallCommand {
    crate::common::find(call_id, None)
}

fn sms(body: &str) -> Notification {
    let to = Address::Phone(phone(BROWSER));
    Notification::plain(Channel::Sms, to, "sms-confirmed", body.to_owned(), Language::En)
}

#[tokio::test]
async fn the_same_reference_twice_is_refused_and_counted() {
    let bench = Bench::start().await;
    bench.place("+15005550101").await.1.unwrap();
    let error = bench.place("+15005550101").await.1.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Broken));
    let stats = bench.stats().await;
    assert_eq!((&stats["calls_placed"], &stats["duplicate_placements"]), (&1.into(), &1.into()));
    assert_eq!(stats["references"].as_object().unwrap().values().next().unwrap(), 2);
}

#[tokio::test]
async fn a_message_is_found_by_its_effect_and_sent_once() {
    let bench = Bench::start().await;
    let (effect, other) = (EffectId::derive(now(), &["a"]), EffectId::derive(now(), &["b"]));
    let id = bench.adapter.notify(&sms("See you tomorrow."), &effect).await.unwrap();
    assert_eq!(bench.adapter.find(&effect).await.unwrap(), Some(id));
    assert_eq!(bench.adapter.find(&other).await.unwrap(), None);
    assert_eq!(bench.adapter.notify(&sms("See you tomorrow."), &effect).await.unwrap_err().happened, Happened::Maybe);
    assert_eq!(bench.carrier.messages(Some(BROWSER)).len(), 1);
    assert_eq!(bench.stats().await["duplicate_messages"], 1);
}

#[tokio::test]
async fn a_failed_callback_is_repeated_under_the_same_identity() {
    let bench = Bench::start().await;
    // The ringing is told once whatever happens; "answered" fails twice.
    bench.fail(3);
    bench.place("+15005550101").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "answered", "answered", "digits", "ended"]);
    assert_eq!(seen[1].raw["id"], seen[3].raw["id"]);
    assert_eq!(seen[1].received.once, seen[3].received.once);
}

#[tokio::test]
async fn a_gateway_that_stays_away_makes_the_call_fail() {
    let bench = Bench::start().await;
    bench.fail(5);
    bench.place("+15005550101").await.1.unwrap();
    let seen = bench.ended().await;
    assert_eq!(seen.last().unwrap().received.event, Event::Ended { cause: EndCause::Failed, seconds: Some(0) });
    let heard = &bench.carrier.calls(false)[0].heard;
    assert!(heard[0].contains("trouble"), "{heard:?}");
}

#[tokio::test]
async fn the_end_that_could_not_be_reported_can_be_looked_up() {
    let bench = Bench::start().await;
    bench.fail(u32::MAX);
    let (call_id, placed) = bench.place("+15005550107").await;
    placed.unwrap();
    bench.call(|call| call.state == "ended").await;
    let found = bench.perform(&find(call_id)).await.unwrap();
    assert!(matches!(found, Performed::Found { ended: Some((EndCause::Busy, None)), .. }));
}

#[tokio::test]
async fn whoever_asks_for_patience_is_told_the_same_again() {
    let bench = Bench::start().await;
    bench.hold(2);
    bench.place("+15005550101").await.1.unwrap();
    let seen = bench.ended().await;
    let holds: Vec<_> = seen.iter().map(|one| (one.received.event.name(), one.received.hold)).collect();
    let want = [("ringing", 0), ("answered", 0), ("answered", 1), ("answered", 2), ("digits", 0), ("ended", 0)];
    assert_eq!(holds, want);
    assert_eq!(seen[1].received.once, seen[3].received.once);
}

#[tokio::test]
async fn a_live_call_ends_on_request_and_ending_it_again_is_fine() {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place(BROWSER).await;
    placed.unwrap();
    let call = bench.call(|call| call.state == "ringing").await;
    let hang_up = CallCommand::Hangup { call_id, provider_call_id: call.id };
    assert_eq!(bench.perform(&hang_up).await.unwrap(), Performed::Done);
    let seen = bench.ended().await;
    assert_eq!(seen.last().unwrap().received.event, Event::Ended { cause: EndCause::NoAnswer, seconds: None });
    assert_eq!(bench.perform(&hang_up).await.unwrap(), Performed::Done);
}

#[tokio::test]
async fn accepted_calls_and_messages_survive_the_death_of_the_carrier() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Some(folder.path().join("journal"));
    let first = Bench::with(Setup { journal: journal.clone(), ..Setup::default() }).await;
    let (ended, placed) = first.place("+15005550101").await;
    placed.unwrap();
    first.ended().await;
    let (live, placed) = first.place(BROWSER).await;
    placed.unwrap();
    let effect = EffectId::derive(now(), &["a"]);
    let message = first.adapter.notify(&sms("See you."), &effect).await.unwrap();
    first.call(|call| call.to.reveal() == BROWSER && call.state == "ringing").await;
    // Nothing is said to the first carrier: as far as its journal goes, it is killed here.
    let second = Bench::with(Setup { journal, ..Setup::default() }).await;
    // The callbacks of a call go where they were asked for when it was placed: to the first gateway.
    let of_live = |one: &Seen| one.raw["reference"] == live.to_string();
    let over = |one: &Seen| matches!(one.received.event, Event::Ended { .. });
    let seen = first.until(|seen| seen.iter().any(|one| of_live(one) && over(one))).await;
    let told = &seen.iter().find(|one| of_live(one) && over(one)).unwrap().received.event;
    assert_eq!(*told, Event::Ended { cause: EndCause::Failed, seconds: None });
    let found = second.perform(&find(ended)).await.unwrap();
    assert!(matches!(found, Performed::Found { ended: Some((EndCause::Completed, Some(0))), .. }));
    assert_eq!(second.adapter.find(&effect).await.unwrap(), Some(message));
    assert!(second.place(BROWSER).await.1.is_err(), "the reference is still known");
}

#[tokio::test]
async fn a_person_who_is_forgotten_is_in_no_list_and_no_journal_and_stays_dialled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Some(path.clone());
    let first = Bench::with(Setup { journal: journal.clone(), ..Setup::default() }).await;
    let (ended, placed) = first.place("+15005550101").await;
    placed.unwrap();
    first.ended().await;
    first.place(BROWSER).await.1.unwrap();
    first.carrier.write(phone("+15005550101"), None, "plovers nest at dawn".to_owned()).unwrap();
    first.carrier.forget(phone("+15005550101"), Vec::new()).await.unwrap();
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(!kept.contains("5005550101") && !kept.contains("plovers") && kept.contains(&BROWSER[1..]), "{kept}");
    assert!(first.carrier.calls(false).iter().all(|call| call.to.reveal() == BROWSER));
    assert!(first.carrier.messages(None).is_empty());
    // What comes later is written behind what was left.
    first.carrier.write(phone(BROWSER), None, "Hello?".to_owned()).unwrap();
    let second = Bench::with(Setup { journal, ..Setup::default() }).await;
    for bench in [&first, &second] {
        let found = bench.perform(&find(ended)).await.unwrap();
        assert!(matches!(found, Performed::Found { ended: Some((EndCause::Completed, _)), .. }));
        assert!(bench.place("+15005550101").await.1.is_err(), "the reference is still known");
        assert_eq!(bench.carrier.messages(None).len(), 1);
        assert_eq!(bench.carrier.calls(false).len(), 1);
    }
}

#[tokio::test]
async fn half_a_line_at_the_end_of_the_journal_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Some(path.clone());
    let first = Bench::with(Setup { journal: journal.clone(), ..Setup::default() }).await;
    let (call_id, placed) = first.place("+15005550101").await;
    placed.unwrap();
    first.ended().await;
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"entry\":\"call\",\"at\":\"20");
    std::fs::write(&path, torn).unwrap();
    let second = Bench::with(Setup { journal: journal.clone(), ..Setup::default() }).await;
    assert!(matches!(second.perform(&find(call_id)).await.unwrap(), Performed::Found { .. }));
    second.place("+15005550107").await.1.unwrap();
    second.ended().await;
    let third = Bench::with(Setup { journal, ..Setup::default() }).await;
    assert_eq!(third.stats().await["calls_placed"], 2);
}

#[tokio::test]
async fn a_full_carrier_asks_to_come_back_later() {
    let bench = Bench::with(Setup { max_live_calls: Some(1), ..Setup::default() }).await;
    bench.place(BROWSER).await.1.unwrap();
    let error = bench.place("+15005550198").await.1.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(Some(1))));
}

#[tokio::test]
async fn the_api_is_closed_without_the_account_token() {
    let bench = Bench::start().await;
    let url = bench.url.join("/sandbox/carrier/v1/stats").unwrap();
    assert_eq!(bench.http.get(url.clone()).send().await.unwrap().status(), 401);
    assert_eq!(bench.http.get(url).bearer_auth("wrong").send().await.unwrap().status(), 401);
    bench.adapter.check().await.unwrap();
}

#[tokio::test]
async fn a_refused_connection_surely_placed_nothing() {
    // The port was free a moment ago and nobody listens on it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let adapter = crate::common::adapter(&url, &url, &crate::common::http());
    let (_, command) = crate::common::place("nobody", "+15005550101");
    let effect = EffectId::derive(now(), &["effect"]);
    let error = frontdesk_core::ports::CallProvider::perform(&adapter, &command, &effect).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
    assert_eq!(adapter.name(), "sandbox");
}

#[tokio::test]
async fn a_fault_in_a_request_is_told_without_repeating_it() {
    let bench = Bench::start().await;
    let url = bench.url.join("/sandbox/carrier/v1/calls").unwrap();
    let body = json!({"reference": "r", "to": "Ana Lim 12", "from": "+15005550000"});
    let response = bench.http.post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(!response.text().await.unwrap().contains("Ana"));
}
