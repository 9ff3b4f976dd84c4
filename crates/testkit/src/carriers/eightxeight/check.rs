//! What the vendor says to a callflow, by the codes of its own list.
//! <https://developer.8x8.com/connect/docs/voice/error-codes/voice-status-codes>

use super::Settings;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A code and its message.
pub(super) type Fault = (i64, &'static str);

/// Holds the callflow of a request against the rules.
pub(super) fn request(settings: &Settings, body: &Value, now: DateTime<Utc>) -> Result<Vec<Value>, Fault> {
    if let Some(until) = body.get("validUntil") {
        let until = until.as_str().and_then(|text| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%#z").ok());
        let until = until.ok_or((-1001, "Invalid JSON request body"))?;
        if until <= now {
            return Err((-1015, "The validity period of the request has expired"));
        }
    }
    let flow = flow(settings, body)?;
    if flow[0]["action"] != "makeCall" {
        return Err((-1013, "Invalid Callflow : First action should be a MakeCall action"));
    }
    let source = flow[0]["params"]["source"].as_str().unwrap_or_default();
    if !settings.callers.is_empty() && !settings.callers.iter().any(|caller| caller == source) {
        return Err((-1014, "Source or caller ID is not allowed"));
    }
    if flow.iter().filter(|action| action["action"] == "makeCall").count() > 2 {
        return Err((-1010, "Some actions are provided beyond the allowed count"));
    }
    Ok(flow)
}

/// Holds the answer to a webhook against the rules; `None` is one that cannot be used.
pub(super) fn reply(settings: &Settings, answer: &str) -> Option<(Option<String>, Vec<Value>)> {
    let body: Value = serde_json::from_str(answer).ok()?;
    let flow = flow(settings, &body).ok()?;
    let id = body.get("clientActionId").and_then(Value::as_str).map(str::to_owned);
    Some((id, flow))
}

fn flow(settings: &Settings, body: &Value) -> Result<Vec<Value>, Fault> {
    let flow = body.get("callflow").and_then(Value::as_array).cloned().unwrap_or_default();
    if flow.is_empty() {
        return Err((-1009, "Invalid call flow entry provided"));
    }
    for (n, action) in flow.iter().enumerate() {
        let params = &action["params"];
        match action["action"].as_str().unwrap_or_default() {
            "makeCall" => {
                number(&params["source"])?;
                number(&params["destination"])?;
            }
            "say" => {
                words(&params["text"])?;
                voice(settings, params)?;
            }
            "sayAndCapture" => {
                words(&params["promptMessage"])?;
                voice(settings, params)?;
                capture(params)?;
            }
            "playFile" => {
                let url = params["fileUrl"].as_str().unwrap_or_default();
                if !url.starts_with("http://") && !url.starts_with("https://") {
                    return Err((-1009, "Invalid call flow entry provided"));
                }
            }
            "hangup" if n + 1 == flow.len() => {}
            "hangup" => return Err((-1012, "Incorrect use of action Hangup")),
            _ => return Err((-1007, "Invalid action type")),
        }
    }
    Ok(flow)
}

fn number(value: &Value) -> Result<(), Fault> {
    let digits = value.as_str().unwrap_or_default().trim_start_matches('+');
    if (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err((-1017, "Invalid MSISDN format in Destination"))
    }
}

fn words(value: &Value) -> Result<(), Fault> {
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() || text.chars().count() > 3_000 {
        return Err((-1009, "Invalid call flow entry provided"));
    }
    let odd = |c: char| c.is_control() || matches!(c, '<' | '>' | '&' | '\u{1F000}'..='\u{1FAFF}' | '\u{FFFE}');
    if text.contains(odd) { Err((-1016, "Invalid Callflow Content")) } else { Ok(()) }
}

fn voice(settings: &Settings, params: &Value) -> Result<(), Fault> {
    let voice = params["voiceProfile"].as_str().unwrap_or_default();
    let speed = params.get("speed").map_or(Some(1.0), Value::as_f64);
    let repetition = params.get("repetition").map_or(Some(1), Value::as_u64);
    if !settings.voices.iter().any(|known| known == voice) {
        return Err((-1002, "Speech profile or language parameter invalid"));
    }
    if speed.is_some_and(|speed| (0.5..=2.0).contains(&speed)) && matches!(repetition, Some(1..=3)) {
        Ok(())
    } else {
        Err((-1009, "Invalid call flow entry provided"))
    }
}

/// The strictest reading of pages that disagree.
fn capture(params: &Value) -> Result<(), Fault> {
    let number = |name: &str| params.get(name).and_then(Value::as_u64);
    let (least, most) = (number("minDigits"), number("maxDigits"));
    if least.is_some() && most.is_none() {
        return Err((-1003, "Valid maxDigits required when minDigits provided"));
    }
    if params["completeOnHash"] == false && !most.is_some_and(|most| (1..26).contains(&most)) {
        return Err((-1008, "Valid maxDigits is required when completeOnHash is false"));
    }
    match (number("digitTimeout"), number("overallTimeout")) {
        (Some(_), None) => Err((-1005, "Valid overallTimeout is required when digitTimeout provided")),
        (Some(digit), Some(overall)) if digit >= overall => {
            Err((-1006, "OverallTimeout should be greater than digitTimeout"))
        }
        _ => Ok(()),
    }
}
