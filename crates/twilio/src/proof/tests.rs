//! The signatures that Twilio and its libraries publish, and those made for our samples.

use super::*;
use crate::{Clock, Config};
use chrono::DateTime;
use rstest::rstest;

const PLAIN: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const FIVE: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const BODY: &str = "{\"property\": \"value\", \"boolean\": true}";
const BODY_HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const OURS: &str = "0123456789abcdef0123456789abcdef";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn config(token: &str, webhook_base: &str) -> Config {
    Config::new(ACCOUNT, token.into(), webhook_base, Clock::new(|| DateTime::UNIX_EPOCH))
}

fn keyring(tokens: &[&str]) -> Keyring {
    let mut config = config("unused", "https://mycompany.com");
    config.auth_tokens = tokens.iter().map(|token| (*token).into()).collect();
    Keyring::new(&config)
}

fn request(method: &str, url: &str, kind: &str, body: &str, signature: &str) -> WebhookRequest {
    WebhookRequest {
        method: method.to_owned(),
        hook: "voice".to_owned(),
        url: url.to_owned(),
        headers: vec![
            ("content-type".to_owned(), kind.to_owned()),
            ("x-twilio-signature".to_owned(), signature.to_owned()),
        ],
        body: body.as_bytes().to_vec(),
        peer: None,
    }
}

fn form(url: &str, body: &str, signature: &str) -> WebhookRequest {
    request("POST", url, "application/x-www-form-urlencoded; charset=UTF-8", body, signature)
}

fn json(url: &str, body: &str, signature: &str) -> WebhookRequest {
    request("POST", url, "application/json", body, signature)
}

fn authentic(token: &str, request: &WebhookRequest) -> bool {
    keyring(&[token]).authenticate(request).is_ok()
}

#[rstest]
#[case::v01_five_parameters(PLAIN, FIVE, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
#[case::v02_the_documentation(
    "https://example.com/myapp.php?foo=1&bar=2",
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212",
    "L/OH5YylLD5NRKLltdqwSvS0BnU="
)]
#[case::v03_repeated_and_equal_values(
    PLAIN,
    "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
    "IK+Dwps556ElfBT0I3Rgjkr1wJU="
)]
#[case::v04_a_repeated_name(
    PLAIN,
    "MessagingBinding.Address=%2B1415xxxxxxx&MessagingBinding.Address=%2B1325xxxxxxx",
    "83O6e2vORAoJHUNzJjDWN1jz+BA="
)]
#[case::v05_https_with_its_port_added(PLAIN, FIVE, "kvajT1Ptam85bY51eRf/AJRuM3w=")]
#[case::v06_http_with_its_port_added(
    "http://mycompany.com/myapp.php?foo=1&bar=2",
    FIVE,
    "0ZXoZLH/DfblKGATFgpif+LLRf4="
)]
#[case::v07_http_with_a_port_of_its_own(
    "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
    FIVE,
    "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="
)]
#[case::v08_https_with_its_port_dropped(
    "https://mycompany.com:1234/myapp.php?foo=1&bar=2",
    FIVE,
    "RSOYDt4T1cUTdK1PDd93/VVr8B8="
)]
#[case::v12_credentials("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", FIVE, "CukzLTc1tT5dXEDIHm/tKBanW10=")]
#[case::v13_a_user("https://user@mycompany.com/myapp.php?foo=1&bar=2", FIVE, "2YRLlVAflCqxaNicjMpJcSTgzSs=")]
#[case::v14_credentials_and_a_port(
    "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2",
    FIVE,
    "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="
)]
#[case::v15_an_apostrophe(
    "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing",
    FIVE,
    "TfZzewPq8wqrGlMfyAud8+/IvJ0="
)]
#[case::v16_sorted_by_name_alone(
    PLAIN,
    &format!("{FIVE}&ReasonConferenceEnded=test&Reason=Participant"),
    "vOEb5UThFn24KEfnOFLQY2AE5FY="
)]
#[case::v17_the_same_over_http(
    "http://mycompany.com/myapp.php?foo=1&bar=2",
    &format!("{FIVE}&ReasonConferenceEnded=test&Reason=Participant"),
    "n2xBNyzSW7rfYStDtOFiFMv7qNo="
)]
#[case::v18_two_parameters(PLAIN, "property=value&boolean=true", "NBdBDr/T/lgjI+tlgpXjKZQZs/k=")]
#[case::v19_no_body(PLAIN, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo=")]
#[case::v20_no_query("https://mycompany.com/myapp.php", FIVE, "1xaxFBvyzXYvWplzNOSs28HWO94=")]
#[case::v21_a_longer_query(
    "https://mycompany.com/myapp.php?foo=1&bar=2&type=thiswontbeusedinthesignaturegeneratorandsoshouldbeignored",
    FIVE,
    "hYkNsTBttoNGkyCS0p+wWmQoRTg="
)]
#[case::v22_an_escaped_query(
    "https://mycompany.com/myapp.php?foo=hello%20world&bar=test%2Bvalue",
    FIVE,
    "er2tvAP1Wx+iuTTE2BPgvEaN1cs="
)]
#[case::v23_odd_characters(
    PLAIN,
    "Message=Hello+%26+goodbye%21+%40%23%24%25%5E%2A%28%29&From=%2B1+%28415%29+867-5309&Special=unicode%3A+%C3%B1%C3%A1%C3%A9%C3%AD%C3%B3%C3%BA",
    "dCPiR4WtQ6QFN6pJh81CtlCcWLQ="
)]
#[case::v24_empty_values(PLAIN, "Digits=&CallSid=CA1234567890ABCDE&EmptyParam=", "9HHp/OqQMEwdrVebHDdA/+tqjX8=")]
#[case::v25_values_that_are_missing(
    PLAIN,
    "Digits&CallSid=CA1234567890ABCDE&NullParam",
    "L9lTTwIlxM1xGAtLRwhOSZggRhM="
)]
#[case::v26_in_any_order(PLAIN, "Zebra=last&Alpha=first&Beta=second&Gamma=third", "enveUe73ZTVLAekHxez3Qx6JuuQ=")]
#[case::v27_raw_utf8_in_the_url("https://mycompany.com/webhook/España?año=2023", FIVE, "G/Hx6mqqnjUNlPAoi2Sp9bGst0g=")]
#[case::v28_names_that_differ_by_case(
    PLAIN,
    "callSid=lowercase&CallSid=uppercase&CALLSID=allcaps",
    "jDK7WKT8wiNrwggd4ceTv4e1MJ4="
)]
#[case::v29_two_slashes("https://mycompany.com//myapp.php?foo=1&bar=2", FIVE, "A9lH3u16NjyiiM/+wylw5rirFUs=")]
fn a_published_signature_is_taken(#[case] url: &str, #[case] body: &str, #[case] signature: &str) {
    assert!(authentic("12345", &form(url, body, signature)));
    assert!(!authentic("12346", &form(url, body, signature)), "under another token");
    assert!(!authentic("12345", &form(url, &format!("{body}&More=1"), signature)), "with another body");
}

