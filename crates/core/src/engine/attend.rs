//! Stands behind live conversations: lets their streams in, and keeps what was said.

use super::{Engine, fold::Fold, missed, steer::unasked};
use crate::{
    call::{Call, CallRef, CallState},
    event::Event,
    id::CallId,
    personal::Phone,
    ports::{AgentStart, Attendant, Decision, LineStart, Loaded, PortResult, Subject, ToolAnswer, ToolCall, VoiceId},
    rules::Rules,
    talk::{Talk, TalkEnd},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// More of a conversation is not kept.
const MOST_LINES: usize = 500;

impl Engine {
    /// Lets a media stream in whose token is ours, of this very call, and was never used.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn admit_stream(&self, provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        let now = self.world.now();
        let named = |name: &str| start.parameters.get(name);
        let call = named("call_id").and_then(|id| Uuid::parse_str(id).ok()).map(CallId);
        let (Some(call), Some(token), Some(links)) = (call, named("token"), self.rules.links.as_ref()) else {
            return Ok(None);
        };
        if !links.opens_stream(token, call, now) {
            return Ok(None);
        }
        // Looked up before: once the stream is let in, nothing may come between.
        let Some(there) = self.store.call(call).await? else {
            return Ok(None);
        };
        let Some(caller) = self.caller(Some(there.party()), Some(there.ours())).await? else {
            return Ok(None);
        };
        // The token's own key: whoever brings it a second time decides nothing, at whichever gateway.
        let once = format!("stream:{call}:{token}");
        let (rules, provider, sid) = (Arc::clone(&self.rules), provider.to_owned(), start.provider_call_id.clone());
        let decide = move |loaded: Loaded| open(&rules, loaded, &provider, &sid, now);
        let (advanced, opened) = self.decide(Subject::Call(CallRef::Ours(call)), Some(once), now, decide).await?;
        let Some(call) = opened.flatten().filter(|_| !advanced.repeated) else {
            return Ok(None);
        };
        Ok(Some(AgentStart {
            call_id: call.id,
            provider_call_id: call.provider_call_id.clone(),
            from: call.from,
            to: call.to,
            caller,
            // Told along where a voice was made ready for the caller.
            voice: named("cloned_voice_id").filter(|id| !id.is_empty()).map(|id| VoiceId(id.clone())),
            line: start.format,
        }))
    }

    /// Keeps what came of a conversation on a media stream; told again, it is on record.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away; it may be told again.
    pub async fn talked(&self, call: CallId, talk: &Talk) -> PortResult<()> {
        let now = self.world.now();
        let mut talk = talk.clone();
        talk.lines.truncate(MOST_LINES);
        let rules = Arc::clone(&self.rules);
        let decide = Box::new(move |loaded: Loaded| close(&rules, &loaded, talk, now));
        // One conversation a stream, and one stream a call: told again, it is on record.
        let once = format!("talk:{call}");
        self.store.advance(Subject::Call(CallRef::Ours(call)), Some(once), now, decide).await?;
        Ok(())
    }
}

#[async_trait]
impl Attendant for Engine {
    fn now(&self) -> DateTime<Utc> {
        self.world.now()
    }

    async fn admit(&self, provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        self.admit_stream(provider, start).await
    }

    async fn tool(&self, call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer> {
        Engine::tool(self, call, wish).await
    }

    async fn over(&self, call: CallId, talk: &Talk) -> PortResult<()> {
        self.talked(call, talk).await
    }
}

/// Opens the stream of a call that waits for one, to the carrier that has the call.
fn open(rules: &Rules, loaded: Loaded, provider: &str, sid: &str, now: DateTime<Utc>) -> (Decision, Option<Call>) {
    let Some(mut call) = loaded.call else {
        return (Decision::default(), None);
    };
    let theirs = call.provider == provider && call.provider_call_id.as_deref().is_none_or(|known| known == sid);
    let waits = call.walk.streamed && call.talk.is_none() && call.state == CallState::InProgress;
    let Some(business) = rules.business(&call.business).filter(|_| theirs && waits) else {
        return (Decision::default(), None);
    };
    call.provider_call_id.get_or_insert_with(|| sid.to_owned());
    call.walk.led = true;
    call.updated_at = now;
    let mut fold = Fold::new(business, None, now);
    fold.record("streaming", "the voice agent is put through", json!({ "provider": provider }));
    fold.count(&call.flow, "stream_opened");
    fold.decision.call = Some(call.clone());
    (fold.decision, Some(call))
}

/// Keeps what came of a conversation. The call itself goes on until its carrier says that it is over; what it hears next is
/// asked by the carrier or, where it never asks, decided here.
fn close(rules: &Rules, loaded: &Loaded, mut talk: Talk, now: DateTime<Utc>) -> Decision {
    let Some(mut call) = loaded.call.clone() else {
        return Decision::default();
    };
    let Some(business) = rules.business(&call.business) else {
        return Decision::default();
    };
    let mut fold = Fold::new(business, None, now);
    let detail = json!({
        "end": talk.end.as_str(),
        "lines": talk.lines.len(),
        "first_word_ms": talk.first_word_ms,
        "usual_turn_ms": talk.usual_turn_ms(),
        "interruptions": talk.interruptions,
        "dropped": talk.dropped,
    });
    fold.record("conversed", format!("the conversation is over: {}", told(&talk)), detail);
    fold.count(&call.flow, &format!("talk:{}", talk.end.as_str()));
    if *call.party() == Phone::forgotten() {
        // How it ended says what the caller hears next; nothing else of it is kept.
        (talk.lines, talk.conversation) = (Vec::new(), None);
    }
    let (end, id) = (talk.end, call.id);
    call.talk = Some(Box::new(talk));
    call.updated_at = now;
    missed::after(&mut fold, rules, loaded, loaded.call.as_ref(), &call, now);
    fold.decision.call = Some(call);
    // Nobody is left to hear anything.
    if end == TalkEnd::CallerGone {
        return fold.decision;
    }
    unasked(rules, loaded, fold.decision, &Event::Streamed, &format!("talk:{id}"), now)
}

fn told(talk: &Talk) -> &'static str {
    match talk.end {
        TalkEnd::AgentDone => "the agent said all it had to say",
        TalkEnd::CallerGone => "the caller hung up",
        TalkEnd::Transfer => "the caller is put through to the desk",
        TalkEnd::AgentLost => "the agent could not be had, or the stream broke",
        TalkEnd::Stopped => "it was ended by the gateway",
    }
}
