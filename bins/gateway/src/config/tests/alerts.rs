use super::{Case, EIGHT};
use crate::config::show;
use chrono::Duration;
use frontdesk_core::alert::{Condition, Way};
use rstest::rstest;

const HOOK: &str = "[webhooks.erp]\nurl = \"https://erp.example.com/hooks/s3cret-path\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";

const RULES: &str = r#"
[alerts.state-drop-off]
when = "drop_off"
flow = "ivr"
step = "state"
above = 40
over = "1h"
least = 30
sms = ["+14155550123"]
mail = ["desk@example.com"]
webhook = ["erp"]
[alerts.silence]
when = "no_calls"
hours = { monday = "09:00-18:00" }
webhook = ["erp"]
[alerts.few-confirm]
when = "confirm_rate"
below = 50
webhook = ["erp"]
[alerts.doubt]
when = "uncertain"
above = 3
webhook = ["erp"]
[alerts.carrier]
when = "carrier_failing"
webhook = ["erp"]
"#;

#[test]
fn alerts_are_read_with_their_usual_windows() {
    let config = Case::new().file("frontdesk.toml", &format!("{HOOK}{RULES}")).config();
    let rules = &config.rules.alerts;
    let rule = |name: &str| rules.iter().find(|rule| rule.name == name).unwrap();
    assert_eq!(rules.len(), 5);
    let drop_off = rule("state-drop-off");
    let (flow, step) = ("ivr".to_owned(), "state".to_owned());
    assert_eq!(drop_off.when, Condition::DropOff { flow, step, above: 40, over: Duration::hours(1) });
    let erp = Way::Webhook { name: "erp".to_owned() };
    let ways: Vec<_> = drop_off.ways().collect();
    assert_eq!((drop_off.least, ways), (30, vec![Way::Sms { place: 0 }, Way::Email { place: 0 }, erp]));
    let Condition::NoCalls { flow: None, over, hours: Some(open) } = &rule("silence").when else { panic!() };
    assert_eq!((*over, open.hours[0].len(), open.hours[1].len()), (Duration::minutes(30), 1, 0));
    assert_eq!((rule("few-confirm").least, config.jobs.look_at_alerts.as_secs()), (20, 30));
}

#[test]
fn alerts_are_shown_with_people_and_secrets_masked() {
    let config = Case::new().file("frontdesk.toml", &format!("{HOOK}{RULES}")).config();
    let shown = show(&config);
    assert!(shown.contains("[alerts.state-drop-off]") && shown.contains("[webhooks.erp]"), "{shown}");
    let told = format!("{shown}{config:?}");
    for secret in ["4155550123", "desk@example", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(!shown.contains("s3cret-path"), "{shown}");
}

#[rstest]
#[case("[alerts.a]\nwhen = \"often\"\n", "line 2: alerts.a.when says nothing known; write drop_off")]
#[case("[alerts.a]\nsms = [\"+14155550123\"]\n", "alerts.a.when says nothing known")]
#[case("[alerts.a]\nwhen = \"uncertain\"\nsms = [\"+14155550123\"]\n", "alerts.a.above is missing; uncertain needs it")]
#[case(
    "[alerts.a]\nwhen = \"uncertain\"\nabove = 1\nflow = \"ivr\"\n",
    "line 4: alerts.a.flow says nothing to uncertain; take it out"
)]
#[case(
    "[alerts.a]\nwhen = \"uncertain\"\nabove = 1\n",
    "line 2: alerts.a.when: nobody is told; give sms, mail or webhook"
)]
#[case(
    "[alerts.a]\nwhen = \"uncertain\"\nabove = 1\nsms = [\"12\"]\n",
    "line 4: alerts.a.sms holds no telephone number"
)]
#[case("[alerts.a]\nwhen = \"uncertain\"\nabove = 1\nmail = [\"desk\"]\n", "line 4: alerts.a.mail holds no address")]
#[case(
    "[alerts.a]\nwhen = \"uncertain\"\nabove = 1\nwebhook = [\"erp\"]\n",
    "line 4: alerts.a.webhook names \"erp\", which is not there; add [webhooks.erp]"
)]
#[case(
    "[alerts.a]\nwhen = \"drop_off\"\nflow = \"ivr\"\nstep = \"sate\"\nabove = 1\nsms = [\"+14155550123\"]\n",
    "line 4: alerts.a.step: there is no step \"sate\"; use one of language, state"
)]
#[case(
    "[alerts.\"a b\"]\nwhen = \"uncertain\"\nabove = 1\nsms = [\"+14155550123\"]\n",
    "is no name; use up to 64 letters"
)]
#[case(
    "[alerts.a]\nwhen = \"no_calls\"\nhours = \"nine\"\nsms = [\"+14155550123\"]\n",
    "line 3: alerts.a.hours is wrong"
)]
#[case("[alerts.a]\nwehn = \"no_calls\"\n", "did you mean `when`?")]
#[case(
    "[webhooks.erp]\nurl = \"http://erp.example.com/\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
    "line 2: webhooks.erp.url is no address to post to"
)]
#[case(
    "[webhooks.erp]\nurl = \"http://127.0.0.1:9/\"\nsecret = \"hunter2\"\n",
    "line 3: webhooks.erp.secret is no signing secret"
)]
#[case("[jobs]\nlook_at_alerts = \"5m\"\n", "line 2: jobs.look_at_alerts is out of range; write 100ms to 1m")]
fn what_is_wrong_with_an_alert_is_named_with_line_and_remedy(#[case] toml: &str, #[case] want: &str) {
    let problems = Case::new().file("frontdesk.toml", toml).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[rstest]
#[case("sms = [\"+14155550123\"]", "alerts.a.sms has numbers, and nobody sends text messages")]
#[case("mail = [\"desk@example.com\"]", "alerts.a.mail has addresses, and nobody sends mail; set EMAIL_FROM")]
fn an_alert_that_nobody_could_send_is_refused_at_the_start(#[case] way: &str, #[case] want: &str) {
    let toml = format!("[alerts.a]\nwhen = \"uncertain\"\nabove = 1\n{way}\n");
    Case::new().file("frontdesk.toml", &toml).config();
    let problems = Case::new().file(".env", EIGHT).file("frontdesk.toml", &toml).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
}

#[test]
fn a_webhook_on_this_machine_needs_no_tls_and_its_secret_may_come_from_the_environment() {
    let toml = "[webhooks.erp]\nurl = \"http://127.0.0.1:9000/hooks\"\n";
    let case = Case::new().file("frontdesk.toml", toml);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let config = case.var("FRONTDESK_WEBHOOKS__ERP__SECRET", secret).config();
    assert_eq!(config.webhooks.len(), 1);
}
