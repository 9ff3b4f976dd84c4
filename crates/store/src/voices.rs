//! The port of voices: who permits them, and what was made.
//!
//! Everything about one person happens under the key by which calls and messages to them are decided.

use crate::{
    Store,
    db::{Arg, Conn, refused},
    rows::{self, Rows},
    sql::{self, voices},
    write::Jobs,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::EffectId,
    personal::{PersonName, Phone},
    ports::{
        Claimed, Consent, KeptVoice, PortResult, VoiceConsent, VoiceId, VoiceKept, VoiceState, VoiceStore, deletion,
    },
};
use uuid::Uuid;

/// Who gave it, what for, when, until when, samples.
type ConsentRow = (String, String, i64, i64, String);
/// Effect, person, provider, the vendor's name, state, made, end, further uses, last use.
type VoiceRow = (Uuid, Option<String>, String, Option<String>, String, Option<i64>, Option<i64>, i64, Option<i64>);
/// Provider, the vendor's name.
type Ended = (String, Option<String>);

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn consent(phone: Phone, (by, purpose, given, expires, samples): ConsentRow) -> sqlx::Result<VoiceConsent> {
    let by = PersonName::parse(&by).map_err(unreadable)?;
    let (given_at, expires_at) = (rows::time(given), rows::time(expires));
    let samples = serde_json::from_str(&samples).map_err(unreadable)?;
    Ok(VoiceConsent { phone, consent: Consent { by, purpose, given_at, expires_at }, samples })
}

fn state(text: &str) -> VoiceState {
    // What nobody can read is spoken with by nobody.
    [VoiceState::Making, VoiceState::Live].into_iter().find(|it| it.as_str() == text).unwrap_or(VoiceState::Deleted)
}

fn kept((effect, _, provider, voice, is, made, end, uses, used): VoiceRow) -> KeptVoice {
    KeptVoice {
        effect: EffectId(effect),
        provider,
        voice: voice.map(VoiceId),
        state: state(&is),
        made_at: made.map(rows::time),
        expires_at: end.map(rows::time),
        reuse_count: u32::try_from(uses).unwrap_or(0),
        last_used_at: used.map(rows::time),
    }
}

#[async_trait]
impl VoiceStore for Store {
    async fn permit(&self, given: VoiceConsent, now: DateTime<Utc>) -> PortResult<()> {
        self.act(move |conn| Box::pin(permit(conn, given, now))).await
    }

    async fn permission(&self, phone: &Phone) -> PortResult<Option<VoiceConsent>> {
        let rows: Vec<ConsentRow> = self.read(&voices::CONSENT, vec![phone.reveal().into()]).await?;
        rows.into_iter().next().map(|row| consent(phone.clone(), row)).transpose().map_err(refused)
    }

