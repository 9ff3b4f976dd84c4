//! What went wrong, and what it means. Nothing that the server said is repeated but its codes: it quotes addresses.

use crate::failed;
use frontdesk_core::ports::{Happened, PortError, Trouble};
use lettre::transport::smtp::Error;
use std::{error::Error as _, io};

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No line was free.
    Wait,
    /// Reaching the server, TLS from the first byte, its greeting.
    Connect,
    /// STARTTLS.
    Tls,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The mail itself: from here on the server may have taken it.
    Content,
    /// NOOP, where nothing is sent.
    Check,
}

/// What went wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server said no.
    Refused { stage: Stage, code: u16, enhanced: Option<Enhanced> },
    /// Nobody answered in time.
    TimedOut(Stage),
    /// The line was not to be had, or was lost; what the system says about it.
    Lost { stage: Stage, why: String },
    /// The server's certificate is not one that is trusted; why.
    Certificate(String),
    /// What answered does not speak TLS, or not ours; why.
    NotTls(String),
    /// The server has no STARTTLS.
    NoStartTls,
    /// The server takes no password, or not in a way that we know.
    NoLogin,
    /// The server knows no addresses in other letters than ASCII.
    ForeignLetters,
    /// The server said yes to something else.
    OutOfStep(Stage),
}

/// An enhanced status code: class, subject, detail.
/// <https://www.rfc-editor.org/rfc/rfc3463>
pub(crate) type Enhanced = (u8, u16, u16);

impl Fault {
    pub(crate) fn of(stage: Stage, error: &Error) -> Self {
        if let Some(code) = error.status() {
            let enhanced = error.source().and_then(|said| enhanced(&said.to_string()));
            return Self::Refused { stage, code: code.into(), enhanced };
        }
        let mut cause = error.source();
        while let Some(error) = cause {
            // An `io::Error` does not name what it holds as its source.
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            let tls = error.downcast_ref::<rustls::Error>().or_else(|| inner?.downcast_ref::<rustls::Error>());
            match tls {
                Some(rustls::Error::InvalidCertificate(why)) => return Self::Certificate(why.to_string()),
                Some(tls) => return Self::NotTls(tls.to_string()),
                None => {}
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::Lost { stage, why: error.to_string() };
            }
            cause = error.source();
        }
        match stage {
            Stage::Tls if error.is_client() => Self::NoStartTls,
            Stage::Login if error.is_client() => Self::NoLogin,
            // An answer that is none, or that ends in its middle.
            _ => Self::Lost { stage, why: "its answer cannot be read".to_owned() },
        }
    }

    /// Says it to whoever is to put it right.
    pub(crate) fn told(self) -> PortError {
        use Happened::{Maybe, No};
        use Trouble::{Barred, Unauthorised, Unavailable};
        let (happened, trouble, what) = match self {
            Self::Refused { stage, code, enhanced } => return refused(stage, code, enhanced),
            Self::TimedOut(Stage::Content) => {
                (Maybe, Unavailable, "the mail server did not say in time whether it takes the mail".to_owned())
            }
            Self::TimedOut(Stage::Wait) => {
                let what = "every line to the mail server was busy; let more of them be open at once (connections)";
                (No, Unavailable, what.to_owned())
            }
            Self::TimedOut(Stage::Connect) => {
                let what = "the mail server cannot be reached in time; look at host and port, at the firewall, and whether \
                            tls fits the port (465: implicit, else starttls)";
                (No, Unavailable, what.to_owned())
            }
            Self::TimedOut(stage) => (No, Unavailable, format!("the mail server did not answer in time ({stage})")),
            Self::Lost { stage: Stage::Content, why } => {
                let what =
                    format!("the line to the mail server was lost before it said whether it takes the mail ({why})");
                (Maybe, Unavailable, what)
            }
            Self::Lost { stage: Stage::Connect, why } => {
                let what =
                    format!("the mail server cannot be reached; look at host, port, tls and the firewall ({why})");
                (No, Unavailable, what)
            }
            Self::Lost { stage, why } => {
                (No, Unavailable, format!("the line to the mail server was lost ({stage}: {why})"))
            }
            Self::Certificate(why) => {
                let what = format!(
                    "the mail server's certificate is not trusted ({why}); host must be a name in it, and an authority of \
                     your own must be among the root certificates"
                );
                (No, Unauthorised, what)
            }
            Self::NotTls(why) => {
                let what = format!(
                    "no TLS with the mail server ({why}); does tls fit the port (465: implicit, else starttls)?"
                );
                (No, Unauthorised, what)
            }
            Self::NoStartTls => {
                let what = "the mail server offers no STARTTLS at this port, and nothing is sent in the open; try tls = \
                            implicit with port 465";
                (No, Unauthorised, what.to_owned())
            }
            Self::NoLogin => {
                let what = "the mail server takes no login by password (PLAIN or LOGIN) here; leave out username and \
                            password, or send through a server that takes them";
                (No, Unauthorised, what.to_owned())
            }
            Self::ForeignLetters => {
                let what = "the mail server knows no addresses in other letters than ASCII (SMTPUTF8), and this one has some \
                            before the @";
                (No, Barred, what.to_owned())
            }
            Self::OutOfStep(Stage::Content) => {
                (Maybe, Trouble::Broken, "the mail server's answer to the mail is none that it can give".to_owned())
            }
            Self::OutOfStep(stage) => {
                (No, Unavailable, format!("the mail server answers something else than it was asked ({stage})"))
            }
        };
        failed(happened, trouble, what)
    }
}

