//! `gateway check --live` asks the carriers, and with `--fix` registers what is missing there.

use crate::vendors::{eightxeight, env_of_eightxeight, env_of_exotel, env_of_twilio, exotel, twilio};
use frontdesk_testkit::carriers::eightxeight::Webhook;
use std::path::Path;

pub(crate) async fn check(folder: &Path, more: &'static [&'static str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gateway"));
    // Any port: another check that runs beside this one, or a gateway of somebody's, must not be in its way.
    command.env_clear().env("FRONTDESK_LISTEN", "127.0.0.1:0");
    command.current_dir(folder).args(["check", "--live"]).args(more);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_of_eightxeight_are_read_and_with_fix_registered() {
    let vendor = eightxeight().await;
    let folder = tempfile::tempdir().unwrap();
    let url = "https://desk.example.com";
    let env = format!(
        "OUTBOUND_PHONE_NUMBER=+6561234567\nWEBHOOK_BASE_URL={url}\n{}",
        env_of_eightxeight(vendor.url().as_str())
    );
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let elsewhere = "https://elsewhere.example/vss".parse().unwrap();
    vendor.register("VSS", Webhook { url: elsewhere, authorization: None, enabled: true });

    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    for want in [
        "webhook VCA is not registered; it should be https://desk.example.com/webhooks/eightxeight/vca; `gateway check --live --fix`",
        "webhook VSS is registered with another address",
    ] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    assert!(vendor.webhook("VCA").is_none(), "looking changes nothing");

    let (code, said) = check(folder.path(), &["--fix"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(vendor.webhook("VSS").unwrap().url.as_str(), "https://desk.example.com/webhooks/eightxeight/vss");
    assert!(vendor.webhook("VCA").unwrap().authorization.is_some_and(|value| value.starts_with("Basic ")));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_open_nothing_are_named_without_being_shown() {
    let vendor = twilio().await;
    let folder = tempfile::tempdir().unwrap();
    let env =
        |api: &str| format!("TWILIO_NUMBER=+14155550123\nBASE_URL=https://desk.example.com\n{}", env_of_twilio(api));
    std::fs::write(folder.path().join(".env"), env(vendor.url().as_str())).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the account is open to us"), "{said}");

    let wrong = env(vendor.url().as_str()).replace("auth-token-of-the-test", "another-token");
    std::fs::write(folder.path().join(".env"), wrong).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"), "{said}");
    assert!(!said.contains("another-token"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exotel_is_asked_for_its_account_and_told_what_it_lacks() {
    let vendor = exotel().await;
    let folder = tempfile::tempdir().unwrap();
    let env = |api: &str| {
        format!("EXOTEL_NUMBER=+918047491899\nFRONTDESK_PUBLIC_URL=https://desk.example.com\n{}", env_of_exotel(api))
    };
    std::fs::write(folder.path().join(".env"), env(vendor.url().as_str())).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(0), "{said}");
    for want in ["https://desk.example.com/webhook/ivr/STEP?secret=", "the account is open to us"] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    assert_eq!(vendor.ledger().placed(), [], "looking changes nothing");

    let wrong = env(vendor.url().as_str()).replace("auth-token-of-the-test", "another-token");
    let wrong = wrong.replace("EXOTEL_WEBHOOK_SECRET", "# EXOTEL_WEBHOOK_SECRET").replace("EXOTEL_APP_ID", "# APP");
    std::fs::write(folder.path().join(".env"), wrong).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    for want in ["set EXOTEL_WEBHOOK_SECRET", "set EXOTEL_APP_ID", "check EXOTEL_API_KEY"] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    assert!(!said.contains("another-token"), "{said}");
}
