//! Why a captured request is not taken, and what would help.

use crate::common::{ACCOUNT, TOKEN, http};
use frontdesk_core::ports::WebhookRequest;
use frontdesk_testkit::carriers::twilio::sign;
use frontdesk_twilio::{Twilio, Why};
use rstest::rstest;

const SEEN: &str = "https://desk.example.com/webhooks/twilio/status?call=1";

fn twilio() -> Twilio {
    Twilio::new(crate::common::unmet("https://desk.example.com"), http()).unwrap()
}

fn form() -> Vec<(String, String)> {
    [("AccountSid", ACCOUNT), ("CallSid", "CA1"), ("CallStatus", "ringing")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn request(signature: &str, more: &[(&str, &str)]) -> WebhookRequest {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", signature)];
    headers.extend(more);
    let body = format!("AccountSid={ACCOUNT}&CallSid=CA1&CallStatus=ringing");
    WebhookRequest {
        method: "POST".to_owned(),
        hook: "status".to_owned(),
        url: SEEN.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.into_bytes(),
        peer: None,
    }
}

#[rstest]
#[case::another_base("https://front.example.org/webhooks/twilio/status?call=1", &[], &["https://front.example.org"])]
#[case::another_scheme("http://desk.example.com/webhooks/twilio/status?call=1", &[], &[])]
#[case::another_port("https://desk.example.com:8443/webhooks/twilio/status?call=1", &[("host", "desk.example.com:8443")], &[])]
#[case::a_proxy_that_says_so(
    "https://tunnel.example.net/webhooks/twilio/status?call=1",
    &[("x-forwarded-host", "tunnel.example.net, inner"), ("x-forwarded-proto", "https,http")],
    &[]
)]
#[case::a_prefix_that_was_stripped(
    "https://desk.example.com/front/webhooks/twilio/status?call=1",
    &[("x-forwarded-prefix", "/front")],
    &[]
)]
#[case::a_prefix_in_a_base("https://desk.example.com/front/webhooks/twilio/status?call=1", &[], &["https://desk.example.com/front/"])]
#[case::a_slash_at_the_end("https://desk.example.com/webhooks/twilio/status/?call=1", &[], &[])]
#[case::without_its_query("https://desk.example.com/webhooks/twilio/status", &[], &[])]
fn the_url_that_was_signed_is_found(#[case] signed: &str, #[case] headers: &[(&str, &str)], #[case] bases: &[&str]) {
    let bases: Vec<String> = bases.iter().map(|base| (*base).to_owned()).collect();
    let why = twilio().why(&request(&sign(TOKEN, signed, &form()), headers), &bases);
    let public = |url: &str| url.split('?').next().unwrap().to_owned();
    assert_eq!(why, Why::OtherUrl { signed: public(signed), seen: public(SEEN) });
    assert!(why.to_string().contains(&public(signed)) && !why.to_string().contains("call=1"));
}

#[test]
fn a_request_that_is_taken_needs_no_advice() {
    assert_eq!(twilio().why(&request(&sign(TOKEN, SEEN, &form()), &[]), &[]), Why::Authentic);
}

#[test]
fn what_is_missing_or_mangled_is_named() {
    let mut missing = request("", &[]);
    missing.headers.retain(|(name, _)| name != "x-twilio-signature");
    assert_eq!(twilio().why(&missing, &[]), Why::NoSignature);
    assert_eq!(twilio().why(&request("cut", &[]), &[]), Why::NotASignature);
    let mut unread = request(&sign(TOKEN, SEEN, &form()), &[]);
    unread.headers[0].1 = "application/json".to_owned();
    assert_eq!(twilio().why(&unread, &[]), Why::BodyChanged);
}

#[test]
fn a_form_that_was_not_signed_is_named() {
    let why = twilio().why(&request(&sign(TOKEN, SEEN, &[]), &[]), &[]);
    assert!(matches!(why, Why::FormIgnored { .. }), "{why:?}");
}

#[test]
fn another_account_and_another_token_are_told_apart() {
    let mut other = request(&sign(TOKEN, SEEN, &form()), &[]);
    other.body = b"AccountSid=AC00000000000000000000000000000009&CallSid=CA1".to_vec();
    assert_eq!(twilio().why(&other, &[]), Why::OtherAccount);
    let why = twilio().why(&request(&sign("another token", SEEN, &form()), &[]), &[]);
    assert!(matches!(&why, Why::Nothing { tried } if tried.len() > 1), "{why:?}");
    assert!(why.to_string().contains("auth token") && !why.to_string().contains(TOKEN));
}
