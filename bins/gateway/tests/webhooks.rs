//! The commands about carriers and their webhooks: `webhook why`, `webhook replay`, `check`.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

#[path = "common/binary.rs"]
mod binary;

use binary::{gateway, run, text};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

/// Where the repository's captured webhooks are.
fn fixture(provider: &str, case: &str) -> String {
    format!("{}/../../fixtures/{provider}/{case}/request.json", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_captured_webhook_is_explained_by_the_secret_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for (provider, case, tells) in [
        ("twilio", "digits", "digits"),
        ("eightxeight", "answered", "answered"),
        ("exotel", "capture-language", "noted"),
        ("exotel", "gather-keys", "digits"),
        ("sandbox", "digits", "digits"),
        ("threecx", "incoming", "incoming"),
        ("elevenlabs", "booked", "booked"),
        ("elevenlabs", "by-header/seed-001", "booked"),
    ] {
        let (code, said, complained) = run(folder.path(), &["webhook", "why", &fixture(provider, case)]);
        assert_eq!(code, Some(0), "{said}{complained}");
        assert!(said.starts_with(provider) && said.ends_with(&format!("authentic; it tells: {tells}\n")), "{said}");
    }
}

#[test]
fn a_webhook_that_a_proxy_rewrote_is_told_the_public_url_that_would_have_matched() {
    let folder = tempfile::tempdir().unwrap();
    let mut captured: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("twilio", "digits")).unwrap()).unwrap();
    // Twilio called https://voice.example.com; the proxy passed it on inside, and says so as proxies do.
    let inside = captured["url"].as_str().unwrap().replace("https://voice.example.com", "http://10.0.0.7:8080");
    captured["url"] = inside.into();
    captured["headers"].as_array_mut().unwrap().push(json!(["x-forwarded-host", "voice.example.com"]));
    captured["headers"].as_array_mut().unwrap().push(json!(["x-forwarded-proto", "https"]));
    std::fs::write(folder.path().join("captured.json"), captured.to_string()).unwrap();
    let mut command = gateway(folder.path());
    command.args(["webhook", "why", "captured.json"]).env("FRONTDESK_PUBLIC_URL", "https://desk.example.com");
    let Output { status, stdout, .. } = command.output().unwrap();
    let said = text(&stdout);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("Twilio called https://voice.example.com/webhooks/twilio/voice"), "{said}");
    assert!(said.ends_with("FRONTDESK_PUBLIC_URL=https://voice.example.com\n"), "{said}");
    assert!(!said.contains("15559876543"), "a query or form holds numbers: {said}");
}

/// Signed over `https://Clinic.Example.com/webhooks/twilio/status` and the form, sorted, with `openssl dgst -sha1 -hmac`.
const IN_CAPITALS: &str = "ECkkQsE9ud8ktclhULU5vQmwN7A=";

#[test]
fn a_webhook_is_signed_over_the_public_url_in_the_letters_it_was_configured_with() {
    let folder = tempfile::tempdir().unwrap();
    let captured = json!({
        "secret": "0123456789abcdef0123456789abcdef",
        "url": "https://clinic.example.com/webhooks/twilio/status",
        "headers": [["content-type", "application/x-www-form-urlencoded"], ["x-twilio-signature", IN_CAPITALS]],
        "body": "AccountSid=AC0123456789abcdef0123456789abcdef&CallSid=CA0123456789abcdef0123456789abcdef&\
                 CallStatus=ringing&From=%2B15559876543&To=%2B15551234567",
    });
    std::fs::write(folder.path().join("captured.json"), captured.to_string()).unwrap();
    for (public_url, code, says) in [
        ("https://Clinic.Example.com", 0, "authentic; it tells: ringing"),
        ("https://Clinic.Example.com:443/", 0, "authentic; it tells: ringing"),
        ("https://clinic.example.com", 1, "none of "),
    ] {
        let mut command = gateway(folder.path());
        command.args(["webhook", "why", "captured.json"]).env("FRONTDESK_PUBLIC_URL", public_url);
        let Output { status, stdout, .. } = command.output().unwrap();
        assert_eq!(status.code(), Some(code), "{public_url}: {}", text(&stdout));
        assert!(text(&stdout).contains(says), "{public_url}: {}", text(&stdout));
    }
}

#[test]
fn a_webhook_of_eightxeight_that_brings_no_secret_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let text_of = std::fs::read_to_string(fixture("eightxeight", "answered")).unwrap();
    let mut captured: Value = serde_json::from_str(&text_of).unwrap();
    captured["headers"] = json!([["content-type", "application/json"]]);
    std::fs::write(folder.path().join("captured.json"), captured.to_string()).unwrap();
    let (code, said, _) = run(folder.path(), &["webhook", "why", "captured.json"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("it brings no secret along"), "{said}");
}

/// What is said of a captured webhook after a change to it.
fn why(case: (&str, &str), change: impl FnOnce(&mut Value), variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut captured: Value = serde_json::from_str(&std::fs::read_to_string(fixture(case.0, case.1)).unwrap()).unwrap();
    change(&mut captured);
    std::fs::write(folder.path().join("captured.json"), captured.to_string()).unwrap();
    let mut command = gateway(folder.path());
    command.args(["webhook", "why", "captured.json"]).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), text(&stdout) + &text(&stderr))
}

fn header<'a>(captured: &'a mut Value, name: &str) -> &'a mut Value {
    let headers = captured["headers"].as_array_mut().unwrap();
    headers.iter_mut().find(|header| header[0] == name).map(|header| &mut header[1]).unwrap()
}

