use crate::event::EndCause;
use serde::{Deserialize, Serialize};

/// How an effect came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Settlement {
    /// It happened; `reference` is the provider's name for it.
    Done {
        /// The provider's id for the call, message or event.
        reference: Option<String>,
        /// Where it is to be seen, where the provider says so.
        link: Option<String>,
    },
    /// It surely did not happen. `retry` says whether the same thing may work a little later.
    Failed {
        /// Why, without personal data.
        reason: String,
        /// Whether trying again may help.
        retry: bool,
        /// Not earlier than this many seconds, as the provider asked (429 `Retry-After`).
        after_seconds: Option<u32>,
        /// Whether this address is refused for good.
        refused: bool,
        /// Whether the provider is well and only asks for patience: it is waited for, and nobody else is asked meanwhile.
        rate_limited: bool,
        /// Whether the person told the provider that they want nothing more from us on this channel.
        opted_out: bool,
    },
    /// It may have happened.
    Uncertain {
        /// Why nobody knows, without personal data.
        reason: String,
        /// Whether the provider may still tell: not where it cannot be asked at all.
        askable: bool,
    },
    /// The provider was asked, and knows the call or message.
    Found {
        /// The provider's id for it.
        reference: String,
        /// Set when the call is over.
        ended: Option<(EndCause, Option<u32>)>,
    },
    /// The provider was asked, and surely never had it.
    Missing,
    /// The live call it was for is over; surely nobody heard anything of it.
    Over,
}
