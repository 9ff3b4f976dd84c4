//! What proves a webhook, and what does not.

use crate::common::{SHARED, SIGNING, adapter, alone, config, nobody, request, shared};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{CallProvider, Rejected};
use frontdesk_elevenlabs::Config;
use rstest::rstest;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: String,
    t: i64,
    body_hex: String,
    v0: String,
}

fn vector(name: &str) -> Vector {
    let all: Vec<Vector> = serde_json::from_str(include_str!("../../../../fixtures/elevenlabs/vectors.json")).unwrap();
    all.into_iter().find(|vector| vector.name == name).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// Whether a request is let in; what it says is another matter.
fn admitted(answer: &Result<frontdesk_core::ports::Received, Rejected>) -> bool {
    !matches!(answer, Err(Rejected::Unauthentic(_) | Rejected::Stale))
}

#[rstest]
#[case::empty("empty")]
#[case::an_empty_object("an_empty_object")]
#[case::a_transcription("a_transcription")]
#[case::letters_beyond_ascii("letters_beyond_ascii")]
#[case::an_escaped_letter("an_escaped_letter")]
#[case::a_line_break_at_the_end("a_line_break_at_the_end")]
#[case::time_nought("time_nought")]
#[case::no_text_at_all("no_text_at_all")]
#[case::the_3cx_seed("the_3cx_seed")]
#[case::seed_003s_post_call("seed_003s_post_call")]
fn a_signature_is_over_time_and_raw_body(#[case] name: &str) {
    let vector = vector(name);
    let body = hex::decode(&vector.body_hex).unwrap();
    let adapter = adapter(Config { signing_secrets: vec![vector.secret.as_str().into()], ..Config::default() });
    let receive = |header: &str, body: &[u8]| {
        adapter.receive(&request("postcall", &[("elevenlabs-signature", header)], body), at(vector.t + 60))
    };
    let header = format!("t={},v0={}", vector.t, vector.v0);
    assert!(admitted(&receive(&header, &body)));
    let mut longer = body.clone();
    longer.push(b' ');
    assert_eq!(receive(&header, &longer), Err(Rejected::Unauthentic(401)));
    let later = format!("t={},v0={}", vector.t + 1, vector.v0);
    assert_eq!(receive(&later, &body), Err(Rejected::Unauthentic(401)));
}

#[rstest]
#[case::blanks_between("t={t}, v0={v}", true)]
#[case::another_order("v0={v},t={t}", true)]
#[case::several_signatures("t={t},v0={w},v0={v}", true)]
#[case::parts_of_the_future("t={t},v0={v},v1=abc", true)]
#[case::no_time("v0={v}", false)]
#[case::two_times("t={t},t=1,v0={v}", false)]
#[case::no_signature("t={t}", false)]
#[case::no_hexadecimal("t={t},v0=zz", false)]
#[case::a_part_of_it("t={t},v0=35226ed9", false)]
#[case::another_scheme("t={t},v1={v}", false)]
#[case::nothing("", false)]
#[case::nonsense(",,,=,", false)]
fn a_header_is_read_as_it_is_documented(#[case] form: &str, #[case] right: bool) {
    let Vector { t, v0, body_hex, .. } = vector("a_transcription");
    let header = form.replace("{t}", &t.to_string()).replace("{v}", &v0).replace("{w}", &"0".repeat(64));
    let body = hex::decode(body_hex).unwrap();
    let answer = alone().receive(&request("postcall", &[("elevenlabs-signature", &header)], &body), at(t));
    assert_eq!(admitted(&answer), right, "{answer:?}");
    if !right {
        assert_eq!(answer, Err(Rejected::Unauthentic(401)));
    }
}

#[test]
fn a_signature_is_too_old_or_too_new_beyond_the_tolerance_and_forged_before_that() {
    let Vector { t, v0, body_hex, .. } = vector("a_transcription");
    let body = hex::decode(body_hex).unwrap();
    let header = format!("t={t},v0={v0}");
    let right = request("postcall", &[("elevenlabs-signature", &header)], &body);
    let mut config = config(nobody());
    config.tolerance = Duration::minutes(5);
    let adapter = adapter(config);
    for off in [-300, 300] {
        assert!(admitted(&adapter.receive(&right, at(t + off))), "{off}");
    }
    for off in [-301, 301] {
        assert_eq!(adapter.receive(&right, at(t + off)), Err(Rejected::Stale), "{off}");
        assert_eq!(Rejected::Stale.status(), 400);
        // Who cannot sign learns nothing of our clock.
        let forged = request("postcall", &[("elevenlabs-signature", &header)], b"{}");
        assert_eq!(adapter.receive(&forged, at(t + off)), Err(Rejected::Unauthentic(401)), "{off}");
    }
}

#[test]
fn each_of_several_secrets_proves_a_webhook() {
    let Vector { t, v0, body_hex, .. } = vector("a_transcription");
    let right =
        request("postcall", &[("elevenlabs-signature", &format!("t={t},v0={v0}"))], &hex::decode(body_hex).unwrap());
    for (secrets, proves) in
        [(vec!["newer", SIGNING], true), (vec![SIGNING, "older"], true), (vec!["newer"], false), (vec![""], false)]
    {
        let signing_secrets = secrets.into_iter().map(Into::into).collect();
        let answer = adapter(Config { signing_secrets, ..Config::default() }).receive(&right, at(t));
        assert_eq!(admitted(&answer), proves);
    }
}

#[test]
fn without_a_secret_every_hook_is_closed() {
    for insecure_webhooks in [false, true] {
        let adapter = adapter(Config { insecure_webhooks, ..Config::default() });
        for (hook, status) in [("postcall", 401), ("webhook", 403), ("initiation", 403)] {
            for request in
                [request(hook, &[], b"{}"), shared(hook, "{}"), request(hook, &[("x-webhook-secret", "")], b"{}")]
            {
                let answer = adapter.receive(&request, at(0));
                match insecure_webhooks {
                    true => assert!(admitted(&answer), "{hook}"),
                    false => assert_eq!(answer, Err(Rejected::Unauthentic(status)), "{hook}"),
                }
            }
        }
    }
}

#[test]
fn a_shared_secret_proves_seed_001s_webhook_and_never_the_platforms_own_path() {
    let answer = alone().receive(&shared("webhook", "{}"), at(0));
    assert!(admitted(&answer));
    assert_eq!(alone().receive(&shared("postcall", "{}"), at(0)), Err(Rejected::Unauthentic(401)));
    let wrong = request("webhook", &[("x-webhook-secret", "another")], b"{}");
    assert_eq!(alone().receive(&wrong, at(0)), Err(Rejected::Unauthentic(403)));
}

#[test]
fn a_signature_that_is_there_has_to_be_right() {
    let both = [("x-webhook-secret", SHARED), ("elevenlabs-signature", "t=1,v0=00")];
    assert_eq!(alone().receive(&request("webhook", &both, b"{}"), at(1)), Err(Rejected::Unauthentic(401)));
    // Nobody can say so where no signing secret is known: then the other proof is asked for.
    let config = Config { shared_secrets: vec![SHARED.into()], ..Config::default() };
    assert!(admitted(&adapter(config).receive(&request("webhook", &both, b"{}"), at(1))));
}
