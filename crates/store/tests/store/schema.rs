//! Statements and migrations.

use crate::{
    database::{self, Database},
    make, on_both,
};
use frontdesk_store::{OpenOptions, Store, migration_names, statements};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tracing::instrument::WithSubscriber;

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

#[tokio::test]
async fn pruning_reads_only_what_is_old() {
    database::on_sqlite(|db| async move {
        db.store().await;
        let mut conn = SqliteConnection::connect(&db.url).await.unwrap();
        for (name, statement) in statements().into_iter().filter(|(name, _)| name.starts_with("PRUNE")) {
            let text = AssertSqlSafe(format!("explain query plan {}", statement.sqlite()));
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).bind(0).fetch_all(&mut conn).await.unwrap();
            // Rows of `seen` are numbered in the order of their age.
            let by_age = |step: &str| step.contains("_by_age") || step.contains("INTEGER PRIMARY KEY (rowid<?)");
            assert!(plan.iter().any(|step| by_age(&step.3)), "{name}: {plan:?}");
            assert!(plan.iter().all(|step| !step.3.starts_with("SCAN")), "{name}: {plan:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_counted_and_who_is_on_the_line_is_found_by_its_index() {
    database::on_sqlite(|db| async move {
        db.store().await;
        let mut conn = SqliteConnection::connect(&db.url).await.unwrap();
        for (name, index) in [("OPEN_EFFECTS", "effects_by_state (state=?)"), ("CALLS_LIVE", "calls_live_by_party")] {
            let (_, statement) = statements().into_iter().find(|(known, _)| *known == name).unwrap();
            let text = AssertSqlSafe(format!("explain query plan {}", statement.sqlite()));
            let mut asked = sqlx::query_as(text);
            if statement.sqlite().contains("?1") {
                asked = asked.bind("+15005550101");
            }
            let plan: Vec<(i64, i64, i64, String)> = asked.fetch_all(&mut conn).await.unwrap();
            let tables: Vec<_> =
                plan.iter().filter(|step| step.3.contains(" USING ") || step.3.starts_with("SCAN")).collect();
            assert!(!tables.is_empty() && tables.iter().all(|step| step.3.contains(index)), "{name}: {plan:?}");
        }
    })
    .await;
}

#[tokio::test]
#[cfg(unix)]
async fn the_database_is_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    database::on_sqlite(|db| async move {
        let store = db.store().await;
        make::ring(&store, &make::call()).await;
        for end in ["", "-wal", "-shm"] {
            let file = format!("{}{end}", db.file().display());
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{end}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("a folder");
    std::fs::create_dir(&taken).unwrap();
    let error = Store::open(&format!("sqlite://{}", taken.display())).await.unwrap_err().to_string();
    assert!(error.contains("a folder"), "{error}");
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, "this is not a database, and never was one".repeat(100)).unwrap();
    let error = Store::open(&format!("sqlite://{}", damaged.display())).await.unwrap_err().to_string();
    assert!(error.contains("damaged.db") && error.contains("backup"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_to_be_created() {
    database::on_postgres(|db| async move {
        let error = Store::open(&format!("{}_not", db.url)).await.unwrap_err().to_string();
        assert!(error.contains("create the database"), "{error}");
        let (_, name) = db.url.rsplit_once('/').unwrap();
        assert!(error.contains(name), "{error}");
    })
    .await;
}

/// Hears what the database driver says of the server's notices.
struct Notices(Arc<AtomicUsize>);

impl tracing::Subscriber for Notices {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::postgres::notice"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn a_second_start_has_nothing_to_notice() {
    database::on_postgres(|db| async move {
        db.store().await;
        let heard = Arc::new(AtomicUsize::new(0));
        let listen = || tracing::Dispatch::new(Notices(Arc::clone(&heard)));
        db.sql("create table if not exists seen ()").with_subscriber(listen()).await;
        assert_eq!(heard.swap(0, Ordering::SeqCst), 1, "notices are heard");
        db.store().with_subscriber(listen()).await;
        assert_eq!(heard.load(Ordering::SeqCst), 0);
    })
    .await;
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
