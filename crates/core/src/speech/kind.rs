//! Where a text is heard or read, and what is filled into it there.

use serde::Serialize;

/// How the id of a text ends that greets somebody by name. The same id without it is the text for whoever told no name.
pub(crate) const KNOWN: &str = "-known";

/// Where a text ends up. Its id says so by how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Said on the telephone.
    Speech,
    /// Sent by SMS or WhatsApp.
    Sms,
    /// The subject of a mail.
    Subject,
    /// The body of a mail.
    Mail,
    /// Part of a calendar entry.
    Calendar,
    /// On the page behind a link, or the words of the link itself.
    Page,
}

impl TextKind {
    /// Every kind, in the order in which a person meets them.
    pub const ALL: [Self; 6] = [Self::Speech, Self::Sms, Self::Subject, Self::Mail, Self::Calendar, Self::Page];

    /// Where the text `id` ends up.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let begins = |prefix: &str| id.starts_with(prefix);
        if begins("sms-") {
            Self::Sms
        } else if begins("mail-") {
            if id.ends_with("-subject") { Self::Subject } else { Self::Mail }
        } else if begins("cal-") {
            Self::Calendar
        } else if begins("page-") || begins("link-") {
            Self::Page
        } else {
            Self::Speech
        }
    }

    /// Whether lines matter in it; elsewhere a line end is a space.
    pub(super) fn has_lines(self) -> bool {
        matches!(self, Self::Sms | Self::Mail)
    }
}

/// The variables that are filled in wherever the text `id` is said or sent.
#[must_use]
pub fn variables_of(id: &str) -> &'static [&'static str] {
    match id {
        "one-moment" | "sorry-trouble" | "somebody" => &[],
        "sms-short-link" => &["business", "name", "when", "service", "phone", "link"],
        "sms-sorry-missed" => &["business", "name", "phone"],
        id if id.starts_with("link-") => &[],
        id if id.starts_with("page-") => &["business", "phone", "when"],
        _ => &["business", "name", "when", "service", "phone"],
    }
}
