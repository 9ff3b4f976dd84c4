//! The database is away for a while.

use crate::{
    database::{self, Database},
    make::*,
    on_both,
};
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    id::AppointmentId,
    ports::{Decision, Happened, IvrStore, Subject, Trouble},
};
use std::sync::Arc;
use uuid::Uuid;

on_both!(
    writer_survives_database_absence,
    a_statement_that_fails_writes_nothing_of_its_batch,
    a_row_that_cannot_be_read_is_not_absent,
    a_closed_store_says_so,
);

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
    }
    for _ in 0..16 {
        let later = call();
        // There are several writers, and each finds out by itself; a call always goes to the same one.
        if let Err(error) = advance(&store, ours(&later), None, |_| Decision::default()).await {
            assert!(!db.is_sqlite(), "its lock was given back: {error}");
            assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
        }
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

/// A newer version may have written it. Whoever needs it fails, and nobody else does.
async fn a_row_that_cannot_be_read_is_not_absent(db: Arc<Database>) {
    let store = db.store().await;
    let booked = Appointment { external_id: Some("booking 7".to_owned()), ..appointment() };
    let place = effect(booked.id, PLACE, noon());
    book(&store, &booked, vec![place.clone()]).await;
    let rung = Call { provider_call_id: Some("theirs".to_owned()), ..call() };
    ring(&store, &rung).await;
    let well = call();
    ring(&store, &well).await;
    for table in ["appointments", "effects"] {
        db.sql(&format!("update {table} set doc = '{{}}'")).await;
    }
    db.sql("update calls set doc = '{}' where provider_call_id = 'theirs'").await;
    let again = Appointment { id: AppointmentId(Uuid::now_v7()), ..booked.clone() };
    let subjects = [
        Subject::Appointment(booked.id),
        new_subject(&again),
        Subject::Effect(place.id),
        ours(&rung),
        theirs("theirs"),
        Subject::Person { phone: booked.customer.phone.clone(), business: None },
    ];
    let mut asked = Vec::new();
    for subject in subjects {
        let store = store.clone();
        asked.push(tokio::spawn(async move { advance(&store, subject, None, |_| Decision::default()).await }));
    }
    let fine = advance(&store, ours(&well), None, |_| Decision::default()).await;
    assert!(fine.is_ok(), "{fine:?}");
    for asked in asked {
        let error = asked.await.unwrap().unwrap_err();
        assert_eq!((error.trouble, error.happened), (Trouble::Broken, Happened::No));
    }
    // Neither is its name free for another.
    let other = Call { provider_call_id: Some("theirs".to_owned()), ..call() };
    ring(&store, &other).await;
    assert_eq!(store.call(other.id).await.unwrap(), Some(other));
    let owners = "select count(*) from calls where provider_call_id = 'theirs'";
    assert_eq!(db.number(owners).await, 1);
}

/// Readers get through while somebody else holds the write lock, as they do on a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_cannot_write_is_not_ready_until_it_can() {
    database::on_sqlite(|db| async move {
        use sqlx::{Connection, Executor};
        let store = db.store().await;
        ring(&store, &call()).await;
        store.ping().await.unwrap();
        let mut other = sqlx::SqliteConnection::connect(&db.url).await.unwrap();
        other.execute("begin immediate").await.unwrap();
        let late = call();
        advance(&store, ours(&late), None, |_| Decision { events: vec![line("x")], ..Decision::default() })
            .await
            .unwrap_err();
        let error = store.ping().await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Unavailable);
        let text = error.to_string();
        assert!(text.contains("locked") && text.contains("frontdesk.db"), "{text}");
        other.execute("rollback").await.unwrap();
        // The ping itself finds out, without any traffic; the one before may still be waiting for the lock.
        let well = async { while store.ping().await.is_err() {} };
        tokio::time::timeout(std::time::Duration::from_secs(30), well).await.unwrap();
        assert_eq!(db.number("select count(*) from probe").await, 1);
    })
    .await;
}

async fn a_closed_store_says_so(db: Arc<Database>) {
    let store = db.store().await;
    store.close().await;
    let error = advance(&store, ours(&call()), None, |_| Decision::default()).await.unwrap_err();
    assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
    store.ping().await.unwrap_err();
    store.close().await;
}
