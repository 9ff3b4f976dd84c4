use super::PortResult;
use crate::id::EffectId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// What came of running an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Nothing more for this job to do; anything further was scheduled by the store.
    Settled,
    /// Somebody else may still be at it; look again then.
    Again(DateTime<Utc>),
}

/// Runs effects when they are due. The store's job queue calls it; the engine is the one that answers.
#[async_trait]
pub trait EffectRunner: Send + Sync {
    /// Begins the effect, performs it, settles it. Running one that is done, stopped or not due changes nothing.
    ///
    /// # Errors
    /// [`super::PortError`] when the store is away; the job is tried again.
    async fn run(&self, effect: EffectId) -> PortResult<Ran>;
}
