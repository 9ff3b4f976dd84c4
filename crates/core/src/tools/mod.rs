//! What a voice agent may want of us during a call, read from what it sent.
//!
//! An agent is a program that was spoken to: what it sends is judged like what a stranger sends. Every mistake is told in
//! words that it can act on, and no mistake repeats what was sent.

mod catalogue;

pub use catalogue::Described;

use crate::{
    id::AppointmentId,
    personal::{Email, PersonName, RawNumber, Said},
    ports::ToolCall,
    speech::When,
};
use serde_json::{Map, Value};
use thiserror::Error;

/// The longest text an agent may send as one parameter, in characters.
const LONGEST: usize = 200;
/// The longest name of a wish, in bytes: it becomes a key.
const LONGEST_ID: usize = 200;

/// What an agent wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// What the caller is expected for.
    FindAppointments,
    /// When somebody could come.
    FreeSlots {
        /// From when on.
        from: When,
        /// Until when; for a single day it is missing, and so is `from`.
        to: When,
        /// On which day: its last minute, as somebody would say it.
        date: When,
    },
    /// An appointment at this time.
    Book {
        /// When.
        starts_at: When,
        /// What the caller is called.
        name: Option<PersonName>,
        /// What for.
        service: Option<Said>,
        /// Where they are written to.
        email: Option<Email>,
        /// Their number as they spoke it, where the line does not show it.
        phone: Option<RawNumber>,
    },
    /// An appointment of the caller's at another time.
    Move {
        /// Which; the only one that lies ahead, when unset.
        appointment: Option<AppointmentId>,
        /// When.
        starts_at: When,
    },
    /// The caller does not come.
    Cancel {
        /// Which; the only one that lies ahead, when unset.
        appointment: Option<AppointmentId>,
    },
    /// The caller comes.
    Confirm {
        /// Which; the only one that lies ahead, when unset.
        appointment: Option<AppointmentId>,
    },
    /// The appointment is written to the caller.
    SendText {
        /// Which; the only one that lies ahead, when unset.
        appointment: Option<AppointmentId>,
    },
    /// The caller is put through to a person.
    Transfer,
    /// The call is over.
    EndCall,
}

/// Why nobody can tell what an agent wants, in words for the agent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadWish {
    /// The wish has no name, or one that cannot be kept.
    #[error("the id of this tool call is missing or too long; give each call an id of its own")]
    Id,
    /// There is no such tool.
    #[error("there is no tool of that name; use one of {}", names().join(", "))]
    Unknown,
    /// The parameters are no object.
    #[error("the parameters must be a JSON object")]
    NoObject,
    /// There is no such parameter.
    #[error("this tool takes no such parameter; it takes {0}")]
    Surplus(String),
    /// A parameter is missing.
    #[error("{0} is missing; {1}")]
    Missing(&'static str, &'static str),
    /// A parameter is of another type, empty of sense, or too long.
    #[error("{0} cannot be used; {1}")]
    Unusable(&'static str, &'static str),
}

const A_TIME: &str = "tell me the date as 2026-12-01T10:00";
const A_DAY: &str = "tell me the day as 2026-12-01";
const AN_ID: &str = "tell me the appointment_id that find_appointments gave";
const A_TEXT: &str = "send it as a text of at most 200 characters";

fn names() -> Vec<&'static str> {
    Tool::catalogue().into_iter().map(|tool| tool.name).collect()
}

impl Tool {
    /// Reads what an agent sent. Strict: what is not in [`Self::catalogue`] is refused, and so is what is of another type.
    /// Parameters that are `null` or empty texts count as not sent: agents fill in what they do not know.
    ///
    /// # Errors
    /// [`BadWish`], in words for the agent.
    pub fn read(wish: &ToolCall) -> Result<Self, BadWish> {
        if wish.id.trim().is_empty() || wish.id.len() > LONGEST_ID || wish.id.contains('\0') {
            return Err(BadWish::Id);
        }
        let described = Self::catalogue().into_iter().find(|tool| tool.name == wish.tool).ok_or(BadWish::Unknown)?;
        let nothing = Map::new();
        let sent = match &wish.parameters {
            Value::Null => &nothing,
            Value::Object(sent) => sent,
            _ => return Err(BadWish::NoObject),
        };
        let takes = described.takes();
        if sent.keys().any(|name| !takes.contains(&name.as_str())) {
            let takes = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
            return Err(BadWish::Surplus(takes));
        }
        let sent = Sent(sent);
        Ok(match described.name {
            "find_appointments" => Self::FindAppointments,
            "free_slots" => {
                let (from, to) = (sent.when("from")?, sent.when("to")?);
                let date = sent.text("date", A_DAY)?;
                if date.is_some() && (from != When::Missing || to != When::Missing) {
                    return Err(BadWish::Unusable("date", "send either the date, or from and to"));
                }
                sent.text("service", A_TEXT)?;
                // The last minute of the day: said of today it does not lie in the past.
                let date = date.map_or(When::Missing, |date| match date.parse::<chrono::NaiveDate>() {
                    Ok(day) => day.and_hms_opt(23, 59, 0).map_or(When::Missing, When::Local),
                    Err(_) => When::read(&format!("{date} 23:59")),
                });
                Self::FreeSlots { from, to, date }
            }
            "book" => Self::Book {
                starts_at: sent.needed_time()?,
                name: sent.read("name", "send the name as the caller said it", |text| PersonName::parse(text).ok())?,
                service: sent.read("service", A_TEXT, |text| Said::new(text, LONGEST))?,
                email: sent.read("email", "ask the caller to spell the address", |text| Email::parse(text).ok())?,
                phone: sent.read("phone", "send it with country code, like +14155550123", RawNumber::new)?,
            },
            "move" => Self::Move { appointment: sent.appointment()?, starts_at: sent.needed_time()? },
            "cancel" => Self::Cancel { appointment: sent.appointment()? },
            "confirm" => Self::Confirm { appointment: sent.appointment()? },
            "send_text" => Self::SendText { appointment: sent.appointment()? },
            "transfer" => {
                // What the agent thinks of it is not needed, and often sent.
                sent.text("reason", A_TEXT)?;
                Self::Transfer
            }
            _ => {
                sent.text("reason", A_TEXT)?;
                Self::EndCall
            }
        })
    }
}

