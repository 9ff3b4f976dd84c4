//! Calls: placed by callflow, each at most once.
//! <https://github.com/8x8Cloud/public-developer-docs>, `docs_oas/connect/voice_v1_api.json`

use crate::{
    Config,
    book::Book,
    codes::meaning,
    config::{Clock, VOICE_API, api},
    http::{Line, code, failed},
    render::{Action, Renderer},
    wire::Node,
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use frontdesk_core::{
    id::EffectId,
    pace::Pace,
    ports::{Happened, Performed, PlaceCall, PortResult, Trouble},
};
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

/// Places calls.
pub(crate) struct Calls {
    line: Line,
    callflows: String,
    valid_for: Duration,
    longest_call: Duration,
    names_calls: bool,
    pace: Pace,
    clock: Clock,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    valid_until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<String>,
    callflow: Vec<Action>,
}

impl Calls {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        let span = |span| Duration::from_std(span).unwrap_or(Duration::MAX).min(Duration::days(1));
        Self {
            line: Line::new(http, &config.api_key, config.answer_within),
            callflows: format!("{}/callflows", account(config)),
            valid_for: span(config.valid_for),
            longest_call: span(config.longest_call),
            names_calls: config.send_client_request_id,
            pace: Pace::new(config.calls_per_minute),
            clock: config.clock.clone(),
        }
    }

    /// Places a call, unless its number is being called already or it is not this effect's turn yet.
    pub(crate) async fn place(
        &self,
        place: &PlaceCall,
        effect: EffectId,
        renderer: &Renderer,
        book: &Book,
    ) -> PortResult<Performed> {
        let now = (self.clock)();
        let lasts = self.valid_for + self.longest_call;
        book.begin(place, now, lasts).map_err(|wait| {
            let what = "this number is being called already";
            failed(Happened::No, Trouble::RateLimited(Some(wait)), what)
        })?;
        let placed = match self.pace.pass(effect, now) {
            Ok(()) => self.send(place, now, renderer).await,
            Err(wait) => {
                let what = "calls are spread over time, and this one's turn is later";
                Err(failed(Happened::No, Trouble::RateLimited(Some(wait)), what))
            }
        };
        match &placed {
            Ok(session) => book.placed(place, session),
            Err(error) if error.happened == Happened::No => book.refused(place),
            // Perhaps it rings: the number stays taken, and the first webhook of its session settles it.
            Err(_) => {}
        }
        placed.map(|provider_call_id| Performed::Placed { provider_call_id })
    }

    async fn send(&self, place: &PlaceCall, now: DateTime<Utc>, renderer: &Renderer) -> PortResult<String> {
        let request = Request {
            valid_until: (now + self.valid_for).to_rfc3339_opts(SecondsFormat::Millis, true),
            client_request_id: self.names_calls.then(|| place.call_id.to_string()),
            callflow: renderer.opening(place),
        };
        let answer = self.line.post(&self.callflows, &request).await?;
        created(Node::new(&answer))
    }
}

/// The session, only where the answer says in so many words that there is one.
fn created(answer: Node<'_>) -> PortResult<String> {
    match (answer.get("sessionStatus").word().as_str(), answer.get("sessionId").text()) {
        ("CREATED", Some(session)) => Ok(session),
        ("NOT_CREATED", _) => {
            let code = code(answer).unwrap_or_default();
            let meaning = meaning(code);
            Err(failed(meaning.happened, meaning.trouble, format!("{} (code {code})", meaning.what)))
        }
        _ => Err(failed(Happened::Maybe, Trouble::Broken, "the carrier does not say whether it created a session")),
    }
}

/// Where everything of the voice subaccount is.
pub(crate) fn account(config: &Config) -> String {
    let base = api(config.base_url.as_ref(), VOICE_API);
    format!("{base}/api/v1/subaccounts/{}", segment(&config.subaccount_id))
}

/// A subaccount's id may hold `&` and `.`; whatever else somebody configures must not become a path.
pub(crate) fn segment(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect()
}