#[test]
fn a_signature_over_time_and_body_that_does_not_match_is_told_what_is_wrong_with_it() {
    let own = |captured: &mut Value| drop(captured.as_object_mut().unwrap().remove("secret"));
    for (case, name, set) in [
        (("threecx", "incoming"), "x-signature", "THREECX_WEBHOOK_SECRET"),
        (("elevenlabs", "booked"), "elevenlabs-signature", "ELEVENLABS_WEBHOOK_SECRET"),
    ] {
        let refused = |change: &dyn Fn(&mut Value), says: &str| {
            let (code, said) = why(case, change, &[]);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains(says), "{said} lacks {says}");
            assert!(!said.contains("+31612345678") && !said.contains("test-3cx-secret"), "{said}");
        };
        refused(&|it| it["headers"] = json!([["content-type", "application/json"]]), "drops it");
        refused(&|it| *header(it, name) = "sha256=abc".into(), "is no signature like t=SECONDS,v0=HEX");
        refused(&|it| it["secret"] = "another-secret".into(), "does not match; check that");
        refused(&|it| it["body"] = format!("{}\n", it["body"].as_str().unwrap()).into(), "its line breaks are others");
        refused(&|it| it["now"] = "2026-01-10T12:00:00Z".into(), "before the request came; set the sender's clock");
        refused(&|it| drop(it.as_object_mut().unwrap().remove("now")), "give the file the member \"now\"");
        let (code, said) = why(case, own, &[]);
        assert_eq!((code, said.contains(&format!("is not configured; set {set}"))), (Some(2), true), "{said}");
        let (code, said) = why(case, own, &[(set, "another-secret-of-the-test")]);
        assert_eq!((code, said.contains(&format!("check that {set} is what"))), (Some(1), true), "{said}");
    }
}

#[test]
fn a_signature_made_with_the_secret_of_something_else_is_told_whose_it_is() {
    let mut secret = String::new();
    let own = |captured: &mut Value| {
        let taken = captured.as_object_mut().unwrap().remove("secret").unwrap();
        taken.as_str().unwrap().clone_into(&mut secret);
    };
    why(("elevenlabs", "booked"), own, &[]);
    let own = |captured: &mut Value| drop(captured.as_object_mut().unwrap().remove("secret"));
    let variables = [("WEBHOOK_SECRET", secret.as_str()), ("ELEVENLABS_WEBHOOK_SECRET", "another-secret-of-the-test")];
    let (code, said) = why(("elevenlabs", "booked"), own, &variables);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("it is signed with the secret of WEBHOOK_SECRET; set ELEVENLABS_WEBHOOK_SECRET to that"),
        "{said}"
    );
    assert!(!said.contains(&secret), "{said}");
}

#[test]
fn a_webhook_of_an_agent_that_brings_no_secret_is_told_so() {
    let case = ("elevenlabs", "by-header/seed-001");
    let bare = |captured: &mut Value| captured["headers"] = json!([["content-type", "application/json"]]);
    let (code, said) = why(case, bare, &[]);
    assert_eq!((code, said.contains("it brings no secret along")), (Some(1), true), "{said}");
    let (code, said) = why(case, |it| it["secret"] = "another-secret".into(), &[]);
    assert_eq!((code, said.contains("is not the configured one (WEBHOOK_SECRET")), (Some(1), true), "{said}");
}

#[test]
fn a_captured_webhook_is_sent_to_the_running_gateway_again() {
    let folder = tempfile::tempdir().unwrap();
    let captured: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("twilio", "incoming-full")).unwrap()).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = socket.local_addr().unwrap().to_string();
    drop(socket);
    let configured = |command: &mut Command| {
        command
            .env("FRONTDESK_LISTEN", &listen)
            .env("BASE_URL", "https://voice.example.com")
            .env("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef")
            .env("TWILIO_AUTH_TOKEN", captured["secret"].as_str().unwrap());
    };
    let file = fixture("twilio", "incoming-full");
    let replay = || {
        let mut command = gateway(folder.path());
        configured(&mut command);
        let Output { status, stdout, stderr } = command.args(["webhook", "replay", &file, "--show"]).output().unwrap();
        (status.code(), text(&stdout) + &text(&stderr))
    };
    let (code, said) = replay();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no gateway answers at") && said.contains("start it with `gateway serve`"), "{said}");

    let mut serve = gateway(folder.path());
    configured(&mut serve);
    let mut running = serve.arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(running.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let (code, said) = replay();
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("200 text/xml, ") && said.contains("<Response>"), "{said}");
}

#[test]
fn check_says_what_a_carrier_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = gateway(folder.path());
    command.arg("check").env("EIGHT_X_EIGHT_API_KEY", "key-of-8x8").env("EIGHT_X_EIGHT_SUBACCOUNT_ID", "acme");
    let Output { status, stdout, .. } = command.output().unwrap();
    let said = text(&stdout);
    assert_eq!(status.code(), Some(1), "{said}");
    for want in [
        "front-desk has no number that eightxeight could show; set OUTBOUND_PHONE_NUMBER",
        "webhooks of 8x8 are closed, because nothing proves them; set EIGHT_X_EIGHT_WEBHOOK_SECRET",
        "carriers cannot reach this gateway, set FRONTDESK_PUBLIC_URL",
        "nobody sends by sms, so that rung is passed over; set EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID",
    ] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    assert!(!said.contains("key-of-8x8"), "{said}");
}
