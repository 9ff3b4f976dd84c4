//! A text message to whoever rang us and was not served: at most one a day and person.
//!
//! It is named by the call and the day on which it may go out, and by nothing of the person's. It goes out on that day or
//! not at all: what is kept from it until the next day has that day's name against it. When somebody was last texted so is
//! kept with what is known about them, by the decision that lets the text begin: of all decisions about a person one comes
//! after the other, and each sees what the ones before it have written.

use super::{
    begin::{Beginner, Task, WHILE_TALKING},
    calls::contact,
    fold::Fold,
    mark::{detail, longest, started},
    words::{SOMEBODY, conversing, language, notification, vars, zone},
};
use crate::{
    call::{Call, CallState},
    contact::{Recipient, Verdict, may_contact},
    effect::{Action, Address, Channel, Effect, Message},
    id::EffectId,
    machine::missed::{missed, served},
    personal::Phone,
    ports::{Decision, Loaded, Notification},
    rules::{Business, Rules},
};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde_json::json;

/// The text in the words of the business.
const TEXT: &str = "sms-sorry-missed";

/// How long after the end of a call its conversation may still be told of.
const TALK_IS_TOLD: Duration = Duration::seconds(30);

const TEXTED: &str = "they were texted about a missed call on that day already";

/// A call is over, or something about one that is over was told late: whoever was missed is to be texted, and whoever was
/// served is not any more. `before` is the call as it was.
pub(super) fn after(
    fold: &mut Fold<'_>,
    rules: &Rules,
    loaded: &Loaded,
    before: Option<&Call>,
    call: &Call,
    now: DateTime<Utc>,
) {
    let Some(business) = rules.business(&call.business) else { return };
    let Some(wait) = business.policy.missed_call_text else { return };
    let ends = before.is_none_or(|before| before.state != CallState::Ended);
    if call.state != CallState::Ended || !reachable(rules, business, loaded, call.party()) {
        return;
    }
    let asks = asks(rules, call);
    if served(call, asks) && (ends || before.is_some_and(|before| !served(before, asks))) {
        let known = fold.decision.contact.take().unwrap_or_else(|| contact(loaded, call.party(), now));
        fold.decision.contact.insert(known).heard.insert(Channel::Voice, now);
    } else if ends && missed(call, asks) {
        fold.count(&call.flow, "missed");
        let due_at = now + wait;
        let recipient = Recipient { phone: call.party(), zone: Some(zone(business, loaded)), channel: Channel::Sms };
        let due_at = match may_contact(&business.contact, &recipient, &loaded.ledger, due_at) {
            Verdict::Allowed => due_at,
            Verdict::Wait { until, .. } => until,
            Verdict::Never { reason } => {
                return fold.record("missed", format!("nobody served them; no text: {reason}"), json!(null));
            }
        };
        let day = business.day(due_at);
        if texted(business, loaded) == Some(day) {
            return fold.record("missed", format!("nobody served them; no text: {TEXTED}"), json!({ "day": day }));
        }
        let action = Action::Notify { channel: Channel::Sms, message: Message::MissedCall };
        let planned = Effect::planned(name(call, day), call.appointment_id, action, due_at, now);
        fold.record("missed", "nobody served them; they are texted, once a day", json!({ "day": day }));
        fold.decision.effects.push(Effect { call_id: Some(call.id), ..planned });
    }
}

/// Whether this is a person whom a text may reach, and the one whose ledger is at hand.
fn reachable(rules: &Rules, business: &Business, loaded: &Loaded, phone: &Phone) -> bool {
    // Calls of the house are nobody's business.
    let house = rules.business_at(phone).is_some() || business.desk.as_ref() == Some(phone);
    !phone.nobodys() && !house && theirs(loaded, phone)
}

/// An appointment may have another number by now, and then it is that one's ledger which is loaded with it.
fn theirs(loaded: &Loaded, phone: &Phone) -> bool {
    loaded.appointment.as_ref().is_none_or(|appointment| appointment.customer.phone == *phone)
}

/// Whether the carrier of a call asks what it hears. One that does not may be told by command, or merely tell of it.
fn asks(rules: &Rules, call: &Call) -> bool {
    rules.abilities.get(&call.provider).is_none_or(|can| can.steers)
}

/// The day on which they were last texted about a call that nobody took.
fn texted(business: &Business, loaded: &Loaded) -> Option<NaiveDate> {
    let contact = loaded.ledger.contact.as_ref()?;
    contact.heard.get(&Channel::Desk).map(|at| business.day(*at))
}

fn name(call: &Call, day: NaiveDate) -> EffectId {
    let parts = ["missed-call", &call.id.to_string(), &day.to_string()];
    EffectId::derive(day.and_time(NaiveTime::MIN).and_utc(), &parts)
}

