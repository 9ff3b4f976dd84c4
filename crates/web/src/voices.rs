//! Who permits that their voice is cloned, and what was made of it.

use crate::{
    app::App,
    body::Raw,
    contacts::number,
    fields::{self, Fields},
    problem::{Answer, Problem},
    views::json,
};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    personal::PersonName,
    ports::{Consent, KeptVoice, Trouble, VoiceConsent, VoiceSample, VoiceStore},
};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

/// More samples than any vendor takes.
const MOST_SAMPLES: usize = 25;
/// Samples that are looked for at once.
const AT_ONCE: usize = 5;
/// How long all of them may be looked for.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/contacts/{phone}/voice", get(show).put(permit).delete(withdraw))
}

/// A person's permission to clone their voice.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceBody {
    /// Who gives it.
    #[schema(example = "Ana Lim")]
    by: String,
    /// What for.
    #[schema(example = "so that the clinic's assistant speaks to me in my own voice")]
    purpose: String,
    /// Until when; the voice is deleted then.
    expires_at: DateTime<Utc>,
    /// What the voice is made of: references into the store of samples, 1 to 25 of mp3, wav, m4a, flac or ogg.
    #[schema(example = json!(["ana/hello.mp3"]))]
    samples: Vec<String>,
}

/// The permission as it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceConsentView {
    by: String,
    purpose: String,
    given_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// Whether it holds now.
    holds: bool,
    samples: Vec<String>,
}

/// A voice that was made, or is being made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeVoiceView {
    /// `making` or `live`.
    #[schema(example = "live")]
    state: &'static str,
    /// Who made it.
    provider: String,
    /// Its vendor's name for it.
    voice_id: Option<String>,
    made_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    /// In how many further calls it was spoken with.
    reuse_count: u32,
    last_used_at: Option<DateTime<Utc>>,
}

/// A person's permission, and their voice.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceView {
    /// Null when there is none.
    consent: Option<VoiceConsentView>,
    /// Null when there is none.
    voice: Option<MadeVoiceView>,
}

/// What was withdrawn.
#[derive(Serialize, ToSchema)]
pub(crate) struct Withdrawn {
    /// Whether there was a permission or a voice. The voice is deleted at its vendor as soon as that can be done.
    #[schema(example = true)]
    withdrawn: bool,
}

fn made(kept: KeptVoice) -> MadeVoiceView {
    MadeVoiceView {
        state: kept.state.as_str(),
        provider: kept.provider,
        voice_id: kept.voice.map(|voice| voice.0),
        made_at: kept.made_at,
        expires_at: kept.expires_at,
        reuse_count: kept.reuse_count,
        last_used_at: kept.last_used_at,
    }
}

fn permitted(given: VoiceConsent, now: DateTime<Utc>) -> VoiceConsentView {
    let VoiceConsent { consent, samples, .. } = given;
    VoiceConsentView {
        by: consent.by.reveal().to_owned(),
        purpose: consent.purpose,
        given_at: consent.given_at,
        expires_at: consent.expires_at,
        holds: consent.expires_at > now,
        samples,
    }
}

fn voices(app: &App) -> Answer<&dyn VoiceStore> {
    let voices = app.engine.ports().voices.as_deref();
    voices.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no voices are kept here"))
}

