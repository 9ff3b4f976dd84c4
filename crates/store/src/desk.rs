//! The desk's port: API keys and first answers, in terms of the store's own methods.

use crate::{Claim as Kept, Store};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{ApiKey, Claim, DeskStore, PortResult};
use uuid::Uuid;

fn known(key: crate::ApiKey) -> ApiKey {
    ApiKey { id: key.id, label: key.label, created_at: key.created_at, revoked_at: key.revoked_at }
}

#[async_trait]
impl DeskStore for Store {
    async fn add_key(&self, key: &ApiKey, hash: [u8; 32]) -> PortResult<()> {
        self.insert_api_key(key.id, &key.label, &hex::encode(hash), key.created_at).await
    }

    async fn keys(&self) -> PortResult<Vec<ApiKey>> {
        let mut keys: Vec<ApiKey> = self.api_keys().await?.into_iter().map(known).collect();
        keys.reverse();
        Ok(keys)
    }

    async fn key(&self, hash: [u8; 32]) -> PortResult<Option<ApiKey>> {
        Ok(self.api_key_by_hash(&hex::encode(hash)).await?.map(known))
    }

    async fn revoke_key(&self, id: Uuid, now: DateTime<Utc>) -> PortResult<bool> {
        self.revoke_api_key(id, now).await
    }

    async fn claim(&self, key: &str, body_hash: [u8; 32], now: DateTime<Utc>) -> PortResult<Claim> {
        Ok(match Store::claim(self, key, &hex::encode(body_hash), now).await? {
            // The same request twice at a time is told apart where it matters: by the `once` key of what it writes.
            Kept::Yours | Kept::Pending(_) => Claim::Open,
            Kept::Answered { status, body } => Claim::Answered { status, body },
            Kept::OtherBody => Claim::OtherBody,
        })
    }

    async fn answer(&self, key: &str, status: u16, body: &str, _now: DateTime<Utc>) -> PortResult<()> {
        self.keep_answer(key, status, body).await
    }
}
