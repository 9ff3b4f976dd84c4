//! Servers that behave as no good one does: each says what its script says.

use crate::message::{effect, to};
use frontdesk_core::{
    personal::Email,
    ports::{Happened, Notifier, PortError, Trouble},
};
use frontdesk_email::{Config, Login, Smtp, Tls};
use rstest::rstest;
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

/// What it says to the next line that begins like that, to the first one before it heard any; after the last one it hangs
/// up. Where it says `None` it hears on, and is silent.
async fn served(script: &[(&'static str, Option<&'static str>)]) -> (Smtp, mpsc::UnboundedReceiver<String>) {
    served_with(script, |_| {}).await
}

async fn served_with(
    script: &[(&'static str, Option<&'static str>)],
    change: impl FnOnce(&mut Config),
) -> (Smtp, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config =
        Config::new("127.0.0.1", listener.local_addr().unwrap().port(), Email::parse("d@h.example").unwrap());
    config.tls = Tls::Off;
    config.connect_within = Duration::from_secs(2);
    config.send_within = Duration::from_secs(4);
    change(&mut config);
    let (heard, ears) = mpsc::unbounded_channel();
    let script = script.to_vec();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        for (until, answer) in script {
            let mut line = String::new();
            while !until.is_empty() && !line.starts_with(until) {
                line.clear();
                if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
                    return;
                }
                heard.send(line.trim().to_owned()).unwrap();
            }
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                // Hears on until the other side goes.
                None => while stream.read_line(&mut line).await.unwrap_or_default() > 0 {},
            }
        }
    });
    (Smtp::new(&config).unwrap(), ears)
}

async fn fails(smtp: &Smtp) -> PortError {
    smtp.notify(&to("ana@example.com", "Hello."), &effect("scripted")).await.unwrap_err()
}

const HELLO: [(&str, Option<&str>); 2] = [("", Some("220 mail.test\r\n")), ("EHLO", Some("250 mail.test\r\n"))];
const ASKED: [(&str, Option<&str>); 2] = [("MAIL", Some("250 ok\r\n")), ("RCPT", Some("250 ok\r\n"))];

fn script(steps: &[&[(&'static str, Option<&'static str>)]]) -> Vec<(&'static str, Option<&'static str>)> {
    steps.concat()
}

#[rstest]
#[case::no_greeting(script(&[&[("", None)]]), Trouble::Unavailable, "tls fits the port")]
#[case::not_welcome(script(&[&[("", Some("554 go away\r\n"))]]), Trouble::Unauthorised, "code 554")]
#[case::no_mail_server(script(&[&[("", Some("HTTP/1.1 400 Bad Request\r\n\r\n"))]]), Trouble::Unavailable, "cannot be")]
#[case::gone_at_sender(script(&[&HELLO, &[("MAIL", Some(""))]]), Trouble::Unavailable, "MAIL FROM")]
#[case::silent_at_recipient(script(&[&HELLO, &[ASKED[0], ("RCPT", None)]]), Trouble::Unavailable, "RCPT TO")]
#[case::gone_at_data(script(&[&HELLO, &ASKED, &[("DATA", Some(""))]]), Trouble::Unavailable, "DATA")]
#[case::out_of_step(script(&[&HELLO, &ASKED, &[("DATA", Some("250 ok\r\n")), (".", None)]]), Trouble::Unavailable, "else")]
#[tokio::test]
async fn nothing_is_in_doubt_before_the_mail_itself_was_said(
    #[case] script: Vec<(&'static str, Option<&'static str>)>,
    #[case] trouble: Trouble,
    #[case] hint: &str,
) {
    let (smtp, _ears) = served(&script).await;
    let error = fails(&smtp).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(error.to_string().contains(hint), "{hint:?} is not in: {error}");
}

#[rstest]
#[case::silent(None, Trouble::Unavailable)]
#[case::gone(Some(""), Trouble::Unavailable)]
#[case::half_an_answer(Some("250-ok\r\n"), Trouble::Unavailable)]
#[case::no_answer_to_a_mail(Some("354 go on\r\n"), Trouble::Broken)]
#[tokio::test]
async fn a_mail_that_was_said_and_not_answered_is_in_doubt(
    #[case] answer: Option<&'static str>,
    #[case] trouble: Trouble,
) {
    let (smtp, _ears) = served(&script(&[&HELLO, &ASKED, &[("DATA", Some("354 go\r\n")), (".", answer)]])).await;
    let error = fails(&smtp).await;
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, trouble), "{error}");
}

#[tokio::test]
async fn what_is_slipped_in_before_tls_never_gets_the_password() {
    // Somebody on the way takes STARTTLS out of the offer.
    let offers = [HELLO[0], ("EHLO", Some("250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n")), ("AUTH", Some("235 ok\r\n"))];
    let (smtp, mut ears) = served_with(&offers, |config| {
        config.tls = Tls::StartTls;
        config.login = Some(Login { username: "desk".to_owned(), password: "password-of-the-test".into() });
    })
    .await;
    let error = fails(&smtp).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unauthorised), "{error}");
    drop(smtp);
    while let Some(line) = ears.recv().await {
        assert!(line.starts_with("EHLO") || line.starts_with("QUIT"), "{line}");
    }
}

#[tokio::test]
async fn a_login_that_is_answered_by_something_else_is_none() {
    let offers = [HELLO[0], ("EHLO", Some("250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n")), ("AUTH", Some("250 ok\r\n"))];
    let login = |config: &mut Config| {
        config.login = Some(Login { username: "desk".to_owned(), password: "password-of-the-test".into() });
    };
    let (smtp, mut ears) = served_with(&script(&[&offers, &ASKED]), login).await;
    let error = fails(&smtp).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
    while let Some(line) = ears.recv().await {
        assert!(!line.starts_with("MAIL"), "{line}");
    }
    // Nor is one that the server has no way for.
    let (smtp, _ears) = served_with(&HELLO, login).await;
    let error = smtp.check().await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unauthorised), "{error}");
}

#[tokio::test]
async fn a_mail_waits_for_a_line_no_longer_than_it_may_take() {
    let (smtp, _ears) = served_with(&script(&[&HELLO, &[("MAIL", None)]]), |config| config.connections = 1).await;
    let (first, second) = tokio::join!(fails(&smtp), fails(&smtp));
    for error in [first, second] {
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
    }
}
