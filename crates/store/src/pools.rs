//! The pools lent to the job queue. It opens transactions on them, and one that could not be ended stays behind.
//!
//! SQLite ends a transaction by itself when its disk is full. The `rollback` that follows is refused then, and sqlx counts
//! the transaction as open for as long as the connection lives: whoever gets it next cannot begin one. Such a connection
//! is closed instead of going back to its pool.

use sqlx::{Connection, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};

/// Options of a SQLite pool whose connections come without a transaction.
pub(crate) fn sqlite(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).after_release(|conn, _| {
        Box::pin(async move {
            // A transaction that was dropped is rolled back by the connection's own thread; the ping comes after that.
            conn.ping().await?;
            Ok(!conn.is_in_transaction())
        })
    })
}

/// Options of a PostgreSQL pool whose connections come without a transaction.
pub(crate) fn postgres(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .after_release(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor, sqlite::SqliteConnectOptions};

    const BEGIN: &str = "begin immediate";

    async fn pool(folder: &tempfile::TempDir) -> sqlx::SqlitePool {
        let file = SqliteConnectOptions::new().filename(folder.path().join("jobs.db")).create_if_missing(true);
        let pool = super::sqlite(1).connect_with(file).await.unwrap();
        pool.execute("create table job (body blob)").await.unwrap();
        pool
    }

    #[tokio::test]
    async fn a_full_disk_leaves_no_connection_that_cannot_begin() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(&folder).await;
        // The file may not grow: what SQLite says and does then is what it says and does on a full disk.
        pool.execute("pragma max_page_count = 8").await.unwrap();
        let mut full = pool.begin_with(BEGIN).await.unwrap();
        let error = full.execute("insert into job values (zeroblob(1000000))").await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "13");
        drop(full);
        let mut next = pool.begin_with(BEGIN).await.unwrap();
        next.execute("insert into job values (zeroblob(10))").await.unwrap();
        next.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_dropped_transaction_costs_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(&folder).await;
        pool.execute("create temp table mine (n)").await.unwrap();
        drop(pool.begin_with(BEGIN).await.unwrap());
        // A temporary table lives as long as its connection.
        pool.execute("insert into mine values (1)").await.unwrap();
    }
}
