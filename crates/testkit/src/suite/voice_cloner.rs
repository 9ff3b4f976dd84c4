//! The laws of [`VoiceCloner`].

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

/// Deleting what never was is fine.
///
/// # Panics
/// When the law does not hold.
pub async fn deleting_what_is_not_there_is_fine(cloner: &dyn VoiceCloner) {
    cloner.delete(&VoiceId("no-such-voice".to_owned())).await.expect("there is nothing to delete");
}
