//! Calls that the agent places, against a vendor over HTTP.

use crate::common::{AGENT, KEY, SIGNING, adapter, config, request};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    event::EndCause,
    id::{CallId, EffectId},
    ports::{
        AgentBrief, CallCommand, CallProvider, Happened, Performed, PlaceCall, PortError, PortResult, ReceivedAbout,
        Trouble, VoiceId,
    },
};
use frontdesk_elevenlabs::{ElevenLabs, Outbound, Overrides, Route};
use frontdesk_testkit::{
    BUSINESS_PHONE, CUSTOMER_PHONE,
    carriers::Fault,
    elevenlabs::{AgentSettings, ElevenLabs as Vendor, Takes},
    moment, phone,
    suite::call_provider::tells_nothing,
};
use hmac::{Hmac, KeyInit, Mac};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::Sha256;

fn at() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn call_id() -> CallId {
    CallId::derive(at(), &["outbound"])
}

fn placed(agent: Option<AgentBrief>) -> CallCommand {
    CallCommand::Place(PlaceCall {
        call_id: call_id(),
        to: phone(CUSTOMER_PHONE),
        from: phone(BUSINESS_PHONE),
        ring_seconds: 25,
        detect_machine: false,
        agent: agent.map(Box::new),
    })
}

fn sought(named: Option<&str>) -> CallCommand {
    CallCommand::Find {
        call_id: call_id(),
        provider_call_id: named.map(str::to_owned),
        from: phone(BUSINESS_PHONE),
        to: phone(CUSTOMER_PHONE),
        since: at(),
        asked: at(),
    }
}

async fn vendor() -> Vendor {
    Vendor::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap()
}

fn dialler(vendor: &Vendor, route: Route) -> ElevenLabs {
    let mut config = config(vendor.url());
    config.outbound = Some(Outbound { phone_number_id: "phnum_1".to_owned(), route });
    config.overrides = Overrides { voice: true, first_message: true, language: false };
    adapter(config)
}

async fn perform(dialler: &ElevenLabs, command: &CallCommand) -> PortResult<Performed> {
    dialler.perform(command, &EffectId::derive(at(), &["outbound"])).await
}

async fn refused(vendor: &Vendor) -> PortError {
    let error = perform(&dialler(vendor, Route::Twilio), &placed(None)).await.unwrap_err();
    tells_nothing(&error, &[KEY]);
    error
}

#[rstest]
#[case(Route::Twilio, "twilio")]
#[case(Route::Sip, "sip-trunk")]
#[tokio::test]
async fn a_call_is_placed_with_what_the_agent_is_to_know(#[case] route: Route, #[case] path: &str) {
    let vendor = vendor().await;
    vendor.set_agent(|agent| {
        agent.overrides.extend(["tts.voice_id".to_owned(), "agent.first_message".to_owned()]);
        agent.variables = vec!["customer_name".to_owned(), "next_appointment".to_owned(), "is_greeting".to_owned()];
    });
    let brief = AgentBrief {
        voice: Some(VoiceId("voice_1".to_owned())),
        greeting: Some("Hello, this is the clinic.".to_owned()),
        variables: [("is_greeting", "true"), ("gateway_call_id", "forged"), ("system__caller_id", "forged")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    };
    let answer = perform(&dialler(&vendor, route), &placed(Some(brief))).await.unwrap();
    let taken = vendor.outbound().remove(0);
    assert_eq!(answer, Performed::Placed { provider_call_id: taken.conversation });
    assert_eq!(taken.route, path);
    let sent = &taken.request;
    assert_eq!((&sent["agent_phone_number_id"], &sent["to_number"]), (&json!("phnum_1"), &json!(CUSTOMER_PHONE)));
    assert_eq!(sent["telephony_call_config"]["ringing_timeout_secs"], 25);
    let data = &sent["conversation_initiation_client_data"];
    let set = &data["conversation_config_override"];
    assert_eq!(
        (&set["tts"]["voice_id"], &set["agent"]["first_message"]),
        (&json!("voice_1"), &json!("Hello, this is the clinic."))
    );
    let variables = &data["dynamic_variables"];
    assert_eq!(variables["gateway_call_id"], call_id().to_string());
    assert_eq!(variables["is_greeting"], "true");
    assert!(variables.get("system__caller_id").is_none());
}

#[tokio::test]
async fn a_call_that_has_only_the_carriers_name_goes_by_that() {
    let vendor = vendor().await;
    vendor.takes_calls(Takes::CarriersName);
    let answer = perform(&dialler(&vendor, Route::Sip), &placed(None)).await.unwrap();
    assert!(matches!(answer, Performed::Placed { provider_call_id } if provider_call_id.starts_with("CA")));
}

#[tokio::test]
async fn a_call_that_was_not_placed_says_so_and_not_whom_it_was_for() {
    let vendor = vendor().await;
    vendor.takes_calls(Takes::Not);
    let error = refused(&vendor).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Barred), "{error}");
}

