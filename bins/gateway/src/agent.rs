//! `gateway agent`: what a voice agent must be told at its vendor.

use crate::{failure::Failure, term};
use frontdesk_elevenlabs::{tool_requests, tools as for_the_dashboard};
use serde_json::Value;

/// Writes the client tools, or the one of this name: for the dashboard, or as the bodies of requests.
///
/// # Errors
/// When the output cannot be written.
pub fn tools(name: Option<&str>, api: bool) -> Result<(), Failure> {
    let wanted = |tool: &Value| name.is_none_or(|name| tool["name"] == name || tool["tool_config"]["name"] == name);
    if api {
        let lines = tool_requests().into_iter().filter(wanted).map(|tool| format!("{tool}\n"));
        return term::say(&lines.collect::<String>());
    }
    let mut tools: Vec<_> = for_the_dashboard().into_iter().filter(wanted).collect();
    let written = match (name, tools.pop()) {
        (Some(_), Some(one)) => one,
        (_, last) => Value::from_iter(tools.into_iter().chain(last)),
    };
    // JSON is written without fail.
    term::say(&format!("{written:#}\n"))
}
