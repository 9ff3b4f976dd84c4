use schemars::JsonSchema;
use serde::Deserialize;

/// Mail, through a server of yours. Needs an address to come from; without it nobody sends mail.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Email {
    /// Whom mail comes from, such as `desk@example.com`.
    pub from: Option<String>,
    /// The name in front of it, where a message is in no business's name.
    pub from_name: Option<String>,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<String>,
    /// The server. Absent: `smtp.gmail.com`.
    pub server: Option<String>,
    /// Its port. Absent: 587.
    pub port: Option<u16>,
    /// `starttls`, `implicit` or `none`. Absent: `implicit` at port 465, `starttls` elsewhere.
    pub tls: Option<String>,
    /// The account there. Absent: the address in `from`.
    pub username: Option<String>,
    /// Its password; Gmail and others want one made for a program. Absent: no login.
    pub password: Option<String>,
    /// A file of certificates (PEM) of authorities that are trusted besides the public ones.
    pub root_certificates: Option<String>,
    /// Whether an invitation is attached as a file besides the part that mail programs read. Absent: yes.
    pub attach_invitation: Option<bool>,
}

/// Google Calendar, through a service account with which the calendars are shared.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GoogleCalendar {
    /// The service account's key file, as it is or in base64.
    pub service_account: Option<String>,
    /// The calendar of every business that names none of its own. Absent: `primary`, the account's own, which nobody sees.
    pub calendar: Option<String>,
    /// Somebody of the organisation whom the account may stand for (domain-wide delegation): then Google invites guests.
    pub subject: Option<String>,
    /// Another place of the API: a mock, a proxy.
    pub base_url: Option<String>,
}

/// A calendar on a CalDAV server: Nextcloud, iCloud, Fastmail, Radicale and others.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CalDav {
    /// The calendar of every business that names none of its own, or a place where a single one is found.
    pub url: Option<String>,
    /// Who writes.
    pub username: Option<String>,
    /// Their password; where the server has two factors, an app password.
    pub password: Option<String>,
    /// Whether the password may go over plain HTTP to another machine.
    pub allow_plain_http: bool,
}
