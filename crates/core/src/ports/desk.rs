use super::{Port, PortResult};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A key to the API. Only its SHA-256 is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, to revoke it by.
    pub id: Uuid,
    /// What it is for, in the words of whoever made it.
    pub label: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What is known about a request that named an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has used this key with another body; no answer is on record yet.
    Open,
    /// The first answer, to be given again.
    Answered {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
    },
    /// The key was used with another body.
    OtherBody,
}

/// What the API keeps besides appointments: keys and first answers.
#[async_trait]
pub trait DeskStore: Port {
    /// Keeps a new key.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away; so for every method here.
    async fn add_key(&self, key: &ApiKey, hash: [u8; 32]) -> PortResult<()>;

    /// Every key, the newest first.
    ///
    /// # Errors
    /// See [`Self::add_key`].
    async fn keys(&self) -> PortResult<Vec<ApiKey>>;

    /// The key with this hash, unless it was revoked.
    ///
    /// # Errors
    /// See [`Self::add_key`].
    async fn key(&self, hash: [u8; 32]) -> PortResult<Option<ApiKey>>;

    /// Revokes a key; false when there is none or it was revoked before.
    ///
    /// # Errors
    /// See [`Self::add_key`].
    async fn revoke_key(&self, id: Uuid, now: DateTime<Utc>) -> PortResult<bool>;

    /// Binds an `Idempotency-Key` to a body, or says what it was bound to before.
    ///
    /// # Errors
    /// See [`Self::add_key`].
    async fn claim(&self, key: &str, body_hash: [u8; 32], now: DateTime<Utc>) -> PortResult<Claim>;

    /// Keeps the first answer to a claimed key; a second one changes nothing.
    ///
    /// # Errors
    /// See [`Self::add_key`].
    async fn answer(&self, key: &str, status: u16, body: &str, now: DateTime<Utc>) -> PortResult<()>;
}
