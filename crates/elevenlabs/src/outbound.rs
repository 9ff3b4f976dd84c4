//! Calls that an agent places.
//! <https://elevenlabs.io/docs/api-reference/twilio/outbound-call>,
//! <https://elevenlabs.io/docs/api-reference/sip-trunk/outbound-call>
//!
//! A call is placed at most once. One whose request was not answered is sought in the list of conversations by our name for
//! it, which went along as `user_id`; that it is not there proves nothing, because nowhere is it said when a call gets there.

use crate::{
    NAME,
    config::{Outbound, Overrides, Route},
    initiation::{self, CALL},
    rest::{Rest, failed},
    value::{number_at, text_at},
};
use frontdesk_core::{
    event::EndCause,
    id::CallId,
    ports::{Happened, Performed, PlaceCall, PortError, PortResult, Trouble},
};
use serde_json::{Value, json};
use std::time::Duration;

/// How long it may take until a call is taken: the carrier is asked meanwhile.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);

/// Who places calls.
pub(crate) struct Dialler<'a> {
    pub(crate) rest: &'a Rest,
    pub(crate) agent: &'a str,
    pub(crate) outbound: &'a Outbound,
    pub(crate) overrides: Overrides,
}

impl Dialler<'_> {
    /// Places a call.
    pub(crate) async fn place(&self, call: &PlaceCall) -> PortResult<Performed> {
        let data = initiation::placed(call.agent.as_deref(), &call.to, call.call_id, self.overrides);
        let request = json!({
            "agent_id": self.agent,
            "agent_phone_number_id": self.outbound.phone_number_id,
            "to_number": call.to.reveal(),
            "conversation_initiation_client_data": data,
            "telephony_call_config": { "ringing_timeout_secs": call.ring_seconds },
        });
        let carrier = match self.outbound.route {
            Route::Twilio => "twilio",
            Route::Sip => "sip-trunk",
        };
        let answer = self.rest.once(&["v1", "convai", carrier, "outbound-call"], &request, TAKEN_WITHIN).await?;
        let named = ["conversation_id", "callSid", "sip_call_id"].iter().find_map(|name| text_at(&answer, &[name]));
        match (answer.get("success").and_then(Value::as_bool), named) {
            (Some(false), None) => {
                // Its message may say whom it was for.
                let what = "ElevenLabs did not place the call; look at the number's carrier, in the agent's telephone settings";
                Err(failed(Trouble::Barred, what))
            }
            (Some(true), Some(provider_call_id)) => Ok(Performed::Placed { provider_call_id }),
            _ => {
                let what = "ElevenLabs does not say whether it placed the call; look at its list of conversations";
                Err(PortError::new(NAME, Happened::Maybe, Trouble::Broken, what))
            }
        }
    }

    /// Looks a call up: by its conversation's name where that is known, else by ours.
    pub(crate) async fn find(&self, call: CallId, named: Option<&str>) -> PortResult<Performed> {
        if let Some(conversation) = named.filter(|name| name.starts_with("conv_")) {
            let found = self.rest.get(&["v1", "convai", "conversations", conversation]).await?;
            return Ok(found_as(conversation.to_owned(), &found));
        }
        let ours = call.to_string();
        let query = [("agent_id", self.agent), ("user_id", ours.as_str()), ("page_size", "30")];
        let page = self.rest.ask(&["v1", "convai", "conversations"], &query).await?;
        let listed = page.get("conversations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for conversation in listed.iter().filter_map(|it| text_at(it, &["conversation_id"])) {
            let found = self.rest.get(&["v1", "convai", "conversations", &conversation]).await?;
            // A list that was not searched holds other people's.
            let variable = ["conversation_initiation_client_data", "dynamic_variables", CALL];
            if text_at(&found, &variable).as_deref() == Some(&ours) {
                return Ok(found_as(conversation, &found));
            }
        }
        Err(failed(Trouble::Unavailable, "ElevenLabs lists no such conversation; that proves nothing yet"))
    }
}

fn found_as(provider_call_id: String, conversation: &Value) -> Performed {
    let seconds = number_at(conversation, &["metadata", "call_duration_secs"]).and_then(|it| u32::try_from(it).ok());
    let ended = match text_at(conversation, &["status"]).as_deref() {
        // Analysis follows the end.
        Some("done" | "processing") => Some((EndCause::Completed, seconds)),
        Some("failed") => Some((EndCause::Failed, None)),
        _ => None,
    };
    Performed::Found { provider_call_id, ended }
}