#[rstest]
#[case(422, Trouble::Broken)]
#[case(404, Trouble::Broken)]
#[case(401, Trouble::Unauthorised)]
#[case(429, Trouble::RateLimited(None))]
#[tokio::test]
async fn what_is_refused_was_surely_not_placed(#[case] status: u16, #[case] trouble: Trouble) {
    let vendor = vendor().await;
    vendor.answer_next(status, json!({ "detail": [{ "msg": format!("bad {CUSTOMER_PHONE}") }] }));
    let error = refused(&vendor).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(vendor.outbound().is_empty());
}

#[rstest]
#[case(Some(Fault::LosesAnswer), Takes::Named)]
#[case(Some(Fault::Lies(502)), Takes::Named)]
#[case(None, Takes::Nameless)]
#[tokio::test]
async fn a_lost_answer_is_in_doubt_and_the_call_is_found_by_our_name(
    #[case] fault: Option<Fault>,
    #[case] takes: Takes,
) {
    let vendor = vendor().await;
    let dialler = dialler(&vendor, Route::Twilio);
    // Other calls are in the list as well.
    let mut other = placed(None);
    if let CallCommand::Place(call) = &mut other {
        call.call_id = CallId::derive(at(), &["another"]);
    }
    perform(&dialler, &other).await.unwrap();
    vendor.takes_calls(takes);
    vendor.disturb(fault);
    let error = perform(&dialler, &placed(None)).await.unwrap_err();
    assert_eq!(error.happened, Happened::Maybe, "{error}");
    assert_eq!(vendor.outbound().len(), 2, "it was placed once");
    let conversation = vendor.outbound().pop().unwrap().conversation;
    let found = |ended| Performed::Found { provider_call_id: conversation.clone(), ended };
    assert_eq!(perform(&dialler, &sought(None)).await.unwrap(), found(None));
    vendor.becomes("done", 42);
    assert_eq!(perform(&dialler, &sought(None)).await.unwrap(), found(Some((EndCause::Completed, Some(42)))));
    vendor.becomes("failed", 0);
    assert_eq!(perform(&dialler, &sought(Some(&conversation))).await.unwrap(), found(Some((EndCause::Failed, None))));
}

#[tokio::test]
async fn a_call_that_is_not_listed_proves_nothing() {
    let vendor = vendor().await;
    let error = perform(&dialler(&vendor, Route::Twilio), &sought(None)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
}

fn signed(body: &Value) -> frontdesk_core::ports::WebhookRequest {
    let body = body.to_string();
    let time = at().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = format!("t={time},v0={}", hex::encode(mac.finalize().into_bytes()));
    request("postcall", &[("elevenlabs-signature", &signature)], body.as_bytes())
}

#[tokio::test]
async fn the_webhook_after_a_placed_call_brings_our_name_for_it_back() {
    let vendor = vendor().await;
    let dialler = dialler(&vendor, Route::Twilio);
    perform(&dialler, &placed(None)).await.unwrap();
    vendor.becomes("done", 42);
    let received = dialler.receive(&signed(&vendor.post_call()), at()).unwrap();
    let ReceivedAbout::Booking { booking, .. } = received.about else { panic!("{received:?}") };
    assert_eq!(booking.call, Some(call_id()));
    assert_eq!(booking.phone.unwrap().reveal(), CUSTOMER_PHONE);
    let mut foreign = vendor.post_call();
    foreign["data"]["conversation_initiation_client_data"]["dynamic_variables"]["gateway_call_id"] = "theirs".into();
    let received = dialler.receive(&signed(&foreign), at()).unwrap();
    assert!(matches!(received.about, ReceivedAbout::Booking { booking, .. } if booking.call.is_none()));
}

#[tokio::test]
async fn an_account_that_is_set_up_has_no_troubles() {
    let vendor = vendor().await;
    vendor.set_agent(|agent| {
        agent.overrides.extend(["tts.voice_id".to_owned(), "agent.first_message".to_owned()]);
        agent.tools = vec![("find_slot".to_owned(), true)];
    });
    let checked = dialler(&vendor, Route::Twilio).check().await.unwrap();
    assert_eq!(checked.troubles, Vec::<String>::new());
    assert!(checked.fine.iter().any(|it| it.contains("find_slot")), "{checked:?}");
    let checked = dialler(&vendor, Route::Sip).check().await.unwrap();
    assert_eq!(checked.troubles.len(), 1, "{checked:?}");
}
