//! Voices: made of samples, listed, deleted. <https://elevenlabs.io/docs/api-reference/voices/ivc/create>

use super::{
    ElevenLabs,
    api::{error, unprocessable},
};
use axum::{
    Json,
    extract::{Multipart, Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A voice that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its samples: file name, media type and bytes.
    pub samples: Vec<(String, String, Vec<u8>)>,
}

impl ElevenLabs {
    /// Every voice there is. One that was made twice is there twice.
    #[must_use]
    pub fn voices(&self) -> Vec<Voice> {
        self.state().voices.clone()
    }

    /// How many voices the plan has room for.
    pub fn limit_voices(&self, most: usize) {
        self.state().voice_limit = most;
    }

    /// Whether new voices have to be verified before they are used.
    pub fn verifies_voices(&self, yes: bool) {
        self.state().verifies = yes;
    }
}

/// The parts of the form, each held to what the API knows.
async fn form(mut form: Multipart) -> Result<Voice, Response> {
    let mut voice = Voice { id: String::new(), name: String::new(), samples: Vec::new() };
    while let Some(part) = form.next_field().await.map_err(|_| unprocessable("body", "the form breaks off"))? {
        let name = part.name().unwrap_or_default().to_owned();
        let (file, kind) = (part.file_name().map(str::to_owned), part.content_type().map(str::to_owned));
        let bytes = part.bytes().await.map_err(|_| unprocessable(&name, "the part breaks off"))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        match (name.as_str(), file, kind) {
            ("name", None, _) if voice.name.is_empty() && !text.is_empty() && text.len() <= 100 => {
                text.clone_into(&mut voice.name);
            }
            ("files", Some(file), Some(kind)) if kind.starts_with("audio/") && !bytes.is_empty() => {
                voice.samples.push((file, kind, bytes.to_vec()));
            }
            ("remove_background_noise", None, _) if matches!(text, "true" | "false") => {}
            ("description", None, _) => {}
            ("labels", None, _) if serde_json::from_str::<Value>(text).is_ok_and(|labels| labels.is_object()) => {}
            (name, ..) => return Err(unprocessable(name, "unknown, or not as it should be")),
        }
    }
    if voice.name.is_empty() {
        return Err(unprocessable("name", "field required"));
    }
    if voice.samples.is_empty() {
        return Err(unprocessable("files", "field required"));
    }
    Ok(voice)
}

/// Anything but a form is refused by its extractor.
pub(super) async fn add(State(vendor): State<ElevenLabs>, parts: Multipart) -> Response {
    let voice = match form(parts).await {
        Ok(voice) => voice,
        Err(refused) => return refused,
    };
    let id = vendor.draw("voice_");
    let mut state = vendor.state();
    if state.voices.len() >= state.voice_limit {
        return error(
            StatusCode::BAD_REQUEST,
            "voice_limit_reached",
            "You have reached your maximum amount of custom voices",
        );
    }
    state.voices.push(Voice { id: id.clone(), ..voice });
    Json(json!({ "voice_id": id, "requires_verification": state.verifies })).into_response()
}

pub(super) async fn delete(State(vendor): State<ElevenLabs>, Path(id): Path<String>) -> Response {
    let mut state = vendor.state();
    let before = state.voices.len();
    state.voices.retain(|voice| voice.id != id);
    if state.voices.len() == before {
        // As the API does: not by 404.
        return error(StatusCode::BAD_REQUEST, "voice_not_found", "A voice with this id was not found");
    }
    Json(json!({ "status": "ok" })).into_response()
}

/// <https://elevenlabs.io/docs/api-reference/voices/search>
pub(super) async fn list(State(vendor): State<ElevenLabs>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let size: usize = match query.get("page_size").map_or(Ok(10), |size| size.parse()) {
        Ok(size @ 1..=100) => size,
        _ => return unprocessable("page_size", "1 to 100"),
    };
    let search = query.get("search").map(|text| text.to_lowercase()).unwrap_or_default();
    let skip: usize = query.get("next_page_token").and_then(|token| token.parse().ok()).unwrap_or(0);
    let state = vendor.state();
    let found: Vec<_> = state.voices.iter().filter(|voice| voice.name.to_lowercase().contains(&search)).collect();
    let page: Vec<_> = found.iter().skip(skip).take(size).collect();
    let more = skip + page.len() < found.len();
    let voices: Vec<_> =
        page.iter().map(|voice| json!({ "voice_id": voice.id, "name": voice.name, "category": "cloned" })).collect();
    let next = more.then(|| (skip + page.len()).to_string());
    Json(json!({ "voices": voices, "has_more": more, "total_count": found.len(), "next_page_token": next }))
        .into_response()
}
