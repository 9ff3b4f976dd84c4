//! Mails that do not arrive, and what is said about it.

use crate::{
    message::{effect, to},
    server::{FROM, PASSWORD, Server, USERNAME},
};
use frontdesk_core::{
    personal::Email,
    ports::{Happened, Notifier, PortError, Trouble},
};
use frontdesk_email::{BadConfig, Config, Login, Smtp, Tls};
use frontdesk_testkit::{
    servers::smtp::another_authority,
    suite::call_provider::{keeps_secrets, tells_nothing},
};
use rstest::rstest;
use std::time::Duration;

/// Whatever goes wrong, nobody's address, name or password is told.
fn says(error: &PortError, happened: Happened, trouble: Trouble, hint: &str) {
    assert_eq!((error.happened, error.trouble), (happened, trouble), "{error}");
    assert!(error.to_string().contains(hint), "{hint:?} is not in: {error}");
    tells_nothing(error, &[PASSWORD, USERNAME, "wrong-password", "@example.com", "is not welcome"]);
}

async fn sent_with(config: &Config, name: &str) -> PortError {
    Smtp::new(config).unwrap().notify(&to("ana@example.com", "Hello."), &effect(name)).await.unwrap_err()
}

#[rstest]
#[tokio::test]
async fn a_wrong_password_is_our_trouble(#[values(Tls::StartTls, Tls::Implicit)] tls: Tls) {
    let Some(server) = Server::start(tls) else { return };
    let mut config = server.config();
    config.login = Some(Login { username: USERNAME.to_owned(), password: "wrong-password".into() });
    says(&sent_with(&config, "password").await, Happened::No, Trouble::Unauthorised, "app password");
    let error = Smtp::new(&config).unwrap().check().await.unwrap_err();
    says(&error, Happened::No, Trouble::Unauthorised, "code 535");
    config.login = None;
    says(&sent_with(&config, "password").await, Happened::No, Trouble::Unauthorised, "login");
    assert!(server.taken(&effect("password")).is_empty());
}

#[rstest]
#[tokio::test]
async fn a_certificate_of_nobody_we_trust_gets_neither_password_nor_mail(
    #[values(Tls::StartTls, Tls::Implicit)] tls: Tls,
) {
    let Some(server) = Server::start(tls) else { return };
    let mut config = server.config();
    config.root_certificates = None;
    says(&sent_with(&config, "certificate").await, Happened::No, Trouble::Unauthorised, "root certificates");
    let error = Smtp::new(&config).unwrap().check().await.unwrap_err();
    says(&error, Happened::No, Trouble::Unauthorised, "UnknownIssuer");
    config.root_certificates = Some(another_authority());
    says(&sent_with(&config, "certificate").await, Happened::No, Trouble::Unauthorised, "root certificates");
    assert!(server.taken(&effect("certificate")).is_empty());
}

#[tokio::test]
async fn a_certificate_for_somebody_else_is_refused() {
    let Some(server) = Server::start_as(Tls::Implicit, "mail.somebody-else.example") else { return };
    says(&sent_with(&server.config(), "somebody else").await, Happened::No, Trouble::Unauthorised, "a name in it");
    assert!(server.taken(&effect("somebody else")).is_empty());
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let Some(server) = Server::start(Tls::Off) else { return };
    let mut config = server.config();
    config.tls = Tls::StartTls;
    config.login = Some(Login { username: USERNAME.to_owned(), password: PASSWORD.into() });
    says(&sent_with(&config, "stripped").await, Happened::No, Trouble::Unauthorised, "no STARTTLS");
    config.tls = Tls::Implicit;
    says(&sent_with(&config, "stripped").await, Happened::No, Trouble::Unauthorised, "does tls fit the port");
    assert!(server.taken(&effect("stripped")).is_empty());
}

