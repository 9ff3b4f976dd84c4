//! Calls of a carrier that merely tells of them: they ring at other people's telephones, who may take them.

use crate::{House, WAIT, talk, texting};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::{Call, CallRef},
    effect::Action,
    engine::Engine,
    event::Event,
    id::EffectId,
    links::Links,
    ports::{
        Abilities, CallCommand, CallProvider, LineStart, Performed, Port, PortError, PortResult, Received,
        ReceivedAbout, Rejected, TalkEnd, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
    rules::Inbound,
    sound::AudioFormat,
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, phone, ready};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

const PBX: &str = "threecx";

/// What 3CX tells of a call, as its adapter understands it.
const INCOMING: &str = include_str!("../../../../fixtures/threecx/incoming/expected.json");
const CHANGED: &str = include_str!("../../../../fixtures/threecx/changed/expected.json");
const CHANGED_AGAIN: &str = include_str!("../../../../fixtures/threecx/changed-again/expected.json");
const ENDED: &str = include_str!("../../../../fixtures/threecx/ended/expected.json");
const ENDED_UNANSWERED: &str = include_str!("../../../../fixtures/threecx/ended-unanswered/expected.json");
const ENDED_WITHOUT_DURATION: &str = include_str!("../../../../fixtures/threecx/ended-without-duration/expected.json");

/// A PBX. It leads callers at our route point where we say; those at somebody's extension it leads nowhere.
struct Pbx {
    /// Whether it can lead anybody anywhere.
    able: bool,
    /// Whether callers reach our route point.
    ours: bool,
}

impl Port for Pbx {
    fn name(&self) -> &str {
        PBX
    }
}

#[async_trait]
impl CallProvider for Pbx {
    fn abilities(&self) -> Abilities {
        Abilities { moves: self.able, streams: self.able, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Steer { .. } if self.ours => Ok(Performed::Done),
            _ => Err(PortError::unsupported(PBX, "lead a caller at an extension anywhere")),
        }
    }
}

/// A house whose callers ring at a PBX.
fn house(pbx: Pbx) -> House {
    let mut rules = texting();
    if pbx.able {
        rules.media = BTreeMap::from([(PBX.to_owned(), "wss://desk.example/media".to_owned())]);
        rules.links = Links::new(Url::parse("https://desk.example").unwrap(), vec![SecretString::from("stream-key")]);
        rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Stream;
    }
    let mut house = House::new(rules.clone());
    let mut ports = house.world.engine.ports().clone();
    ports.carriers.insert(PBX.to_owned(), Arc::new(pbx));
    let (store, world) = (Arc::clone(&house.world.store), house.world.clock.world());
    house.world.engine = Engine::new(Arc::new(rules), store, ports, world);
    house
}

/// It tells this of the call.
fn tell(house: &House, told: &str) -> Call {
    let told: Value = serde_json::from_str(told).unwrap();
    let event: Event = serde_json::from_value(told["event"].clone()).unwrap();
    let id = "abc123-def456-ghi789".to_owned();
    let caller = told["about"]["parties"][0].as_str();
    let about = ReceivedAbout::Call {
        call: CallRef::Theirs { provider: PBX.to_owned(), id: id.clone() },
        provider_call_id: Some(id),
        parties: caller.map(|caller| (phone(caller), phone(BUSINESS_PHONE))),
    };
    let received = Received { heard: false, ..Received::new(about, told["once"].as_str().unwrap().to_owned(), event) };
    ready(house.world.engine.receive(PBX, received)).unwrap().call.unwrap()
}

/// A call from its first ring to its end.
fn call(house: &House, ended: &str) -> Call {
    tell(house, INCOMING);
    house.world.pass(Duration::seconds(4));
    tell(house, CHANGED);
    house.world.pass(Duration::seconds(1));
    tell(house, CHANGED_AGAIN);
    house.world.pass(Duration::seconds(180));
    tell(house, ended)
}

#[rstest]
fn whom_others_answered_is_not_texted(
    #[values(false, true)] able: bool,
    #[values(ENDED, ENDED_WITHOUT_DURATION)] ended: &str,
) {
    let house = house(Pbx { able, ours: false });
    let call = call(&house, ended);
    house.world.pass(Duration::hours(1));
    assert_eq!((house.planned(), house.texts().len()), (vec![], 0), "{}", house.notes(&call));
}

#[rstest]
fn who_rang_there_and_was_answered_by_nobody_is_texted(#[values(false, true)] able: bool) {
    let house = house(Pbx { able, ours: false });
    let call = call(&house, ENDED_UNANSWERED);
    assert_eq!(call.seconds, None, "nobody was connected");
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), 1, "{}", house.notes(&call));
}

#[test]
fn who_said_nothing_to_our_agent_there_is_texted_however_long_they_were_connected() {
    let house = house(Pbx { able: true, ours: true });
    let call = tell(&house, INCOMING);
    house.world.pass(Duration::seconds(1));
    let mut steers = house.world.effects().into_iter().filter_map(|effect| match effect.action {
        Action::Steer { reply } => reply.0.into_iter().next(),
        _ => None,
    });
    let Some(Verb::Stream { parameters, .. }) = steers.next_back() else { panic!("{}", house.notes(&call)) };
    let line = LineStart {
        stream: "line-1".to_owned(),
        provider_call_id: call.provider_call_id.clone().unwrap(),
        parameters: parameters.into_iter().collect(),
        format: AudioFormat::Mulaw8k,
    };
    assert!(ready(house.world.engine.admit_stream(PBX, &line)).unwrap().is_some());
    tell(&house, ENDED);
    ready(house.world.engine.talked(call.id, &talk(TalkEnd::CallerGone))).unwrap();
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), 1, "{}", house.notes(&call));
}