/// The parameters that were sent.
struct Sent<'a>(&'a Map<String, Value>);

impl<'a> Sent<'a> {
    fn text(&self, name: &'static str, remedy: &'static str) -> Result<Option<&'a str>, BadWish> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().nth(LONGEST).is_none() => {
                Ok(Some(text.trim()).filter(|text| !text.is_empty()))
            }
            Some(_) => Err(BadWish::Unusable(name, remedy)),
        }
    }

    fn read<T>(
        &self,
        name: &'static str,
        remedy: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, BadWish> {
        let text = self.text(name, remedy)?;
        text.map(|text| read(text).ok_or(BadWish::Unusable(name, remedy))).transpose()
    }

    fn when(&self, name: &'static str) -> Result<When, BadWish> {
        Ok(self.text(name, A_TIME)?.map_or(When::Missing, When::read))
    }

    fn needed_time(&self) -> Result<When, BadWish> {
        match self.when("starts_at")? {
            When::Missing => Err(BadWish::Missing("starts_at", A_TIME)),
            when => Ok(when),
        }
    }

    fn appointment(&self) -> Result<Option<AppointmentId>, BadWish> {
        self.read("appointment_id", AN_ID, |text| text.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(tool: &str, parameters: Value) -> Result<Tool, BadWish> {
        Tool::read(&ToolCall { id: "wish".to_owned(), tool: tool.to_owned(), parameters })
    }

    fn why(tool: &str, parameters: Value) -> String {
        read(tool, parameters).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_known_is_told_in_words_the_agent_can_use() {
        for (tool, parameters, says) in [
            ("fly", json!({}), "find_appointments, free_slots, book"),
            ("book", json!([]), "must be a JSON object"),
            ("book", json!({}), "tell me the date as 2026-12-01T10:00"),
            ("book", json!({ "starts_at": 7 }), "tell me the date as 2026-12-01T10:00"),
            ("book", json!({ "starts_at": { "at": "now" } }), "starts_at cannot be used"),
            ("book", json!({ "starts_at": "x".repeat(5_000) }), "starts_at cannot be used"),
            ("book", json!({ "starts_at": "2026-12-01T10:00", "email": "none" }), "spell the address"),
            ("book", json!({ "starts_at": "2026-12-01T10:00", "price": 3 }), "it takes starts_at,"),
            ("move", json!({ "starts_at": "2026-12-01T10:00", "appointment_id": "hers" }), "find_appointments gave"),
            ("cancel", json!({ "appointment_id": 5 }), "appointment_id cannot be used"),
            ("free_slots", json!({ "date": "2026-12-01", "from": "2026-12-01T10:00" }), "either the date"),
            ("find_appointments", json!({ "phone": "+14155550123" }), "it takes none"),
        ] {
            let told = why(tool, parameters);
            assert!(told.contains(says), "{tool}: {told}");
        }
    }

    #[test]
    fn what_was_sent_is_not_repeated_in_what_is_told() {
        let told = why("book", json!({ "starts_at": "2026-12-01T10:00", "Ana Lim, +14155550123": "x" }));
        assert!(!told.contains("Ana") && !told.contains("555"), "{told}");
    }

    #[test]
    fn what_is_null_or_empty_was_not_sent() {
        let sent = json!({ "starts_at": "2026-12-01T10:00", "name": "", "email": null, "phone": " " });
        let Ok(Tool::Book { name, email, phone, .. }) = read("book", sent) else { panic!("not read") };
        assert_eq!((name, email, phone), (None, None, None));
        assert_eq!(read("end_call", Value::Null), Ok(Tool::EndCall));
    }

    #[test]
    fn a_wish_without_a_name_of_its_own_is_none() {
        for id in ["", " ", "a\0b", &"x".repeat(201)] {
            let wish = ToolCall { id: id.to_owned(), tool: "end_call".to_owned(), parameters: Value::Null };
            assert_eq!(Tool::read(&wish), Err(BadWish::Id));
        }
    }

    #[test]
    fn every_tool_of_the_catalogue_is_read_with_what_it_needs() {
        for tool in Tool::catalogue() {
            let needed = tool.parameters["required"].as_array().unwrap();
            let sent: Map<String, Value> =
                needed.iter().map(|name| (name.as_str().unwrap().to_owned(), json!("2026-12-01T10:00"))).collect();
            assert!(read(tool.name, Value::Object(sent)).is_ok(), "{}", tool.name);
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            let keys = "starts_at|name|email|phone|appointment_id|date|from|to|.{0,9}";
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(keys, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(
            tool in "book|move|cancel|confirm|send_text|free_slots|transfer|.{0,9}", parameters in anything(), id in ".{0,9}",
        ) {
            let _ = Tool::read(&ToolCall { id, tool, parameters });
        }
    }
}
