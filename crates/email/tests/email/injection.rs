//! Whatever people are called and whatever they write, it stays what they wrote.

use crate::{
    message::{ANSWER, Page, STOP, effect, part, parts, reminder},
    server::{Server, USERNAME},
};
use frontdesk_core::{
    personal::{PersonName, PersonalLink},
    ports::{Link, Notification, Notifier},
};
use icalendar::{Calendar, Component};
use rstest::rstest;

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

#[rstest]
#[case::header("x\r\nBcc: eve@example.com\r\n\r\nAnother mail")]
#[case::header_by_one_end("x\nBcc: eve@example.com\rX-Evil: 1")]
#[case::odd_ends("x\u{85}Bcc: eve@example.com\u{2028}X-Evil: 1\u{b}X-Evil: 2\u{c}X-Evil: 3")]
#[case::nothing_to_read("\0\u{7f}\u{1b}[31m\u{8}")]
#[case::address("\"Eve\" <eve@example.com>, Mallory <mallory@example.com>")]
#[case::encoded("=?utf-8?q?=0D=0ABcc:_eve@example.com?=")]
#[case::markup("</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\" onclick=\"alert(1)")]
#[case::entities("&lt;b&gt; &amp;amp; &#x27; ' \" `")]
#[case::links("<a href=\"javascript:alert(1)\">x</a> javascript:alert(1) data:text/html,x")]
#[case::calendar("x\r\nATTENDEE:mailto:eve@example.com\nEND:VEVENT\nBEGIN:VEVENT;CN=\"x\":;,\\n\\")]
#[case::dots("x\r\n.\r\nMAIL FROM:<eve@example.com>\r\n.")]
#[case::turned("moc.elpmaxe\u{202e}\u{2066}")]
#[case::long(&"Größe 老虎 😀 ".repeat(60))]
#[tokio::test]
async fn no_text_gets_out_of_its_place(#[case] evil: &str) {
    let Some(server) = Server::shared() else { return };
    let mut message = reminder();
    message.sender = evil.to_owned();
    message.subject = Some(evil.to_owned());
    message.body = evil.to_owned();
    message.vars = vec![("service".to_owned(), evil.to_owned())];
    let link = |url: &str| Link { label: evil.to_owned(), url: PersonalLink::new(url.to_owned()) };
    (message.answer, message.stop) = (Some(link(ANSWER)), Some(link(STOP)));
    let invitation = message.invitation.as_mut().unwrap();
    invitation.entry.title = evil.to_owned();
    invitation.entry.description = evil.to_owned();
    // Names with control characters are not taken in the first place.
    let called: String = evil.chars().filter(|c| !c.is_control()).take(200).collect();
    invitation.name = PersonName::parse(&called).unwrap_or_else(|_| PersonName::parse("Ana").unwrap());
    let effect = effect(evil);
    server.smtp().notify(&message, &effect).await.unwrap();
    let taken = server.taken(&effect).pop().unwrap();
    assert_eq!((&taken.told["to"], &taken.told["from"]), (&serde_json::json!(["ana@example.com"]), &USERNAME.into()));
    headers_are_ours(taken.raw());
    let mail = taken.message();
    let of = |address: Option<&mail_parser::Address<'_>>| address.map(|to| to.iter().count());
    assert_eq!((of(mail.from()), of(mail.to()), of(mail.cc()), of(mail.bcc())), (Some(1), Some(1), None, None));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some(USERNAME));
    assert_eq!(parts(&mail).len(), 6, "{:?}", parts(&mail));
    page_is_ours(&part(&mail, "text/html"), &message);
    calendar_is_ours(&part(&mail, "text/calendar"));
}

/// Every header is one that we write, once, and in lines that any server takes.
fn headers_are_ours(mail: &str) {
    let head = mail.split("\r\n\r\n").next().unwrap();
    let mut names: Vec<_> = Vec::new();
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
}

/// No element and no attribute is anybody's but ours, and what was written is what is read.
fn page_is_ours(html: &str, message: &Notification) {
    let plain = Page::of(html);
    let known = ["html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "br", "a"];
    for element in &plain.elements {
        assert!(known.contains(&element.as_str()), "<{element}>");
    }
    let known = [
        "lang",
        "charset",
        "name",
        "content",
        "class",
        "style",
        "role",
        "width",
        "cellspacing",
        "cellpadding",
        "border",
        "align",
        "href",
    ];
    for (name, value) in &plain.attributes {
        assert!(known.contains(&name.as_str()), "{name}={value}");
    }
    assert!(plain.links().iter().all(|link| [ANSWER, STOP].contains(link)), "{:?}", plain.links());
    assert_eq!(plain.elements.iter().filter(|element| *element == "body").count(), 1);
    let read: String = plain.text.split_whitespace().collect();
    let fit = |c: &char| !c.is_whitespace() && !c.is_control() && *c != '\u{2028}';
    let written: String = message.body.chars().filter(fit).collect();
    assert!(read.contains(&written), "{written:?} is not in {read:?}");
}

fn calendar_is_ours(written: &str) {
    for line in written.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(|c: char| c.is_control()), "{line:?}");
    }
    let unfolded = written.replace("\r\n ", "");
    for name in ["ATTENDEE", "ORGANIZER", "BEGIN:VEVENT", "END:VEVENT", "SUMMARY", "DESCRIPTION"] {
        assert_eq!(unfolded.lines().filter(|line| line.starts_with(name)).count(), 1, "{name} in {unfolded}");
    }
    let read: Calendar = written.parse().unwrap();
    let events: Vec<_> = read.events().collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].property_value("ORGANIZER"), Some(format!("mailto:{USERNAME}").as_str()));
}
