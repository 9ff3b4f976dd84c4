use crate::{
    call::{Call, CallRef, CallState, Direction},
    personal::Phone,
};
use chrono::{DateTime, Duration, Utc};

/// A call as its carrier tells of it: by a name that may be new to us, and by who rings whom.
///
/// It is the call of that name. Where there is none it is the newest call that [may be](Self::may_be) it: the answer to
/// our request, which would have told the name, is still under way or was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which carrier.
    pub provider: String,
    /// Its name for the call.
    pub id: String,
    /// The caller id that is shown.
    pub from: Phone,
    /// Who is rung.
    pub to: Phone,
    /// A time at which the call was under way, by the carrier's clock, where it says so.
    pub at: Option<DateTime<Utc>>,
}

impl Rung {
    /// How far a carrier's clock and ours may be apart.
    const SKEW: Duration = Duration::minutes(1);

    /// How the carrier names it.
    #[must_use]
    pub fn name(&self) -> CallRef {
        CallRef::Theirs { provider: self.provider.clone(), id: self.id.clone() }
    }

    /// Whether this is a call between the two that we gave to this carrier, that has not ended, and that has no name of
    /// the carrier's yet. News from before we decided to call are of an earlier one.
    #[must_use]
    pub fn may_be(&self, call: &Call) -> bool {
        call.direction == Direction::Outbound
            && call.state != CallState::Ended
            && call.provider_call_id.is_none()
            && call.provider == self.provider
            && call.to == self.to
            && call.from == self.from
            && self.at.is_none_or(|at| at >= call.created_at - Self::SKEW)
    }

    /// The newest of these calls that may be it.
    #[must_use]
    pub fn newest<'a>(&self, calls: impl Iterator<Item = &'a Call>) -> Option<&'a Call> {
        calls.filter(|call| self.may_be(call)).max_by_key(|call| (call.created_at, call.id))
    }
}
