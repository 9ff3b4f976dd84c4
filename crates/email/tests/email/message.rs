//! Messages as the engine writes them, and how mails are looked into.

use frontdesk_core::{
    appointment::Status,
    effect::{Address, Channel},
    id::EffectId,
    personal::{Email, PersonName, PersonalLink},
    ports::{Invitation, Link, Notification},
    speech::Language,
};
use frontdesk_testkit::{moment, suite::calendar_sink};
use mail_parser::{Message, MimeHeaders, PartType};
use quick_xml::{Reader, events::Event};

pub(crate) const ANSWER: &str = "https://desk.example/a/eyJhIjoxfQ.sig?x=1&y=2";
pub(crate) const STOP: &str = "https://desk.example/stop/eyJzIjoxfQ.sig";

pub(crate) fn effect(name: &str) -> EffectId {
    EffectId::derive(moment("2026-11-20T09:00:00Z"), &["mail", name])
}

/// A reminder with everything that can go along.
pub(crate) fn reminder() -> Notification {
    let link = |label: &str, url: &str| Link { label: label.to_owned(), url: PersonalLink::new(url.to_owned()) };
    Notification {
        subject: Some("Your visit on Friday".to_owned()),
        sender: "Harbour Clinic".to_owned(),
        answer: Some(link("Confirm or change", ANSWER)),
        stop: Some(link("No more of these mails", STOP)),
        invitation: Some(invitation(Status::Scheduled, 2)),
        ..to(
            "ana@example.com",
            "Hello Ana,\n\nwe expect you on Friday at 10:30.\nBring https://clinic.example/form?a=1&b=2.",
        )
    }
}

/// A message of nothing but words, for this address.
pub(crate) fn to(address: &str, body: &str) -> Notification {
    let to = Address::Email(Email::parse(address).unwrap());
    let subject = Some("Your visit".to_owned());
    Notification {
        subject,
        ..Notification::plain(Channel::Email, to, "mail-confirm-body", body.to_owned(), Language::En)
    }
}

pub(crate) fn invitation(status: Status, revision: u32) -> Invitation {
    let mut entry = calendar_sink::entry("invited", revision);
    entry.status = status;
    Invitation { entry, name: PersonName::parse("Ana Lim").unwrap(), email: Email::parse("ana@example.com").unwrap() }
}

/// The parts of a mail, the outer ones before the inner ones: how deep, of which type, and what is in it.
pub(crate) fn parts(mail: &Message<'_>) -> Vec<(usize, String, String)> {
    fn walk(mail: &Message<'_>, id: u32, depth: usize, found: &mut Vec<(usize, String, String)>) {
        let part = &mail.parts[id as usize];
        let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
        let text = match &part.body {
            PartType::Text(text) | PartType::Html(text) => text.to_string(),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            PartType::Message(_) | PartType::Multipart(_) => String::new(),
        };
        found.push((depth, kind.unwrap_or_default(), text));
        if let PartType::Multipart(inner) = &part.body {
            inner.iter().for_each(|id| walk(mail, *id, depth + 1, found));
        }
    }
    let mut found = Vec::new();
    walk(mail, 0, 0, &mut found);
    found
}

/// The first part of a type.
pub(crate) fn part(mail: &Message<'_>, kind: &str) -> String {
    let found = parts(mail).into_iter().find(|(_, is, _)| is == kind);
    found.unwrap_or_else(|| panic!("no {kind}: {:?}", parts(mail))).2
}

/// A page as somebody else's parser reads it.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Every element, in order.
    pub(crate) elements: Vec<String>,
    /// Every attribute, its value resolved.
    pub(crate) attributes: Vec<(String, String)>,
    /// Everything to be read between `<body>` and `</body>`, one line an element.
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn of(html: &str) -> Self {
        let mut reader = Reader::from_str(html);
        // `<br>` and `<meta>` have no end.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let (mut page, mut shown) = (Self::default(), false);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) | Event::Empty(tag) => {
                    let name = tag.name().0.to_owned();
                    shown |= name == "body";
                    page.text.push_str(if shown { "\n" } else { "" });
                    page.elements.push(name);
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap();
                        page.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
                    }
                }
                Event::Text(text) if shown => page.text.push_str(text.xml10_content().trim_matches('\n')),
                Event::GeneralRef(reference) if shown => {
                    let character = reference.resolve_char_ref().unwrap().map(String::from);
                    let named = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                    page.text.push_str(&character.or(named).expect("an entity that everybody knows"));
                }
                Event::Eof => return page,
                _ => {}
            }
        }
    }

    /// Where its links lead.
    pub(crate) fn links(&self) -> Vec<&str> {
        self.attributes.iter().filter(|(name, _)| name == "href").map(|(_, value)| value.as_str()).collect()
    }

    /// Its lines that are not empty.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
}
