//! The laws of [`VoiceStore`].

use crate::{moment, phone};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    effect::{Action, Effect, EffectState},
    id::EffectId,
    personal::{PersonName, Phone},
    ports::{
        Claimed, Consent, Decision, EffectFilter, IvrStore, Subject, VoiceConsent, VoiceId, VoiceKept, VoiceState,
        VoiceStore, deletion,
    },
};
use futures_util::future::join_all;

/// Keeps voices and everything else.
pub trait Both: VoiceStore + IvrStore {}

impl<T: VoiceStore + IvrStore> Both for T {}

const PROVIDER: &str = "cloner";

fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn person() -> Phone {
    phone("+15005550101")
}

fn permission(expires_at: DateTime<Utc>) -> VoiceConsent {
    VoiceConsent {
        phone: person(),
        consent: Consent {
            by: PersonName::parse("Ana Lim").expect("a name"),
            purpose: "to be spoken with in her own voice".to_owned(),
            given_at: now() - Duration::days(1),
            expires_at,
        },
        samples: vec!["ana/hello.mp3".to_owned(), "ana/again.wav".to_owned()],
    }
}

fn effect(name: &str) -> EffectId {
    EffectId::derive(now(), &["clone", name])
}

fn voice(name: &str) -> VoiceId {
    VoiceId(name.to_owned())
}

async fn claim(store: &dyn Both, name: &str, now: DateTime<Utc>) -> Claimed {
    store.claim(&person(), effect(name), PROVIDER, now).await.expect("the store answers")
}

async fn permit(store: &dyn Both, expires_at: DateTime<Utc>) {
    store.permit(permission(expires_at), now()).await.expect("the store answers");
}

async fn make(store: &dyn Both, name: &str) -> VoiceKept {
    let until = now() + Duration::hours(24);
    store.made(effect(name), PROVIDER, &voice(name), until, now()).await.expect("the store answers")
}

/// A voice that is live, made by the effect of this name.
async fn live(store: &dyn Both, name: &str) {
    permit(store, now() + Duration::days(30)).await;
    assert!(matches!(claim(store, name, now()).await, Claimed::Yours(_)));
    assert_eq!(make(store, name).await, VoiceKept::Live);
}

/// Whether an effect waits that deletes this voice at its vendor, and only one.
async fn deletes(store: &dyn Both, name: &str) -> bool {
    let wanted = deletion(PROVIDER, &voice(name), now());
    let kept = store.effect(wanted.id).await.expect("the store answers");
    let filter = EffectFilter { limit: 100, ..EffectFilter::default() };
    let all = store.effects(filter).await.expect("the store answers").items;
    let same = |action: &Action| matches!(action, Action::DeleteVoice { voice, .. } if voice.0 == name);
    assert!(all.iter().filter(|effect| same(&effect.action)).count() <= 1);
    kept.is_some_and(|kept| kept.state == EffectState::Waiting && kept.action == wanted.action)
}

/// What was permitted is read as it was written, until it is withdrawn.
///
/// # Panics
/// When the law does not hold.
pub async fn a_permission_is_read_as_it_was_given(store: &dyn Both) {
    assert_eq!(store.permission(&person()).await.expect("the store answers"), None);
    assert!(!store.withdraw(&person(), now()).await.expect("the store answers"));
    permit(store, now() + Duration::days(30)).await;
    let kept = store.permission(&person()).await.expect("the store answers");
    assert_eq!(kept, Some(permission(now() + Duration::days(30))));
    assert!(store.withdraw(&person(), now()).await.expect("the store answers"));
    assert_eq!(store.permission(&person()).await.expect("the store answers"), None);
}

/// Of many who ask at once for one person's voice, one has it made.
///
/// # Panics
/// When the law does not hold.
pub async fn of_many_who_ask_at_once_one_has_it_made(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    let names: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let claimed = join_all(names.iter().map(|name| claim(store, name, now()))).await;
    assert_eq!(claimed.iter().filter(|it| matches!(it, Claimed::Yours(_))).count(), 1, "{claimed:?}");
    assert_eq!(claimed.iter().filter(|it| **it == Claimed::Making).count(), 11, "{claimed:?}");
}

