//! What is counted of each hook. Looked up once a webhook, so that counting it afterwards looks up nothing.

use crate::{limits::Pace, site::Alias};
use governor::Quota;
use metrics::{Counter, Histogram};
use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// Hook names a provider may add to the metrics; more count as `other`.
const MAX_LABELS: usize = 32;
const OTHER: &str = "other";

/// The figures of one hook, or of all whose names nobody vouches for: a stranger could fill the metrics with those.
pub(super) struct Meter {
    pub(super) provider: String,
    pub(super) hook: String,
    pace: Pace,
    seconds: Histogram,
    /// Nearly every answer.
    good: Counter,
}

impl Meter {
    fn new(provider: &str, hook: &str, per_second: NonZeroU32) -> Self {
        let (provider, hook) = (provider.to_owned(), hook.to_owned());
        let seconds =
            metrics::histogram!("frontdesk_webhook_seconds", "provider" => provider.clone(), "hook" => hook.clone());
        let good = counter(&provider, &hook, 200);
        Self { pace: Pace::new(Quota::per_second(per_second)), seconds, good, provider, hook }
    }

    /// Counts one request against the pace of its route; in vain, it says how many seconds to wait.
    pub(super) fn admit(&self) -> Result<(), u64> {
        self.pace.check()
    }

    /// Counts an answer.
    pub(super) fn answered(&self, status: u16, took: Duration) {
        if status == 200 {
            self.good.increment(1);
        } else {
            counter(&self.provider, &self.hook, status).increment(1);
        }
        self.seconds.record(took.as_secs_f64());
    }
}

fn counter(provider: &str, hook: &str, status: u16) -> Counter {
    metrics::counter!(
        "frontdesk_webhooks_total",
        "provider" => provider.to_owned(), "hook" => hook.to_owned(), "status" => status.to_string()
    )
}

/// The meters there are.
pub(crate) struct Meters {
    per_second: NonZeroU32,
    providers: RwLock<HashMap<String, HashMap<String, Arc<Meter>>>>,
    /// What nobody vouches for at all.
    unknown: Arc<Meter>,
}

impl Meters {
    /// Knows the hooks of these aliases; others become known by an authentic request.
    pub(crate) fn new(aliases: &[Alias], per_second: NonZeroU32) -> Self {
        let unknown = Arc::new(Meter::new("unknown", OTHER, per_second));
        let meters = Self { per_second, providers: RwLock::default(), unknown };
        let known: HashSet<_> = aliases.iter().map(|it| (it.provider.as_str(), name(&it.hook))).collect();
        for (provider, name) in known {
            meters.add(provider, name);
        }
        meters
    }

    /// For providers that are not there.
    pub(super) fn unknown(&self) -> Arc<Meter> {
        Arc::clone(&self.unknown)
    }

    /// The meter of a hook of a provider that is there.
    pub(super) fn of(&self, provider: &str, hook: &str) -> Arc<Meter> {
        let find = |name: &str| {
            let providers = self.providers.read().unwrap_or_else(PoisonError::into_inner);
            providers.get(provider).and_then(|known| known.get(name)).map(Arc::clone)
        };
        find(name(hook)).or_else(|| find(OTHER)).unwrap_or_else(|| self.add(provider, OTHER))
    }

    /// The meter of a hook that an authentic request named.
    pub(super) fn vouch(&self, meter: Arc<Meter>, hook: &str) -> Arc<Meter> {
        let name = name(hook);
        if meter.hook == name {
            return meter;
        }
        let plain = !name.is_empty()
            && name.len() <= 32
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if plain { self.add(&meter.provider, name) } else { meter }
    }

    fn add(&self, provider: &str, name: &str) -> Arc<Meter> {
        let mut providers = self.providers.write().unwrap_or_else(PoisonError::into_inner);
        let known = providers.entry(provider.to_owned()).or_default();
        let name = if known.contains_key(name) || known.len() < MAX_LABELS { name } else { OTHER };
        let make = || Arc::new(Meter::new(provider, name, self.per_second));
        Arc::clone(known.entry(name.to_owned()).or_insert_with(make))
    }
}

/// The part of a hook that names what it is for.
fn name(hook: &str) -> &str {
    hook.split('/').next().unwrap_or_default()
}