#[rstest]
#[case::no_such_mailbox("rcpt-550-5.1.1-x", Trouble::Refused, "no such mailbox")]
#[case::no_such_domain("rcpt-550-5.1.2-x", Trouble::Refused, "no such mailbox")]
#[case::no_longer_used("rcpt-550-5.2.1-x", Trouble::Refused, "no longer in use")]
#[case::not_for_us("rcpt-554-5.7.1-x", Trouble::Barred, "code 554 5.7.1")]
#[case::not_said_why("rcpt-550-no-x", Trouble::Barred, "code 550)")]
#[case::greylisted("rcpt-451-4.7.1-x", Trouble::Unavailable, "again later")]
#[case::looks_like_spam("data-554-5.7.1-x", Trouble::Barred, "SPF or DKIM")]
#[case::full_for_now("data-452-4.3.1-x", Trouble::Unavailable, "again later")]
#[tokio::test]
async fn a_no_is_told_from_a_later_and_surely_nothing_went_out(
    #[case] to: &str,
    #[case] trouble: Trouble,
    #[case] hint: &str,
) {
    let Some(server) = Server::shared() else { return };
    let message = crate::message::to(&format!("{to}@example.com"), "Hello.");
    let error = server.smtp().notify(&message, &effect(to)).await.unwrap_err();
    says(&error, Happened::No, trouble, hint);
    assert!(server.taken(&effect(to)).is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_to_the_mail_leaves_a_doubt() {
    let Some(server) = Server::shared() else { return };
    let mut config = server.config();
    config.send_within = Duration::from_secs(5);
    let smtp = Smtp::new(&config).unwrap();
    let error = smtp.notify(&to("never-x@example.com", "Hello."), &effect("never")).await.unwrap_err();
    says(&error, Happened::Maybe, Trouble::Unavailable, "did not say in time");
    // It did take it; and the line on which it said nothing is not used for the next one.
    assert_eq!(server.taken(&effect("never")).len(), 1);
    smtp.notify(&to("ana@example.com", "Hello."), &effect("after never")).await.unwrap();
    assert_eq!(server.taken(&effect("after never")).len(), 1);
}

#[tokio::test]
async fn a_line_that_is_lost_after_the_mail_leaves_a_doubt() {
    let Some(server) = Server::shared() else { return };
    let error = server.smtp().notify(&to("gone-x@example.com", "Hello."), &effect("gone")).await.unwrap_err();
    says(&error, Happened::Maybe, Trouble::Unavailable, "was lost");
}

fn config() -> Config {
    Config::new("smtp.example.com", 587, Email::parse(FROM).unwrap())
}

#[test]
fn tls_follows_the_port() {
    for (port, tls) in [(465, Tls::Implicit), (587, Tls::StartTls), (25, Tls::StartTls), (2525, Tls::StartTls)] {
        assert_eq!(Config::new("smtp.example.com", port, Email::parse(FROM).unwrap()).tls, tls);
    }
    let read = ["starttls", "implicit", "none", "opportunistic"].map(Tls::parse);
    assert_eq!(read, [Some(Tls::StartTls), Some(Tls::Implicit), Some(Tls::Off), None]);
}

#[rstest]
#[case::host(Config { host: "smtp example".to_owned(), ..config() }, BadConfig::Host)]
#[case::host_with_port(Config { host: "smtp.example.com:587".to_owned(), ..config() }, BadConfig::Host)]
#[case::no_host(Config { host: String::new(), ..config() }, BadConfig::Host)]
#[case::from(Config { from: Email::parse("büro@example.com").unwrap(), ..config() }, BadConfig::From)]
#[case::hello(Config { hello: Some("a b\r\nMAIL".to_owned()), ..config() }, BadConfig::Hello)]
#[case::roots(Config { root_certificates: Some("none".to_owned()), ..config() }, BadConfig::Roots)]
#[case::password(
    Config { tls: Tls::Off, login: Some(Login { username: "a".to_owned(), password: PASSWORD.into() }), ..config() },
    BadConfig::PasswordInTheOpen
)]
fn what_cannot_work_is_said_before_anything_is_sent(#[case] config: Config, #[case] wrong: BadConfig) {
    assert_eq!(Smtp::new(&config).err(), Some(wrong));
    keeps_secrets(&format!("{config:?} {wrong} {wrong:?}"), &[PASSWORD]);
}
