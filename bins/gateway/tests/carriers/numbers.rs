//! `gateway check --live` says where our numbers at Twilio lead, and with `--fix` points them here.

use crate::{
    common::House,
    live_check::check,
    vendors::{CLINIC, env_of_twilio, twilio},
};
use frontdesk_testkit::carriers::{Fault, Script, twilio::Twilio};
use rstest::rstest;

const OURS: &str = "+15005550009";
const URL: &str = "https://Desk.Example.com";
const VOICE: &str = "https://Desk.Example.com/webhooks/twilio/incoming";
const STATUS: &str = "https://Desk.Example.com/webhooks/twilio/status";
const MESSAGE: &str = "https://Desk.Example.com/webhooks/twilio/message";

/// A folder with a clinic that is known at Twilio by [`OURS`].
fn clinic(vendor: &Twilio) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.toml"), CLINIC).unwrap();
    let env = format!("FRONTDESK_PUBLIC_URL={URL}\n{}", env_of_twilio(vendor.url().as_str()));
    std::fs::write(folder.path().join(".env"), env).unwrap();
    folder
}

/// The one line about the number.
fn line(said: &str) -> &str {
    let lines: Vec<_> = said.lines().filter(|line| line.contains("clinic: +…09")).collect();
    let [line] = lines.as_slice() else { panic!("one line a number, and not {}: {said}", lines.len()) };
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_leads_elsewhere_is_told_what_to_change_and_is_pointed_here_only_when_asked() {
    let vendor = twilio().await;
    vendor.own(
        OURS,
        &[("voice_url", "https://demo.twilio.com/welcome?for=Ana"), ("sms_url", MESSAGE), ("sms_method", "GET")],
    );
    let folder = clinic(&vendor);
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(0), "{said}");
    for want in [
        format!("leads elsewhere by its VoiceUrl; set it to {VOICE}, by POST"),
        format!("has no StatusCallback; set it to {STATUS}, by POST"),
        "asks by GET, which writes numbers into logs; set its SmsMethod to POST".to_owned(),
        "`gateway check --live --fix` points it here".to_owned(),
    ] {
        assert!(line(&said).starts_with("warn") && line(&said).contains(&want), "{said} lacks {want}");
    }
    assert!(!said.contains("demo.twilio.com"), "what stands in somebody else's URL may be secret: {said}");
    assert_eq!(vendor.set_of(OURS, "status_callback"), None, "looking changes nothing");

    let (code, said) = check(folder.path(), &["--fix"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(line(&said).starts_with("ok") && line(&said).ends_with("clinic: +…09 leads here"), "{said}");
    let set = |member| vendor.set_of(OURS, member).unwrap();
    assert_eq!(set("voice_url").split('#').next(), Some(VOICE));
    assert_eq!(set("status_callback").split('#').next(), Some(STATUS));
    assert_eq!((set("sms_url").as_str(), set("sms_method").as_str()), (MESSAGE, "POST"));
    let (_, said) = check(folder.path(), &[]).await;
    assert!(line(&said).starts_with("ok"), "{said}");
}

#[rstest]
#[case::as_the_readme_says(VOICE, STATUS)]
#[case::as_the_seed_did(
    "https://Desk.Example.com/api/v1/webhooks/incoming-call",
    "https://Desk.Example.com/api/v1/webhooks/call-status"
)]
#[case::with_overrides("https://desk.example.com/webhooks/twilio/voice#rc=2&rp=5xx", STATUS)]
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_leads_to_any_of_our_paths_is_right(#[case] voice: &str, #[case] status: &str) {
    let vendor = twilio().await;
    vendor.own(OURS, &[("voice_url", voice), ("status_callback", status), ("sms_url", MESSAGE)]);
    let (_, said) = check(clinic(&vendor).path(), &["--fix"]).await;
    assert!(line(&said).starts_with("ok"), "{said}");
    assert_eq!(vendor.set_of(OURS, "voice_url").as_deref(), Some(voice), "what is right is left as it is");
}

#[rstest]
#[case::a_trunk("trunk_sid", "TK0123456789abcdef0123456789abcdef", "is on a SIP trunk")]
#[case::an_application("voice_application_sid", "AP0123456789abcdef0123456789abcdef", "belongs to a TwiML application")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_trunk_or_an_application_decides_is_said_and_left_alone(
    #[case] member: &str,
    #[case] sid: &str,
    #[case] want: &str,
) {
    let vendor = twilio().await;
    let theirs = "https://elsewhere.example/voice";
    vendor.own(OURS, &[(member, sid), ("voice_url", theirs), ("sms_application_sid", "AP0")]);
    let (_, said) = check(clinic(&vendor).path(), &["--fix"]).await;
    assert!(line(&said).starts_with("warn") && line(&said).contains(want), "{said}");
    assert!(line(&said).contains("takes its messages") && !said.contains("points it here"), "{said}");
    assert_eq!(vendor.set_of(OURS, "voice_url").as_deref(), Some(theirs));
    assert_eq!((vendor.set_of(OURS, "status_callback"), vendor.set_of(OURS, "sms_url")), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_nobody_here_is_never_touched() {
    let vendor = twilio().await;
    // It holds ours, so that a filter by pattern finds it as well.
    let other = format!("{OURS}9");
    vendor.own(&other, &[]);
    let (_, said) = check(clinic(&vendor).path(), &["--fix"]).await;
    assert!(line(&said).starts_with("note") && line(&said).contains("none of the account's own numbers"), "{said}");
    assert_eq!(vendor.set_of(&other, "voice_url"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_is_lost_is_told_to_be_looked_at() {
    let vendor = twilio().await;
    vendor.own(OURS, &[]);
    let folder = clinic(&vendor);
    // The account, the number, and then the change.
    vendor.ledger().disturb([
        Fault::Slow(std::time::Duration::ZERO),
        Fault::Slow(std::time::Duration::ZERO),
        Fault::LosesAnswer,
    ]);
    let (code, said) = check(folder.path(), &["--fix"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("look at +…09 of clinic with `gateway check --live`"), "{said}");
    let (_, said) = check(folder.path(), &[]).await;
    assert!(line(&said).starts_with("ok"), "it was changed all the same: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_rings_a_number_that_was_pointed_here_hears_the_menu() {
    let vendor = twilio().await;
    vendor.own(OURS, &[]);
    let api = vendor.url();
    let env = |url: &str| format!("FRONTDESK_PUBLIC_URL={url}\n{}", env_of_twilio(api.as_str()));
    let house = House::with_env(CLINIC, &[], env).await;
    let (_, said) = check(house.folder.path(), &["--fix"]).await;
    assert!(line(&said).starts_with("ok"), "{said}");
    let heard = vendor.ring_up("+15005550199", OURS, Script::presses([])).await.heard;
    assert!(heard.first().is_some_and(|heard| heard.contains("Lakeside Clinic")), "{heard:?}");
    assert_eq!(vendor.complaints(), []);
    house.running.stop().await.unwrap();
}
