//! The tools in a table, as they are to be configured at the vendor of an agent.

use super::Tool;
use serde_json::{Map, Value, json};

/// A tool, as an agent is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it does and when to use it, for the agent.
    pub description: &'static str,
    /// A JSON schema of the object it takes.
    pub parameters: Value,
}

impl Described {
    /// The names of what it takes, those it needs first.
    #[must_use]
    pub fn takes(&self) -> Vec<&str> {
        let mut takes: Vec<&str> =
            self.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let all = self.parameters["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str);
        let others: Vec<_> = all.filter(|name| !takes.contains(name)).collect();
        takes.extend(others);
        takes
    }

    /// Whether it cannot do without this one.
    #[must_use]
    pub fn needs(&self, name: &str) -> bool {
        self.parameters["required"].as_array().is_some_and(|required| required.iter().any(|it| it == name))
    }
}

const STARTS_AT: &str =
    "When it begins, like 2026-12-01T10:00: the time at the business, unless it names another zone.";
const WHICH: &str =
    "Which appointment: the appointment_id that find_appointments or book gave. Leave it out if there is only one.";
const REASON: &str = "Why, in a few words.";

impl Tool {
    /// Every tool, with what it takes.
    #[must_use]
    pub fn catalogue() -> Vec<Described> {
        vec![
            tool(
                "find_appointments",
                "Looks up what the caller is expected for. Only the caller's own appointments are ever found.",
                &[],
                &[],
            ),
            tool(
                "free_slots",
                "Looks up when somebody could come. Offer the caller one or two of them; they are held for nobody.",
                &[],
                &[
                    ("date", "A single day, like 2026-12-01."),
                    ("from", "From when on, like 2026-12-01T14:00; now, when left out."),
                    ("to", "Before when, like 2026-12-04T18:00; a week later, when left out."),
                    ("service", "What for."),
                ],
            ),
            tool(
                "book",
                "Books an appointment for the caller. Say the time aloud and let the caller agree before you use it.",
                &[("starts_at", STARTS_AT)],
                &[
                    ("name", "What the caller is called."),
                    ("service", "What for."),
                    ("email", "Where the caller is written to, if they want that."),
                    ("phone", "The caller's number with country code, if the line does not show it."),
                ],
            ),
            tool(
                "move",
                "Moves an appointment of the caller's to another time. The caller has said with it that they come.",
                &[("starts_at", STARTS_AT)],
                &[("appointment_id", WHICH)],
            ),
            tool("cancel", "Cancels an appointment of the caller's.", &[], &[("appointment_id", WHICH)]),
            tool("confirm", "Keeps that the caller comes to an appointment.", &[], &[("appointment_id", WHICH)]),
            tool(
                "send_text",
                "Sends the caller a text message with their appointment. Its words are not yours to choose.",
                &[],
                &[("appointment_id", WHICH)],
            ),
            tool("transfer", "Puts the caller through to a person at the desk.", &[], &[("reason", REASON)]),
            tool("end_call", "Ends the call once you have said goodbye.", &[], &[("reason", REASON)]),
        ]
    }
}

fn tool(name: &'static str, description: &'static str, needs: &[(&str, &str)], takes: &[(&str, &str)]) -> Described {
    let texts = needs.iter().chain(takes).map(|(name, what)| {
        let text = json!({ "type": "string", "description": what });
        ((*name).to_owned(), text)
    });
    let required: Vec<_> = needs.iter().map(|(name, _)| *name).collect();
    let parameters = json!({
        "type": "object", "properties": texts.collect::<Map<_, _>>(), "required": required, "additionalProperties": false,
    });
    Described { name, description, parameters }
}
