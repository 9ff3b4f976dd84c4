//! Whatever a caller says their name is and whatever they are said to want, it stays words: at every exit.

use super::{
    CUSTOMER, Street,
    read::{event, invited, mail, parts, times, value},
};
use crate::agents::{tomorrow, written};
use chrono::Duration;
use frontdesk_core::appointment::Status;
use frontdesk_testkit::{carriers::Script, servers::smtp::FROM};
use mail_parser::Message;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

/// What a mail's head may hold, once each.
const HEADERS: [&str; 11] = [
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Date",
    "Auto-Submitted",
    "Content-Language",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

/// What would do harm, were it more than words.
const SUMMARY: &str = "x\r\nBcc: eve@example.com\r\n\r\nDTSTART:19990101T000000Z\nATTENDEE:mailto:eve@example.com\nEND:VEVENT\r\n\
     BEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT\r\n</textarea></script><script>alert(2)</script><img src=x onerror=alert(2)>\
     {{constructor}} {% raw %} ${7*7} { $phone } {\"\\u0000\"} ]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;\u{202e}\u{85}";

fn request(name: &str) -> String {
    let body = json!({
        "caller": CUSTOMER, "customer_name": name, "summary": SUMMARY, "callback_time": written(tomorrow()),
        "email": "john@example.com", "intent": "appointment",
    });
    body.to_string()
}

#[rstest]
#[case::header("John =?utf-8?q?=0D=0ABcc:_eve@example.com?= <eve@example.com>, Mallory %0d%0aBcc: eve@example.com")]
#[case::markup("</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\" onclick=\"alert(1)")]
#[case::calendar("x\\nEND:VEVENT\\r\\nBEGIN:VEVENT;CN=\"x\":mailto:eve@example.com;PARTSTAT=ACCEPTED,^n^'")]
#[case::template("{ $phone } {{7*7}} {% include \"/etc/passwd\" %} ${7*7} <%= 7*7 %> {\"\\u0041\"} %s #{7*7}")]
#[case::xml("</Say><Hangup/><Dial>+15005550199</Dial>]]><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;")]
#[case::sql("Robert'); DROP TABLE appointments;-- \u{2028} ' OR 1=1 `id` $(id)")]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_summary_stay_words_at_every_exit(#[case] name: &str) {
    let Some(street) = Street::open().await else { return };
    let (status, answer) = street.say(request(name)).await;
    assert_eq!((status, &answer["data"]["email_sent"], &answer["customer"]["name"]), (200, &json!(true), &json!(name)));
    entry_is_ours(&street, name);
    mail_is_ours(&street, name);
    texts_are_ours(&street);
    pages_are_ours(&street, &answer, name).await;
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_a_line_end_is_no_name() {
    let Some(street) = Street::open().await else { return };
    let (status, answer) = street.say(request("John\r\nBcc: eve@example.com\r\n\r\n<b>Hello</b>")).await;
    assert_eq!((status, &answer["customer"]["name"]), (200, &json!("Valued Customer")), "{answer}");
    entry_is_ours(&street, CUSTOMER);
    mail_is_ours(&street, "Customer");
    texts_are_ours(&street);
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_more_than_one_is_a_bad_request_and_nothing_goes_out() {
    let Some(street) = Street::open().await else { return };
    for address in
        ["a@example.com\r\nBcc: eve@example.com", "a@example.com, eve@example.com", "<a@example.com> NOTIFY=x"]
    {
        let body = json!({ "caller": CUSTOMER, "callback_time": written(tomorrow()), "email": address });
        assert_eq!(street.say(body.to_string()).await.0, 400, "{address:?}");
    }
    assert_eq!((street.objects().len(), street.mails().len(), street.texts().len()), (0, 0, 0));
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_spoken_is_spoken_and_no_verb() {
    let Some(street) = Street::open().await else { return };
    street.senders.twilio.ledger().script(CUSTOMER, Script::presses(["1"]));
    let name = "</Say><Hangup/><Dial>+15005550199</Dial>]]>&e;";
    let body =
        json!({ "customer": { "name": name, "phone": CUSTOMER }, "starts_at": written(tomorrow()), "confirm": "now" });
    let booked = street.house.ask(Method::POST, "/api/v1/appointments").json(&body).send().await.unwrap();
    let booked: Value = booked.json().await.unwrap();
    street.house.until_status(booked["id"].as_str().unwrap().parse().unwrap(), Status::Confirmed).await;
    let calls = street.senders.twilio.calls();
    assert_eq!((calls.len(), street.senders.twilio.ledger().rung("+15005550199")), (1, 0));
    assert!(
        calls[0].heard.iter().any(|heard| heard.contains(&format!("Hello {name}, this is"))),
        "{:?}",
        calls[0].heard
    );
    assert_eq!(street.senders.twilio.complaints(), []);
    street.close().await;
}

/// What a business words itself, with the name at every exit.
const OWN: &str = r#"
[businesses.clinic.texts.en]
sms-booked = "{{ name }}: booked for {{ when }}"
mail-booked-subject = "{{ name }} is booked"
mail-booked-body = "Dear {{ name }},\n\nuntil {{ when }}."
cal-title = "{{ name }} wants {{ service }}"
cal-title-plain = "{{ name }} comes"
"#;

#[rstest]
#[case::template("{{ 7*7 }} {% for a in name %}{{ a }}{% endfor %} {# gone #} {{ business")]
#[case::markup("</title><script>alert(1)</script><img src=x onerror=alert(1)>&amp;")]
#[case::header("Mallory %0d%0aBcc: eve@example.com =?utf-8?q?=0D=0ABcc:_eve@example.com?=")]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_words_of_a_business_stays_words_at_every_exit(#[case] name: &str) {
    let Some(street) = Street::with(OWN).await else { return };
    let (status, answer) = street.say(request(name)).await;
    assert_eq!((status, &answer["data"]["email_sent"]), (200, &json!(true)), "{answer}");
    let title = value(&event(&street.objects()[0]), "SUMMARY");
    assert!(without_folds(&title).starts_with(&without_folds(name)), "{title:?}");
    let mails = street.mails();
    let mail: Message<'_> = mail(&mails[0]);
    // What would be read as a word in another encoding is told apart by a space.
    let subject = format!("{} is booked", name.replace("=?", "= ?"));
    assert_eq!((mail.subject(), mail.bcc().is_none()), (Some(subject.as_str()), true));
    let text = parts(&mail, "text/plain").remove(0);
    assert!(without_folds(&text).starts_with(&without_folds(&format!("Dear {name}, until"))), "{text:?}");
    let html = parts(&mail, "text/html").remove(0);
    page_is_ours(&html, &["html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "br", "a"]);
    let texts = street.texts();
    assert!(texts[0].body.starts_with(&format!("{name}: booked for ")), "{}", texts[0].body);
    street.close().await;
}

fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "").replace("\n ", "")
}

/// Lines that begin like this.
fn lines(text: &str, begin: &str) -> usize {
    unfolded(text).lines().filter(|line| line.starts_with(begin)).count()
}

fn without_folds(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && *c != '\u{2028}').collect()
}

fn entry_is_ours(street: &Street, name: &str) {
    let objects = street.objects();
    assert_eq!(objects.len(), 1);
    let entry = event(&objects[0]);
    assert_eq!(times(&entry), (tomorrow(), tomorrow() + Duration::minutes(30)));
    for (begin, count) in [("BEGIN:", 2), ("END:", 2), ("UID", 1), ("DTSTART", 1), ("SUMMARY", 1), ("ATTENDEE", 0)] {
        assert_eq!(lines(&objects[0], begin), count, "{begin} in {}", objects[0]);
    }
    let title = value(&entry, "SUMMARY");
    assert!(without_folds(&title).contains(&without_folds(name)), "{name:?} is not in {title:?}");
    assert!(value(&entry, "DESCRIPTION").contains("BEGIN:VEVENT"), "{}", objects[0]);
}

fn mail_is_ours(street: &Street, name: &str) {
    let mails = street.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!((&mails[0].told["to"], &mails[0].told["from"]), (&json!(["john@example.com"]), &json!(FROM)));
    let head = mails[0].raw().split("\r\n\r\n").next().unwrap();
    let mut names = Vec::new();
    for line in head.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(|c: char| c.is_control() || !c.is_ascii()), "{line:?}");
        if !line.starts_with([' ', '\t']) {
            names.push(line.split_once(':').unwrap_or_else(|| panic!("{line:?} is no header")).0);
        }
    }
    for name in &names {
        assert!(HEADERS.contains(name), "{name}");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
    }
    let mail: Message<'_> = mail(&mails[0]);
    let of = |address: Option<&mail_parser::Address<'_>>| address.map(|to| to.iter().count());
    assert_eq!((of(mail.from()), of(mail.to()), of(mail.cc()), of(mail.bcc())), (Some(1), Some(1), None, None));
    assert_eq!(mail.subject(), Some("Your appointment with Lakeside Clinic is booked"));

    let text = parts(&mail, "text/plain").remove(0);
    assert!(without_folds(&text).contains(&without_folds(&format!("Dear {name},"))), "{name:?} is not in {text:?}");
    let html = parts(&mail, "text/html").remove(0);
    page_is_ours(&html, &["html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "br", "a"]);

    let (method, invitation) = invited(&mail).unwrap();
    let entry = event(&invitation);
    assert_eq!((method.as_str(), times(&entry)), ("REQUEST", (tomorrow(), tomorrow() + Duration::minutes(30))));
    for (begin, count) in [("BEGIN:", 2), ("END:", 2), ("UID", 1), ("ATTENDEE", 1), ("ORGANIZER", 1), ("DTSTART", 1)] {
        assert_eq!(lines(&invitation, begin), count, "{begin} in {invitation}");
    }
    assert_eq!(
        (value(&entry, "ATTENDEE"), value(&entry, "ORGANIZER")),
        ("mailto:john@example.com".to_owned(), format!("mailto:{FROM}"))
    );
    // What the desk notes is the desk's: it is in no mail.
    assert!(!mails[0].raw().contains("constructor"));
}

fn texts_are_ours(street: &Street) {
    let texts = street.texts();
    assert_eq!((texts.len(), texts[0].to.reveal()), (1, CUSTOMER));
    let (begin, link) = texts[0].body.split_once("\nhttp://127.0.0.1:").unwrap_or((&texts[0].body, ""));
    assert!(begin.starts_with("Lakeside Clinic: your appointment is booked for "), "{begin}");
    assert!(begin.ends_with("2 for another time."), "{begin}");
    assert!(!link.contains(char::is_whitespace), "{link}");
}

/// The desk's pages, and the one behind the link.
async fn pages_are_ours(street: &Street, answer: &Value, name: &str) {
    let id = answer["appointment_id"].as_str().unwrap();
    let calls = street.house.get("/api/v1/calls").await;
    let call = calls["items"][0]["id"].as_str().unwrap();
    let plain = street.house.ask(Method::GET, "/appointments").header("Accept", "text/html").send().await.unwrap();
    let plain = plain.text().await.unwrap();
    assert!(plain.contains("<script"), "the desk's own script is there: {plain}");
    let shown = |page: &str| -> usize { page.matches("<script").count() };
    let ours = shown(&plain);
    let mut named = 0;
    for path in [
        "/".to_owned(),
        "/appointments".to_owned(),
        format!("/appointments/{id}"),
        "/calls".to_owned(),
        format!("/calls/{call}"),
    ] {
        let page = street.house.ask(Method::GET, &path).header("Accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        let page = page.text().await.unwrap();
        assert_eq!(shown(&page), ours, "{path}: {page}");
        for evil in ["<script>alert", "<img src=x", "<Hangup", "</textarea></script>", "<!ENTITY", "\" onclick=\"alert"]
        {
            assert!(!page.contains(evil), "{path} has {evil}: {page}");
        }
        let read = page.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
        let read = read.replace("&#38;", "&");
        named += usize::from(read.contains(name));
    }
    assert!(named >= 2, "the desk reads {name:?} as it was told");
    let page = street.page(&street.answer_link()).await;
    for evil in ["<script", "<img src=x", "<Hangup", "onclick"] {
        assert!(!page.contains(evil), "{page}");
    }
}

/// Every tag is one of ours, and none has anybody's script.
fn page_is_ours(html: &str, known: &[&str]) {
    let html = html.replacen("<!DOCTYPE html>", "", 1).replacen("<!doctype html>", "", 1);
    for rest in html.split('<').skip(1) {
        let tag = rest.split('>').next().unwrap().trim_start_matches('/');
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(known.contains(&name.as_str()), "<{tag}>");
        assert!(!tag.contains("onclick") && !tag.contains("onerror") && !tag.contains("eve@"), "<{tag}>");
    }
}