#[rstest]
#[case::v09_beside_a_query(&format!("{PLAIN}&bodySHA256={BODY_HASH}"), BODY, "a9nBmqA0ju/hNViExpshrM61xv4=")]
#[case::v10_alone(
    &format!("https://mycompany.com/myapp.php?bodySHA256={BODY_HASH}"),
    BODY,
    "y77kIzt2vzLz71DgmJGsen2scGs="
)]
#[case::v11_an_empty_object_with_the_port_added(
    "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "{}",
    "Ldidvp12m26NI7eqEvxnEpkd9Hc="
)]
#[case::v11_an_empty_object_without_the_port(
    "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "{}",
    "rw/jVviOgicj2+kHZULvebnA4ag="
)]
fn a_published_signature_over_json_is_taken(#[case] url: &str, #[case] body: &str, #[case] signature: &str) {
    assert!(authentic("12345", &json(url, body, signature)));
    assert!(!authentic("12345", &json(url, &format!("{body} "), signature)), "another body");
    assert!(!authentic("12345", &json(url, "", signature)), "no body is not an empty object");
}

#[rstest]
#[case::nothing("")]
#[case::no_signature("WRONG_SIGNATURE")]
#[case::one_letter_off("NOTRSOYDt4T1cUTdK1PDd93/VVr8B8=")]
#[case::sorted_by_pairs("95+Bu0JVPi0r/SsESZCVf0dWAjw=")]
fn a_published_wrong_signature_is_refused(#[case] signature: &str) {
    let body = format!("{FIVE}&ReasonConferenceEnded=test&Reason=Participant");
    assert!(!authentic("12345", &form(PLAIN, &body, signature)));
    assert!(!authentic("12345", &form(PLAIN, FIVE, signature)));
}

#[test]
fn a_missing_signature_is_refused() {
    let mut request = form(PLAIN, FIVE, "");
    request.headers.retain(|(name, _)| name != "x-twilio-signature");
    assert_eq!(keyring(&["12345"]).authenticate(&request).err(), Some(UNAUTHENTIC));
}

#[test]
fn a_get_is_signed_over_its_url_alone() {
    let url = "https://voice.example.com/twilio/voice/incoming?CallSid=CA0123456789abcdef0123456789abcdef&From=%2B15551234567";
    let signature = "ywOSBPFCkbmaSZb/5Ua5sYXd6Nc=";
    let get = request("GET", url, "", "", signature);
    let Ok(Authentic { params, .. }) = keyring(&[OURS]).authenticate(&get) else { panic!("refused") };
    assert_eq!(params.get("From"), Some("+15551234567"));
    assert!(!authentic(OURS, &request("GET", url, "", "Digits=1", signature)), "a body that nothing covers");
    assert!(!authentic(OURS, &json(url, "{\"Digits\":\"1\"}", signature)), "a body that nothing covers");
}

