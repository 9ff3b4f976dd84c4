//! The laws of [`VoiceCloner`].

use super::call_provider::{keeps_secrets, tells_nothing};
use crate::moment;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    id::EffectId,
    personal::PersonName,
    ports::{CloneRequest, Consent, Happened, Trouble, VoiceCloner, VoiceId},
};

fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn request(expires_at: DateTime<Utc>) -> CloneRequest {
    let consent = Consent {
        by: PersonName::parse("Ana Lim").expect("a name"),
        purpose: "the greeting".to_owned(),
        given_at: now() - Duration::days(30),
        expires_at,
    };
    let samples = vec![("audio/wav".to_owned(), vec![0; 64])];
    CloneRequest { label: "greeting".to_owned(), samples, consent, now: now() }
}

/// Without a permission that still holds, nothing is cloned.
///
/// # Panics
/// When the law does not hold.
pub async fn an_expired_consent_is_refused(cloner: &dyn VoiceCloner) {
    for expires_at in [now(), now() - Duration::seconds(1), now() - Duration::days(1)] {
        let effect = EffectId::derive(now(), &["clone", &expires_at.to_rfc3339()]);
        let answer = cloner.clone_voice(&request(expires_at), &effect).await;
        let error = answer.expect_err("a consent that has expired permits nothing");
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Refused), "{error}");
    }
}

/// A consent that holds is enough, and the voice can be deleted twice.
///
/// # Panics
/// When the law does not hold.
pub async fn a_voice_is_made_and_deleted(cloner: &dyn VoiceCloner) {
    let effect = EffectId::derive(now(), &["clone"]);
    let voice = cloner.clone_voice(&request(now() + Duration::days(1)), &effect).await.expect("the consent holds");
    for _ in 0..2 {
        cloner.delete(&voice).await.expect("deleting what is gone is fine");
    }
}

/// Asked again for the same effect, no second voice is made.
///
/// # Panics
/// When the law does not hold.
pub async fn the_same_effect_again_is_the_same_voice(cloner: &dyn VoiceCloner) {
    let effect = EffectId::derive(now(), &["clone", "again"]);
    let request = request(now() + Duration::days(1));
    let first = cloner.clone_voice(&request, &effect).await.expect("the consent holds");
    assert_eq!(cloner.clone_voice(&request, &effect).await.expect("the consent holds"), first);
    let other = EffectId::derive(now(), &["clone", "other"]);
    assert_ne!(cloner.clone_voice(&request, &other).await.expect("the consent holds"), first);
}

/// Deleting what never was is fine.
///
/// # Panics
/// When the law does not hold.
pub async fn deleting_what_is_not_there_is_fine(cloner: &dyn VoiceCloner) {
    cloner.delete(&VoiceId("no-such-voice".to_owned())).await.expect("there is nothing to delete");
}

/// `loses` makes the vendor lose its next answer, after it did what it was asked. The fate is unknown then, and the voice is
/// found again by the effect that made it; another effect finds nothing.
///
/// # Panics
/// When the law does not hold.
pub async fn a_lost_answer_is_maybe_and_found_again(cloner: &dyn VoiceCloner, loses: impl FnOnce()) {
    let effect = EffectId::derive(now(), &["clone", "lost"]);
    assert_eq!(cloner.find(&effect).await.expect("the vendor can be asked"), None);
    loses();
    let answer = cloner.clone_voice(&request(now() + Duration::days(1)), &effect).await;
    let error = answer.expect_err("the answer was lost");
    assert_eq!(error.happened, Happened::Maybe, "{error}");
    let found = cloner.find(&effect).await.expect("the vendor can be asked").expect("the voice was made");
    let other = EffectId::derive(now(), &["clone", "another"]);
    assert_eq!(cloner.find(&other).await.expect("the vendor can be asked"), None);
    cloner.delete(&found).await.expect("it can be deleted");
}

/// Neither an error of `dead`, which speaks to an address where nobody listens, nor what is printed of a configuration
/// holds these secrets or whose voice it is.
///
/// # Panics
/// When the law does not hold.
pub async fn secret_never_in_error_or_debug(dead: &dyn VoiceCloner, debug: &str, secrets: &[&str]) {
    let effect = EffectId::derive(now(), &["clone", "dead"]);
    let request = request(now() + Duration::days(1));
    let error = dead.clone_voice(&request, &effect).await.expect_err("nobody listens there");
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
    tells_nothing(&error, secrets);
    let error = dead.delete(&VoiceId("voice".to_owned())).await.expect_err("nobody listens there");
    tells_nothing(&error, secrets);
    keeps_secrets(debug, secrets);
}
