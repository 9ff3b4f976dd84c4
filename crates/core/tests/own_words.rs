//! What a business words itself is what its people hear and read, and whatever they are called stays a name in it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::Duration;
use frontdesk_core::{
    appointment::Confirm,
    effect::Channel,
    personal::PersonName,
    ports::Notification,
    reply::Verb,
    rules::Rules,
    speech::{Language, Templates},
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Simulation, booking, moment, phone, rules};
use std::sync::Arc;

/// Every exit says who they are.
const OWN: [(&str, &str); 6] = [
    ("inbound-greeting-known", "Welcome back {{ name }}."),
    ("sms-missed-call", "{{ name }}, will you come {{ when }}? Reply 1."),
    ("sms-confirm-request", "{{ name }}, will you come {{ when }}? Reply 1."),
    ("mail-confirm-subject", "{{ name }} and {{ service }}"),
    ("mail-confirm-body", "Hello {{ name }},\n\nwill you come for {{ service }}?"),
    ("cal-title", "{{ name }} wants {{ service }}"),
];

fn own(business: &str) -> Rules {
    let mut templates = Templates::default();
    for (id, source) in OWN {
        templates.add(Language::En, id, source).unwrap();
    }
    let rules = rules();
    let texts = (*rules.texts).clone().with_templates(business, templates);
    Rules { texts: Arc::new(texts), ..rules }
}

/// What became of somebody of this name, who wants this and never picks up.
struct Heard {
    greeting: String,
    sms: Notification,
    mail: Notification,
    title: String,
    rules: Rules,
}

fn heard(rules: Rules, name: &str, service: &str) -> Heard {
    let start = moment("2026-11-20T09:00:00Z");
    let house = Simulation::new(rules.clone(), start);
    let mut new = booking(start + Duration::days(3), Confirm::Now);
    new.customer.name = PersonName::parse(name).unwrap();
    new.service = Some(service.to_owned());
    house.book(new);
    house.run_until(start + Duration::days(2));
    let sent: Vec<_> = house.notifier.sent().into_iter().map(|(_, message)| message).collect();
    let by = |channel| sent.iter().find(|message| message.channel == channel).unwrap().clone();
    let reply = house.ring(&phone(CUSTOMER_PHONE), "IN-1").reply.0;
    let said = reply.iter().filter_map(|verb| match verb {
        Verb::Say { text, .. } => Some(text.as_str()),
        Verb::Ask { prompt, .. } => Some(prompt.as_str()),
        _ => None,
    });
    Heard {
        greeting: said.collect::<Vec<_>>().join(" "),
        sms: by(Channel::Sms),
        mail: by(Channel::Email),
        title: house.calendar.entries()[0].title.clone(),
        rules,
    }
}

#[test]
fn what_is_said_and_sent_is_in_the_words_of_the_business() {
    let heard = heard(own(BUSINESS), "Ana Lim", "Check-up");
    assert!(heard.greeting.starts_with("Welcome back Ana Lim. Your next appointment is "), "{}", heard.greeting);
    assert!(heard.sms.body.starts_with("Ana Lim, will you come Monday"), "{}", heard.sms.body);
    assert_eq!(heard.mail.subject.as_deref(), Some("Ana Lim and Check-up"));
    assert_eq!(heard.mail.body, "Hello Ana Lim,\n\nwill you come for Check-up?");
    assert!(heard.title.starts_with("Ana Lim wants Check-up ("), "{}", heard.title);
}

#[test]
fn the_words_of_another_business_are_said_to_nobody_here() {
    let (other, usual) = (heard(own("salon"), "Ana Lim", "Check-up"), heard(rules(), "Ana Lim", "Check-up"));
    assert_eq!((other.greeting, other.sms.body, other.mail.body), (usual.greeting, usual.sms.body, usual.mail.body));
}