/// The server said no, so that nothing was sent.
fn refused(stage: Stage, code: u16, enhanced: Option<Enhanced>) -> PortError {
    use Trouble::{Barred, Refused, Unauthorised, Unavailable};
    let (trouble, what) = match (stage, code, enhanced) {
        (_, 400..500, _) => (Unavailable, "asks to try again later"),
        (Stage::Login, ..) => (
            Unauthorised,
            "does not accept username and password; Gmail and others want a password made for programs (app password)",
        ),
        (Stage::Wait | Stage::Connect | Stage::Tls | Stage::Check, ..) => {
            (Unauthorised, "does not talk to us; is this machine's address allowed there?")
        }
        // Authentication required, too weak, or only over TLS.
        (_, 530 | 534 | 535 | 538, _) => (Unauthorised, "wants a login first; set username and password, and tls"),
        (Stage::Sender, ..) => (Unauthorised, "takes no mail from our address; may this account send as `from`?"),
        // The mailbox or its domain is not there, takes nothing at all, or is no longer in use. Other subjects are about us,
        // about the mail, or about how full the mailbox is.
        (Stage::Recipient, _, Some((5, 1, 1..=3 | 6 | 10) | (5, 2, 1))) => {
            (Refused, "says that there is no such mailbox; the address is wrong, or no longer in use")
        }
        (Stage::Recipient, ..) => (
            Barred,
            "does not take mail for this recipient; may this account send to others, and as `from`? Its log says more",
        ),
        (Stage::Data | Stage::Content, ..) => (
            Barred,
            "does not take this mail; often the domain of `from` lacks SPF or DKIM for this server, or it looks like spam",
        ),
    };
    let enhanced = enhanced.map_or_else(String::new, |(class, subject, detail)| format!(" {class}.{subject}.{detail}"));
    failed(Happened::No, trouble, format!("the mail server {what} ({stage}, code {code}{enhanced})"))
}

/// The enhanced code in front of what was said.
fn enhanced(said: &str) -> Option<Enhanced> {
    let mut parts = said.trim_start().split(|c: char| c.is_whitespace()).next()?.split('.');
    let mut number = || parts.next().filter(|part| part.len() <= 3)?.parse::<u16>().ok();
    let code = (u8::try_from(number()?).ok()?, number()?, number()?);
    (matches!(code.0, 2 | 4 | 5) && parts.next().is_none()).then_some(code)
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wait => "waiting for a line",
            Self::Connect => "connecting",
            Self::Tls => "STARTTLS",
            Self::Login => "login",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "the mail itself",
            Self::Check => "NOOP",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stage::{Check, Connect, Content, Data, Login, Recipient, Sender};
    use Trouble::{Barred, Refused, Unauthorised, Unavailable};

    #[test]
    fn a_no_means_what_the_codes_say() {
        for (stage, code, said, trouble) in [
            (Recipient, 550, "5.1.1 <ana@example.com>: no such user", Refused),
            (Recipient, 550, "5.2.1 disabled", Refused),
            (Recipient, 556, "5.1.10 null MX", Refused),
            (Recipient, 550, "no such user here", Barred),
            (Recipient, 552, "5.2.2 full", Barred),
            (Recipient, 553, "5.7.1 sender not owned", Barred),
            (Recipient, 554, "5.7.1 relay access denied", Barred),
            (Recipient, 550, "5.1.8 bad sender domain", Barred),
            (Recipient, 530, "5.7.0 authentication required", Unauthorised),
            (Recipient, 451, "4.7.1 greylisted", Unavailable),
            (Recipient, 450, "4.1.1 try later", Unavailable),
            (Sender, 530, "5.7.0 must issue STARTTLS", Unauthorised),
            (Sender, 553, "5.7.1 not owned", Unauthorised),
            (Sender, 452, "4.3.1 out of space", Unavailable),
            (Login, 535, "5.7.8 bad credentials", Unauthorised),
            (Login, 534, "5.7.9 app password needed", Unauthorised),
            (Login, 454, "4.7.0 temporary", Unavailable),
            (Connect, 554, "no SMTP here", Unauthorised),
            (Connect, 421, "too busy", Unavailable),
            (Data, 554, "no valid recipients", Barred),
            (Content, 550, "5.7.26 unauthenticated", Barred),
            (Content, 550, "5.1.1 no such user", Barred),
            (Content, 452, "4.3.1", Unavailable),
            (Check, 421, "closing", Unavailable),
        ] {
            let error = Fault::Refused { stage, code, enhanced: enhanced(said) }.told();
            assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{stage} {code} {said}");
        }
    }

    #[test]
    fn only_what_came_after_the_mail_itself_leaves_a_doubt() {
        for stage in [Stage::Wait, Connect, Stage::Tls, Login, Sender, Recipient, Data, Content, Check] {
            let doubt = if stage == Content { Happened::Maybe } else { Happened::No };
            let lost = Fault::Lost { stage, why: "reset".to_owned() };
            for fault in [Fault::TimedOut(stage), lost, Fault::OutOfStep(stage)] {
                assert_eq!(fault.told().happened, doubt, "{stage}");
            }
        }
    }

    #[test]
    fn enhanced_codes_are_read_where_they_stand() {
        assert_eq!(enhanced("5.1.1 no"), Some((5, 1, 1)));
        assert_eq!(enhanced("5.7.26"), Some((5, 7, 26)));
        for text in ["", "no", "5.1", "5.1.1.1 no", "1.2.3.4", "300.1.1", "3.1.1", "5.1000.1", "mail.example.com"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }
}