impl Beginner<'_> {
    /// The message is due: it goes out if it still is what the person should read.
    pub(super) fn text_caller(&self, effect: Effect) -> (Decision, Task) {
        let channel = Channel::Sms;
        let call =
            self.loaded.call.as_ref().zip(self.loaded.call.as_ref().and_then(|it| self.rules.business(&it.business)));
        let Some((call, business)) = call else {
            return self.refuse(effect, channel, "the call is gone");
        };
        let phone = call.party();
        let contact = self.loaded.ledger.contact.as_ref();
        let served_at = contact.and_then(|contact| contact.heard.get(&Channel::Voice));
        let refused = if business.policy.missed_call_text.is_none() {
            Some("no text after a missed call is wanted any more")
        } else if !missed(call, asks(self.rules, call)) {
            Some("they were served after all")
        } else if served_at.is_some_and(|at| call.ended_at.is_none_or(|end| *at >= end)) {
            Some("they were served in a later call")
        } else if !reachable(self.rules, business, self.loaded, phone) {
            Some("nobody can be texted at this number")
        } else if effect.id != name(call, business.day(self.now)) {
            Some("its day is over")
        // What began before and surely did not go out is that day's text still.
        } else if effect.started_at.is_none() && texted(business, self.loaded) == Some(business.day(self.now)) {
            Some(TEXTED)
        } else {
            None
        };
        if let Some(reason) = refused {
            return self.refuse(effect, channel, reason);
        }
        let recipient = Recipient { phone, zone: Some(zone(business, self.loaded)), channel };
        // The carrier may tell of the end before it is told here what was spoken.
        let told = call.ended_at.map(|end| end + TALK_IS_TOLD).filter(|_| call.walk.streamed && call.talk.is_none());
        let told = told.filter(|told| *told > self.now);
        let (until, reason) = match may_contact(&business.contact, &recipient, &self.loaded.ledger, self.now) {
            Verdict::Allowed if self.on_the_line(business, call) => {
                (self.now + WHILE_TALKING, "they are on the telephone with us".to_owned())
            }
            Verdict::Allowed => match told {
                Some(told) => (told, "what the voice agent spoke with them is not told yet".to_owned()),
                None => return self.text(effect, phone),
            },
            Verdict::Wait { until, reason } => (until, reason),
            Verdict::Never { reason } => return self.refuse(effect, channel, &reason),
        };
        if effect.id != name(call, business.day(until)) {
            return self.refuse(effect, channel, &format!("{reason}; its day is over by then"));
        }
        self.wait(effect, channel, until, None, &reason)
    }

    /// Whether another call with them is live; one that nothing was heard of for as long as a call may take does not count.
    fn on_the_line(&self, business: &Business, missed: &Call) -> bool {
        let span = longest(&business.policy);
        self.loaded.ledger.live.iter().any(|call| call.id != missed.id && call.updated_at + span > self.now)
    }

    fn text(&self, effect: Effect, phone: &Phone) -> (Decision, Task) {
        let message = notification(self.rules, self.business, self.loaded, Channel::Sms, Message::MissedCall, self.now);
        let Some(message) = message else {
            return self.refuse(effect, Channel::Sms, "there is no address for it");
        };
        let mut fold = Fold::new(self.business, None, self.now);
        let mut effect = started(effect, self.now);
        effect.reaches = Some(phone.clone());
        fold.record("begun", "sms begins", detail(&effect));
        fold.decision.effect = Some(effect);
        let known = fold.decision.contact.insert(contact(self.loaded, phone, self.now));
        known.heard.insert(Channel::Desk, self.now);
        (fold.decision, Task::Notify(Box::new(message)))
    }
}

/// The message itself. It goes to who rang, and links to nothing: whoever rings is not known by it.
pub(super) fn sorry(rules: &Rules, loaded: &Loaded, now: DateTime<Utc>) -> Option<Notification> {
    let call = loaded.call.as_ref()?;
    let business = rules.business(&call.business)?;
    let (channel, language) = (Channel::Sms, language(business, loaded));
    let known = loaded.appointment.as_ref().filter(|_| theirs(loaded, call.party()));
    let texts = rules.texts.for_business(&business.id);
    let mut given = vars(business, known, String::new(), || texts.say(language, SOMEBODY, &[]));
    given.retain(|(name, _)| matches!(*name, "business" | "name" | "phone"));
    for (name, value) in &mut given {
        // A business without a number of its own is rung at the one that it was rung at.
        if *name == "phone" && value.is_empty() {
            call.ours().reveal().clone_into(value);
        }
    }
    let vars: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let words = texts.say(language, TEXT, &vars);
    let sender = known.and_then(|it| it.business_name.clone()).unwrap_or_else(|| business.name.clone());
    let plain = Notification::plain(channel, Address::Phone(call.party().clone()), TEXT, words, language);
    let vars = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Some(Notification { sender, vars, conversing: conversing(loaded, channel, now), ..plain })
}
