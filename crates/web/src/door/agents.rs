//! Voice agents of somebody else's: who rings them, and calls that are handed to them. Somebody is on the line, so that
//! whatever takes too long is done without.

use super::begun::within_deadline;
use crate::app::App;
use frontdesk_core::{
    id::CallId,
    personal::Phone,
    ports::{AgentLine, CallProvider, Received, WebhookResponse},
};
use std::{sync::Arc, time::Duration};

/// How long an agent that asks who rings is kept waiting.
const WHO: Duration = Duration::from_secs(1);
/// How long a caller waits for an agent before they hear the flow; a carrier waits for 15 seconds at the most.
const HAND_OVER: Duration = Duration::from_secs(5);

/// Says who rings. A store that is slow or away makes everybody a stranger: the conversation begins all the same.
pub(super) async fn introduce(
    app: &App,
    adapter: &dyn CallProvider,
    from: Option<Phone>,
    to: Option<Phone>,
) -> (&'static str, WebhookResponse) {
    let caller = match tokio::time::timeout(WHO, app.engine.caller(from.as_ref(), to.as_ref())).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(error)) => {
            tracing::warn!(%error, "an agent is not told who rings");
            None
        }
        Err(_) => {
            tracing::warn!("an agent is not told who rings: the store did not answer in time");
            None
        }
    };
    let outcome = if caller.as_ref().is_some_and(|caller| caller.next.is_some()) { "known" } else { "unknown" };
    (outcome, adapter.introduce(caller.as_ref()))
}

/// Hands a call to the agent; `None` where it does not answer in time, and the flow has to.
pub(super) async fn hand_over(
    app: &App,
    provider: &str,
    adapter: &dyn CallProvider,
    hook: &str,
    line: Arc<dyn AgentLine>,
    received: &Received,
) -> Option<(&'static str, WebhookResponse)> {
    let asked = tokio::time::timeout(HAND_OVER, app.engine.hand_over(line.as_ref(), received)).await;
    let why = match asked {
        Ok(Ok(Some((call, answer)))) => {
            return Some(record(app, provider, adapter, hook, received, call, answer).await);
        }
        Ok(Ok(None)) => "no business is configured".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it did not answer in time".to_owned(),
    };
    metrics::counter!("frontdesk_agent_fallbacks_total", "provider" => line.name().to_owned()).increment(1);
    tracing::warn!(reason = why, "a call is not handed to the agent; the flow answers it");
    None
}

/// Puts on record that the agent has the call. It has it, whether or not that can be written down.
async fn record(
    app: &App,
    provider: &str,
    adapter: &dyn CallProvider,
    hook: &str,
    received: &Received,
    call: CallId,
    answer: WebhookResponse,
) -> (&'static str, WebhookResponse) {
    let (own, name, received) = (app.clone(), provider.to_owned(), received.clone());
    match within_deadline(app, async move { own.engine.handed_over(&name, received, call).await }).await {
        // The first delivery was answered by the flow: its caller hears the same.
        Ok(Ok(answered)) if answered.repeated && !answered.reply.is_empty() => {
            ("repeated", adapter.answer(hook, &answered.reply, answered.call.as_ref()))
        }
        Ok(Ok(answered)) => (if answered.repeated { "repeated" } else { "handed over" }, answer),
        Ok(Err(error)) => {
            tracing::error!(%error, "an agent has a call that could not be put on record");
            ("handed over", answer)
        }
        Err(_) => {
            tracing::error!("an agent has a call that was not put on record in time");
            ("handed over", answer)
        }
    }
}
