//! What JSON holds, as a person or another program wrote it.

use frontdesk_core::ports::Rejected;
use serde_json::{Map, Value};

/// The value at a path, where every part of it is there.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// A text, or a number or a truth as text; blank is none.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The text at a path.
pub(crate) fn text_at(value: &Value, path: &[&str]) -> Option<String> {
    at(value, path).and_then(text)
}

/// A number at a path, whether it is written as one or as text.
pub(crate) fn number_at(value: &Value, path: &[&str]) -> Option<i64> {
    let value = at(value, path)?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A member that is a text where it is there at all.
pub(crate) fn optional<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Rejected> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(Rejected::Malformed(format!("`{name}` is no text"))),
    }
}
