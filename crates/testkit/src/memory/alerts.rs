//! Alert rules, by the same laws as in the databases.

use super::MemoryStore;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    alert::Looked,
    effect::EffectState,
    ports::{AlertStore, Happened, LookAll, PortError, PortResult, Trouble},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[async_trait]
impl AlertStore for MemoryStore {
    async fn uncertain(&self) -> PortResult<i64> {
        let uncertain = self.state().effects.values().filter(|it| it.state == EffectState::Uncertain).count();
        Ok(i64::try_from(uncertain).unwrap_or(i64::MAX))
    }

    async fn look(&self, rules: Vec<String>, _now: DateTime<Utc>, look: LookAll) -> PortResult<Vec<Looked>> {
        let mut state = self.state();
        let kept = state.watches.iter().filter(|(rule, _)| rules.contains(rule));
        let kept = kept.map(|(rule, watch)| (rule.clone(), watch.clone())).collect();
        let looked = catch_unwind(AssertUnwindSafe(|| look(kept)))
            .map_err(|_| PortError::new("memory", Happened::No, Trouble::Broken, "the look panicked"))?;
        for Looked { rule, watch, effects } in &looked {
            state.watches.insert(rule.clone(), watch.clone());
            for effect in effects {
                state.effects.entry(effect.id).or_insert_with(|| effect.clone());
            }
        }
        Ok(looked)
    }
}
