//! After a crash: whose jobs are whose, and who is still alive.
//!
//! On SQLite a lock file beside the database says that one gateway runs jobs on it; whatever else is marked as running
//! then belongs to the dead. On PostgreSQL every gateway holds an advisory lock in a session of its own; whoever can
//! take another's lock knows that it is gone.

use crate::{
    Store,
    db::{Conn, PORT, error_kind, refused},
    owned::Address,
    rows::Rows,
    sql,
};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often a gateway looks for dead others and for effects without a job.
const ROUND: Duration = Duration::from_secs(10);

/// The proof that this process is alive, for as long as it is.
pub(crate) enum Alive {
    /// Locked until it is dropped.
    File(#[expect(dead_code, reason = "held, not read: dropping it gives the lock back")] File),
    /// `None` after the session was lost.
    Session(Option<PgConnection>),
}

impl Alive {
    pub(crate) async fn announce(store: &Store, instance: &str) -> PortResult<Self> {
        match (&store.inner.address, &store.inner.file) {
            (Address::Sqlite(_), Some(file)) => lock_file(file).map(Self::File),
            (address, _) => Ok(Self::Session(Some(session(address, instance).await.map_err(refused)?))),
        }
    }

    /// Makes sure that the session still stands.
    async fn renew(&mut self, store: &Store, instance: &str) -> sqlx::Result<()> {
        if let Self::Session(held) = self {
            if let Some(conn) = held
                && conn.ping().await.is_ok()
            {
                return Ok(());
            }
            *held = None;
            *held = Some(session(&store.inner.address, instance).await?);
        }
        Ok(())
    }
}

async fn session(address: &Address, instance: &str) -> sqlx::Result<PgConnection> {
    let Address::Postgres(options) = address else { return Err(sqlx::Error::PoolClosed) };
    let mut conn = options.connect().await?;
    Conn::Postgres(&mut conn).run(&sql::HOLD_INSTANCE, vec![instance.into()]).await?;
    Ok(conn)
}

fn lock_file(database: &Path) -> PortResult<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let refuse = |message: &str| PortError::new(PORT, Happened::No, Trouble::Refused, message);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|error| {
        refuse("the lock file beside the database cannot be opened; check the folder's permissions").caused_by(error)
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(refuse("another gateway runs on this database file; stop it, or use PostgreSQL for several gateways"))
        }
        Err(TryLockError::Error(error)) => {
            Err(refuse("the lock file beside the database cannot be locked; is it on a network drive?")
                .caused_by(error))
        }
    }
}

/// Takes up again what the dead have left.
pub(crate) async fn reopen(store: &Store, instance: &str) -> PortResult<()> {
    let instance = instance.to_owned();
    let reopened = store.act(move |conn| Box::pin(within(conn, instance))).await?;
    if reopened > 0 {
        tracing::warn!(jobs = reopened, "jobs of a gateway that is gone run again");
    }
    Ok(())
}

async fn within(mut conn: Conn<'_>, instance: String) -> sqlx::Result<u64> {
    conn.begin().await?;
    let dead = if conn.is_postgres() {
        let dead: Vec<(String,)> = conn.all(&sql::DEAD, vec![instance.into()]).await?;
        if dead.is_empty() {
            conn.plain("rollback").await?;
            return Ok(0);
        }
        Rows::of(dead.into_iter().map(|(id,)| [id.into()])).text()
    } else {
        instance
    };
    conn.run(&sql::DROP_LEADER, vec![dead.as_str().into()]).await?;
    let reopened = conn.run(&sql::REOPEN, vec![dead.into()]).await?;
    conn.plain("commit").await?;
    Ok(reopened)
}

/// Watches over the jobs while they run.
pub(crate) struct Keeper {
    pub(crate) store: Store,
    pub(crate) alive: Alive,
    pub(crate) instance: String,
    pub(crate) overdue: Duration,
}

impl Keeper {
    pub(crate) async fn keep(mut self, stop: CancellationToken) {
        let mut round = tokio::time::interval(ROUND.min(self.overdue));
        round.tick().await;
        while stop.run_until_cancelled(round.tick()).await.is_some() {
            if let Err(error) = self.alive.renew(&self.store, &self.instance).await {
                tracing::warn!(kind = error_kind(&error), "the database cannot be told that this gateway is alive");
                continue;
            }
            if matches!(self.alive, Alive::Session(_))
                && let Err(error) = reopen(&self.store, &self.instance).await
            {
                tracing::warn!(%error, "jobs of gateways that are gone were not looked for");
            }
            if let Err(error) = self.store.find_lost(self.overdue).await {
                tracing::warn!(%error, "effects without a job were not looked for");
            }
        }
    }
}
