//! What is stopped stays stopped, and what has begun is not stopped.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::{
    effect::{Effect, EffectState},
    ports::{Decision, IvrStore, Subject, Withdrawal},
};
use std::sync::Arc;

on_both!(
    withdrawn_effects_never_begin,
    a_begun_effect_is_not_withdrawn,
    what_a_withdrawing_decision_creates_stays,
    what_asks_nothing_stays,
    the_effect_at_hand_is_as_it_was_decided,
    withdrawal_within_a_batch_is_seen_by_the_next_decision,
    an_effect_decided_twice_keeps_how_far_it_has_come,
);

fn withdraw(appointment: &frontdesk_core::appointment::Appointment) -> Option<Withdrawal> {
    Some(Withdrawal { appointment_id: appointment.id, reason: "they said yes".to_owned() })
}

/// Begins an effect as the engine does: only when it waits.
fn begin(effect: Option<Effect>) -> Decision {
    let begun = effect.filter(|effect| effect.state == EffectState::Waiting).map(|mut effect| {
        effect.state = EffectState::Started;
        effect.started_at = Some(noon());
        effect.reaches = Some(phone(123));
        effect
    });
    Decision { effect: begun, ..Decision::default() }
}

async fn withdrawn_effects_never_begin(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let other = appointment();
    let (place, ask) = (effect(booked.id, PLACE, noon()), effect(booked.id, ASK, noon() + TimeDelta::hours(1)));
    let theirs = effect(other.id, PLACE, noon());
    book(&store, &booked, vec![place.clone(), ask.clone()]).await;
    book(&store, &other, vec![theirs.clone()]).await;
    let decision = Decision { withdraw: withdraw(&booked), ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    for id in [place.id, ask.id] {
        let advanced = advance(&store, Subject::Effect(id), None, |found| begin(found.effect)).await.unwrap();
        assert_eq!(advanced.decision.effect, None);
        let effect = store.effect(id).await.unwrap().unwrap();
        assert_eq!((effect.state, effect.reason.as_deref()), (EffectState::Skipped, Some("they said yes")));
        assert_eq!(effect.updated_at, noon());
    }
    assert_eq!(store.effect(theirs.id).await.unwrap(), Some(theirs));
}

async fn a_begun_effect_is_not_withdrawn(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let place = effect(booked.id, PLACE, noon());
    book(&store, &booked, vec![place.clone()]).await;
    advance(&store, Subject::Effect(place.id), None, |found| begin(found.effect)).await.unwrap();
    let decision = Decision { withdraw: withdraw(&booked), ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.effect(place.id).await.unwrap().unwrap().state, EffectState::Started);
}

async fn what_a_withdrawing_decision_creates_stays(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let old = effect(booked.id, PLACE, noon());
    let new = effect(booked.id, ASK, noon());
    book(&store, &booked, vec![old.clone()]).await;
    let decision = Decision { withdraw: withdraw(&booked), effects: vec![new.clone()], ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.effect(old.id).await.unwrap().unwrap().state, EffectState::Skipped);
    assert_eq!(store.effect(new.id).await.unwrap(), Some(new));
}

async fn what_asks_nothing_stays(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let (thank, over, ladder) =
        (effect(booked.id, THANK, noon()), effect(booked.id, OVER, noon()), effect(booked.id, LADDER, noon()));
    book(&store, &booked, vec![thank.clone(), over.clone(), ladder.clone()]).await;
    let decision = Decision { withdraw: withdraw(&booked), ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.effect(thank.id).await.unwrap(), Some(thank));
    assert_eq!(store.effect(over.id).await.unwrap(), Some(over));
    assert_eq!(store.effect(ladder.id).await.unwrap().unwrap().state, EffectState::Skipped);
}

/// Many decisions about one appointment at once: booking effects, withdrawing, beginning. Whatever the batches are,
/// nothing that was withdrawn has begun, and nothing that has begun was withdrawn.
async fn withdrawal_within_a_batch_is_seen_by_the_next_decision(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    book(&store, &booked, vec![]).await;
    let mut tasks = Vec::new();
    for n in 0..90 {
        let (store, booked) = (store.clone(), booked.clone());
        tasks.push(tokio::spawn(async move {
            let place = effect(booked.id, PLACE, noon());
            let id = place.id;
            if n % 10 == 9 {
                let decision = Decision { withdraw: withdraw(&booked), ..Decision::default() };
                advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
                return None;
            }
            let decision = Decision { effects: vec![place], ..Decision::default() };
            advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
            let begun = advance(&store, Subject::Effect(id), None, |found| begin(found.effect)).await.unwrap();
            Some((id, begun.decision.effect.is_some()))
        }));
    }
    for task in tasks {
        if let Some((id, begun)) = task.await.unwrap() {
            let state = store.effect(id).await.unwrap().unwrap().state;
            assert_eq!(state, if begun { EffectState::Started } else { EffectState::Skipped });
        }
    }
}

async fn an_effect_decided_twice_keeps_how_far_it_has_come(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let place = effect(booked.id, PLACE, noon());
    book(&store, &booked, vec![place.clone()]).await;
    advance(&store, Subject::Effect(place.id), None, |found| begin(found.effect)).await.unwrap();
    let decision = Decision { effects: vec![place.clone()], ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.effect(place.id).await.unwrap().unwrap().state, EffectState::Started);
}

/// Put off by the very decision that stops the others.
async fn the_effect_at_hand_is_as_it_was_decided(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let (mut place, ask) = (effect(booked.id, PLACE, noon()), effect(booked.id, ASK, noon()));
    book(&store, &booked, vec![place.clone(), ask.clone()]).await;
    place.due_at += TimeDelta::hours(2);
    let decision = Decision { effect: Some(place.clone()), withdraw: withdraw(&booked), ..Decision::default() };
    advance(&store, Subject::Effect(place.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.effect(place.id).await.unwrap(), Some(place));
    assert_eq!(store.effect(ask.id).await.unwrap().unwrap().state, EffectState::Skipped);
}
