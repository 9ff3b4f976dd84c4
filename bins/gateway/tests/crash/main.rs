//! The real binary, killed at random under load: nothing that was answered is lost, nobody is rung or texted twice.
//!
//! The pretended carrier lives in another process than the gateway and survives, as a real one would: the sandbox in one
//! of its own, the pretended vendors in the test's. How often the gateway is killed is `FRONTDESK_TEST_KILLS` (on each
//! database, and with each vendor); which gateway, where it is not the one built along with this test, is
//! `FRONTDESK_TEST_BINARY`. `just crash` asks for 50 of the release build.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod blow;
mod bookings;
mod carrier;
mod database;
mod desk;
mod house;
mod judge;
mod load;

use blow::Dice;
use carrier::Carrier;
use database::Database;
use house::{House, kills};
use judge::Kills;
use load::Load;
use std::{collections::BTreeMap, time::Duration};

/// What an appointment can end as.
const FINAL: [&str; 5] = ["confirmed", "cancelled", "reschedule_requested", "unreached", "completed"];

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_on_sqlite_nothing_is_lost_or_doubled() {
    survive(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_on_postgres_nothing_is_lost_or_doubled() {
    if let Some(database) = Database::postgres().await {
        survive(database).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_a_call_and_its_answer_nobody_is_rung_twice_by_twilio() {
    survive_with(Carrier::twilio().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_a_call_and_its_answer_nobody_is_rung_twice_by_eightxeight() {
    survive_with(Carrier::eightxeight().await).await;
}

async fn survive(database: Database) {
    let kind = database.kind();
    let mut house = House::build(database, Carrier::Sandbox);
    house.open().await;
    let load = Load::begin(&house);
    let (kills, mut dice) = (kills(), Dice::new());
    for _ in 0..kills {
        blow::at_random(&mut house, &load, &mut dice).await;
    }
    let answered = load.end().await;
    house.settle(answered.len(), &FINAL).await;
    judge(&house, kind, kills, &answered).await;
    house.close().await;
}

/// The same with a vendor, which every other time is caught between taking a call and answering.
async fn survive_with(carrier: Carrier) {
    let mut house = House::build(Database::sqlite(), carrier.clone());
    house.open().await;
    let load = Load::begin(&house);
    let ledger = carrier.ledger().unwrap();
    let (mut dice, mut windows) = (Dice::new(), BTreeMap::new());
    let mut count = Kills { at_random: 0, in_the_window: 0 };
    for n in 0..usize::try_from(kills()).unwrap() {
        blow::disturb(ledger, n);
        if n % 2 == 0 {
            blow::at_random(&mut house, &load, &mut dice).await;
            count.at_random += 1;
        } else {
            windows.extend([blow::in_the_window(&mut house, n / 2).await]);
            count.in_the_window += 1;
        }
    }
    let mut answered = load.end().await;
    answered.extend(windows);
    house.settle(answered.len(), &FINAL).await;
    tokio::time::timeout(Duration::from_secs(30), ledger.settled()).await.expect("a call at the carrier never ends");
    judge::judge(&house, &count, &answered).await;
    house.close().await;
}

/// Holds what the gateway says against what the clients were answered and the carrier has seen.
async fn judge(house: &House, kind: &str, kills: u64, answered: &BTreeMap<String, String>) {
    let appointments = house.appointments().await;
    let lost: Vec<_> = answered.values().filter(|id| !appointments.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{} of {} answered appointments are lost: {lost:?}", lost.len(), answered.len());
    let open: Vec<_> = appointments.iter().filter(|(_, status)| !FINAL.contains(&status.as_str())).collect();
    assert!(open.is_empty(), "{} appointments never came to an end: {open:?}", open.len());
    let stats = house.sandbox_stats().await;
    assert_eq!(stats["duplicate_placements"], 0, "a call was placed twice: {stats}");
    assert_eq!(stats["duplicate_messages"], 0, "a message was sent twice: {stats}");
    // Nothing leaves that is not first a row: whatever the carrier has seen, the book knows.
    let (calls, effects) = (house.calls().await, house.effects().await);
    for (member, book) in [("references", &calls), ("message_references", &effects)] {
        let seen = stats[member].as_object().expect("the carrier counts by reference");
        let unknown: Vec<_> = seen.keys().filter(|reference| !book.contains_key(*reference)).collect();
        assert!(unknown.is_empty(), "the carrier was asked for what no row explains: {unknown:?}");
    }
    let live: Vec<_> = calls.iter().filter(|(_, state)| *state != "ended").collect();
    assert!(live.is_empty(), "calls never came to an end: {live:?}");
    let uncertain = effects.values().filter(|state| *state == "uncertain").count();
    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    for status in appointments.values() {
        *by_status.entry(status).or_default() += 1;
    }
    println!(
        "{kind}: killed {kills} times; {} appointments answered, {} in the book, none lost; {} calls placed, {} messages \
         sent, none twice; ended as {by_status:?}; the fate of {uncertain} effects is still unknown",
        answered.len(),
        appointments.len(),
        stats["calls_placed"],
        stats["messages_sent"],
    );
}
