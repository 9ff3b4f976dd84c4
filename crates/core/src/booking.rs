//! What a voice agent collected from whoever rang it.

use crate::{
    id::CallId,
    personal::{Email, PersonName, Phone, RawNumber, Said},
    speech::{Language, When},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the caller wants of the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// An appointment.
    Book,
    /// Their next appointment at another time.
    Move,
    /// Not to come to their next appointment.
    Cancel,
    /// To say that they come to their next appointment.
    Confirm,
    /// Something of the kind, but the conversation does not say what.
    Unclear,
    /// Nothing of the kind: the conversation was about something else.
    Nothing,
}

impl Wish {
    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Move => "move",
            Self::Cancel => "cancel",
            Self::Confirm => "confirm",
            Self::Unclear => "unclear",
            Self::Nothing => "nothing",
        }
    }
}

/// A conversation that an agent had with a caller, and what it collected. Of the words that were spoken only the agent's
/// summary is kept: whoever wants to hear more finds the conversation at the vendor by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Booking {
    /// Names the conversation, with the provider before it; a second delivery has the same one, whatever tells of it.
    pub key: String,
    /// Whether the key is made of what was told, as the conversation has no name: who says the same about another appointment
    /// means that one, and who says it twice about one is told again.
    pub by_words: bool,
    /// The provider's name for the conversation.
    pub conversation: String,
    /// Our name for the call, where it was handed to the agent with it: the call that the conversation was on.
    pub call: Option<CallId>,
    /// The number that was rung, where it is known: it says whose appointment it is.
    pub called: Option<Phone>,
    /// The business that is meant where the number does not say it.
    pub business: Option<String>,
    /// The caller's number as it was told.
    pub phone: Option<RawNumber>,
    /// What they are called.
    pub name: Option<PersonName>,
    /// Where they are written to.
    pub email: Option<Email>,
    /// When they want to come.
    pub when: When,
    /// The same as it was told, to be shown to the desk and given back to whoever delivered it.
    pub told: Option<Said>,
    /// What they want.
    pub wish: Wish,
    /// What for.
    pub service: Option<Said>,
    /// What was spoken of, in the agent's words.
    pub summary: Option<Said>,
    /// What was spoken, as far as the agent says so.
    pub language: Option<Language>,
    /// When the conversation began; `None`: when it was delivered.
    pub at: Option<DateTime<Utc>>,
    /// How long it took, in seconds.
    pub seconds: Option<u32>,
}

/// What of a conversation is kept with its call, for the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// What the caller wanted.
    pub wish: Wish,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Where they are written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Their number as it was told, where nobody can dial it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<RawNumber>,
    /// When they want to come, as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Said>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Said>,
    /// What was spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Said>,
    /// Why it could not be done, in the desk's words, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}
