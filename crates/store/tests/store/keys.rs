//! API keys and first answers.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::ports::{ApiKey, Claim, Decision, DeskStore, IvrStore};
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
    let made =
        |label: &str| ApiKey { id: Uuid::now_v7(), label: label.to_owned(), created_at: noon(), revoked_at: None };
    let key = made("booking system");
    store.add_key(&key, [1; 32]).await.unwrap();
    store.add_key(&made("another"), [1; 32]).await.unwrap_err();
    assert_eq!(store.key([1; 32]).await.unwrap().as_ref(), Some(&key));
    assert!(store.revoke_key(key.id, noon()).await.unwrap());
    assert!(!store.revoke_key(key.id, noon()).await.unwrap());
    assert_eq!(store.key([1; 32]).await.unwrap(), None);
    assert_eq!(store.keys().await.unwrap(), [ApiKey { revoked_at: Some(noon()), ..key }]);
}

async fn one_of_many_claimants_gets_the_key(db: Arc<Database>) {
    let store = db.store().await;
    let tasks = (0..24).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.claim("key", [n; 32], noon()).await.unwrap() })
    });
    let mut claims = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        claims.push(task.await.unwrap());
    }
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Open).count(), 1);
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::OtherBody).count(), 23);
}

async fn an_answer_is_given_again_only_to_the_same_request(db: Arc<Database>) {
    let store = db.store().await;
    for _ in 0..2 {
        assert_eq!(store.claim("key", [1; 32], noon()).await.unwrap(), Claim::Open);
    }
    store.answer("key", 201, "{\"id\":1}", noon()).await.unwrap();
    store.answer("key", 500, "too late", noon()).await.unwrap();
    let answered = Claim::Answered { status: 201, body: "{\"id\":1}".to_owned() };
    assert_eq!(store.claim("key", [1; 32], noon()).await.unwrap(), answered);
    assert_eq!(store.claim("key", [2; 32], noon()).await.unwrap(), Claim::OtherBody);
}

async fn pruning_forgets_only_what_is_old(db: Arc<Database>) {
    let store = db.store().await;
    let later = noon() + TimeDelta::days(1);
    for (once, at) in [("old", noon()), ("new", later)] {
        store.advance(ours(&call()), Some(once.to_owned()), at, Box::new(|_| Decision::default())).await.unwrap();
    }
    store.claim("old", [1; 32], noon()).await.unwrap();
    assert_eq!(store.prune(later).await.unwrap(), 2);
    assert_eq!(store.prune(later).await.unwrap(), 0);
    for (once, repeated) in [("old", false), ("new", true)] {
        let advanced = advance(&store, ours(&call()), Some(once), |_| Decision::default()).await.unwrap();
        assert_eq!(advanced.repeated, repeated);
    }
}