    async fn withdraw(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<bool> {
        let phone = phone.clone();
        self.act(move |conn| Box::pin(withdraw(conn, phone, now))).await
    }

    async fn voice_of(&self, phone: &Phone) -> PortResult<Option<KeptVoice>> {
        let rows: Vec<VoiceRow> = self.read(&voices::VOICE_OF, vec![phone.reveal().into()]).await?;
        Ok(rows.into_iter().next().map(kept))
    }

    async fn reuse(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Option<VoiceId>> {
        let args: Vec<Arg> = vec![phone.reveal().into(), rows::millis(now).into()];
        let used: Option<(Option<String>,)> =
            self.act(move |mut conn| Box::pin(async move { conn.one(&voices::USE_VOICE, args).await })).await?;
        Ok(used.and_then(|(voice,)| voice).map(VoiceId))
    }

    async fn claim(&self, phone: &Phone, effect: EffectId, provider: &str, now: DateTime<Utc>) -> PortResult<Claimed> {
        let (phone, provider) = (phone.clone(), provider.to_owned());
        self.act(move |conn| Box::pin(claim(conn, phone, effect, provider, now))).await
    }

    async fn made(
        &self,
        effect: EffectId,
        provider: &str,
        voice: &VoiceId,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> PortResult<VoiceKept> {
        let (provider, voice) = (provider.to_owned(), voice.clone());
        self.act(move |conn| Box::pin(made(conn, effect, provider, voice, until, now))).await
    }

    async fn unmade(&self, effect: EffectId) -> PortResult<()> {
        self.change(&voices::DROP_VOICE, vec![effect.0.into()]).await.map(drop)
    }

    async fn expire(&self, now: DateTime<Utc>) -> PortResult<u32> {
        let ended = self
            .act(move |mut conn| {
                Box::pin(async move {
                    conn.begin().await?;
                    let ended: Vec<Ended> = conn.all(&voices::END_VOICES, vec![rows::millis(now).into()]).await?;
                    let many = ended.len();
                    delete(&mut conn, ended, now).await?;
                    conn.plain("commit").await?;
                    Ok(many)
                })
            })
            .await?;
        Ok(u32::try_from(ended).unwrap_or(u32::MAX))
    }
}

async fn permission(conn: &mut Conn<'_>, phone: &Phone) -> sqlx::Result<Option<VoiceConsent>> {
    let row: Option<ConsentRow> = conn.one(&voices::CONSENT, vec![phone.reveal().into()]).await?;
    row.map(|row| consent(phone.clone(), row)).transpose()
}

/// The permission, if it holds now.
async fn holding(conn: &mut Conn<'_>, phone: &Phone, now: DateTime<Utc>) -> sqlx::Result<Option<VoiceConsent>> {
    let given = permission(conn, phone).await?;
    Ok(given.filter(|given| given.consent.expires_at > now))
}

/// Nobody else decides about this person meanwhile.
async fn lock(conn: &mut Conn<'_>, number: &str) -> sqlx::Result<()> {
    if conn.is_postgres() {
        conn.put(&sql::LOCK, Rows::of([[format!("person {number}").into()]])).await?;
    }
    Ok(())
}

/// Writes the effects that delete these voices at their vendor.
async fn delete(conn: &mut Conn<'_>, ended: Vec<Ended>, now: DateTime<Utc>) -> sqlx::Result<()> {
    let named = ended.into_iter().filter_map(|(provider, voice)| Some((provider, VoiceId(voice?))));
    let effects: Vec<_> = named.map(|(provider, voice)| deletion(&provider, &voice, now)).collect();
    let mut puts = Rows::default();
    for effect in &effects {
        puts.push(rows::effect_row(effect).map_err(unreadable)?);
    }
    conn.put(&sql::NEW_EFFECTS, puts).await?;
    Jobs::of(effects.iter(), now).put(conn).await
}

async fn end_voice(conn: &mut Conn<'_>, number: &str, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let ended: Vec<Ended> = conn.all(&voices::END_VOICE, vec![number.into()]).await?;
    let any = !ended.is_empty();
    delete(conn, ended, now).await?;
    Ok(any)
}

async fn permit(mut conn: Conn<'_>, given: VoiceConsent, now: DateTime<Utc>) -> sqlx::Result<()> {
    let number = given.phone.reveal();
    conn.begin().await?;
    lock(&mut conn, number).await?;
    let before = permission(&mut conn, &given.phone).await?;
    let VoiceConsent { consent, samples, .. } = &given;
    // The same again permits the same voice.
    let same = |before: &VoiceConsent| before.samples == *samples && before.consent.expires_at == consent.expires_at;
    if !before.as_ref().is_some_and(same) {
        end_voice(&mut conn, number, now).await?;
        conn.run(&voices::ORPHAN_VOICES, vec![number.into()]).await?;
    }
    let args = vec![
        number.into(),
        rows::text(consent.by.reveal()),
        rows::text(&consent.purpose),
        rows::millis(consent.given_at).into(),
        rows::millis(consent.expires_at).into(),
        serde_json::to_string(samples).map_err(unreadable)?.into(),
    ];
    conn.run(&voices::PUT_CONSENT, args).await?;
    conn.plain("commit").await
}

async fn withdraw(mut conn: Conn<'_>, phone: Phone, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let number = phone.reveal();
    conn.begin().await?;
    lock(&mut conn, number).await?;
    let permitted = conn.run(&voices::DROP_CONSENT, vec![number.into()]).await? > 0;
    let ended = end_voice(&mut conn, number, now).await?;
    conn.run(&voices::ORPHAN_VOICES, vec![number.into()]).await?;
    conn.plain("commit").await?;
    Ok(permitted || ended)
}

/// Within the transaction in which a person is forgotten.
pub(crate) async fn forget(conn: &mut Conn<'_>, number: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    conn.run(&voices::DROP_CONSENT, vec![number.into()]).await?;
    end_voice(conn, number, now).await?;
    conn.run(&voices::FORGET_VOICES, vec![number.into()]).await.map(drop)
}

async fn claim(
    mut conn: Conn<'_>,
    phone: Phone,
    effect: EffectId,
    provider: String,
    now: DateTime<Utc>,
) -> sqlx::Result<Claimed> {
    conn.begin().await?;
    lock(&mut conn, phone.reveal()).await?;
    let claimed = claimed(&mut conn, &phone, effect, &provider, now).await?;
    conn.plain("commit").await?;
    Ok(claimed)
}

async fn claimed(
    conn: &mut Conn<'_>,
    phone: &Phone,
    effect: EffectId,
    provider: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Claimed> {
    let own: Option<VoiceRow> = conn.one(&voices::VOICE, vec![effect.0.into()]).await?;
    let permitted = holding(conn, phone, now).await?;
    if let Some(own) = own {
        let theirs = own.1.as_deref() == Some(phone.reveal());
        let own = kept(own);
        return Ok(match (own.state, permitted.filter(|_| theirs), own.voice) {
            (VoiceState::Making, Some(permitted), _) => Claimed::Yours(permitted),
            (VoiceState::Making, None, _) => Claimed::Orphaned,
            (VoiceState::Live, _, Some(voice)) if own.expires_at.is_some_and(|end| end > now) => Claimed::Live(voice),
            _ => Claimed::Denied,
        });
    }
    let Some(permitted) = permitted else {
        return Ok(Claimed::Denied);
    };
    let number = phone.reveal();
    let there: Option<VoiceRow> = conn.one(&voices::VOICE_OF, vec![number.into()]).await?;
    match there.map(kept) {
        // One that is given up stands in nobody's way.
        Some(KeptVoice { state: VoiceState::Making, effect: other, .. })
            if conn.run(&voices::DROP_ABANDONED, vec![other.0.into()]).await? > 0 => {}
        Some(KeptVoice { state: VoiceState::Making, .. }) => return Ok(Claimed::Making),
        Some(KeptVoice { voice: Some(voice), expires_at: Some(end), .. }) if end > now => {
            conn.run(&voices::USE_VOICE, vec![number.into(), rows::millis(now).into()]).await?;
            return Ok(Claimed::Live(voice));
        }
        Some(_) => {
            end_voice(conn, number, now).await?;
        }
        None => {}
    }
    conn.run(&voices::NEW_VOICE, vec![effect.0.into(), number.into(), rows::text(provider)]).await?;
    Ok(Claimed::Yours(permitted))
}

async fn made(
    mut conn: Conn<'_>,
    effect: EffectId,
    provider: String,
    voice: VoiceId,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<VoiceKept> {
    conn.begin().await?;
    let own: Option<VoiceRow> = conn.one(&voices::VOICE, vec![effect.0.into()]).await?;
    if let Some(number) = own.as_ref().and_then(|own| own.1.as_deref()) {
        lock(&mut conn, number).await?;
    }
    // Whose it is may have changed before the lock was had.
    let own: Option<VoiceRow> = conn.one(&voices::VOICE, vec![effect.0.into()]).await?;
    let phone = own.as_ref().and_then(|own| own.1.clone()).and_then(|number| Phone::known(number).ok());
    let permitted = match &phone {
        Some(phone) => holding(&mut conn, phone, now).await?,
        None => None,
    };
    let there = own.map(kept);
    let wanted = match (&there, permitted) {
        (Some(there), Some(permitted)) if there.state == VoiceState::Making => {
            let end = until.min(permitted.consent.expires_at);
            let args = vec![effect.0.into(), rows::text(&voice.0), rows::millis(now).into(), rows::millis(end).into()];
            conn.run(&voices::LIVE_VOICE, args).await?;
            true
        }
        (Some(there), _) => there.state == VoiceState::Live && there.voice.as_ref() == Some(&voice),
        (None, _) => false,
    };
    if !wanted {
        conn.run(&voices::UNWANTED_VOICE, vec![effect.0.into(), rows::text(&voice.0)]).await?;
        delete(&mut conn, vec![(provider, Some(voice.0))], now).await?;
    }
    conn.plain("commit").await?;
    Ok(if wanted { VoiceKept::Live } else { VoiceKept::Unwanted })
}
