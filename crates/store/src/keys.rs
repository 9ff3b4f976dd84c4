//! The desk's port: API keys and first answers to repeated requests.

use crate::{
    Store,
    db::{Arg, Conn, PORT},
    rows, sql,
    statement::Statement,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{ApiKey, Claim, DeskStore, Happened, PortError, PortResult, Trouble};
use uuid::Uuid;

type KeyRow = (Uuid, String, i64, Option<i64>);

fn key((id, label, created, revoked): KeyRow) -> ApiKey {
    ApiKey { id, label, created_at: rows::time(created), revoked_at: revoked.map(rows::time) }
}

fn no_nul(text: &str) -> PortResult<String> {
    if text.contains('\0') {
        return Err(PortError::new(PORT, Happened::No, Trouble::Refused, "a key must not hold the character NUL"));
    }
    Ok(text.to_owned())
}

#[async_trait]
impl DeskStore for Store {
    async fn add_key(&self, key: &ApiKey, hash: [u8; 32]) -> PortResult<()> {
        let created = rows::millis(key.created_at);
        let args: Vec<Arg> = vec![key.id.into(), no_nul(&key.label)?.into(), hex::encode(hash).into(), created.into()];
        self.change(&sql::PUT_KEY, args).await.map(drop)
    }

    async fn keys(&self) -> PortResult<Vec<ApiKey>> {
        let mut keys: Vec<ApiKey> = self.read(&sql::KEYS, Vec::new()).await?.into_iter().map(key).collect();
        keys.reverse();
        Ok(keys)
    }

    async fn key(&self, hash: [u8; 32]) -> PortResult<Option<ApiKey>> {
        let rows: Vec<KeyRow> = self.peek(&sql::KEY_BY_HASH, vec![hex::encode(hash).into()]).await?;
        Ok(rows.into_iter().next().map(key))
    }

    async fn revoke_key(&self, id: Uuid, now: DateTime<Utc>) -> PortResult<bool> {
        Ok(self.change(&sql::REVOKE_KEY, vec![id.into(), rows::millis(now).into()]).await? > 0)
    }

    async fn claim(&self, key: &str, body_hash: [u8; 32], now: DateTime<Utc>) -> PortResult<Claim> {
        let (key, body_hash) = (no_nul(key)?, hex::encode(body_hash));
        let claimed: Option<ClaimRow> = {
            let hash = body_hash.clone();
            self.act(move |conn| Box::pin(claim(conn, key, hash, rows::millis(now)))).await?
        };
        Ok(match claimed {
            Some((hash, ..)) if hash != body_hash => Claim::OtherBody,
            Some((_, Some(status), body)) => {
                Claim::Answered { status: u16::try_from(status).unwrap_or(500), body: body.unwrap_or_default() }
            }
            // The same request twice at a time is told apart where it matters: by the `once` key of what it writes.
            Some((_, None, _)) | None => Claim::Open,
        })
    }

    async fn answer(&self, key: &str, status: u16, body: &str, _now: DateTime<Utc>) -> PortResult<()> {
        let args: Vec<Arg> = vec![no_nul(key)?.into(), i64::from(status).into(), body.replace('\0', "").into()];
        self.change(&sql::ANSWER, args).await.map(drop)
    }
}

impl Store {
    /// Drops the memory of deliveries and of answered requests older than `older_than`; how many rows went. What comes
    /// again after that is decided anew, so keep it longer than any carrier repeats. Goes in small steps, so that
    /// nobody waits for it.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn prune(&self, older_than: DateTime<Utc>) -> PortResult<u64> {
        let mut total = 0;
        for statement in [&sql::PRUNE_SEEN, &sql::PRUNE_ANSWERS] {
            loop {
                let went = self.change(statement, vec![rows::millis(older_than).into()]).await?;
                total += went;
                if went == 0 {
                    break;
                }
            }
        }
        Ok(total)
    }

    /// Runs one writing statement by itself.
    pub(crate) async fn change(&self, statement: &'static Statement, args: Vec<Arg>) -> PortResult<u64> {
        self.act(move |mut conn| Box::pin(async move { conn.run(statement, args).await })).await
    }
}

/// Hash of the body, status and body of the answer.
type ClaimRow = (String, Option<i64>, Option<String>);

/// Inserting first makes one of two claimants at the same moment the owner; the row is read only by the other.
async fn claim(mut conn: Conn<'_>, key: String, hash: String, now: i64) -> sqlx::Result<Option<ClaimRow>> {
    let claimed = conn.run(&sql::CLAIM, vec![key.as_str().into(), hash.into(), now.into()]).await?;
    if claimed > 0 {
        return Ok(None);
    }
    conn.one(&sql::CLAIMED, vec![key.into()]).await
}
