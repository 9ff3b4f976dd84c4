//! The vendor's JSON, read leniently: its pages and its captures disagree about the case of names, about numbers and
//! texts, and about what may be absent; and it adds values and members without notice.

use crate::action::plain;
use chrono::{DateTime, Utc};
use frontdesk_core::personal::Phone;
use serde_json::Value;

/// A part of a document; what is not there is a part without anything in it.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a>(Option<&'a Value>);

impl<'a> Node<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self(Some(value))
    }

    pub(crate) fn absent() -> Self {
        Self(None)
    }

    /// A member, whatever the case of its name.
    pub(crate) fn get(self, name: &str) -> Self {
        let members = self.0.and_then(Value::as_object);
        let exact = members.and_then(|members| members.get(name));
        Self(exact.or_else(|| {
            let mut members = members?.iter();
            members.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        }))
    }

    pub(crate) fn exists(self) -> bool {
        self.0.is_some_and(|value| !value.is_null())
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.is_some_and(Value::is_object)
    }

    /// A text, or a number as text; blank ones and the word `null` are none.
    pub(crate) fn text(self) -> Option<String> {
        let text = match self.0? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty() && !text.eq_ignore_ascii_case("null")).then_some(text)
    }

    /// A word of a fixed set, in capitals with underscores, however it was spelled.
    pub(crate) fn word(self) -> String {
        self.text().unwrap_or_default().to_ascii_uppercase().replace([' ', '-'], "_")
    }

    /// A whole number, or a text of one.
    pub(crate) fn number(self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    pub(crate) fn flag(self) -> Option<bool> {
        self.0?.as_bool()
    }

    pub(crate) fn list(self) -> &'a [Value] {
        self.0.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A telephone number; withheld and private ones are none.
    pub(crate) fn phone(self) -> Option<Phone> {
        let text = self.text()?;
        let international = if text.starts_with('+') { text } else { format!("+{text}") };
        Phone::parse(&international, None).ok()
    }

    pub(crate) fn time(self) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(&self.text()?).ok().map(|time| time.to_utc())
    }
}

/// The keys that were pressed, in whichever of the shapes the vendor has used:
/// `eventData.dtmf`, `eventData` as text or number, `dtmf`, `actionDetails.dtmf`.
/// A `#` that ended the entry is no part of it. `None` when no key was pressed.
pub(crate) fn digits(payload: Node<'_>) -> Option<String> {
    let data = payload.get("eventData");
    let found = data.get("dtmf").text().or_else(|| data.text()).or_else(|| payload.get("dtmf").text());
    let found = found.or_else(|| payload.get("actionDetails").get("dtmf").text())?;
    let entry = found.strip_suffix('#').filter(|entry| !entry.is_empty()).unwrap_or(&found);
    plain(entry).then(|| entry.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_found_in_every_shape() {
        for (payload, keys) in [
            (json!({"eventData": {"dtmf": "1"}}), Some("1")),
            (json!({"eventData": {"dtmf": "0", "asrCaptured": null}}), Some("0")),
            (json!({"eventData": {"dtmf": 1}}), Some("1")),
            (json!({"eventData": "1"}), Some("1")),
            (json!({"eventData": 0}), Some("0")),
            (json!({"dtmf": "3"}), Some("3")),
            (json!({"actionDetails": {"dtmf": "12345"}}), Some("12345")),
            (json!({"eventData": {"dtmf": " 1# "}}), Some("1")),
            (json!({"eventData": "#"}), Some("#")),
            (json!({"eventData": "*"}), Some("*")),
        ] {
            assert_eq!(digits(Node::new(&payload)).as_deref(), keys, "{payload}");
        }
    }

    #[test]
    fn no_key_is_no_key_however_it_is_told() {
        for payload in [
            json!({}),
            json!({"eventData": null}),
            json!({"eventData": " "}),
            json!({"eventData": {}}),
            json!({"eventData": {"dtmf": null}}),
            json!({"eventData": {"dtmf": ""}}),
            json!({"eventData": {"dtmf": "null"}}),
            json!({"eventData": ["1"]}),
            json!({"dtmf": "one"}),
            json!({"dtmf": "1".repeat(33)}),
            json!("1"),
        ] {
            assert_eq!(digits(Node::new(&payload)), None, "{payload}");
        }
    }

    #[test]
    fn names_are_read_in_any_case_and_words_in_any_spelling() {
        let summary = json!({"CallA": {"SourceRefId": "null", "callStatus": "not created"}});
        let leg = Node::new(&summary).get("callA");
        assert_eq!(leg.get("sourceRefId").text(), None);
        assert_eq!(leg.get("CALLSTATUS").word(), "NOT_CREATED");
    }
}
