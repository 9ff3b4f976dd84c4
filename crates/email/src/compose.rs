//! A mail made of a message.

use crate::{
    clean,
    config::{BadConfig, Config},
    failed, html,
    link::{Web, ours},
};
use frontdesk_core::{
    effect::Address as To,
    ical,
    id::EffectId,
    personal::Email,
    ports::{Happened, Invitation, Notification, PortResult, Trouble},
};
use lettre::{
    Address, Message,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use url::Host;

/// The longest message, in characters.
const LONGEST: usize = 100_000;

/// A mail, ready to be sent.
pub(crate) struct Mail {
    pub(crate) from: Address,
    pub(crate) to: Address,
    /// Its Message-ID: the same whenever it is made for the same effect.
    pub(crate) id: String,
    pub(crate) content: Vec<u8>,
}

/// What a message says, made fit for mail.
pub(crate) struct Words<'a> {
    pub(crate) language: &'static str,
    pub(crate) subject: String,
    pub(crate) sender: String,
    pub(crate) body: &'a str,
    pub(crate) answer: Option<Web>,
    pub(crate) stop: Option<Web>,
}

/// Writes mails in the name of an address.
pub(crate) struct Composer {
    from: Address,
    /// The same address, as invitations name it.
    organizer: Email,
    from_name: String,
    reply_to: Option<Address>,
    attach_invitation: bool,
}

impl Composer {
    pub(crate) fn new(config: &Config) -> Result<Self, BadConfig> {
        let from = address(&config.from).filter(ascii).ok_or(BadConfig::From)?;
        let reply_to = config.reply_to.as_ref().map(|to| address(to).ok_or(BadConfig::ReplyTo)).transpose()?;
        let organizer = Email::parse(AsRef::<str>::as_ref(&from)).map_err(|_| BadConfig::From)?;
        let from_name = clean::name(config.from_name.as_deref().unwrap_or_default());
        Ok(Self { from, organizer, from_name, reply_to, attach_invitation: config.attach_invitation })
    }

    /// The domain that mail comes from.
    pub(crate) fn domain(&self) -> &str {
        self.from.domain()
    }

    /// Makes the mail of an effect.
    pub(crate) fn compose(&self, message: &Notification, effect: &EffectId) -> PortResult<Mail> {
        let To::Email(email) = &message.to else {
            return Err(failed(Happened::No, Trouble::Refused, "mail needs an e-mail address"));
        };
        let to = address(email).ok_or_else(|| {
            failed(
                Happened::No,
                Trouble::Refused,
                "mail cannot be addressed to this e-mail address; look for a slip in it",
            )
        })?;
        if message.body.chars().count() > LONGEST {
            let what = format!("a mail of more than {LONGEST} characters is not sent");
            return Err(failed(Happened::No, Trouble::Broken, what));
        }
        let words = self.words(message)?;
        let id = format!("<{effect}@{}>", self.domain());
        let name = Some(words.sender.clone()).filter(|name| !name.is_empty());
        let mut builder = Message::builder()
            .from(Mailbox::new(name, self.from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(words.subject.clone())
            .message_id(Some(id.clone()))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", words.language));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(Mailbox::new(None, reply_to.clone()));
        }
        if let Some(stop) = &words.stop {
            builder = builder.raw_header(header("List-Unsubscribe", &format!("<{}>", stop.url)));
            // A click on the mail program's own button, which programs make only over TLS.
            // <https://www.rfc-editor.org/rfc/rfc8058>
            if stop.secret {
                builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
            }
        }
        let broken = |error: lettre::error::Error| {
            failed(Happened::No, Trouble::Broken, "the mail cannot be written").caused_by(error)
        };
        let content = builder.multipart(self.parts(message, &words)?).map_err(broken)?.formatted();
        Ok(Mail { from: self.from.clone(), to, id, content })
    }

    fn words<'a>(&self, message: &'a Notification) -> PortResult<Words<'a>> {
        let sender = Some(clean::name(&message.sender)).filter(|name| !name.is_empty());
        let subject = message.subject.as_deref().map(clean::subject).filter(|subject| !subject.is_empty());
        Ok(Words {
            language: message.language.code(),
            subject: subject
                .unwrap_or_else(|| clean::subject(clean::lines(&message.body).lines().next().unwrap_or(""))),
            sender: sender.unwrap_or_else(|| self.from_name.clone()),
            body: &message.body,
            answer: message.answer.as_ref().map(ours).transpose()?,
            stop: message.stop.as_ref().map(ours).transpose()?,
        })
    }

    fn parts(&self, message: &Notification, words: &Words<'_>) -> PortResult<MultiPart> {
        let alternative = MultiPart::alternative()
            .singlepart(SinglePart::plain(plain(words)))
            .singlepart(SinglePart::html(html::page(words)));
        let Some(invitation) = &message.invitation else {
            return Ok(alternative);
        };
        let (kind, written) = self.invitation(invitation, &words.sender)?;
        let part = SinglePart::builder().header(kind).body(base64(&written)?);
        let mut mixed = MultiPart::mixed().multipart(alternative.singlepart(part));
        if self.attach_invitation {
            let kind = ContentType::parse("application/ics").map_err(bad_type)?;
            mixed = mixed.singlepart(Attachment::new("invite.ics".to_owned()).body(base64(&written)?, kind));
        }
        Ok(mixed)
    }

    /// The method is told twice, and counts only where both agree.
    /// <https://www.rfc-editor.org/rfc/rfc6047#section-2.4>
    fn invitation(&self, invitation: &Invitation, sender: &str) -> PortResult<(ContentType, String)> {
        let (method, written) = ical::invitation(invitation, &self.organizer, sender);
        let kind = format!("text/calendar; charset=utf-8; method={}; component=VEVENT", method.as_str());
        Ok((ContentType::parse(&kind).map_err(bad_type)?, written))
    }
}

