//! The database is away for a while.

use crate::{database::Database, make::*, on_both};
use frontdesk_core::ports::{Decision, Happened, IvrStore, Trouble};
use std::sync::Arc;

on_both!(writer_survives_database_absence, a_statement_that_fails_writes_nothing_of_its_batch, a_closed_store_says_so);

/// Takes a table away, and brings it back: the writer's connection breaks, and is made anew.
async fn writer_survives_database_absence(db: Arc<Database>) {
    let store = db.store().await;
    let first = call();
    ring(&store, &first).await;
    if db.is_sqlite() {
        // Somebody else holds the write lock for longer than anyone waits.
        let url = db.url.clone();
        let (held, holding) = tokio::sync::oneshot::channel();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let other = tokio::spawn(async move {
            use sqlx::{Connection, Executor};
            let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
            conn.execute("begin exclusive").await.unwrap();
            held.send(()).unwrap();
            ended.await.unwrap();
            conn.execute("rollback").await.unwrap();
        });
        holding.await.unwrap();
        let error = advance(&store, ours(&first), None, |_| Decision::default()).await.unwrap_err();
        assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
        end.send(()).unwrap();
        other.await.unwrap();
    } else {
        // Every session is ended, as when the server restarts.
        let kill = "do $$ begin perform pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid(); end $$";
        db.sql(kill).await;
        for _ in 0..8 {
            if let Err(error) = advance(&store, ours(&call()), None, |_| Decision::default()).await {
                assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
            }
        }
    }
    for _ in 0..8 {
        let later = call();
        ring(&store, &later).await;
        assert_eq!(store.call(later.id).await.unwrap(), Some(later));
    }
    assert_eq!(look(&store, ours(&first)).await.call, Some(first));
}

async fn a_statement_that_fails_writes_nothing_of_its_batch(db: Arc<Database>) {
    let store = db.store().await;
    db.sql("alter table events rename to elsewhere").await;
    let lost = call();
    let decision = Decision { call: Some(lost.clone()), events: vec![line("x")], ..Decision::default() };
    let again = decision.clone();
    let error = advance(&store, ours(&lost), Some("once"), move |_| decision).await.unwrap_err();
    assert_eq!(error.happened, Happened::No);
    assert_eq!(store.call(lost.id).await.unwrap(), None);
    db.sql("alter table elsewhere rename to events").await;
    let advanced = advance(&store, ours(&lost), Some("once"), move |_| again).await.unwrap();
    assert!(!advanced.repeated);
    assert_eq!(store.call(lost.id).await.unwrap(), Some(lost));
}

async fn a_closed_store_says_so(db: Arc<Database>) {
    let store = db.store().await;
    store.close().await;
    let error = advance(&store, ours(&call()), None, |_| Decision::default()).await.unwrap_err();
    assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
    store.ping().await.unwrap_err();
    store.close().await;
}
