//! What the desk can do about an effect, and what that would do to the person.

use super::super::{detail::callable, words};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    effect::{Action, Effect, EffectState},
    event::Wake,
};

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remedy {
    /// `retry` or `call`.
    pub(super) act: &'static str,
    pub(super) word: &'static str,
    /// What pressing it does.
    pub(super) does: String,
    /// Whether the person may be disturbed twice: it is asked for once more.
    pub(super) asks: bool,
}

/// What can be done about it, the most careful first.
pub(super) fn of(effect: &Effect, appointment: Option<&Appointment>, now: DateTime<Utc>) -> Vec<Remedy> {
    let remedy = |act, word, does: &str, asks| Remedy { act, word, does: does.to_owned(), asks };
    let callable = appointment.is_some_and(|it| callable(it, now));
    match (&effect.action, effect.state) {
        // A timer goes off at its time, and nobody waits on the line any more for what it was to be told.
        (Action::Steer { .. } | Action::Wake { reason: Wake::LadderEnd | Wake::Over | Wake::GreetingWait }, _) => {
            Vec::new()
        }
        (_, EffectState::Waiting) if effect.due_at > now => {
            let does = match effect.action {
                Action::Call { .. } => "Calls the person now, if the hours allow it.".to_owned(),
                _ => format!("Does not wait any longer with the {}.", words::thing(&effect.action)),
            };
            vec![Remedy { act: "retry", word: "Try now", does, asks: false }]
        }
        (Action::Call { .. }, EffectState::Failed) if callable => {
            vec![remedy("call", "Call again", "Calls the person again, in a new call.", false)]
        }
        (Action::Call { .. }, EffectState::Uncertain) => {
            let look = "Asks the carrier what became of the call; nobody is called.";
            let again = "Calls the person again. The first call may have reached them.";
            let mut remedies = vec![remedy("retry", "Check again", look, false)];
            remedies.extend(callable.then(|| remedy("call", "Call again…", again, true)));
            remedies
        }
        (Action::Notify { .. }, EffectState::Failed) => {
            let does = format!("Sends the person the {} again.", words::thing(&effect.action));
            vec![Remedy { act: "retry", word: "Send again", does, asks: false }]
        }
        (Action::Notify { .. }, EffectState::Uncertain) => {
            let look = "Asks the provider what became of the message; nothing is sent.";
            vec![remedy("retry", "Check again", look, false)]
        }
        (Action::Calendar { .. }, EffectState::Failed | EffectState::Uncertain) => {
            let does = "Writes the calendar entry again; the person is told nothing.";
            vec![remedy("retry", "Write again", does, false)]
        }
        (Action::AgentCall(_), EffectState::Uncertain) => {
            let look = "Asks the agent's vendor what became of the call; nobody is called.";
            vec![remedy("retry", "Check again", look, false)]
        }
        (Action::CloneVoice, EffectState::Uncertain) => {
            let look = "Asks the vendor whether it made the voice; none is made.";
            vec![remedy("retry", "Check again", look, false)]
        }
        (Action::DeleteVoice { .. }, EffectState::Failed | EffectState::Uncertain) => {
            vec![remedy("retry", "Delete again", "Asks the vendor again to delete the voice.", false)]
        }
        (Action::HangUp { .. }, EffectState::Failed | EffectState::Uncertain) => {
            vec![remedy("retry", "End it again", "Asks the carrier again to end the second line.", false)]
        }
        (Action::Wake { .. }, EffectState::Failed | EffectState::Uncertain) => {
            let look = "Asks the carrier whether the call is over; nobody is called.";
            vec![remedy("retry", "Check again", look, false)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_core::{effect::Channel, effect::Message, id::EffectId};
    use uuid::Uuid;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000, 0).unwrap()
    }

    fn effect(action: Action, state: EffectState) -> Effect {
        Effect { state, ..Effect::planned(EffectId(Uuid::from_u128(1)), None, action, now(), now()) }
    }

    #[test]
    fn what_is_uncertain_is_looked_up_and_never_sent_again() {
        let message = Action::Notify { channel: Channel::Sms, message: Message::AskToConfirm };
        for action in [Action::Call { try_no: 1 }, message] {
            let remedies = of(&effect(action, EffectState::Uncertain), None, now());
            assert_eq!(remedies.iter().map(|it| it.act).collect::<Vec<_>>(), ["retry"]);
            assert!(remedies[0].does.starts_with("Asks the "), "{remedies:?}");
        }
    }

    #[test]
    fn nothing_is_offered_where_the_engine_would_refuse_it() {
        for state in [EffectState::Done, EffectState::Started, EffectState::Skipped] {
            assert_eq!(of(&effect(Action::Call { try_no: 1 }, state), None, now()), []);
        }
        let timer = Action::Wake { reason: Wake::Over };
        assert_eq!(of(&effect(timer, EffectState::Uncertain), None, now()), []);
        assert_eq!(of(&effect(Action::Call { try_no: 1 }, EffectState::Failed), None, now()), []);
    }
}
