//! The load under which the gateway dies.

use crate::house::House;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// How many clients there are.
pub(crate) const CLIENTS: usize = 4;

/// Clients that book all the time, each request again and again until it is answered.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    clients: Vec<tokio::task::JoinHandle<Vec<(String, String)>>>,
}

impl Load {
    pub(crate) fn begin(house: &House) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let answers = Arc::new(AtomicU64::new(0));
        let clients = (0..CLIENTS)
            .map(|client| {
                let (stop, answers, desk) = (Arc::clone(&stop), Arc::clone(&answers), house.desk());
                let carrier = house.carrier().clone();
                tokio::spawn(async move {
                    let mut booked = Vec::new();
                    let mut n = 0_usize;
                    while !stop.load(Ordering::Relaxed) {
                        let key = format!("crash-{client}-{n}");
                        let callee = carrier.callee(client, n);
                        n += 1;
                        // The same key until somebody answers: the client cannot know what became of the last try.
                        if let Some(id) = desk.book(&key, &callee, &stop).await {
                            booked.push((key, id));
                            answers.fetch_add(1, Ordering::Relaxed);
                        }
                        carrier.breathe(answers.load(Ordering::Relaxed), &stop).await;
                    }
                    booked
                })
            })
            .collect();
        Self { stop, answers, clients }
    }

    /// How many requests were answered so far.
    pub(crate) fn answers(&self) -> &AtomicU64 {
        &self.answers
    }

    pub(crate) async fn end(self) -> BTreeMap<String, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = BTreeMap::new();
        for client in self.clients {
            all.extend(client.await.unwrap());
        }
        all
    }
}
