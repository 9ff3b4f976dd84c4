//! What a voice agent wants during a call: looked up, or decided like everything else and told back in words.
//!
//! A wish that changes something is decided with the call and the appointment in one transaction, under a key of its own:
//! told again it is answered from the timeline. What is only looked up is looked up anew.

mod decide;
mod look_up;
mod plan;

use super::Engine;
use crate::{
    call::{Call, CallState},
    id::{AppointmentId, CallId},
    personal::Phone,
    ports::{AfterTool, PortResult, ToolAnswer, ToolCall},
    rules::Business,
    speech::{Unclear, When},
    tools::Tool,
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use decide::Decider;
use serde_json::{Value, json};
use std::sync::Arc;

/// Nobody comes further ahead by telephone.
const FURTHEST: Duration = Duration::days(366);

impl Engine {
    /// Does what an agent wants during a call, and says in words what came of it. The same wish told again is done once and
    /// answered alike.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away; it may be told again.
    pub async fn tool(&self, call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer> {
        let tool = match Tool::read(wish) {
            Ok(tool) => tool,
            Err(bad) => return Ok(not_done(bad)),
        };
        let rules = Arc::clone(&self.rules);
        let Some(on) = self.store.call(call).await? else { return Ok(not_done("there is no such call")) };
        let Some(business) = rules.business(&on.business) else {
            return Ok(not_done("the business of this call is not configured any more"));
        };
        if matches!(tool, Tool::FindAppointments | Tool::FreeSlots { .. })
            && let Some(why) = off_the_line(&on)
        {
            return Ok(not_done(why));
        }
        match &tool {
            Tool::FindAppointments => return self.find_appointments(business, &on).await,
            Tool::FreeSlots { from, to, date } => return self.free_slots(business, &on, from, to, date).await,
            _ => {}
        }
        let now = self.world.now();
        let id = AppointmentId(self.world.fresh());
        let planned = self.plan(business, &on, tool, id).await?;
        let subject = planned.subject;
        let (within, wish_id, name) = (Arc::clone(&rules), wish.id.clone(), wish.tool.clone());
        let (plan, calendar) = (planned.plan, planned.calendar);
        let decide = move |loaded| {
            Decider { rules: &within, loaded: &loaded, wish: &wish_id, tool: &name, calendar, id, now }.decide(plan)
        };
        let (advanced, answer) = self.decide(subject, Some(format!("tool:{call}:{}", wish.id)), now, decide).await?;
        match answer {
            Some(answer) if !advanced.repeated => Ok(answer),
            _ => self.answered_before(call, wish).await,
        }
    }

    /// What the same wish was answered, as the timeline has it.
    async fn answered_before(&self, call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer> {
        let lines = self.store.timeline(None, Some(call)).await?;
        let same = |detail: &&Value| detail["wish"] == wish.id.as_str();
        let Some(told) = lines.iter().map(|line| &line.recorded.detail).find(same) else {
            return Ok(not_done("this was told before; look up how things stand"));
        };
        if told["tool"] != wish.tool.as_str() {
            return Ok(not_done("this id was used for another wish; give each tool call an id of its own"));
        }
        Ok(ToolAnswer {
            result: told["answer"].clone(),
            failed: told["failed"] == true,
            then: match told["then"].as_str() {
                Some("transfer") => Some(AfterTool::Transfer),
                Some("hang_up") => Some(AfterTool::HangUp),
                _ => None,
            },
        })
    }
}

/// An answer of something that was not done, and why.
fn not_done(why: impl std::fmt::Display) -> ToolAnswer {
    ToolAnswer { result: json!({ "done": false, "reason": why.to_string() }), failed: true, then: None }
}

/// Why nothing can be done on this call, if so.
fn off_the_line(call: &Call) -> Option<&'static str> {
    match call.state {
        CallState::InProgress => None,
        CallState::Ended => Some("the call is over; nothing can be done on it any more"),
        CallState::Queued | CallState::Dialing | CallState::Ringing => Some("nobody has picked up yet"),
    }
}

/// Whose appointments may be spoken of on this call: nobody's, where the line does not show who is there.
fn shown(call: &Call) -> Option<&Phone> {
    Some(call.party()).filter(|phone| !phone.nobodys())
}

/// The moment that was meant, at the business.
fn moment(business: &Business, call: &Call, when: &When, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let words = |unclear: Unclear| match (unclear, when) {
        (Unclear::NotUnderstood, _) => format!("the time {unclear}, and tell me the date as 2026-12-01T10:00"),
        _ => format!("the time {unclear}"),
    };
    let at = when.resolve(business.time_zone, call.language, now, now).map_err(words)?.at;
    if at > now + FURTHEST {
        return Err(words(Unclear::TooFar));
    }
    if at <= now { Err(words(Unclear::Past)) } else { Ok(at) }
}

/// A time as a program reads it, with the business's own clock.
fn spelt(business: &Business, at: DateTime<Utc>) -> String {
    at.with_timezone(&business.time_zone).to_rfc3339_opts(SecondsFormat::Secs, true)
}
