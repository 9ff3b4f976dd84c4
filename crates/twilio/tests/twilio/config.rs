//! What the adapter refuses to start with.

use crate::common::{http, unmet};
use frontdesk_twilio::{Config, Twilio};
use rstest::rstest;

fn refused(change: impl FnOnce(&mut Config)) -> Option<&'static str> {
    let mut config = unmet("https://desk.example.com");
    config.auth_tokens = vec!["a-token-to-keep".into()];
    change(&mut config);
    let error = Twilio::new(config, http()).err()?;
    assert!(!error.to_string().contains("a-token-to-keep"));
    Some(error.field)
}

#[test]
fn the_essentials_are_enough() {
    assert_eq!(refused(|_| {}), None);
}

#[rstest]
#[case::an_account_that_is_none(|config: &mut Config| config.account_sid = "AC123".to_owned(), "account_sid")]
#[case::no_token(|config: &mut Config| config.auth_tokens.clear(), "auth_tokens")]
#[case::an_empty_token(|config: &mut Config| config.auth_tokens = vec!["".into()], "auth_tokens")]
#[case::a_subaccount_without_a_token(
    |config: &mut Config| { config.subaccounts.insert("AC00000000000000000000000000000001".to_owned(), Vec::new()); },
    "subaccounts"
)]
#[case::a_region_that_leads_elsewhere(|config: &mut Config| config.region = Some("evil.example/".to_owned()), "region")]
#[case::a_slash_at_the_end(|config: &mut Config| config.webhook_base = "https://desk.example.com/".to_owned(), "webhook_base")]
#[case::no_scheme(|config: &mut Config| config.webhook_base = "desk.example.com".to_owned(), "webhook_base")]
#[case::credentials(|config: &mut Config| config.webhook_base = "https://a:b@desk.example.com".to_owned(), "webhook_base")]
#[case::credentials_for_the_api(
    |config: &mut Config| config.base_url = Some("https://a:b@api.example.com".parse().unwrap()),
    "base_url"
)]
#[case::a_query(|config: &mut Config| config.webhook_base = "https://desk.example.com?a=1".to_owned(), "webhook_base")]
#[case::an_underscore(|config: &mut Config| config.webhook_base = "https://my_desk.example.com".to_owned(), "webhook_base")]
#[case::a_retry_too_many(|config: &mut Config| config.overrides = Some("rc=6".to_owned()), "overrides")]
#[case::an_override_nobody_knows(|config: &mut Config| config.overrides = Some("rc=1&zz=1".to_owned()), "overrides")]
#[case::a_fallback_that_is_no_url(|config: &mut Config| config.fallback_url = Some("/later".to_owned()), "fallback_url")]
#[case::a_hint_too_long(|config: &mut Config| config.hints = vec!["x".repeat(101)], "hints")]
#[case::an_endless_verdict(|config: &mut Config| config.amd_seconds = Some(60), "amd_seconds")]
fn what_could_never_work_is_refused_at_the_start(#[case] change: fn(&mut Config), #[case] field: &str) {
    assert_eq!(refused(change), Some(field));
}