/// Some programs do not undo quoted-printable in a calendar.
fn base64(written: &str) -> PortResult<Body> {
    Body::new_with_encoding(written.as_bytes().to_vec(), ContentTransferEncoding::Base64)
        .map_err(|_| failed(Happened::No, Trouble::Broken, "the invitation cannot be written as base64"))
}

fn bad_type(error: impl std::error::Error + Send + Sync + 'static) -> frontdesk_core::ports::PortError {
    failed(Happened::No, Trouble::Broken, "a part of the mail cannot be named").caused_by(error)
}

/// The message for people who read nothing but text: the same words, the same links.
fn plain(words: &Words<'_>) -> String {
    let mut text = clean::lines(words.body);
    for link in [&words.answer, &words.stop].into_iter().flatten() {
        // The words may hold it already.
        if !text.contains(&link.url) {
            text.push_str(&format!("\n\n{}:\n{}", link.label, link.url));
        }
    }
    text.push('\n');
    text
}

/// An address for the wire: a domain in other letters is written in its ASCII form, which every server knows.
pub(crate) fn address(email: &Email) -> Option<Address> {
    let (local, domain) = email.reveal().rsplit_once('@')?;
    match Host::parse(domain).ok()? {
        Host::Domain(domain) => Address::new(local, domain).ok(),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Whether every server can be told of it.
pub(crate) fn ascii(address: &Address) -> bool {
    AsRef::<str>::as_ref(address).is_ascii()
}

/// A header of ours: printable ASCII, as it is, never folded.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_core::{effect::Channel, id::EffectId, speech::Language};
    use frontdesk_testkit::moment;
    use mail_parser::MessageParser;
    use proptest::{prelude::*, sample::select};

    /// Anything that people may write; the library gives up on some of it if it is let through.
    fn text() -> impl Strategy<Value = String> {
        let hard = [
            "\r\n",
            "\n",
            "\r",
            "\0",
            "\"",
            "\\",
            "<",
            ">",
            "=?utf-8?q?x?=",
            "@",
            ",",
            ";",
            ":",
            "(",
            "\u{2028}",
            "ä",
            "😀",
        ];
        let piece =
            prop_oneof![2 => select(hard.to_vec()).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z ]{0,90}"];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_makes_a_mail_with_headers_of_ours(sender in text(), subject in text(), body in text()) {
            let config = Config::new("smtp.example.com", 587, Email::parse("desk@harbour.example").unwrap());
            let to = To::Email(Email::parse("ana@example.com").unwrap());
            let message = Notification {
                subject: Some(subject),
                sender: sender.clone(),
                ..Notification::plain(Channel::Email, to, "mail-confirm-body", body.clone(), Language::En)
            };
            let effect = EffectId::derive(moment("2026-11-20T09:00:00Z"), &["any"]);
            let mail = Composer::new(&config).unwrap().compose(&message, &effect).unwrap();
            let written = String::from_utf8(mail.content).unwrap();
            let head = written.split("\r\n\r\n").next().unwrap();
            prop_assert!(head.is_ascii() && !head.replace("\r\n", "").contains(|c: char| c.is_control()), "{head}");
            let begun = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
            let names: Vec<_> = begun.map(|line| line.split(':').next().unwrap().to_owned()).collect();
            let ours = ["From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Date",
                "Content-Type"];
            prop_assert_eq!(names, ours);
            let read = MessageParser::default().parse(&written).unwrap();
            let name = read.from().unwrap().first().unwrap().name().unwrap_or_default().to_owned();
            // A parser may take blanks between encoded words for one.
            let solid = |text: &str| text.split_whitespace().collect::<String>();
            if sender.chars().all(char::is_alphanumeric) {
                prop_assert_eq!(solid(&name), solid(&clean::name(&sender)));
            }
            let text = read.body_text(0).unwrap().replace("\r\n", "\n");
            let body = clean::lines(&body);
            prop_assert_eq!(text.trim_end_matches('\n'), body.trim_end_matches('\n'));
        }
    }
}
