//! How machines are told from people on Twilio: from what is configured to what is posted.

use crate::{
    common::variables,
    vendors::{CLINIC, env_of_twilio, twilio},
};
use frontdesk_core::{
    id::{CallId, EffectId},
    personal::Phone,
    ports::{CallCommand, CallProvider, PlaceCall},
};
use frontdesk_gateway::{
    config::{self, Inputs},
    wire,
};
use rstest::rstest;
use serde_json::Value;

/// What is posted about machines, by a gateway with these lines under `[twilio]` and this environment.
async fn posted(lines: &str, environment: &[(&str, &str)]) -> [Option<Value>; 3] {
    let vendor = twilio().await;
    let folder = tempfile::tempdir().unwrap();
    let toml = CLINIC.replace("[twilio]\n", &format!("[twilio]\n{lines}\n"));
    std::fs::write(folder.path().join("frontdesk.toml"), toml).unwrap();
    let env = format!("FRONTDESK_PUBLIC_URL=https://desk.example.com\n{}", env_of_twilio(vendor.url().as_str()));
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let inputs = Inputs { file: None, folder: folder.path().to_owned(), variables: variables(environment) };
    let config = config::load(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
    let carrier = wire::Real::new(&config, config.public_url.as_deref().unwrap()).unwrap().twilio.unwrap();
    assert_eq!(carrier.abilities().detects_machines, !format!("{lines}{environment:?}").contains("off"));
    let id = uuid::Uuid::from_u128(7);
    let number = |text| Phone::parse(text, None).unwrap();
    // Nobody picks up, so that no webhook is posted to where nobody listens but the news.
    let (from, to) = (number("+15005550009"), number("+15005550108"));
    let place = PlaceCall { call_id: CallId(id), to, from, ring_seconds: 30, detect_machine: true, agent: None };
    carrier.perform(&CallCommand::Place(place), &EffectId(id)).await.unwrap();
    let request = vendor.ledger().placed().remove(0).request;
    ["MachineDetection", "AsyncAmd", "AsyncAmdStatusCallback"].map(|name| request.get(name).cloned())
}

#[rstest]
#[case::left_out("", Some("DetectMessageEnd"), false)]
#[case::first_to_end("first_to_end", Some("DetectMessageEnd"), false)]
#[case::first("first", Some("Enable"), false)]
#[case::beside("beside", Some("Enable"), true)]
#[case::beside_to_end("beside_to_end", Some("DetectMessageEnd"), true)]
#[case::off("off", None, false)]
#[tokio::test]
async fn machines_are_listened_for_as_configured_in_the_file_or_the_environment(
    #[case] value: &str,
    #[case] kind: Option<&str>,
    #[case] beside: bool,
) {
    let line = format!("machine_detection = {value:?}");
    let by_file = posted(if value.is_empty() { "" } else { &line }, &[]).await;
    let variable = [("FRONTDESK_TWILIO__MACHINE_DETECTION", value)];
    let by_environment = posted("", if value.is_empty() { &[] } else { &variable }).await;
    for [detection, at_once, told] in [by_file, by_environment] {
        assert_eq!(detection, kind.map(Value::from));
        assert_eq!(at_once, beside.then(|| "true".into()));
        let told = told.map(|url| url.as_str().unwrap().split('?').next().unwrap().to_owned());
        assert_eq!(told, beside.then(|| "https://desk.example.com/webhooks/twilio/amd".to_owned()));
    }
}

#[test]
fn another_word_for_it_is_named_with_those_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let env = env_of_twilio("http://127.0.0.1:1") + "TWILIO_NUMBER=+15005550009\n";
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let variables = variables(&[("FRONTDESK_TWILIO__MACHINE_DETECTION", "async")]);
    let inputs = Inputs { file: None, folder: folder.path().to_owned(), variables };
    let problems = config::load(&inputs).unwrap_err().to_string();
    assert!(problems.contains("\"async\"; write off, first, first_to_end, beside or beside_to_end"), "{problems}");
}
