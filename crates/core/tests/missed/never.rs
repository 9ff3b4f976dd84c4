//! Who is not texted.

use crate::{CUSTOMER_PHONE, House, STRANGER, WAIT, person, start, talk, texting};
use chrono::Duration;
use frontdesk_core::{
    appointment::Confirm,
    effect::{Channel, EffectState},
    event::Event,
    links::Links,
    personal::Phone,
    ports::{IvrStore, TalkEnd},
    rules::{Inbound, Rules},
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, DESK_PHONE, booking, ready, rules};
use rstest::rstest;
use secrecy::SecretString;
use std::collections::BTreeMap;
use url::Url;

/// A house whose callers are put through to a voice agent.
fn streaming() -> Rules {
    let mut rules = texting();
    rules.media = BTreeMap::from([("pretend".to_owned(), "wss://desk.example/api/v1/voice/media-stream".to_owned())]);
    rules.links = Links::new(Url::parse("https://desk.example").unwrap(), vec![SecretString::from("stream-key")]);
    rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Stream;
    rules
}

#[test]
fn nobody_is_texted_where_the_business_does_not_want_it() {
    let house = House::new(rules());
    let call = house.miss(STRANGER);
    house.world.pass(Duration::hours(1));
    assert_eq!(house.world.effects().iter().filter(|it| it.action.channel() == Some(Channel::Sms)).count(), 0);
    assert!(!house.notes(&call).contains("missed"));
}

#[test]
fn who_answers_or_chooses_or_leaves_a_message_is_not_texted() {
    for key in ["1", "0", "2"] {
        let house = House::new(texting());
        house.world.book(booking(start() + Duration::days(3), Confirm::None));
        let call = house.ring(CUSTOMER_PHONE);
        house.press(&call, key);
        house.hang_up(&call);
        assert_eq!(house.planned(), []);
    }
    let mut rules = texting();
    rules.businesses.get_mut(BUSINESS).unwrap().desk = None;
    // Strangers are asked for a message at once.
    rules.flows.get_mut("inbound").unwrap().start_unknown = Some("no-desk".to_owned());
    let house = House::new(rules);
    let call = house.ring(STRANGER);
    let walk = house.call(&call).walk;
    let url = "https://carrier.example/recordings/RE1".to_owned();
    house.tell(&call, Event::Recorded { step: walk.step, turn: walk.turn, url, seconds: Some(9) });
    house.hang_up(&call);
    assert_eq!(house.planned(), [], "{}", house.notes(&call));
}

#[test]
fn who_spoke_with_the_desk_is_not_texted() {
    let house = House::new(texting());
    let call = house.ring(STRANGER);
    house.press(&call, "*");
    house.tell(&call, Event::Transferred { reached: true });
    house.hang_up(&call);
    assert_eq!(house.planned(), []);
}

#[rstest]
#[case(TalkEnd::AgentDone, 0)]
#[case(TalkEnd::Transfer, 0)]
#[case(TalkEnd::AgentLost, 1)]
#[case(TalkEnd::CallerGone, 1)]
fn whom_an_agent_served_is_not_texted_however_late_it_is_told(#[case] end: TalkEnd, #[case] texts: usize) {
    let house = House::new(streaming());
    let call = house.miss(STRANGER);
    assert_eq!(house.planned().len(), 1);
    ready(house.world.engine.talked(call.id, &talk(end))).unwrap();
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), texts, "{}", house.notes(&call));
}

/// The carrier tells of the end of a call before the bridge tells what was spoken in it.
#[rstest]
#[case(Some(TalkEnd::AgentDone), 0)]
#[case(Some(TalkEnd::AgentLost), 1)]
#[case(None, 1)]
fn nobody_is_texted_before_it_is_told_what_an_agent_spoke_with_them(
    #[case] end: Option<TalkEnd>,
    #[case] texts: usize,
) {
    let mut rules = streaming();
    rules.businesses.get_mut(BUSINESS).unwrap().policy.missed_call_text = Some(Duration::zero());
    let house = House::new(rules);
    let call = house.miss(STRANGER);
    house.world.pass(Duration::seconds(20));
    assert_eq!(house.texts().len(), 0, "{}", house.notes(&call));
    if let Some(end) = end {
        ready(house.world.engine.talked(call.id, &talk(end))).unwrap();
    }
    house.world.pass(Duration::seconds(10));
    assert_eq!(house.texts().len(), texts, "{}", house.notes(&call));
}

#[test]
fn who_is_served_in_a_later_call_before_it_is_due_is_not_texted() {
    let house = House::new(texting());
    let first = house.miss(STRANGER);
    house.world.pass(Duration::seconds(30));
    let later = house.ring(STRANGER);
    house.press(&later, "*");
    house.hang_up(&later);
    house.world.pass(Duration::hours(2));
    assert_eq!(house.texts().len(), 0);
    assert!(house.notes(&first).contains("they were served in a later call"), "{}", house.notes(&first));
}

#[test]
fn nobody_is_texted_while_they_are_on_the_line() {
    let house = House::new(texting());
    house.miss(STRANGER);
    house.world.pass(Duration::seconds(90));
    let later = house.ring(STRANGER);
    house.world.pass(Duration::minutes(3));
    assert_eq!(house.texts().len(), 0);
    house.hang_up(&later);
    house.world.pass(Duration::minutes(2));
    assert_eq!(house.texts().len(), 1, "the later call was missed as well");
}

#[test]
fn callers_without_a_number_and_the_house_itself_are_not_texted() {
    for from in [Phone::anonymous(), person(BUSINESS_PHONE), person(DESK_PHONE)] {
        let house = House::new(texting());
        house.hang_up(&house.ring_by(&from));
        assert_eq!(house.planned(), [], "{}", from.reveal());
    }
}

#[test]
fn who_wants_no_texts_gets_none_and_the_timeline_says_so() {
    let house = House::new(texting());
    house.world.write(&person(STRANGER), Channel::Sms, "STOP");
    let call = house.miss(STRANGER);
    assert_eq!(house.planned(), []);
    assert!(house.notes(&call).contains("no text: the person asked not to be contacted this way"));
    // So it is where they say so only after they rang.
    let house = House::new(texting());
    house.miss(STRANGER);
    house.world.write(&person(STRANGER), Channel::Sms, "STOP");
    house.world.pass(Duration::hours(1));
    assert_eq!((house.texts().len(), house.planned()[0].state), (0, EffectState::Skipped));
}

#[test]
fn who_was_forgotten_meanwhile_is_not_texted() {
    let house = House::new(texting());
    house.miss(STRANGER);
    ready(house.world.store.forget(&person(STRANGER), house.world.clock.now())).unwrap();
    house.world.pass(Duration::hours(1));
    assert_eq!((house.texts().len(), house.planned()[0].state), (0, EffectState::Skipped));
}

#[test]
fn a_text_that_is_kept_beyond_its_day_does_not_go_out() {
    let house = House::new(texting());
    let call = house.miss(STRANGER);
    // No gateway runs until the next day.
    house.world.clock.turn_to(start() + Duration::days(1));
    house.world.pass(Duration::hours(1));
    let effect = house.planned().remove(0);
    assert_eq!((house.texts().len(), effect.state), (0, EffectState::Skipped), "{}", house.notes(&call));
    assert!(house.notes(&call).contains("skipped: its day is over"), "{}", house.notes(&call));
    // The desk cannot have yesterday's text sent today either.
    ready(house.world.engine.retry(effect.id)).unwrap();
    house.world.pass(Duration::hours(1));
    assert_eq!(house.texts().len(), 0);
}
