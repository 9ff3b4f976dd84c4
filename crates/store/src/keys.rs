//! What the API keeps beside the port: its keys, and first answers to repeated requests.

use crate::{
    Store,
    db::{Arg, Conn, PORT},
    rows, sql,
};
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use serde::Serialize;
use uuid::Uuid;

/// An API key as stored; the key itself is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Our name for it.
    pub id: Uuid,
    /// What people call it.
    pub label: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What is known about an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody came with it before: it is yours; say [`Store::keep_answer`] or [`Store::release`] in the end.
    Yours,
    /// The same request is being worked on, or was broken off; since when.
    Pending(DateTime<Utc>),
    /// The same request was answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// Another request came with it.
    OtherBody,
}

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

impl Store {
    /// Keeps an API key by its hash.
    ///
    /// # Errors
    /// [`PortError`] when the database is away, or the hash is there already.
    pub async fn insert_api_key(&self, id: Uuid, label: &str, hash: &str, now: DateTime<Utc>) -> PortResult<()> {
        let args: Vec<Arg> = vec![id.into(), no_nul(label)?.into(), no_nul(hash)?.into(), rows::millis(now).into()];
        self.change(&sql::PUT_KEY, args).await.map(drop)
    }

    /// Every API key, the oldest first.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn api_keys(&self) -> PortResult<Vec<ApiKey>> {
        Ok(self.read::<KeyRow>(&sql::KEYS, Vec::new()).await?.into_iter().map(key).collect())
    }

    /// The key with this hash, unless it was revoked.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn api_key_by_hash(&self, hash: &str) -> PortResult<Option<ApiKey>> {
        let rows: Vec<KeyRow> = self.read(&sql::KEY_BY_HASH, vec![no_nul(hash)?.into()]).await?;
        Ok(rows.into_iter().next().map(key))
    }

    /// Lets a key open nothing any more; whether there was such a key, not yet revoked.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn revoke_api_key(&self, id: Uuid, now: DateTime<Utc>) -> PortResult<bool> {
        Ok(self.change(&sql::REVOKE_KEY, vec![id.into(), rows::millis(now).into()]).await? > 0)
    }

    /// Claims an `Idempotency-Key` for a request with this body hash.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn claim(&self, key: &str, body_hash: &str, now: DateTime<Utc>) -> PortResult<Claim> {
        let (key, body_hash) = (no_nul(key)?, no_nul(body_hash)?);
        let claimed: Option<ClaimRow> = {
            let (key, hash) = (key.clone(), body_hash.clone());
            self.act(move |conn| Box::pin(claim(conn, key, hash, rows::millis(now)))).await?
        };
        Ok(match claimed {
            None => Claim::Yours,
            Some((hash, ..)) if hash != body_hash => Claim::OtherBody,
            Some((_, Some(status), body, _)) => {
                Claim::Answered { status: u16::try_from(status).unwrap_or(500), body: body.unwrap_or_default() }
            }
            Some((_, None, _, at)) => Claim::Pending(rows::time(at)),
        })
    }

    /// Keeps the answer that every repetition gets.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn keep_answer(&self, key: &str, status: u16, body: &str) -> PortResult<()> {
        let args: Vec<Arg> = vec![no_nul(key)?.into(), i64::from(status).into(), body.replace('\0', "").into()];
        self.change(&sql::ANSWER, args).await.map(drop)
    }

    /// Gives a claim back: the request came to nothing, the same one may try again.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn release(&self, key: &str) -> PortResult<()> {
        self.change(&sql::UNCLAIM, vec![no_nul(key)?.into()]).await.map(drop)
    }

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
    pub(crate) async fn change(&self, statement: &'static sql::Statement, args: Vec<Arg>) -> PortResult<u64> {
        self.act(move |mut conn| Box::pin(async move { conn.run(statement, args).await })).await
    }
}

type ClaimRow = (String, Option<i64>, Option<String>, i64);

/// Inserting first makes one of two claimants at the same moment the owner; the row is read only by the other.
async fn claim(mut conn: Conn<'_>, key: String, hash: String, now: i64) -> sqlx::Result<Option<ClaimRow>> {
    let claimed = conn.run(&sql::CLAIM, vec![key.as_str().into(), hash.into(), now.into()]).await?;
    if claimed > 0 {
        return Ok(None);
    }
    conn.one(&sql::CLAIMED, vec![key.into()]).await
}