/// Whoever asks again for what they have made is told that it is theirs, with the permission; everybody else waits.
///
/// # Panics
/// When the law does not hold.
pub async fn whoever_asks_again_is_told_that_it_is_theirs(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    for _ in 0..3 {
        assert_eq!(claim(store, "one", now()).await, Claimed::Yours(permission(now() + Duration::days(30))));
        assert_eq!(claim(store, "two", now()).await, Claimed::Making);
    }
    let kept = store.voice_of(&person()).await.expect("the store answers").expect("it is being made");
    assert_eq!((kept.effect, kept.state, kept.voice), (effect("one"), VoiceState::Making, None));
}

/// A live voice is given to whoever asks, and each time is counted.
///
/// # Panics
/// When the law does not hold.
pub async fn a_live_voice_is_given_and_counted_as_used(store: &dyn Both) {
    live(store, "one").await;
    let later = now() + Duration::hours(1);
    assert_eq!(claim(store, "two", later).await, Claimed::Live(voice("one")));
    assert_eq!(store.reuse(&person(), later).await.expect("the store answers"), Some(voice("one")));
    let kept = store.voice_of(&person()).await.expect("the store answers").expect("it is live");
    assert_eq!((kept.state, kept.reuse_count, kept.last_used_at), (VoiceState::Live, 2, Some(later)));
    assert_eq!((kept.made_at, kept.expires_at), (Some(now()), Some(now() + Duration::hours(24))));
    assert_eq!(store.reuse(&phone("+15005550199"), later).await.expect("the store answers"), None);
}

/// Without a permission that holds nothing is to be made.
///
/// # Panics
/// When the law does not hold.
pub async fn without_a_permission_that_holds_nothing_is_made(store: &dyn Both) {
    assert_eq!(claim(store, "one", now()).await, Claimed::Denied);
    permit(store, now()).await;
    assert_eq!(claim(store, "one", now()).await, Claimed::Denied);
    assert_eq!(store.voice_of(&person()).await.expect("the store answers"), None);
}

/// A voice lives no longer than it may, and no longer than its permission; the effect that deletes it is written with its end.
///
/// # Panics
/// When the law does not hold.
pub async fn what_has_expired_is_deleted(store: &dyn Both) {
    permit(store, now() + Duration::hours(2)).await;
    assert!(matches!(claim(store, "one", now()).await, Claimed::Yours(_)));
    assert_eq!(make(store, "one").await, VoiceKept::Live);
    let (before, end) = (now() + Duration::minutes(119), now() + Duration::hours(2));
    assert_eq!(store.expire(before).await.expect("the store answers"), 0);
    assert!(!deletes(store, "one").await);
    assert_eq!(store.reuse(&person(), end).await.expect("the store answers"), None, "it is not spoken with any more");
    assert_eq!(store.expire(end).await.expect("the store answers"), 1);
    assert_eq!(store.expire(end).await.expect("the store answers"), 0);
    assert!(deletes(store, "one").await);
    assert_eq!(store.voice_of(&person()).await.expect("the store answers"), None);
}

/// Whoever withdraws their permission has their voice deleted.
///
/// # Panics
/// When the law does not hold.
pub async fn a_withdrawn_permission_deletes_the_voice(store: &dyn Both) {
    live(store, "one").await;
    assert!(store.withdraw(&person(), now()).await.expect("the store answers"));
    assert!(deletes(store, "one").await);
    assert_eq!(claim(store, "two", now()).await, Claimed::Denied);
}

/// A voice that is done only after its permission was withdrawn is deleted, and never given.
///
/// # Panics
/// When the law does not hold.
pub async fn what_is_done_after_the_permission_was_withdrawn_is_deleted(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    assert!(matches!(claim(store, "one", now()).await, Claimed::Yours(_)));
    store.withdraw(&person(), now()).await.expect("the store answers");
    assert_eq!(claim(store, "one", now()).await, Claimed::Orphaned);
    assert_eq!(make(store, "one").await, VoiceKept::Unwanted);
    assert!(deletes(store, "one").await);
    assert_eq!(store.voice_of(&person()).await.expect("the store answers"), None);
}

/// A forgotten person's voice is deleted, one that is being made as well, and nothing leads to them.
///
/// # Panics
/// When the law does not hold.
pub async fn a_forgotten_persons_voice_is_deleted(store: &dyn Both) {
    live(store, "one").await;
    store.forget(&person(), now()).await.expect("the store answers");
    assert!(deletes(store, "one").await);
    assert_eq!(store.permission(&person()).await.expect("the store answers"), None);
    assert_eq!(store.voice_of(&person()).await.expect("the store answers"), None);
    permit(store, now() + Duration::days(30)).await;
    assert!(matches!(claim(store, "two", now()).await, Claimed::Yours(_)));
    store.forget(&person(), now()).await.expect("the store answers");
    permit(store, now() + Duration::days(30)).await;
    assert_eq!(claim(store, "two", now()).await, Claimed::Orphaned, "it was another permission");
    assert_eq!(make(store, "two").await, VoiceKept::Unwanted);
    assert!(deletes(store, "two").await);
}

