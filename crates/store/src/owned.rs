//! A writer's database and its own connection to it.

use crate::{checkpoint::Checkpoints, db::Conn, native::Native, open::PRAGMAS};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// How a writer reaches its database.
#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Address {
    /// Where the database is, without any secret, in words for whoever has to look after it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Sqlite(options) => format!("the file {}", options.get_filename().display()),
            Self::Postgres(options) => {
                let name = options.get_database().unwrap_or_else(|| options.get_username());
                format!("database {name} at {}:{}", options.get_host(), options.get_port())
            }
        }
    }
}

/// An open connection.
pub(crate) enum Owned {
    Sqlite(Box<Native>, Checkpoints),
    Postgres(PgConnection),
}

impl Owned {
    /// Connects. `ahead` is set while something was answered that readers do not find yet.
    pub(crate) async fn open(address: &Address, ahead: &Arc<AtomicBool>) -> sqlx::Result<Self> {
        Ok(match address {
            Address::Sqlite(options) => {
                let file = options.get_filename();
                let copier = Checkpoints::start(file.to_path_buf(), &PRAGMAS)?;
                Self::Sqlite(Box::new(Native::open(file, &PRAGMAS)?.telling(ahead)), copier)
            }
            Address::Postgres(options) => Self::Postgres(options.connect().await?),
        })
    }

    /// To be called before whatever is no batch, see [`Native::claim`].
    pub(crate) fn claim(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, _) => conn.claim(),
            Self::Postgres(_) => Ok(()),
        }
    }

    pub(crate) fn lend(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn, _) => Conn::Native(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }

    /// Whether batches were answered that are not committed yet.
    pub(crate) fn holds(&self) -> bool {
        matches!(self, Self::Sqlite(conn, _) if conn.holds())
    }

    /// How much the redo log holds, in bytes.
    pub(crate) fn logged_ahead(&self) -> u64 {
        match self {
            Self::Sqlite(conn, _) => conn.logged_ahead(),
            Self::Postgres(_) => 0,
        }
    }

    /// Commits what the redo log holds.
    pub(crate) fn fold(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, _) => conn.fold(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// The writer ends: what it holds is committed, and its log left empty.
    pub(crate) fn end(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, _) => conn.end(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Leaves nothing in the redo log: somebody is forgotten.
    pub(crate) fn scrub(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, _) => conn.scrub(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// To be called after each batch.
    pub(crate) fn committed(&self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, copier) if !conn.holds() => copier.committed(conn),
            Self::Sqlite(..) | Self::Postgres(_) => Ok(()),
        }
    }

    pub(crate) async fn close(self) {
        // Whatever was open is rolled back by closing; a database that is away may not even answer to that.
        let closed = match self {
            Self::Sqlite(conn, _) => Ok(conn.close()),
            Self::Postgres(conn) => tokio::time::timeout(Duration::from_secs(2), conn.close()).await,
        };
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("a connection was dropped without a farewell");
        }
    }
}