#[test]
fn a_name_that_looks_like_a_template_or_markup_stays_a_name_at_every_exit() {
    for name in
        ["{{ 7*7 }}", "{% for a in name %}{{ a }}{% endfor %}", "</p><script>alert(1)</script>", "%s ${1} { $name }"]
    {
        let heard = heard(own(BUSINESS), name, "{{ business }}\r\nBcc: eve@example.com");
        assert!(heard.greeting.starts_with(&format!("Welcome back {name}. ")), "{}", heard.greeting);
        assert!(heard.sms.body.starts_with(&format!("{name}, will you come ")), "{}", heard.sms.body);
        let subject = heard.mail.subject.unwrap();
        assert_eq!(subject, format!("{name} and {{{{ business }}}} Bcc: eve@example.com"));
        assert_eq!(heard.mail.body.lines().count(), 3, "{:?}", heard.mail.body);
        assert!(heard.mail.body.starts_with(&format!("Hello {name},\n")), "{:?}", heard.mail.body);
        assert!(heard.title.starts_with(&format!("{name} wants {{{{ business }}}} Bcc:")), "{:?}", heard.title);
        assert_eq!(heard.rules.texts.fallbacks(), []);
    }
}

#[test]
fn whoever_cannot_be_told_in_the_words_of_the_business_is_told_in_the_usual_ones() {
    // Far more than anybody may write: the fuel of a template does not reach for it.
    let heard = heard(own(BUSINESS), "Ana Lim", &"x".repeat(7 << 20));
    assert_eq!(heard.mail.subject.as_deref(), Some("Your appointment with Harbour Clinic: please confirm"));
    assert!(heard.mail.body.starts_with("Dear Ana Lim,"), "{}", heard.mail.body);
    assert!(heard.sms.body.starts_with("Ana Lim, will you come "), "what does not say it is as ever");
    let failed: Vec<_> = heard.rules.texts.fallbacks().into_iter().map(|it| it.id).collect();
    assert!(failed.contains(&"mail-confirm-body".to_owned()) && failed.contains(&"mail-confirm-subject".to_owned()));
}

#[test]
fn whoever_told_no_name_hears_the_words_of_the_business_only_where_they_name_nobody() {
    let heard = |source: &str, unnamed: Option<&str>| {
        let mut templates = Templates::default();
        templates.add(Language::En, "inbound-greeting-known", source).unwrap();
        if let Some(source) = unnamed {
            templates.add(Language::En, "inbound-greeting", source).unwrap();
        }
        let rules = rules();
        let texts = (*rules.texts).clone().with_templates(BUSINESS, templates);
        let house = Simulation::new(Rules { texts: Arc::new(texts), ..rules }, moment("2026-11-20T09:00:00Z"));
        let mut new = booking(moment("2026-11-23T09:00:00Z"), Confirm::None);
        new.customer.name = PersonName::unknown();
        house.book(new);
        let reply = house.ring(&phone(CUSTOMER_PHONE), "IN-1").reply.0;
        let [Verb::Ask { prompt, .. }] = reply.as_slice() else { panic!("{reply:?}") };
        prompt.split(" Your next appointment").next().unwrap().to_owned()
    };
    assert_eq!(heard("Welcome back {{ name }}.", None), "Hello, this is Harbour Clinic.");
    assert_eq!(heard("Welcome back {{ name }}.", Some("Welcome.")), "Welcome.");
    assert_eq!(heard("Welcome back.", None), "Welcome back.");
    let either = "Welcome{% if name %}, {{ name }}{% endif %}, {{ name | default(\"stranger\") }}.";
    assert_eq!(heard("Welcome back {{ name }}.", Some(either)), "Welcome, stranger.");
}

#[test]
fn whoever_told_no_name_is_written_to_in_their_language_and_is_a_number_to_the_desk() {
    let start = moment("2026-11-20T09:00:00Z");
    let house = Simulation::new(rules(), start);
    let mut new = booking(start + Duration::days(3), Confirm::Now);
    new.customer.name = PersonName::unknown();
    new.customer.language = Some(Language::Nl);
    house.book(new);
    house.run_until(start + Duration::days(2));
    let sent = house.notifier.sent();
    let mail = sent.iter().find(|(_, message)| message.channel == Channel::Email).unwrap();
    assert!(mail.1.body.starts_with("Beste klant,"), "{}", mail.1.body);
    let title = &house.calendar.entries()[0].title;
    assert!(title.contains(CUSTOMER_PHONE) && !title.contains("Customer"), "{title}");
}
