//! Sends one mail with everything that can go along: the crate alone.
//!
//! ```sh
//! cargo run -p frontdesk-email --example send -- smtp.example.com 587 desk@example.com ana@example.com [PASSWORD [CA.pem]]
//! ```
//!
//! The sender's address is the user name as well. Without a password nothing but a relay of this machine is used, in the
//! open.
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Status,
    effect::{Address, Channel},
    id::{AppointmentId, EffectId},
    personal::{Email, PersonName, PersonalLink},
    ports::{CalendarEntry, Invitation, Link, Notification, Notifier},
    speech::Language,
};
use frontdesk_email::{Config, Login, Smtp, Tls};
use std::error::Error;

#[expect(clippy::disallowed_methods, reason = "a program reads the clock; the crate takes it from there")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn message(to: &Email, now: DateTime<Utc>) -> Result<Notification, Box<dyn Error>> {
    let link = |label: &str, url: &str| Link { label: label.to_owned(), url: PersonalLink::new(url.to_owned()) };
    let starts_at = now + Duration::days(2);
    let entry = CalendarEntry {
        appointment_id: AppointmentId::derive(now, &["example"]),
        business: "harbour".to_owned(),
        title: "Check-up at Harbour Clinic".to_owned(),
        description: "Please bring your papers.".to_owned(),
        starts_at,
        ends_at: starts_at + Duration::minutes(30),
        time_zone: chrono_tz::UTC,
        status: Status::Scheduled,
        revision: 1,
        updated_at: now,
        guest: None,
    };
    let body = format!(
        "Hello Ana,\n\nwe expect you for your check-up on {}.\nWill you come? One click is enough, and you can change your \
         mind later.\n\nWhat to bring: https://clinic.example/first-visit\n\nHarbour Clinic, +65 6123 4567",
        starts_at.format("%d %B at %H:%M UTC")
    );
    let (channel, to_address) = (Channel::Email, Address::Email(to.clone()));
    Ok(Notification {
        subject: Some("Your visit to Harbour Clinic".to_owned()),
        sender: "Harbour Clinic".to_owned(),
        answer: Some(link("Confirm or change", "https://desk.example/a/example")),
        stop: Some(link("No more mails like this", "https://desk.example/stop/example")),
        invitation: Some(Invitation { entry, name: PersonName::parse("Ana Lim")?, email: to.clone() }),
        ..Notification::plain(channel, to_address, "mail-confirm-body", body, Language::En)
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, from, to, rest @ ..] = given.as_slice() else {
        return Err("give HOST PORT FROM TO, and PASSWORD where the server wants one".into());
    };
    let mut config = Config::new(host, port.parse()?, Email::parse(from)?);
    match rest.first() {
        Some(password) => {
            config.login = Some(Login { username: from.clone(), password: password.clone().into() });
        }
        None => config.tls = Tls::Off,
    }
    config.root_certificates = rest.get(1).map(std::fs::read_to_string).transpose()?;
    let (smtp, now) = (Smtp::new(&config)?, now());
    smtp.check().await?;
    let id = smtp.notify(&message(&Email::parse(to)?, now)?, &EffectId::derive(now, &["example"])).await?;
    println!("sent as {id}");
    Ok(())
}
