//! API keys and first answers.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::ports::{Decision, IvrStore};
use frontdesk_store::Claim;
use std::sync::Arc;
use uuid::Uuid;

on_both!(
    a_revoked_key_opens_nothing,
    one_of_many_claimants_gets_the_key,
    an_answer_is_given_again_only_to_the_same_request,
    pruning_forgets_only_what_is_old,
);

async fn a_revoked_key_opens_nothing(db: Arc<Database>) {
    let store = db.store().await;
    let id = Uuid::now_v7();
    store.insert_api_key(id, "booking system", "hash-1", noon()).await.unwrap();
    assert!(store.insert_api_key(Uuid::now_v7(), "another", "hash-1", noon()).await.is_err());
    let key = store.api_key_by_hash("hash-1").await.unwrap().unwrap();
    assert_eq!((key.id, key.label.as_str(), key.created_at, key.revoked_at), (id, "booking system", noon(), None));
    assert!(store.revoke_api_key(id, noon()).await.unwrap());
    assert!(!store.revoke_api_key(id, noon()).await.unwrap());
    assert_eq!(store.api_key_by_hash("hash-1").await.unwrap(), None);
    assert_eq!(store.api_keys().await.unwrap()[0].revoked_at, Some(noon()));
}

async fn one_of_many_claimants_gets_the_key(db: Arc<Database>) {
    let store = db.store().await;
    let tasks = (0..24).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim("key", "body", noon()).await.unwrap() })
    });
    let mut claims = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        claims.push(task.await.unwrap());
    }
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Yours).count(), 1);
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Pending(noon())).count(), 23);
}

async fn an_answer_is_given_again_only_to_the_same_request(db: Arc<Database>) {
    let store = db.store().await;
    assert_eq!(store.claim("key", "body", noon()).await.unwrap(), Claim::Yours);
    store.release("key").await.unwrap();
    assert_eq!(store.claim("key", "body", noon()).await.unwrap(), Claim::Yours);
    store.keep_answer("key", 201, "{\"id\":1}").await.unwrap();
    store.release("key").await.unwrap();
    let answered = Claim::Answered { status: 201, body: "{\"id\":1}".to_owned() };
    assert_eq!(store.claim("key", "body", noon()).await.unwrap(), answered);
    assert_eq!(store.claim("key", "other", noon()).await.unwrap(), Claim::OtherBody);
}

async fn pruning_forgets_only_what_is_old(db: Arc<Database>) {
    let store = db.store().await;
    let later = noon() + TimeDelta::days(1);
    for (once, at) in [("old", noon()), ("new", later)] {
        store.advance(ours(&call()), Some(once.to_owned()), at, Box::new(|_| Decision::default())).await.unwrap();
    }
    store.claim("old", "body", noon()).await.unwrap();
    assert_eq!(store.prune(later).await.unwrap(), 2);
    assert_eq!(store.prune(later).await.unwrap(), 0);
    for (once, repeated) in [("old", false), ("new", true)] {
        let advanced = advance(&store, ours(&call()), Some(once), |_| Decision::default()).await.unwrap();
        assert_eq!(advanced.repeated, repeated);
    }
}
