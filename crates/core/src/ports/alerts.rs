use super::{Port, PortResult};
use crate::{
    alert::{Looked, Watch},
    id::EffectId,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Looks at rules, by what is kept of them; one that is not there was never looked at. Pure and quick.
pub type LookAll = Box<dyn FnOnce(BTreeMap<String, Watch>) -> Vec<Looked> + Send>;

/// Keeps what is known of alert rules.
///
/// # Behaviour
/// - What is kept of the rules, and the effects that tell of a change, are written together or not at all.
/// - Two looks never interleave, at several gateways neither; the second sees what the first wrote.
/// - A look that panics writes nothing.
#[async_trait]
pub trait AlertStore: Port {
    /// How many effects are uncertain.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away.
    async fn uncertain(&self) -> PortResult<i64>;

    /// Locks, loads what is kept of these rules, looks, writes, commits.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away or the look panicked; nothing was written, or its fate is unknown and
    /// the next look sees it.
    async fn look(&self, rules: Vec<String>, now: DateTime<Utc>, look: LookAll) -> PortResult<Vec<Looked>>;
}

/// Posts to one webhook of the staff's, signed after <https://www.standardwebhooks.com>.
///
/// # Behaviour
/// - The effect's id names the message: a receiver that knows it already has it twice.
/// - Whatever is no success may be tried again, unless the receiver says that it is gone for good
///   ([`super::Trouble::Refused`]).
#[async_trait]
pub trait WebhookSender: Port {
    /// Sends `body`, which is JSON, at `now`.
    ///
    /// # Errors
    /// [`super::PortError`]; no message of it names the address, which may hold a secret.
    async fn send(&self, body: &str, effect: &EffectId, now: DateTime<Utc>) -> PortResult<()>;
}
