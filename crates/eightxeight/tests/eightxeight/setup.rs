//! What the account knows about us.

use crate::common::{SECRET, config, http, now, vendor};
use frontdesk_core::ports::Trouble;
use frontdesk_eightxeight::{EightXEight, Registration};
use frontdesk_testkit::{
    Clock,
    carriers::eightxeight::{EightXEight as Vendor, Webhook},
};
use rstest::rstest;
use url::Url;

async fn account() -> (Vendor, EightXEight) {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let gateway = Url::parse("https://desk.example/").unwrap();
    let adapter = EightXEight::new(config(&vendor.url(), &gateway, &clock), http());
    (vendor, adapter)
}

fn webhook(url: &str, authorization: Option<&str>, enabled: bool) -> Webhook {
    Webhook { url: url.parse().unwrap(), authorization: authorization.map(str::to_owned), enabled }
}

const OURS: &str = "https://desk.example/webhooks/eightxeight/vca";

#[rstest]
#[case::ours(OURS, Some("x"), true, Registration::Ours)]
#[case::the_seeds_own_path("https://desk.example/api/webhooks/vca", Some("x"), true, Registration::Ours)]
#[case::proved_by_its_query(
    "https://desk.example/webhooks/eightxeight/vca?secret=webhook-secret-of-the-test",
    None,
    true,
    Registration::Ours
)]
#[case::switched_off(OURS, Some("x"), false, Registration::Disabled)]
#[case::without_proof(OURS, None, true, Registration::Unproven)]
#[case::somewhere_else("https://old.example/webhooks/eightxeight/vca", Some("x"), true, Registration::Elsewhere)]
#[case::another_path("https://desk.example/webhooks/eightxeight/vss", Some("x"), true, Registration::Elsewhere)]
#[tokio::test]
async fn a_registration_is(
    #[case] url: &str,
    #[case] authorization: Option<&str>,
    #[case] enabled: bool,
    #[case] found: Registration,
) {
    let (vendor, adapter) = account().await;
    vendor.register("VCA", webhook(url, authorization, enabled));
    let setup = adapter.check().await.unwrap();
    assert_eq!(setup.hooks.iter().map(|(_, _, found)| *found).collect::<Vec<_>>(), [found, Registration::Absent]);
    assert!(!setup.is_right());
    assert_eq!(vendor.webhook("VSS"), None);
}

#[tokio::test]
async fn registering_mends_what_is_amiss_and_leaves_the_rest() {
    let (vendor, adapter) = account().await;
    let theirs = webhook("https://desk.example/api/webhooks/vss", Some("by hand"), true);
    vendor.register("VSS", theirs.clone());
    vendor.register("VCA", webhook("https://old.example/vca", Some("x"), true));
    let setup = adapter.register_webhooks().await.unwrap();
    assert!(setup.is_right(), "{setup}");
    assert_eq!(vendor.webhook("VSS"), Some(theirs));
    let ours = vendor.webhook("VCA").unwrap();
    assert_eq!(ours.url.as_str(), OURS);
    // admin:webhook-secret-of-the-test
    assert_eq!(ours.authorization.as_deref(), Some("Basic YWRtaW46d2ViaG9vay1zZWNyZXQtb2YtdGhlLXRlc3Q="));
}

#[tokio::test]
async fn what_is_found_is_told_with_its_remedy_and_without_secrets() {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), &Url::parse("https://desk.example").unwrap(), &clock);
    config.voices.insert(frontdesk_core::speech::Language::Nl, "nl-NL-Nobody".to_owned());
    let adapter = EightXEight::new(config, http());
    vendor.register("VCA", webhook("https://old.example/vca?secret=of-the-old", None, true));
    let told = adapter.check().await.unwrap().to_string();
    for line in ["VCA", "VSS is not registered", OURS, "no voice \"nl-NL-Nobody\""] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains(SECRET) && !told.contains("of-the-old"), "{told}");
}

#[tokio::test]
async fn a_wrong_key_is_told_as_one() {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), &Url::parse("https://desk.example").unwrap(), &clock);
    config.api_key = "another".into();
    let error = EightXEight::new(config, http()).check().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unauthorised);
}

#[tokio::test]
async fn nothing_is_registered_without_a_secret() {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), &Url::parse("https://desk.example").unwrap(), &clock);
    config.webhook_secrets = vec!["".into()];
    let error = EightXEight::new(config, http()).register_webhooks().await.unwrap_err();
    assert!(error.to_string().contains("secret"), "{error}");
    assert_eq!(vendor.webhook("VCA"), None);
}
