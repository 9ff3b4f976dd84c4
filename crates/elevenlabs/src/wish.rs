//! What a caller wants, as agents name it. Only words that can mean one thing are understood; all others are as if nothing
//! was said.

use frontdesk_core::booking::Wish;

/// Reads an intent.
pub(crate) fn wish(intent: &str) -> Option<Wish> {
    let intent = intent.trim().to_lowercase().replace(['_', '-'], " ");
    Some(match intent.as_str() {
        "appointment"
        | "appointment booking"
        | "book"
        | "booking"
        | "book appointment"
        | "new appointment"
        | "schedule"
        | "schedule appointment"
        | "callback"
        | "schedule callback" => Wish::Book,
        "reschedule"
        | "reschedule appointment"
        | "rescheduling"
        | "move"
        | "move appointment"
        | "change appointment" => Wish::Move,
        "cancel" | "cancel appointment" | "cancellation" => Wish::Cancel,
        "confirm" | "confirm appointment" | "confirmation" => Wish::Confirm,
        "none" | "nothing" | "no appointment" => Wish::Nothing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_mean_one_thing_is_understood() {
        for (intent, want) in [
            ("appointment", Some(Wish::Book)),
            ("Book_Appointment", Some(Wish::Book)),
            ("reschedule", Some(Wish::Move)),
            (" CANCEL ", Some(Wish::Cancel)),
            ("confirm-appointment", Some(Wish::Confirm)),
            ("none", Some(Wish::Nothing)),
            ("do not cancel", None),
            ("cancel or reschedule", None),
            ("", None),
        ] {
            assert_eq!(wish(intent), want, "{intent}");
        }
    }
}
