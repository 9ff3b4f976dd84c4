//! A telephone call, and what was said in it.

use super::EventView;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    booking::Collected,
    call::{Call, CallState, Direction, Outcome},
    event::AnsweredBy,
    ports::StoredEvent,
    talk::{Speaker, Talk, TalkEnd},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A telephone call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallView {
    id: Uuid,
    appointment_id: Option<Uuid>,
    business: String,
    #[schema(example = "twilio")]
    provider: String,
    /// The carrier's name for it, once known.
    provider_call_id: Option<String>,
    /// `outbound` or `inbound`.
    #[schema(value_type = String, example = "outbound")]
    direction: Direction,
    #[schema(example = "+6560000000")]
    from: String,
    #[schema(example = "+6591234567")]
    to: String,
    /// `queued`, `dialing`, `ringing`, `in_progress` or `ended`.
    #[schema(value_type = String, example = "ended")]
    state: CallState,
    /// What came of it, once over.
    #[schema(value_type = Option<String>, example = "confirmed")]
    outcome: Option<Outcome>,
    /// `human`, `machine` or `unknown`.
    #[schema(value_type = Option<String>, example = "human")]
    answered_by: Option<AnsweredBy>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// How long the two were connected.
    seconds: Option<u32>,
    /// Where the carrier keeps the message that was left, if one was; fetching it may need the carrier's credentials.
    #[schema(example = "https://carrier.example/recordings/RE1")]
    recording: Option<String>,
    /// What that message says, where the carrier has written it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Please ring me back about Thursday.")]
    transcript: Option<String>,
    /// What a voice agent collected: wish, name, email, number, told, service, summary, and refused, where it could not be
    /// done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    collected: Option<Box<Collected>>,
    /// The live conversation with a voice agent, once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationView>,
    /// What happened so far; only where one call is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<EventView>>,
}

impl CallView {
    pub(crate) fn with_timeline(call: Call, timeline: Vec<StoredEvent>) -> Self {
        let mut view = Self::from(call);
        view.timeline = Some(timeline.into_iter().map(Into::into).collect());
        view
    }
}

impl From<Call> for CallView {
    fn from(it: Call) -> Self {
        Self {
            id: it.id.0,
            appointment_id: it.appointment_id.map(|id| id.0),
            business: it.business,
            provider: it.provider,
            provider_call_id: it.provider_call_id,
            direction: it.direction,
            from: it.from.reveal().to_owned(),
            to: it.to.reveal().to_owned(),
            state: it.state,
            outcome: it.outcome,
            answered_by: it.answered_by,
            created_at: it.created_at,
            started_at: it.started_at,
            ended_at: it.ended_at,
            seconds: it.seconds,
            recording: it.recording.map(|link| link.reveal().to_owned()),
            transcript: it.transcript.map(|words| words.reveal().to_owned()),
            collected: it.collected,
            conversation: it.talk.map(|talk| (*talk).into()),
            timeline: None,
        }
    }
}

/// A live conversation with a voice agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationView {
    /// The vendor's name for it.
    #[schema(example = "conv_01")]
    id: Option<String>,
    /// `agent_done`, `caller_gone`, `transfer`, `agent_lost` or `stopped`.
    #[schema(value_type = String, example = "agent_done")]
    end: TalkEnd,
    /// After how many milliseconds the caller heard the first word.
    first_word_ms: Option<u64>,
    /// The time from what the agent understood to its first sound after it, which half of the turns stayed below.
    usual_turn_ms: Option<u64>,
    /// How often the caller spoke into the agent's words.
    interruptions: u32,
    /// What was said, in order.
    lines: Vec<LineView>,
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineView {
    /// After how many milliseconds.
    at_ms: u64,
    /// `agent` or `caller`.
    #[schema(value_type = String, example = "caller")]
    who: Speaker,
    /// What.
    #[schema(example = "I would like to come on Tuesday.")]
    said: String,
}

impl From<Talk> for ConversationView {
    fn from(it: Talk) -> Self {
        let line = |(at_ms, who, said): &(u64, Speaker, frontdesk_core::personal::Said)| LineView {
            at_ms: *at_ms,
            who: *who,
            said: said.reveal().to_owned(),
        };
        Self {
            end: it.end,
            first_word_ms: it.first_word_ms,
            usual_turn_ms: it.usual_turn_ms(),
            interruptions: it.interruptions,
            lines: it.lines.iter().map(line).collect(),
            id: it.conversation,
        }
    }
}
