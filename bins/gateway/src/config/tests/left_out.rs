use super::Case;
use rstest::rstest;

#[rstest]
#[case("EIGHT_X_EIGHT_API_KEY", "…")]
#[case("EIGHT_X_EIGHT_WEBHOOK_SECRET", "...")]
#[case("THREECX_CLIENT_SECRET", "…")]
#[case("ELEVENLABS_WEBHOOK_SECRET", "wsec_...")]
#[case("ELEVENLABS_API_KEY", "…")]
#[case("FRONTDESK_ELEVENLABS__SHARED_SECRET", "...")]
#[case("WEBHOOK_SECRET", "…")]
#[case("FRONTDESK_ADMIN_TOKEN", " … ")]
#[case("ELEVENLABS_API_KEY", "sk_...")]
fn a_secret_that_was_left_out_of_an_example_is_no_secret(#[case] name: &str, #[case] value: &str) {
    let said = Case::new().var(name, value).problems();
    assert!(said.contains(name) && said.contains("an example's dots"), "{said}");
}

#[test]
fn a_secret_left_out_of_the_file_is_named_by_its_line() {
    let file =
        "[twilio]\nsubaccounts = { AC00000000000000000000000000000001 = \"…\" }\n\n[threecx]\nwebhook_secret = \"…\"\n";
    let said = Case::new().file("frontdesk.toml", file).problems();
    assert!(said.contains("line 5: threecx.webhook_secret holds an example's dots"), "{said}");
    assert!(said.contains("twilio.subaccounts.AC00000000000000000000000000000001 holds"), "{said}");
}

#[test]
fn words_may_end_in_dots_and_so_may_a_secret_of_somebodys_own() {
    for secret in ["half-a-line-of-text...", "open sesame…", "pass..."] {
        Case::new().var("GREETING_MESSAGE", "One moment...").var("THREECX_WEBHOOK_SECRET", secret).config();
    }
}
