//! Statements and migrations.

use crate::{database::Database, on_both};
use frontdesk_store::{OpenOptions, Store, migration_names, statements};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use std::{path::Path, sync::Arc};

on_both!(every_statement_prepares, pending_migrations_are_named);

async fn every_statement_prepares(db: Arc<Database>) {
    db.store().await;
    for (name, statement) in statements() {
        let prepared = if db.is_sqlite() {
            let mut conn = SqliteConnection::connect(&db.url).await.unwrap();
            conn.prepare(AssertSqlSafe(statement.sqlite()).into_sql_str()).await.map(drop)
        } else {
            let mut conn = PgConnection::connect(&db.url).await.unwrap();
            conn.prepare(AssertSqlSafe(statement.postgres()).into_sql_str()).await.map(drop)
        };
        assert!(prepared.is_ok(), "{name}: {prepared:?}");
    }
}

async fn pending_migrations_are_named(db: Arc<Database>) {
    let store = Store::open_with(&db.url, OpenOptions { migrate: false }).await.unwrap();
    let [names, _] = migration_names();
    assert_eq!(store.pending_migrations().await.unwrap(), [names, vec!["job queue".to_owned()]].concat());
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), Vec::<String>::new());
    store.migrate().await.unwrap();
}

#[test]
fn migrations_are_alike() {
    let [sqlite, postgres] = migration_names();
    assert_eq!(sqlite, postgres);
    let files = |backend: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(backend);
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(files("sqlite"), files("postgres"));
    assert_eq!(files("sqlite").len(), sqlite.len());
}

#[tokio::test]
async fn addresses_that_cannot_be_used_are_refused_with_a_remedy() {
    for url in ["", "mysql://x", "sqlite::memory:", "sqlite://", "postgres://host:port"] {
        let error = Store::open(url).await.unwrap_err().to_string();
        assert!(error.contains("sqlite://") || error.contains("postgres://"), "{url}: {error}");
    }
}
