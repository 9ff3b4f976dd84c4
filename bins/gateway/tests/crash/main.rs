//! The real binary, killed at random under load: nothing that was answered is lost, nobody is rung or texted twice.
//!
//! The pretended carrier lives in a process of its own and survives, as a real one would. How often the gateway is
//! killed is `FRONTDESK_TEST_KILLS` (on each database); `just crash` asks for 50 in the release build.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod house;

use house::{Database, House, kills};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Who is called: those who answer in every way the sandbox knows.
const CALLEES: [&str; 10] = [
    "+15005550101",
    "+15005550100",
    "+15005550102",
    "+15005550105",
    "+15005550107",
    "+15005550108",
    "+15005550110",
    "+15005550112",
    "+15005550113",
    "+15005550114",
];

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

async fn survive(database: Database) {
    let kind = database.kind();
    let mut house = House::build(database).await;
    house.open().await;
    let load = Load::begin(&house);
    let kills = kills();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    for _ in 0..kills {
        // Between none and forty more answers: sometimes it dies before it has done anything.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let target = load.answered() + seed % 40;
        while load.answered() < target {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        house.kill();
        house.open().await;
    }
    let answered = load.end().await;
    house.settle(answered.len(), &FINAL).await;
    judge(&house, kind, kills, &answered).await;
    house.close().await;
}

/// Holds what the gateway says against what the clients were answered and the carrier has seen.
async fn judge(house: &House, kind: &str, kills: u64, answered: &BTreeMap<String, String>) {
    let appointments = house.appointments().await;
    let lost: Vec<_> = answered.values().filter(|id| !appointments.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{} of {} answered appointments are lost: {lost:?}", lost.len(), answered.len());
    let open: Vec<_> = appointments.iter().filter(|(_, status)| !FINAL.contains(&status.as_str())).collect();
    assert!(open.is_empty(), "{} appointments never came to an end: {open:?}", open.len());
    let stats = house.carrier_stats().await;
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

/// Clients that book without pause, each request again and again until it is answered.
struct Load {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    clients: Vec<tokio::task::JoinHandle<Vec<(String, String)>>>,
}

impl Load {
    fn begin(house: &House) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let answers = Arc::new(AtomicU64::new(0));
        let clients = (0..4)
            .map(|client| {
                let (stop, answers, desk) = (Arc::clone(&stop), Arc::clone(&answers), house.desk());
                tokio::spawn(async move {
                    let mut booked = Vec::new();
                    let mut n = 0_usize;
                    while !stop.load(Ordering::Relaxed) {
                        let key = format!("crash-{client}-{n}");
                        let callee = CALLEES[(n + client) % CALLEES.len()];
                        n += 1;
                        // The same key until somebody answers: the client cannot know what became of the last try.
                        if let Some(id) = desk.book(&key, callee, &stop).await {
                            booked.push((key, id));
                            answers.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    booked
                })
            })
            .collect();
        Self { stop, answers, clients }
    }

    fn answered(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    async fn end(self) -> BTreeMap<String, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = BTreeMap::new();
        for client in self.clients {
            all.extend(client.await.unwrap());
        }
        all
    }
}