/// A person's permission to clone their voice, and the voice
#[utoipa::path(
    get, path = "/api/v1/contacts/{phone}/voice", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    responses(
        (status = 200, description = "What there is", body = VoiceView),
        (status = 404, description = "There is neither", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a telephone number", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let phone = number(&app, &text)?;
    let voices = voices(&app)?;
    let consent = voices.permission(&phone).await?.map(|given| permitted(given, app.now()));
    let voice = voices.voice_of(&phone).await?.map(made);
    if consent.is_none() && voice.is_none() {
        let detail = "this person has not permitted that their voice is cloned";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    json(StatusCode::OK, &VoiceView { consent, voice })
}

fn samples(form: &mut Fields<'_>) -> Vec<String> {
    let Some(Value::Array(items)) = form.get("samples") else {
        form.wrong("samples", "must be a list of references into the store of samples");
        return Vec::new();
    };
    if items.is_empty() || items.len() > MOST_SAMPLES {
        form.wrong("samples", format!("must name 1 to {MOST_SAMPLES} samples"));
        return Vec::new();
    }
    let mut samples = Vec::with_capacity(items.len());
    for item in items {
        let Some(reference) = item.as_str() else {
            form.wrong("samples", "must be a list of texts");
            return Vec::new();
        };
        if let Err(why) = VoiceSample::media_type_of(reference) {
            form.wrong("samples", why);
            return Vec::new();
        }
        samples.push(reference.to_owned());
    }
    samples
}

/// Looks whether each sample is there, where anything is known of samples: a permission for what nobody has makes no voice,
/// and nobody would hear why.
async fn look_for(app: &App, samples: &[String], form: &mut Fields<'_>) -> Answer<()> {
    let Some(store) = app.engine.ports().samples.as_deref() else { return Ok(()) };
    let away = |why: &str| {
        let detail = format!("the samples could not be looked for, so nothing was written down: {why}");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    };
    let looking = stream::iter(samples.to_vec()).map(|named| async move {
        let looked = store.look(&named).await;
        (named, looked)
    });
    let looking = looking.buffered(AT_ONCE);
    let looked: Vec<_> = tokio::time::timeout(PATIENCE, looking.collect())
        .await
        .map_err(|_| away("their store does not answer in time; try again in a moment"))?;
    for (named, looked) in looked {
        match looked {
            Ok(()) => {}
            Err(error) if error.trouble == Trouble::Refused => {
                form.wrong("samples", format!("names {named:?}: {}", error.message));
            }
            Err(error) => {
                tracing::warn!(%error, "samples of a permission could not be looked for");
                return Err(away(&error.message));
            }
        }
    }
    Ok(())
}

/// Writes a permission to clone a person's voice
///
/// It takes the place of the one before; a voice that another one permitted is deleted. Given again as it was, it changes
/// nothing but its time. Each sample has to be there.
#[utoipa::path(
    put, path = "/api/v1/contacts/{phone}/voice", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    request_body = VoiceBody,
    responses(
        (status = 200, description = "What there is now", body = VoiceView),
        (status = 422, description = "Fields are not right, or a sample is not there", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The samples could not be looked for; nothing was written down", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn permit(State(app): State<App>, Path(text): Path<String>, Raw(body): Raw) -> Answer {
    let phone = number(&app, &text)?;
    let voices = voices(&app)?;
    let now = app.now();
    let object = fields::object(&body)?;
    let mut form = Fields::new(&object);
    let by = form.required_as("by", PersonName::parse);
    let purpose = form.required("purpose", 500).map(str::to_owned);
    let expires_at = form.required_as("expires_at", |text| fields::moment(text, Tz::UTC));
    if expires_at.is_some_and(|at| at <= now) {
        form.wrong("expires_at", "lies behind; a permission must hold for a while");
    }
    if phone.nobodys() {
        form.wrong("phone", "is nobody's number");
    }
    let samples = samples(&mut form);
    let (Some(by), Some(purpose), Some(expires_at)) = (by, purpose, expires_at) else {
        form.finish()?;
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "fields are missing"));
    };
    look_for(&app, &samples, &mut form).await?;
    form.finish()?;
    let consent = Consent { by, purpose, given_at: now, expires_at };
    let given = VoiceConsent { phone: phone.clone(), consent, samples };
    voices.permit(given.clone(), now).await?;
    let voice = voices.voice_of(&phone).await?.map(made);
    json(StatusCode::OK, &VoiceView { consent: Some(permitted(given, now)), voice })
}

/// Withdraws a permission to clone a person's voice
///
/// The voice is spoken with no more, and deleted at its vendor. Asking again changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/contacts/{phone}/voice", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    responses(
        (status = 200, description = "Withdrawn", body = Withdrawn),
        (status = 422, description = "Not a telephone number", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn withdraw(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let phone = number(&app, &text)?;
    let withdrawn = voices(&app)?.withdraw(&phone, app.now()).await?;
    json(StatusCode::OK, &Withdrawn { withdrawn })
}
