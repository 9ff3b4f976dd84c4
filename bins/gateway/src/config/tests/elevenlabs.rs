//! ElevenLabs: what its adapter is made of, and what is missing.

use super::Case;
use crate::config::show;
use frontdesk_core::{effect::Channel, rules::Inbound};
use frontdesk_elevenlabs::{Overrides, Route};
use rstest::rstest;
use secrecy::ExposeSecret;

#[rstest]
#[case("", false)]
#[case("WEBHOOK_SECRET=common\n", true)]
#[case("ELEVENLABS_WEBHOOK_SECRET=wsec_1\n", true)]
#[case("ELEVENLABS_AGENT_ID=agent_1\n", true)]
#[case("ELEVENLABS_AGENT_ID=your_elevenlabs_agent_id_here\n", false)]
#[case("FRONTDESK_INSECURE_WEBHOOKS=elevenlabs\n", true)]
fn it_is_there_where_anything_asks_for_it(#[case] env: &str, #[case] there: bool) {
    let config = Case::new().file(".env", env).config();
    assert_eq!(config.carriers.elevenlabs.is_some(), there);
}

#[test]
fn the_seeds_names_are_its_own() {
    let env = "WEBHOOK_SECRET=common\nELEVENLABS_WEBHOOK_SECRET=wsec_1\nELEVENLABS_AGENT_ID=agent_1\n\
               ELEVENLABS_API_KEY=key-of-eleven\nELEVENLABS_BASE_URL=https://api.eu.residency.elevenlabs.io\n\
               FRONTDESK_INBOUND=agent\n";
    let config = Case::new().file(".env", env).config();
    let eleven = config.carriers.elevenlabs.as_ref().unwrap();
    assert_eq!(eleven.signing_secrets[0].expose_secret(), "wsec_1");
    assert_eq!(eleven.shared_secrets[0].expose_secret(), "common");
    assert_eq!(
        (eleven.agent.as_deref(), eleven.agents.as_slice()),
        (Some("agent_1"), ["agent_1".to_owned()].as_slice())
    );
    assert_eq!(eleven.api.as_ref().unwrap().base_url.host_str(), Some("api.eu.residency.elevenlabs.io"));
    assert_eq!(config.rules.businesses["front-desk"].inbound, Inbound::Agent);
    assert!(config.notices.is_empty(), "{:?}", config.notices);
    let shown = show(&config);
    assert!(shown.contains("[elevenlabs]") && shown.contains("inbound = \"agent\""), "{shown}");
    for secret in ["wsec_1", "common", "key-of-eleven"] {
        assert!(!(shown.clone() + &format!("{config:?}")).contains(secret), "{shown}");
    }
}

#[test]
fn its_agent_places_calls_once_it_has_a_number() {
    let env = "ELEVENLABS_API_KEY=key\nELEVENLABS_AGENT_ID=agent_1\nELEVENLABS_PHONE_NUMBER_ID=phnum_1\n\
               ELEVENLABS_WS_URL=ws://127.0.0.1:9\n";
    let toml = "[elevenlabs]\noutbound = \"sip\"\nallow_overrides = [\"voice\", \"language\"]\n";
    let config = Case::new().file(".env", env).file("frontdesk.toml", toml).config();
    let eleven = config.carriers.elevenlabs.as_ref().unwrap();
    let outbound = eleven.outbound.as_ref().unwrap();
    assert_eq!((outbound.phone_number_id.as_str(), outbound.route), ("phnum_1", Route::Sip));
    assert_eq!(eleven.overrides, Overrides { voice: true, first_message: false, language: true });
    assert_eq!(eleven.ws_url.as_ref().unwrap().scheme(), "ws");
    let shown = show(&config);
    assert!(shown.contains("outbound = \"sip\"") && shown.contains("phnum_1"), "{shown}");
}

#[test]
fn its_section_says_the_rest() {
    let toml = "[elevenlabs]\nwebhook_secret = \"wsec_2\"\nother_webhook_secret = \"wsec_1\"\ntolerance = \"45m\"\nagents = []\n\
                business = \"clinic\"\nsets_language = true\nbody_bytes = 1048576\n[elevenlabs.fields]\ntime = [\"slot\"]\n\
                [businesses.clinic]\n[businesses.clinic.policy]\nannounce = [\"email\"]\n";
    let config = Case::new().file("frontdesk.toml", toml).config();
    let eleven = config.carriers.elevenlabs.as_ref().unwrap();
    let secrets: Vec<_> = eleven.signing_secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, ["wsec_2", "wsec_1"]);
    assert_eq!((eleven.tolerance.num_minutes(), eleven.longest_body), (45, 1_048_576));
    assert_eq!((eleven.business.as_deref(), eleven.overrides.language), (Some("clinic"), true));
    assert_eq!((eleven.fields.time.as_slice(), eleven.fields.email.len()), (["slot".to_owned()].as_slice(), 1));
    assert_eq!(config.rules.businesses["clinic"].policy.announce, [Channel::Email]);
}

#[rstest]
#[case("inbound = \"agent\"\n[elevenlabs]\nagent_id = \"agent_1\"\n", "set ELEVENLABS_AGENT_ID and ELEVENLABS_API_KEY")]
#[case("inbound = \"seed\"\n", "set ELEVENLABS_AGENT_ID")]
#[case("inbound = \"robot\"\n", "write menu, stream, agent, greet or seed")]
#[case("[businesses.a]\ninbound = \"agent\"\n", "businesses.a.inbound is \"agent\"")]
#[case("[elevenlabs]\nwebhook_secret = \"x\"\ntolerance = \"2d\"\n", "elevenlabs.tolerance is out of range")]
#[case(
    "[elevenlabs]\nwebhook_secret = \"x\"\nbusiness = \"nowhere\"\n[businesses.a]\n",
    "which is no business; use one of a"
)]
#[case("[elevenlabs]\napi_key = \"x\"\nbase_url = \"not one\"\n", "elevenlabs.base_url is no address")]
#[case("[elevenlabs]\napi_key = \"x\"\nws_url = \"https://example.com\"\n", "elevenlabs.ws_url is no address")]
#[case("[elevenlabs]\napi_key = \"x\"\noutbound = \"pigeon\"\n", "elevenlabs.outbound is \"pigeon\"")]
#[case(
    "[elevenlabs]\napi_key = \"x\"\nallow_overrides = [\"prompt\"]\n",
    "elevenlabs.allow_overrides names \"prompt\""
)]
#[case("[elevenlabs]\napi_key = \"x\"\nanswer_within = \"20s\"\n", "elevenlabs.answer_within is out of range")]
#[case("[businesses.a.policy]\nannounce = [\"pigeon\"]\n", "policy.announce holds \"pigeon\"")]
fn what_is_wrong_is_named_with_its_remedy(#[case] toml: &str, #[case] want: &str) {
    let problems = Case::new().file("frontdesk.toml", toml).problems();
    assert!(problems.contains(want), "{problems}\nlacks\n{want}");
}

#[test]
fn its_webhooks_are_closed_until_something_proves_them() {
    let closed = |env: &str| Case::new().file(".env", env).config().carriers.closed().contains_key("elevenlabs");
    assert!(closed("ELEVENLABS_API_KEY=key\n"));
    assert!(!closed("ELEVENLABS_API_KEY=key\nELEVENLABS_WEBHOOK_SECRET=wsec_1\n"));
}
