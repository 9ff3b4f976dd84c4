//! What is in a mail.

use crate::{
    message::{ANSWER, Page, STOP, effect, invitation, part, parts, reminder, to},
    server::{FROM, Server, Taken},
};
use frontdesk_core::{
    appointment::Status,
    personal::{Email, PersonalLink},
    ports::{Link, Notification, Notifier, Trouble},
    speech::Language,
};
use frontdesk_email::{Config, Smtp};
use icalendar::{Calendar, Component};
use mail_parser::MimeHeaders;

async fn taken_by(server: &Server, change: impl FnOnce(&mut Config), message: &Notification, name: &str) -> Taken {
    let mut config = server.config();
    change(&mut config);
    Smtp::new(&config).unwrap().notify(message, &effect(name)).await.unwrap();
    server.taken(&effect(name)).pop().expect("it was taken")
}

async fn taken(server: &Server, message: &Notification, name: &str) -> Taken {
    taken_by(server, |_| {}, message, name).await
}

fn kinds(mail: &Taken) -> Vec<(usize, String)> {
    parts(&mail.message()).into_iter().map(|(depth, kind, _)| (depth, kind)).collect()
}

#[tokio::test]
async fn a_mail_says_whom_it_is_from_and_that_nobody_wrote_it() {
    let Some(server) = Server::shared() else { return };
    let answers = |config: &mut Config| config.reply_to = Some(Email::parse("front@harbour.example").unwrap());
    let mail = taken_by(server, answers, &reminder(), "headers").await;
    let mail = mail.message();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Harbour Clinic"), Some(FROM)));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("front@harbour.example"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ana@example.com"));
    assert_eq!(mail.subject(), Some("Your visit on Friday"));
    assert!(mail.date().is_some());
    let raw = |name: &'static str| mail.header_raw(name).map(str::trim);
    assert_eq!(raw("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(raw("Content-Language"), Some("en"));
    assert_eq!(raw("List-Unsubscribe"), Some(format!("<{STOP}>").as_str()));
    assert_eq!(raw("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
}

#[tokio::test]
async fn a_mail_nobody_can_stop_has_no_button_for_it() {
    let Some(server) = Server::shared() else { return };
    let named = |config: &mut Config| config.from_name = Some("Harbour".to_owned());
    let mail = taken_by(server, named, &to("ana@example.com", "First line.\nSecond line."), "bare").await;
    assert_eq!(kinds(&mail), [(0, "multipart/alternative".into()), (1, "text/plain".into()), (1, "text/html".into())]);
    let mail = mail.message();
    assert!(mail.header_raw("List-Unsubscribe").is_none() && mail.header_raw("List-Unsubscribe-Post").is_none());
    assert!(mail.reply_to().is_none());
    assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Harbour"));
    assert_eq!(Page::of(&part(&mail, "text/html")).links(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_mail_without_a_subject_has_its_first_line_for_one() {
    let Some(server) = Server::shared() else { return };
    let message = Notification { subject: None, ..to("ana@example.com", "\nFirst line.\nSecond line.") };
    let mail = taken(server, &message, "no subject").await;
    assert_eq!(mail.message().subject(), Some("First line."));
}

#[tokio::test]
async fn one_click_needs_tls() {
    let Some(server) = Server::shared() else { return };
    let mut message = reminder();
    message.stop =
        Some(Link { label: "Stop".to_owned(), url: PersonalLink::new("http://127.0.0.1:8080/s/x".to_owned()) });
    let mail = taken(server, &message, "one click").await;
    let mail = mail.message();
    assert_eq!(mail.header_raw("List-Unsubscribe").map(str::trim), Some("<http://127.0.0.1:8080/s/x>"));
    assert!(mail.header_raw("List-Unsubscribe-Post").is_none());
}

#[tokio::test]
async fn text_and_page_say_the_same_and_lead_to_the_same_places() {
    let Some(server) = Server::shared() else { return };
    let mail = taken(server, &reminder(), "same").await;
    let mail = mail.message();
    let form = "https://clinic.example/form?a=1&b=2";
    let text = part(&mail, "text/plain").replace("\r\n", "\n");
    assert_eq!(
        text,
        format!(
            "Hello Ana,\n\nwe expect you on Friday at 10:30.\nBring {form}.\n\nConfirm or change:\n{ANSWER}\n\n\
             No more of these mails:\n{STOP}\n"
        )
    );
    let html = part(&mail, "text/html");
    let page = Page::of(&html);
    assert_eq!(page.links(), [form, ANSWER, STOP]);
    assert_eq!(
        page.lines(),
        [
            "Harbour Clinic",
            "Hello Ana,",
            "we expect you on Friday at 10:30.",
            "Bring",
            "https://clinic.example/form?a=1&b=2.",
            "Confirm or change",
            "No more of these mails"
        ]
    );
    // It fetches nothing, runs nothing, fits a telephone and is read out in its own language.
    for element in ["script", "img", "link", "iframe", "form", "object"] {
        assert!(!page.elements.iter().any(|found| found == element), "{element}");
    }
    assert!(!html.contains("url(") && !html.contains("@import"));
    assert!(page.attributes.contains(&("lang".to_owned(), "en".to_owned())));
    assert!(page.attributes.contains(&("content".to_owned(), "width=device-width, initial-scale=1".to_owned())));
    assert!(html.contains("prefers-color-scheme:dark") && html.contains("max-width:560px"));
}

#[tokio::test]
async fn a_link_that_the_words_hold_is_not_told_twice() {
    let Some(server) = Server::shared() else { return };
    let message = Notification { body: format!("Answer here: {ANSWER}"), ..reminder() };
    let mail = taken(server, &message, "held").await;
    assert_eq!(part(&mail.message(), "text/plain").matches(ANSWER).count(), 1);
}

#[tokio::test]
async fn every_language_is_named_and_comes_through() {
    let Some(server) = Server::shared() else { return };
    for (language, words) in
        [(Language::Es, "¿Vendrá mañana?"), (Language::Hi, "क्या आप आएँगे?"), (Language::Nl, "Komt u? Één…")]
    {
        let message = Notification {
            language,
            subject: Some(words.to_owned()),
            sender: words.to_owned(),
            ..to("ana@example.com", words)
        };
        let name = format!("language {}", language.code());
        let mail = taken(server, &message, &name).await;
        let mail = mail.message();
        assert_eq!(mail.header_raw("Content-Language").map(str::trim), Some(language.code()));
        assert_eq!((mail.subject(), mail.from().unwrap().first().unwrap().name()), (Some(words), Some(words)));
        assert_eq!(part(&mail, "text/plain").trim(), words);
        let page = Page::of(&part(&mail, "text/html"));
        assert_eq!(page.lines(), [words, words]);
        assert!(page.attributes.contains(&("lang".to_owned(), language.code().to_owned())));
    }
}

#[tokio::test]
async fn an_invitation_is_read_by_a_calendar_and_named_for_what_it_is() {
    let Some(server) = Server::shared() else { return };
    for (status, revision, method) in [(Status::Scheduled, 2, "REQUEST"), (Status::Cancelled, 3, "CANCEL")] {
        let message = Notification { invitation: Some(invitation(status, revision)), ..reminder() };
        let mail = taken(server, &message, method).await;
        assert_eq!(
            kinds(&mail),
            [
                (0, "multipart/mixed".into()),
                (1, "multipart/alternative".into()),
                (2, "text/plain".into()),
                (2, "text/html".into()),
                (2, "text/calendar".into()),
                (1, "application/ics".into())
            ]
        );
        let mail = mail.message();
        let calendar = mail.parts.iter().find(|part| part.is_content_type("text", "calendar")).unwrap();
        assert_eq!(calendar.content_type().unwrap().attribute("method"), Some(method));
        assert_eq!(calendar.content_type().unwrap().attribute("charset"), Some("utf-8"));
        let encoding = calendar.headers.iter().find(|header| header.name() == "Content-Transfer-Encoding").unwrap();
        assert_eq!(encoding.value().as_text(), Some("base64"));
        let attached = mail.parts.iter().find(|part| part.is_content_type("application", "ics")).unwrap();
        assert_eq!(attached.attachment_name(), Some("invite.ics"));
        let written = part(&mail, "text/calendar");
        assert_eq!(part(&mail, "application/ics"), written);
        let read: Calendar = written.parse().unwrap();
        assert_eq!(read.property_value("METHOD"), Some(method));
        let events: Vec<_> = read.events().collect();
        assert_eq!(events.len(), 1);
        let entry = invitation(status, revision).entry;
        assert_eq!(events[0].get_uid(), Some(format!("{}@frontdesk", entry.appointment_id).as_str()));
        assert_eq!(events[0].get_sequence(), Some(revision));
        assert_eq!(events[0].get_start(), Some(entry.starts_at.into()));
        assert_eq!(events[0].get_summary(), Some(entry.title.as_str()));
        // Programs trust an invitation only from the address that the mail comes from.
        assert_eq!(events[0].property_value("ORGANIZER"), Some(format!("mailto:{FROM}").as_str()));
    }
}

#[tokio::test]
async fn an_invitation_is_attached_only_where_that_is_wanted() {
    let Some(server) = Server::shared() else { return };
    let mail = taken_by(server, |config| config.attach_invitation = false, &reminder(), "not attached").await;
    let kinds = kinds(&mail);
    assert!(kinds.contains(&(2, "text/calendar".into())) && !kinds.contains(&(1, "application/ics".into())));
}

#[tokio::test]
async fn a_link_that_is_no_web_address_is_said_and_not_sent() {
    let Some(server) = Server::shared() else { return };
    for url in
        ["javascript:alert(1)", "desk.example/a/x", "", "https://", &format!("https://a.example/{}", "x".repeat(900))]
    {
        let link = Link { label: "Answer".to_owned(), url: PersonalLink::new(url.to_owned()) };
        let message = Notification { answer: Some(link), ..reminder() };
        let error = server.smtp().notify(&message, &effect("bad link")).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Broken, "{url}");
        assert!(error.to_string().contains("public URL"), "{error}");
    }
    assert!(server.taken(&effect("bad link")).is_empty());
}
