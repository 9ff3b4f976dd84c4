//! What tools answer, read leniently: a member that is missing or strange is one the agent does without.

use serde_json::Value;

/// A free time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// As it is told back, whatever it looks like.
    pub(crate) starts_at: Value,
    pub(crate) spoken: String,
}

/// An appointment that is ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) spoken: String,
}

fn text(of: &Value, member: &str) -> Option<String> {
    Some(of.get(member)?.as_str()?.trim().to_owned()).filter(|text| !text.is_empty())
}

fn list<'a>(of: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    of.get(member).unwrap_or(of).as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// Whether there are free times beside those that were told.
pub(crate) fn more(answer: &Value) -> bool {
    answer.get("more").and_then(Value::as_bool).unwrap_or(false)
}

/// The free times, the next one first; no more than anybody listens to.
pub(crate) fn slots(answer: &Value) -> Vec<Slot> {
    const MOST: usize = 10;
    let read = |slot: &Value| {
        let starts_at = slot.get("starts_at")?.clone();
        let spoken = text(slot, "spoken").or_else(|| text(slot, "starts_at"))?;
        Some(Slot { starts_at, spoken })
    };
    list(answer, "slots").filter_map(read).take(MOST).collect()
}

/// The first appointment that may still take place.
pub(crate) fn appointment(answer: &Value) -> Option<Known> {
    let read = |appointment: &Value| {
        let over = |status: String| matches!(status.as_str(), "cancelled" | "completed" | "no_show");
        if text(appointment, "status").is_some_and(over) {
            return None;
        }
        let id = text(appointment, "id").or_else(|| text(appointment, "appointment_id"))?;
        let spoken = text(appointment, "spoken").or_else(|| text(appointment, "starts_at"))?;
        Some(Known { id, spoken })
    };
    list(answer, "appointments").find_map(read)
}

/// When it is, in words, once something was booked or moved.
pub(crate) fn spoken(answer: &Value) -> Option<String> {
    text(answer, "spoken")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_can_be_understood_of_an_answer_is() {
        let answer = json!({ "slots": [
            { "starts_at": "2026-12-01T09:00:00Z", "spoken": "Tuesday at 9" }, 7, { "spoken": "no time" },
            { "starts_at": "2026-12-01T10:00:00Z" },
        ] });
        let read: Vec<_> = slots(&answer).into_iter().map(|slot| slot.spoken).collect();
        assert_eq!(read, ["Tuesday at 9", "2026-12-01T10:00:00Z"]);
        for strange in [json!(null), json!("no"), json!({ "slots": 5 }), json!([[]])] {
            assert_eq!((slots(&strange), appointment(&strange), spoken(&strange)), (Vec::new(), None, None));
        }
    }

    #[test]
    fn an_appointment_that_is_over_is_none() {
        let one = |status: &str| json!({ "id": status, "spoken": "Tuesday", "status": status });
        let answer = json!({ "appointments": [one("cancelled"), one("no_show"), one("confirmed"), one("scheduled")] });
        assert_eq!(appointment(&answer).unwrap().id, "confirmed");
    }
}