#[rstest]
#[case::as_it_was_called("wss://voice.example.com/twilio/media", "3Wv0T80qzAY3OCARW9y1gnUJZtE=", true)]
#[case::behind_https("https://voice.example.com/twilio/media", "3Wv0T80qzAY3OCARW9y1gnUJZtE=", true)]
#[case::with_a_slash_at_its_end("https://voice.example.com/twilio/media", "emydRDSHhLvuug6wCkjTHD/G0T0=", true)]
#[case::without_its_slash("https://voice.example.com/twilio/media/", "3Wv0T80qzAY3OCARW9y1gnUJZtE=", true)]
#[case::signed_as_https("https://voice.example.com/twilio/media", "3T4ShCTJZ08o+v3LKmVwwJswU58=", false)]
fn an_upgrade_is_signed_as_wss(#[case] url: &str, #[case] signature: &str, #[case] taken: bool) {
    assert_eq!(keyring(&[OURS]).proves_upgrade(&request("GET", url, "", "", signature)), taken);
}

#[test]
fn while_a_token_is_changed_both_are_taken() {
    let request = form(PLAIN, FIVE, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    assert!(keyring(&["another", "12345"]).authenticate(&request).is_ok());
    assert!(keyring(&["12345", "another"]).authenticate(&request).is_ok());
    assert!(keyring(&["another"]).authenticate(&request).is_err());
}

#[test]
fn a_subaccount_signs_with_its_own_token_and_with_no_other() {
    let sub = "AC00000000000000000000000000000001";
    let mut config = config("main", "https://mycompany.com");
    config.subaccounts.insert(sub.to_owned(), vec!["sub".into()]);
    let keyring = Keyring::new(&config);
    let signed = |token: &str, account: &str| {
        let body = format!("AccountSid={account}");
        let signature = sign::sign(&token.into(), PLAIN, &Pairs::parse(&body).unwrap());
        keyring.authenticate(&form(PLAIN, &body, &signature)).is_ok()
    };
    assert!(signed("sub", sub) && signed("main", ACCOUNT));
    assert!(!signed("main", sub) && !signed("sub", ACCOUNT));
    assert!(!signed("main", "AC00000000000000000000000000000002"), "somebody else's account");
}

#[test]
fn the_host_is_signed_in_the_letters_it_was_configured_with() {
    let config = config("12345", "https://Desk.Example.com/Front");
    let pairs = Pairs::parse(FIVE).unwrap();
    let signature = sign::sign(&"12345".into(), "https://Desk.Example.com/Front/webhooks/twilio/voice", &pairs);
    let request = form("https://desk.example.com/Front/webhooks/twilio/voice", FIVE, &signature);
    assert!(Keyring::new(&config).authenticate(&request).is_ok());
}

/// Signed over `https://Clinic.Example.com/webhooks/twilio/status`, then `AccountSid`, `CallSid`, `CallStatus`, `From` and
/// `To`, each followed by its value, with `openssl dgst -sha1 -hmac`; the second one with `:443` behind the host.
#[rstest]
#[case::capitals("https://Clinic.Example.com", "ECkkQsE9ud8ktclhULU5vQmwN7A=")]
#[case::capitals_and_a_default_port("https://Clinic.Example.com:443", "yENB/AyvOpZmBBjJuARCwNlWGM4=")]
fn a_host_in_capitals_is_taken_for_the_one_that_was_configured(#[case] base: &str, #[case] signature: &str) {
    let body = format!(
        "To=%2B15551234567&From=%2B15559876543&CallStatus=ringing&CallSid=CA0123456789abcdef0123456789abcdef&\
         AccountSid={ACCOUNT}"
    );
    let seen = form("https://clinic.example.com/webhooks/twilio/status", &body, signature);
    assert!(Keyring::new(&config(OURS, base)).authenticate(&seen).is_ok());
    assert!(Keyring::new(&config(OURS, "https://clinic.example.com")).authenticate(&seen).is_err());
}

#[test]
fn an_address_in_colons_keeps_them_when_its_port_is_dropped() {
    let tried = sign::candidates("https://[2001:db8::1]:8443/voice");
    assert!(tried.contains(&"https://[2001:db8::1]/voice".to_owned()));
    assert!(tried.contains(&"https://[2001:db8::1]:8443/voice".to_owned()));
    assert_eq!(sign::without_port("[2001:db8::1]"), "[2001:db8::1]");
}

#[test]
fn a_form_that_is_no_text_is_refused() {
    for body in ["From=%FF%FE", "%C3=1"] {
        assert!(!authentic("12345", &form(PLAIN, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")), "{body}");
    }
}
