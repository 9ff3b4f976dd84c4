//! Looks at the alert rules.

use super::Engine;
use crate::{
    alert::{AlertRule, Condition, Looked, Watch, counters, look, reading},
    breaker::BreakerState,
    ports::{AlertStore, CountFilter, PortResult},
};
use std::collections::BTreeMap;

impl Engine {
    /// Looks at every alert rule, and has told what changed. To be called every so often, in every gateway: each knows how
    /// its own carriers are, and the store sees to it that a change is told once.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away; the next look makes up for it.
    pub async fn look_at_alerts(&self, kept: &dyn AlertStore) -> PortResult<Vec<Looked>> {
        let rules = &self.rules;
        if rules.alerts.is_empty() {
            return Ok(Vec::new());
        }
        // Before the counters are read: of two gateways the one that read later is believed.
        let now = self.world.now();
        let names = counters(rules);
        let rows = match names.is_empty() {
            true => Vec::new(),
            false => self.store.counts(CountFilter { names, ..CountFilter::default() }).await?,
        };
        let asks = rules.alerts.iter().any(|rule| matches!(rule.when, Condition::Uncertain { .. }));
        let uncertain = if asks { kept.uncertain().await? } else { 0 };
        let failing = self.carriers().into_iter().filter(|carrier| carrier.breaker != BreakerState::Closed);
        let failing: Vec<String> = failing.map(|carrier| carrier.name).collect();
        let read = |rule| reading(rule, rules, &rows, uncertain, &failing);
        let looks: Vec<_> = rules.alerts.iter().map(|rule| (rule.clone(), read(rule))).collect();
        let all = Box::new(move |mut known: BTreeMap<String, Watch>| {
            let one = |(rule, reading): &(AlertRule, _)| {
                look(rule, known.remove(&rule.name).unwrap_or_default(), reading, now)
            };
            looks.iter().map(one).collect()
        });
        kept.look(rules.alerts.iter().map(|rule| rule.name.clone()).collect(), now, all).await
    }
}
