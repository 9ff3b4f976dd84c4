//! Voices that are cloned from samples.
//! <https://elevenlabs.io/docs/api-reference/voices/ivc/create>

use crate::{
    NAME,
    rest::{Rest, failed},
    value::text_at,
};
use frontdesk_core::{
    id::EffectId,
    ports::{CloneRequest, Happened, PortError, PortResult, Trouble, VoiceId},
};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::time::Duration;

/// How long a clone may take; half a minute is seen.
const CLONED_WITHIN: Duration = Duration::from_secs(35);
/// The longest sample, in bytes.
const LONGEST_SAMPLE: usize = 10 * 1024 * 1024;
/// The most samples of one voice.
const MOST_SAMPLES: usize = 25;
/// The longest part of a voice's name that is the label's, in characters.
const LONGEST_LABEL: usize = 50;
/// More pages of voices are not looked through.
const PAGES: usize = 5;

/// The name at the vendor: the label and the effect's id, by which a voice is found whose request was not answered.
fn name(label: &str, effect: &EffectId) -> String {
    let label: String = label.trim().chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect();
    if label.is_empty() { effect.to_string() } else { format!("{label} {effect}") }
}

/// Makes a voice, once.
pub(crate) async fn clone_voice(rest: &Rest, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
    if request.consent.expires_at <= request.now {
        return Err(failed(
            Trouble::Refused,
            "the consent has expired; ask the person again before their voice is cloned",
        ));
    }
    let samples = &request.samples;
    if samples.is_empty() || samples.len() > MOST_SAMPLES {
        return Err(failed(Trouble::Broken, format!("a voice is cloned from 1 to {MOST_SAMPLES} samples")));
    }
    let mut form = Form::new().text("name", name(&request.label, effect)).text("remove_background_noise", "false");
    for (number, (kind, bytes)) in (1..).zip(samples) {
        form = form.part("files", sample(number, kind, bytes)?);
    }
    let answer = rest.form(&["v1", "voices", "add"], form, CLONED_WITHIN).await?;
    let Some(voice) = text_at(&answer, &["voice_id"]).map(VoiceId) else {
        let what = "ElevenLabs named no voice; whether one was made shows in its list of voices";
        return Err(PortError::new(NAME, Happened::Maybe, Trouble::Broken, what));
    };
    if answer.get("requires_verification") != Some(&Value::Bool(true)) {
        return Ok(voice);
    }
    // Nobody can speak with it, and it takes one of few places.
    let happened = if delete(rest, &voice).await.is_ok() { Happened::No } else { Happened::Maybe };
    let what =
        "ElevenLabs wants the voice to be verified before it is used; verify it there by hand, or use other samples";
    Err(PortError::new(NAME, happened, Trouble::Barred, what))
}

fn sample(number: usize, kind: &str, bytes: &[u8]) -> PortResult<Part> {
    let wrong = |what: &str| failed(Trouble::Broken, format!("sample {number} {what}"));
    if bytes.is_empty() || bytes.len() > LONGEST_SAMPLE {
        return Err(wrong("is empty, or longer than 10 MiB"));
    }
    let extension = match kind.split(';').next().unwrap_or_default().trim() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/mp4" | "audio/x-m4a" | "audio/m4a" => "m4a",
        "audio/flac" | "audio/x-flac" => "flac",
        "audio/ogg" => "ogg",
        "audio/webm" => "webm",
        _ => return Err(wrong("is no sound that can be cloned; use WAV, MP3, M4A, FLAC or Ogg")),
    };
    let part = Part::bytes(bytes.to_vec()).file_name(format!("sample-{number}.{extension}"));
    part.mime_str(kind).map_err(|_| wrong("has no media type"))
}

/// The voice that this effect made; asking changes nothing. A voice that is not there (yet) proves nothing.
/// <https://elevenlabs.io/docs/api-reference/voices/search>
pub(crate) async fn find(rest: &Rest, effect: &EffectId) -> PortResult<Option<VoiceId>> {
    let effect = effect.to_string();
    let mut token = None;
    for _ in 0..PAGES {
        let mut query = vec![("page_size", "100"), ("search", effect.as_str())];
        query.extend(token.as_deref().map(|token| ("next_page_token", token)));
        let page = rest.ask(&["v2", "voices"], &query).await?;
        let voices = page.get("voices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let ours = |voice: &&Value| text_at(voice, &["name"]).is_some_and(|name| name.ends_with(&effect));
        if let Some(voice) = voices.iter().find(ours).and_then(|voice| text_at(voice, &["voice_id"])) {
            return Ok(Some(VoiceId(voice)));
        }
        token = text_at(&page, &["next_page_token"]);
        if token.is_none() {
            break;
        }
    }
    Ok(None)
}

/// Deletes a voice; one that is not there is fine.
/// <https://elevenlabs.io/docs/api-reference/voices/delete>
pub(crate) async fn delete(rest: &Rest, voice: &VoiceId) -> PortResult<()> {
    rest.delete(&["v1", "voices", &voice.0], "voice_not_found").await
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_voices_name_holds_the_effect_however_long_its_label_is() {
        let effect = EffectId::derive(DateTime::UNIX_EPOCH, &["clone"]);
        for label in
            ["greeting", "", "a very long label, which nobody should have written, but somebody has all the same"]
        {
            let name = name(label, &effect);
            assert!(name.ends_with(&effect.to_string()) && name.len() <= 100, "{name}");
        }
    }
}
