//! Who sends messages, and what is wrong with it.

use super::{Case, EIGHT, EXOTEL, TWILIO};
use crate::config::show;
use frontdesk_twilio::Sender;
use rstest::rstest;

const SERVICE: &str = "TWILIO_MESSAGING_SERVICE_SID=MG0123456789abcdef0123456789abcdef\n";
const NUMBER: &str = "TWILIO_NUMBER=+15559876543\n";
const EIGHT_SMS: &str = "EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID=acme_sms\n";
const EXOTEL_SMS: &str = "FRONTDESK_EXOTEL__SMS__FROM=CLINIC\n";

#[rstest]
#[case("", None)]
#[case(TWILIO, None)]
#[case(&format!("{TWILIO}{NUMBER}"), Some("twilio"))]
#[case(&format!("{TWILIO}{SERVICE}"), Some("twilio"))]
#[case(&format!("{TWILIO}{NUMBER}{EIGHT}{EIGHT_SMS}"), Some("eightxeight"))]
#[case(&format!("{TWILIO}{NUMBER}{EXOTEL}{EXOTEL_SMS}"), Some("exotel"))]
#[case(&format!("{TWILIO}{NUMBER}{EIGHT}{EIGHT_SMS}FRONTDESK_SMS=twilio\n"), Some("twilio"))]
#[case(&format!("{TWILIO}{NUMBER}FRONTDESK_SMS=none\n"), None)]
fn text_messages_are_sent_by_the_first_who_can_or_by_whoever_is_chosen(#[case] env: &str, #[case] by: Option<&str>) {
    let config = Case::new().file(".env", env).config();
    assert_eq!(config.carriers.texts(), by);
}

#[rstest]
#[case(NUMBER, Some(Sender::From("+15559876543".to_owned())), Some(60))]
#[case(SERVICE, Some(Sender::Service("MG0123456789abcdef0123456789abcdef".to_owned())), None)]
#[case(&format!("{NUMBER}{SERVICE}"), Some(Sender::Service("MG0123456789abcdef0123456789abcdef".to_owned())), None)]
#[case("FRONTDESK_TWILIO__MESSAGES__FROM=CLINIC\n", Some(Sender::From("CLINIC".to_owned())), Some(60))]
#[case("FRONTDESK_TWILIO__MESSAGES__FROM=+1 (555) 987-6543\n", Some(Sender::From("+15559876543".to_owned())), Some(60))]
#[case(&format!("{NUMBER}FRONTDESK_TWILIO__MESSAGES__PER_MINUTE=0\n"), Some(Sender::From("+15559876543".to_owned())), None)]
fn twilio_sends_from_the_number_or_by_the_service(
    #[case] env: &str,
    #[case] sender: Option<Sender>,
    #[case] per_minute: Option<u32>,
) {
    let config = Case::new().file(".env", &format!("{TWILIO}{env}")).config();
    let messaging = config.carriers.twilio.unwrap().messaging;
    assert_eq!((messaging.sms, messaging.per_minute.map(std::num::NonZeroU32::get)), (sender, per_minute));
}

#[test]
fn templates_are_named_by_text_and_language() {
    let file = r#"
        [twilio.whatsapp]
        from = "whatsapp:+15559876543"
        [twilio.whatsapp.templates]
        "sms-confirm-request.es" = { sid = "HX0123456789abcdef0123456789abcdef", variables = ["business", "when"] }
    "#;
    let config = Case::new().file(".env", TWILIO).file("frontdesk.toml", file).config();
    assert!(config.carriers.whatsapp());
    assert!(show(&config).contains("+…43") && !show(&config).contains("5559876543"), "{}", show(&config));
    let messaging = config.carriers.twilio.unwrap().messaging;
    assert_eq!(messaging.whatsapp, Some(Sender::From("+15559876543".to_owned())));
    let template = &messaging.templates["sms-confirm-request.es"];
    assert_eq!(template.variables, ["business", "when"]);
}

#[rstest]
#[case("FRONTDESK_SMS=pigeon\n", "sms is \"pigeon\"; use eightxeight, exotel, twilio or none")]
#[case("FRONTDESK_SMS=exotel\n", "sms names exotel, which has no sender; set EXOTEL_API_KEY")]
#[case("TWILIO_MESSAGING_SERVICE_SID=MG1\n", "twilio.messages.service_sid must be a Messaging Service")]
#[case("FRONTDESK_TWILIO__MESSAGES__MAX_SEGMENTS=0\n", "twilio.messages.max_segments is 0")]
fn what_is_wrong_with_a_sender_is_named_with_its_remedy(#[case] env: &str, #[case] want: &str) {
    let problems = Case::new().file(".env", &format!("{TWILIO}{env}")).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
}
