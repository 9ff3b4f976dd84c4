//! A change of an alert and what tells of it are one thing.

use crate::{database::Database, make::*, on_both};
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    alert::{Alert, Looked, Watch, Way},
    effect::{Action, Effect, EffectState},
    id::EffectId,
    ports::{AlertStore, Decision, EffectFilter, IvrStore, LookAll, PortResult, Subject, Trouble},
};
use frontdesk_store::Store;
use std::{collections::BTreeMap, sync::Arc};

on_both!(
    what_is_kept_of_a_rule_comes_back_as_it_was,
    one_change_found_by_many_at_once_is_told_once,
    a_change_that_cannot_be_told_is_not_made,
    a_look_that_panics_writes_nothing_and_harms_nobody,
    effects_in_doubt_are_counted,
);

const RULE: &str = "watched";

/// Fires where it did not, and tells one webhook.
fn fire(now: DateTime<Utc>) -> LookAll {
    Box::new(move |mut kept: BTreeMap<String, Watch>| {
        let mut watch = kept.remove(RULE).unwrap_or_default();
        let mut effects = Vec::new();
        if !watch.firing {
            watch = Watch { firing: true, since: Some(now), changes: watch.changes + 1, ..watch };
            let to = Way::Webhook { name: "erp".to_owned() };
            let (rule, words) = (RULE.to_owned(), "so".to_owned());
            let alert = Alert { rule, business: None, to, firing: true, words, value: 1.5, since: now, at: now };
            let id = EffectId::derive(now, &[&watch.changes.to_string()]);
            effects.push(Effect::planned(id, None, Action::Alert(alert), now, now));
        }
        vec![Looked { rule: RULE.to_owned(), watch, effects }]
    })
}

async fn look(store: &Store, now: DateTime<Utc>) -> PortResult<Vec<Looked>> {
    store.look(vec![RULE.to_owned(), "another".to_owned()], now, fire(now)).await
}

async fn told(store: &Store) -> Vec<Effect> {
    store.effects(EffectFilter { limit: 100, ..EffectFilter::default() }).await.unwrap().items
}

async fn jobs(db: &Database) -> i64 {
    db.number("select count(*) from river_job where kind = 'effect'").await
}

async fn what_is_kept_of_a_rule_comes_back_as_it_was(db: Arc<Database>) {
    let store = db.store().await;
    let first = look(&store, noon()).await.unwrap();
    assert_eq!((first[0].effects.len(), told(&store).await), (1, first[0].effects.clone()));
    let again = look(&store, noon() + TimeDelta::seconds(30)).await.unwrap();
    assert_eq!((&again[0].watch, again[0].effects.len()), (&first[0].watch, 0));
    assert_eq!(jobs(&db).await, 1);
    store.close().await;
    let again = look(&db.store().await, noon() + TimeDelta::seconds(60)).await.unwrap();
    assert_eq!(again[0].watch, first[0].watch);
}

async fn one_change_found_by_many_at_once_is_told_once(db: Arc<Database>) {
    // On PostgreSQL these are several gateways; a SQLite file has one.
    let one = db.store().await;
    let others = if db.is_sqlite() { vec![one.clone(), one.clone()] } else { vec![db.store().await, db.store().await] };
    let stores = [vec![one.clone()], others].concat();
    let looks = (0..30).map(|n: usize| {
        let store = stores[n % stores.len()].clone();
        tokio::spawn(async move {
            let now = noon() + TimeDelta::milliseconds(i64::try_from(n).unwrap());
            look(&store, now).await.unwrap()[0].effects.len()
        })
    });
    let mut changes = 0;
    for task in looks.collect::<Vec<_>>() {
        changes += task.await.unwrap();
    }
    assert_eq!((changes, told(&one).await.len(), jobs(&db).await), (1, 1, 1));
}

/// As if the process ended between the one and the other: its transaction is not committed.
async fn a_change_that_cannot_be_told_is_not_made(db: Arc<Database>) {
    let store = db.store().await;
    for table in ["alerts", "effects", "river_job"] {
        db.sql(&format!("alter table {table} rename to away")).await;
        assert_eq!(look(&store, noon()).await.unwrap_err().trouble, Trouble::Broken, "{table}");
        db.sql(&format!("alter table away rename to {table}")).await;
        assert_eq!((told(&store).await.len(), jobs(&db).await), (0, 0), "{table}");
        assert_eq!(db.number("select count(*) from alerts").await, 0, "{table}");
    }
    look(&store, noon()).await.unwrap();
    assert_eq!((told(&store).await.len(), jobs(&db).await), (1, 1));
}

async fn a_look_that_panics_writes_nothing_and_harms_nobody(db: Arc<Database>) {
    let store = db.store().await;
    let broken = store.look(vec![RULE.to_owned()], noon(), Box::new(|_| panic!("a bug"))).await;
    assert_eq!(broken.unwrap_err().trouble, Trouble::Broken);
    let booked = appointment();
    book(&store, &booked, vec![]).await;
    look(&store, noon()).await.unwrap();
    assert_eq!(told(&store).await.len(), 1);
}

async fn effects_in_doubt_are_counted(db: Arc<Database>) {
    let store = db.store().await;
    assert_eq!(store.uncertain().await.unwrap(), 0);
    let booked = appointment();
    let mut effects = vec![effect(booked.id, THANK, noon()), effect(booked.id, ASK, noon())];
    effects[0].state = EffectState::Uncertain;
    let decision = Decision { effects, ..Decision::default() };
    book(&store, &booked, vec![]).await;
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.uncertain().await.unwrap(), 1);
}
