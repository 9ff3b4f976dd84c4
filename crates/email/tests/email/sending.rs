//! Mails that arrive.

use crate::{
    message::{effect, reminder, to},
    server::{FROM, Server},
};
use frontdesk_core::{
    ports::{Notifier, Trouble},
    speech::Language,
};
use frontdesk_email::{Smtp, Tls};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_mail_arrives_over_tls_with_a_login(#[values(Tls::StartTls, Tls::Implicit)] tls: Tls) {
    let Some(server) = Server::start(tls) else { return };
    let effect = effect("arrives");
    let id = server.smtp().notify(&reminder(), &effect).await.unwrap();
    assert_eq!(id, format!("<{effect}@harbour.example>"));
    let taken = server.taken(&effect);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].told["from"], FROM);
    assert_eq!(taken[0].told["to"], serde_json::json!(["ana@example.com"]));
    assert_eq!(taken[0].told["hello"], "harbour.example");
    assert_eq!((&taken[0].told["tls"], &taken[0].told["authenticated"]), (&true.into(), &true.into()));
}

#[tokio::test]
async fn a_relay_of_this_machine_takes_mail_in_the_open_where_that_is_said() {
    let Some(server) = Server::start(Tls::Off) else { return };
    let mut config = server.config();
    config.hello = Some("gateway.harbour.example".to_owned());
    Smtp::new(&config).unwrap().notify(&reminder(), &effect("open")).await.unwrap();
    assert_eq!(server.taken(&effect("open"))[0].told["hello"], "gateway.harbour.example");
}

#[tokio::test]
async fn a_server_is_found_by_name_if_the_certificate_says_so() {
    let Some(server) = Server::shared() else { return };
    let mut config = server.config();
    config.host = "localhost".to_owned();
    Smtp::new(&config).unwrap().check().await.unwrap();
}

#[tokio::test]
async fn the_same_effect_twice_has_the_same_message_id() {
    let Some(server) = Server::shared() else { return };
    let (smtp, effect) = (server.smtp(), effect("twice"));
    let first = smtp.notify(&reminder(), &effect).await.unwrap();
    let second = smtp.notify(&reminder(), &effect).await.unwrap();
    assert_eq!(first, second);
    let taken = server.taken(&effect);
    assert_eq!(taken.len(), 2);
    for mail in &taken {
        assert_eq!(format!("<{}>", mail.message().message_id().unwrap()), first);
    }
    let another = smtp.notify(&reminder(), &self::effect("another")).await.unwrap();
    assert_ne!(another, first);
}

#[tokio::test]
async fn mails_share_a_line_and_one_that_a_mail_failed_on_is_given_up() {
    let Some(server) = Server::shared() else { return };
    let smtp = server.smtp();
    smtp.check().await.unwrap();
    for name in ["line 1", "line 2"] {
        smtp.notify(&to("ana@example.com", "Hello."), &effect(name)).await.unwrap();
    }
    smtp.notify(&to("rcpt-550-5.1.1-x@example.com", "Hello."), &effect("refused")).await.unwrap_err();
    smtp.notify(&to("ana@example.com", "Hello."), &effect("line 3")).await.unwrap();
    let line = |name| server.taken(&effect(name))[0].told["peer"].clone();
    assert_eq!(line("line 1"), line("line 2"));
    assert_ne!(line("line 2"), line("line 3"));
}

#[tokio::test]
async fn more_mails_than_lines_all_arrive() {
    let Some(server) = Server::shared() else { return };
    let mut config = server.config();
    config.connections = 2;
    let smtp = std::sync::Arc::new(Smtp::new(&config).unwrap());
    let mails: Vec<_> = (0..8)
        .map(|n| {
            let smtp = smtp.clone();
            tokio::spawn(
                async move { smtp.notify(&to("ana@example.com", "Hello."), &effect(&format!("many {n}"))).await },
            )
        })
        .collect();
    for mail in mails {
        mail.await.unwrap().unwrap();
    }
    let mut lines: Vec<_> =
        (0..8).map(|n| server.taken(&effect(&format!("many {n}")))[0].told["peer"].to_string()).collect();
    lines.sort();
    lines.dedup();
    assert!(lines.len() <= 2, "{lines:?}");
}

#[tokio::test]
async fn a_domain_in_other_letters_is_written_in_its_ascii_form() {
    let Some(server) = Server::shared() else { return };
    let message = to("jan@müller.example", "Hallo.");
    server.smtp().notify(&message, &effect("letters")).await.unwrap();
    assert_eq!(server.taken(&effect("letters"))[0].told["to"], serde_json::json!(["jan@xn--mller-kva.example"]));
    // Before the @ there is no such form, and this server knows no other letters there.
    let message = to("josé@example.com", "Hola.");
    let error = server.smtp().notify(&message, &effect("letters before")).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Barred, "{error}");
    assert!(!format!("{error:?}").contains("jos"), "{error:?}");
}

#[tokio::test]
async fn dots_and_long_lines_come_through_as_they_are() {
    let Some(server) = Server::shared() else { return };
    let long = "word ".repeat(400);
    let body = format!(".\n..\nA\n.\nQUIT\n.dot\n{}\nआप आएँगे? 老虎 😀\nFrom here", long.trim());
    let message = frontdesk_core::ports::Notification { language: Language::Hi, ..to("ana@example.com", &body) };
    server.smtp().notify(&message, &effect("dots")).await.unwrap();
    let taken = server.taken(&effect("dots"));
    assert!(taken[0].raw().is_ascii() && taken[0].raw().lines().all(|line| line.len() <= 998));
    let text = taken[0].message().body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end_matches('\n'), body);
}
