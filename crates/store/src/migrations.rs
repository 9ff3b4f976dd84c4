//! The tables, ours and the job queue's.

use crate::{
    db::{Conn, Failure, PORT},
    owned::Address,
    seed, sql,
};
use frontdesk_core::ports::{Happened, PortError, PortResult, Trouble};
use riverqueue::migrate::{PostgresMigrator, SqliteMigrator};
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    migrate::{Migrate, Migrator},
    postgres::PgPoolOptions,
    sqlite::SqlitePoolOptions,
};

/// The tables on SQLite.
pub(crate) static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
/// The tables on PostgreSQL.
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// The numbers and names of the migrations for SQLite and for PostgreSQL.
#[must_use]
pub fn migration_names() -> [Vec<String>; 2] {
    [&SQLITE, &POSTGRES]
        .map(|migrator| migrator.iter().map(|m| format!("{:04} {}", m.version, m.description)).collect())
}

fn broken(error: impl std::fmt::Display) -> PortError {
    let message = format!("the database cannot be brought up to date: {error}");
    PortError::new(PORT, Happened::No, Trouble::Unavailable, message)
}

/// A connection that could not be had. Whoever starts the gateway must know which database is meant.
fn away(address: &Address) -> impl Fn(sqlx::Error) -> PortError {
    let place = address.place();
    move |error| Failure::of(&error, Happened::No).at(&place).into()
}

/// Applies what is missing. Gateways that start at the same moment wait for each other.
pub(crate) async fn migrate(address: &Address) -> PortResult<()> {
    let away = away(address);
    match address {
        Address::Sqlite(options) => {
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(&away)?;
            let mut migrated = up_sqlite(&pool).await;
            if migrated.is_err() {
                // Another process may have been at it; then there is nothing left to do.
                migrated = up_sqlite(&pool).await;
            }
            pool.close().await;
            migrated
        }
        Address::Postgres(options) => {
            let options =
                options.clone().options([("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0")]);
            let mut turn = options.connect().await.map_err(&away)?;
            Conn::Postgres(&mut turn).run(&sql::MIGRATION_TURN, vec![0.into()]).await.map_err(&away)?;
            let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await.map_err(&away)?;
            let migrated = async {
                POSTGRES.run(&pool).await.map_err(broken)?;
                PostgresMigrator::new(pool.clone()).migrate_up().await.map_err(broken).map(drop)
            }
            .await;
            pool.close().await;
            // Ends the turn, too.
            turn.close().await.map_err(&away)?;
            migrated
        }
    }
}

async fn up_sqlite(pool: &SqlitePool) -> PortResult<()> {
    seed::set_aside(pool).await.map_err(broken)?;
    SQLITE.run(pool).await.map_err(broken)?;
    SqliteMigrator::new(pool.clone()).migrate_up().await.map_err(broken).map(drop)
}

/// What [`migrate`] would apply.
pub(crate) async fn pending(address: &Address) -> PortResult<Vec<String>> {
    let away = away(address);
    let mut pending;
    let queue_ready;
    match address {
        Address::Sqlite(options) => {
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(&away)?;
            let mut conn = pool.acquire().await.map_err(&away)?;
            conn.ensure_migrations_table(&SQLITE.table_name).await.map_err(broken)?;
            let applied = conn.list_applied_migrations(&SQLITE.table_name).await.map_err(broken)?;
            pending = missing(&SQLITE, &applied);
            drop(conn);
            queue_ready = SqliteMigrator::new(pool.clone()).validate(None).await.map_err(broken)?.is_valid();
            pool.close().await;
        }
        Address::Postgres(options) => {
            let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(&away)?;
            let mut conn = pool.acquire().await.map_err(&away)?;
            conn.ensure_migrations_table(&POSTGRES.table_name).await.map_err(broken)?;
            let applied = conn.list_applied_migrations(&POSTGRES.table_name).await.map_err(broken)?;
            pending = missing(&POSTGRES, &applied);
            drop(conn);
            queue_ready = PostgresMigrator::new(pool.clone()).validate(None).await.map_err(broken)?.is_valid();
            pool.close().await;
        }
    }
    if !queue_ready {
        pending.push("job queue".to_owned());
    }
    Ok(pending)
}

fn missing(migrator: &Migrator, applied: &[sqlx::migrate::AppliedMigration]) -> Vec<String> {
    let all = migrator.iter().filter(|migration| applied.iter().all(|done| done.version != migration.version));
    all.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect()
}
