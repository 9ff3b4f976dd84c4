//! What an effect has to know about the lines of whoever it reaches.

use super::{Action, Effect, EffectState, Message};

impl Effect {
    /// Whether it is a call that may be placed when it is looked at next.
    #[must_use]
    pub fn may_ring(&self) -> bool {
        self.action.places_call() && self.state == EffectState::Waiting
    }

    /// Whether it must not begin without a look at who is on the line with us: it may ring them, or speaks of a call of
    /// theirs that nobody took.
    #[must_use]
    pub fn minds_lines(&self) -> bool {
        self.may_ring() || self.tells_of_missed_call() && self.state == EffectState::Waiting
    }

    /// Whether it counts as a contact of ours: what answers somebody who came to us does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.withdrawable() || self.tells_of_missed_call()
    }

    fn tells_of_missed_call(&self) -> bool {
        matches!(self.action, Action::Notify { message: Message::MissedCall, .. })
    }
}
