use frontdesk_core::event::EndCause;

/// What the person, or whatever picks up, does with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// Picks up and answers each question with the next key; hangs up when none is left.
    Presses(Vec<String>),
    /// Picks up and says nothing.
    Silent,
    /// Is on the telephone.
    Busy,
    /// Does not pick up.
    NoAnswer,
    /// Presses the red button.
    Declines,
    /// A machine picks up.
    Machine,
    /// Picks up and hangs up at the first question.
    HangsUp,
    /// The number is refused by the carrier for good.
    Refused,
}

impl Callee {
    /// Somebody who presses these keys, one at each question.
    #[must_use]
    pub fn presses<const N: usize>(keys: [&str; N]) -> Self {
        Self::Presses(keys.map(str::to_owned).to_vec())
    }

    /// How the call ends when nobody picks it up.
    pub(crate) fn unanswered(&self) -> Option<EndCause> {
        match self {
            Self::Busy => Some(EndCause::Busy),
            Self::NoAnswer => Some(EndCause::NoAnswer),
            Self::Declines => Some(EndCause::Declined),
            Self::Refused => Some(EndCause::Refused),
            Self::Presses(_) | Self::Silent | Self::Machine | Self::HangsUp => None,
        }
    }
}

/// What the line to a vendor does with a request and with what comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// Everything arrives.
    #[default]
    Good,
    /// The request arrives, the answer to it is lost; the vendor can be asked.
    LosesAnswer,
    /// The request arrives, the answer is lost, and the vendor cannot be asked.
    LosesAnswerForGood,
    /// The request is lost on its way, and nobody knows; the vendor can be asked.
    LosesRequest,
    /// The request is lost on its way, and the vendor cannot be asked.
    LosesRequestForGood,
    /// The vendor is away: surely nothing happened.
    Away,
    /// The vendor refuses for good.
    Refuses,
    /// The vendor acts, but says that it did not.
    Lies,
    /// Every callback is lost.
    LosesCallbacks,
    /// Every callback comes twice, and the first one last.
    Disorder,
}

impl Line {
    /// Every kind of line.
    pub const ALL: [Self; 10] = [
        Self::Good,
        Self::LosesAnswer,
        Self::LosesAnswerForGood,
        Self::LosesRequest,
        Self::LosesRequestForGood,
        Self::Away,
        Self::Refuses,
        Self::Lies,
        Self::LosesCallbacks,
        Self::Disorder,
    ];

    /// Whether the vendor acts on the request.
    pub(crate) fn acts(self) -> bool {
        !matches!(self, Self::LosesRequest | Self::LosesRequestForGood | Self::Away | Self::Refuses)
    }

    /// Whether the vendor can be asked what became of it.
    pub(crate) fn tells(self) -> bool {
        !matches!(self, Self::LosesAnswerForGood | Self::LosesRequestForGood)
    }
}