/// Another permission deletes the voice that the one before permitted; the same again does not.
///
/// # Panics
/// When the law does not hold.
pub async fn another_permission_deletes_what_the_one_before_permitted(store: &dyn Both) {
    live(store, "one").await;
    permit(store, now() + Duration::days(30)).await;
    assert!(!deletes(store, "one").await);
    permit(store, now() + Duration::days(2)).await;
    assert!(deletes(store, "one").await);
    assert!(matches!(claim(store, "two", now()).await, Claimed::Yours(_)));
}

/// What was surely not made may be asked for by somebody else.
///
/// # Panics
/// When the law does not hold.
pub async fn what_was_surely_not_made_is_free_again(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    assert!(matches!(claim(store, "one", now()).await, Claimed::Yours(_)));
    store.unmade(effect("one")).await.expect("the store answers");
    assert!(matches!(claim(store, "two", now()).await, Claimed::Yours(_)));
    assert_eq!(make(store, "two").await, VoiceKept::Live);
    store.unmade(effect("two")).await.expect("the store answers");
    assert_eq!(claim(store, "three", now()).await, Claimed::Live(voice("two")), "what is there stays");
}

/// Told again that it was made changes nothing.
///
/// # Panics
/// When the law does not hold.
pub async fn a_voice_told_twice_is_one(store: &dyn Both) {
    live(store, "one").await;
    assert_eq!(make(store, "one").await, VoiceKept::Live);
    assert!(!deletes(store, "one").await);
}

/// A voice that is being made when its permission is replaced or withdrawn is deleted once it is there, even if it is
/// permitted again by then, and stands in nobody's way.
///
/// # Panics
/// When the law does not hold.
pub async fn what_is_being_made_goes_with_its_permission(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    assert!(matches!(claim(store, "one", now()).await, Claimed::Yours(_)));
    permit(store, now() + Duration::days(2)).await;
    assert_eq!(claim(store, "one", now()).await, Claimed::Orphaned, "it was another permission");
    assert!(matches!(claim(store, "two", now()).await, Claimed::Yours(_)));
    assert_eq!(make(store, "one").await, VoiceKept::Unwanted);
    assert!(deletes(store, "one").await);
    store.withdraw(&person(), now()).await.expect("the store answers");
    permit(store, now() + Duration::days(2)).await;
    assert_eq!(make(store, "two").await, VoiceKept::Unwanted);
    assert!(deletes(store, "two").await);
    assert_eq!(store.voice_of(&person()).await.expect("the store answers"), None);
}

/// A voice whose making was given up does not stand in the way of another one.
///
/// # Panics
/// When the law does not hold.
pub async fn whoever_gave_up_stands_in_nobodys_way(store: &dyn Both) {
    permit(store, now() + Duration::days(30)).await;
    let states = [EffectState::Started, EffectState::Uncertain, EffectState::Skipped, EffectState::Failed];
    let mut one = "first".to_owned();
    assert!(matches!(claim(store, &one, now()).await, Claimed::Yours(_)));
    for state in states {
        let next = state.as_str().to_owned();
        let row = Effect { state, ..Effect::planned(effect(&one), None, Action::CloneVoice, now(), now()) };
        let decision = if store.effect(row.id).await.expect("the store answers").is_some() {
            Decision { effect: Some(row.clone()), ..Decision::default() }
        } else {
            Decision { effects: vec![row.clone()], ..Decision::default() }
        };
        let decide = Box::new(move |_| decision);
        store.advance(Subject::Effect(row.id), None, now(), decide).await.expect("the store answers");
        let claimed = claim(store, &next, now()).await;
        if matches!(state, EffectState::Skipped | EffectState::Failed) {
            assert!(matches!(claimed, Claimed::Yours(_)), "{state:?}: {claimed:?}");
            assert_eq!(make(store, &one).await, VoiceKept::Unwanted, "{state:?}");
            one = next;
        } else {
            assert_eq!(claimed, Claimed::Making, "{state:?}");
        }
    }
}
