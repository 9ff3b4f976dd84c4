//! Decisions about what people write, and what the front desk does.

use super::{
    calls::{answer_of, astray, contact},
    fold::Fold,
    opting::{self, opted_out},
    words::language,
};
use crate::{
    appointment::{Appointment, NewAppointment, Wrote},
    contact::barred,
    effect::{Action, Channel, Effect, EffectState, Message},
    event::{Event, Wake},
    id::{AppointmentId, EffectId},
    machine::{Happening, take},
    personal::{Phone, Words},
    ports::{Contact, Decision, Loaded, OptOutWay, Recorded},
    rules::{Business, Rules},
    speech::{Language, Meaning, understand},
};
use chrono::{DateTime, Duration, Utc};

/// How far apart answers on several channels may come and still be one race.
const RACE: Duration = Duration::minutes(10);

/// What a person wrote.
pub(super) struct Written<'a> {
    pub(super) from: &'a Phone,
    pub(super) channel: Channel,
    pub(super) body: &'a str,
    /// Names the message.
    pub(super) once: &'a str,
}

/// A person wrote. `loaded` is about them and their next appointment.
pub(super) fn on_message(rules: &Rules, loaded: &Loaded, written: &Written<'_>, now: DateTime<Utc>) -> Decision {
    let channel = written.channel;
    let business = loaded.appointment.as_ref().and_then(|appointment| rules.business(&appointment.business));
    let Some(business) = business.or_else(|| rules.businesses.values().next()) else {
        return astray("a message came in, but no business is configured");
    };
    let meaning = understand(written.body, language(business, loaded));
    let mut fold = Fold::new(business, loaded.appointment.clone(), now);
    let note = match meaning {
        Some(Meaning::Yes) => "wrote: yes",
        Some(Meaning::No) => "wrote: no",
        Some(Meaning::OtherTime) => "wrote: another time",
        Some(Meaning::Stop) => "wrote: no more messages",
        Some(Meaning::Start) => "wrote: messages are welcome again",
        Some(Meaning::Help) => "wrote: help",
        None => "wrote something that only a person understands; the desk should look",
    };
    fold.record("message", note, serde_json::json!({ "channel": channel.as_str() }));
    fold.count("", &format!("message:{}", channel.as_str()));
    let mut known = contact(loaded, written.from, now);
    known.heard.insert(channel, now);
    match meaning {
        Some(Meaning::Stop) => known.opted_out = Channel::REACHING.to_vec(),
        Some(Meaning::Start) => {
            known.opted_out.clear();
            // Whoever asks for messages does not refuse them any more.
            known.consent = known.consent.filter(|consent| *consent);
        }
        _ => {}
    }
    opting::write(&mut fold.decision, loaded, known, OptOutWay::by(channel), Some(written.once));
    match meaning {
        Some(Meaning::Stop) => fold.happen(&Happening::OptedOut { channel }),
        Some(Meaning::Start) => {}
        Some(Meaning::Help) => answer(&mut fold, business, channel, Message::Help, now),
        Some(meaning) if let Some(answer) = answer_of(meaning) => {
            let round = loaded.appointment.as_ref().and_then(|appointment| asked_in(appointment, now));
            fold.happen(&Happening::Answered { meaning: answer, channel, round });
            // A time that somebody proposes is for the desk to read; whoever said yes or no has nothing left to say.
            fold.wrote(words(written, now).filter(|_| meaning == Meaning::OtherTime), None);
        }
        _ => {
            let wrote = words(written, now);
            let reason = format!("wrote by {} what only a person understands; the desk should look", channel.as_str());
            let over = fold.appointment().is_some_and(|appointment| appointment.status.over());
            if wrote.is_some() && !over {
                fold.wrote(wrote, Some(reason));
            }
            fold.count("", &format!("message:{}:not_understood", channel.as_str()));
            answer(&mut fold, business, channel, Message::NotUnderstood, now);
        }
    }
    fold.decision
}

/// The words of a message that has any; a digit says no more than what was made of it.
fn words(written: &Written<'_>, now: DateTime<Utc>) -> Option<Wrote> {
    let words = Words::new(written.body).filter(|words| words.reveal().chars().any(|c| !c.is_ascii_digit()));
    words.map(|words| Wrote { words, channel: written.channel, at: now })
}

/// The language a person speaks: as their appointment has it, else what they told us, else the business's.
pub(super) fn known_language(
    business: &Business,
    appointment: Option<&Appointment>,
    contact: Option<&Contact>,
) -> Language {
    let own = appointment.and_then(|appointment| appointment.customer.language);
    own.or(contact.and_then(|contact| contact.language)).unwrap_or(business.language)
}

/// The round a written answer belongs to. Answers that come together race, and the first one stands; who writes again
/// later has changed their mind and comes of their own accord.
fn asked_in(appointment: &Appointment, now: DateTime<Utc>) -> Option<u32> {
    let stands = appointment.answer.is_some_and(|answer| now - answer.at > RACE);
    (!stands).then_some(appointment.round)
}

/// Answers what moved nothing, once a day, appointment and channel: two programs that answer each other are to fall silent.
/// The second one of a day has the name of the first, and what has a name already is not done again.
fn answer(fold: &mut Fold<'_>, business: &Business, channel: Channel, message: Message, now: DateTime<Utc>) {
    let Some(appointment) = fold.appointment() else { return };
    let action = Action::Notify { channel, message };
    let name = if message == Message::Help { "help" } else { "not-understood" };
    let (of, round, day) = (appointment.id.to_string(), appointment.round.to_string(), business.day(now).to_string());
    let parts = ["effect", &of, &round, name, channel.as_str(), &day];
    let id = EffectId::derive(appointment.created_at, &parts);
    let effect = Effect::planned(id, Some(appointment.id), action, now, now);
    fold.decision.effects.push(effect);
}

/// Takes an appointment into the book, or finds the one that is there already under its external id.
pub(super) fn book(
    rules: &Rules,
    loaded: &Loaded,
    id: AppointmentId,
    new: NewAppointment,
    now: DateTime<Utc>,
) -> (Decision, Booked) {
    if let Some(there) = &loaded.appointment {
        let same = there.starts_at == new.starts_at;
        return (Decision::default(), if same { Booked::Again(there.clone()) } else { Booked::Differs(there.clone()) });
    }
    let Some(business) = rules.business(&new.business) else {
        return (Decision::default(), Booked::NoBusiness);
    };
    let mut fold = Fold::new(business, None, now);
    let life = take(&business.policy, id, new, now);
    let booked = Booked::New(life.appointment.clone());
    fold.live(life, "taken");
    (fold.decision, booked)
}

/// What came of booking.
#[derive(Debug, Clone, PartialEq)]
pub enum Booked {
    /// It is in the book now.
    New(Appointment),
    /// It was in the book already, for the same time; nothing was changed.
    Again(Appointment),
    /// The external id is in the book for another time; nothing was changed.
    Differs(Appointment),
    /// There is no such business.
    NoBusiness,
}

/// Something happens to an appointment outside a call: the desk, a link, a reply.
pub(super) fn on_appointment(rules: &Rules, loaded: &Loaded, event: &Event, now: DateTime<Utc>) -> Decision {
    let Some(appointment) = &loaded.appointment else {
        return Decision::default();
    };
    let Some(business) = rules.business(&appointment.business) else {
        return astray("the business of this appointment is not configured any more");
    };
    let mut fold = Fold::new(business, Some(appointment.clone()), now);
    match event {
        Event::Replied { channel, meaning } => {
            let round = asked_in(appointment, now);
            fold.happen(&Happening::Answered { meaning: *meaning, channel: *channel, round });
        }
        Event::Moved { starts_at, channel: channel @ Channel::Link } => {
            fold.happen(&Happening::Chosen { starts_at: *starts_at, channel: *channel });
        }
        Event::Moved { starts_at, .. } => fold.happen(&Happening::Moved { starts_at: *starts_at }),
        Event::CallAsked => {
            let phone = &appointment.customer.phone;
            // What they have answered is not given up for a call that cannot be.
            match barred(&business.contact, phone, Channel::Voice, &loaded.ledger) {
                Some(reason) => fold.record("not_called", reason, serde_json::Value::Null),
                None => fold.happen(&Happening::CallAsked),
            }
        }
        Event::Visited { came } => fold.happen(&Happening::Visited { came: *came }),
        Event::OptedOut { channel } => {
            let known = opted_out(loaded, &appointment.customer.phone, now);
            let evidence = format!("appointment {}", appointment.id);
            opting::write(&mut fold.decision, loaded, known, OptOutWay::by(*channel), Some(&evidence));
            fold.happen(&Happening::OptedOut { channel: *channel });
        }
        other => fold.record(other.name(), "of no consequence for an appointment", serde_json::Value::Null),
    }
    fold.decision
}

/// The desk wants an effect tried again.
pub(super) fn retry(loaded: &Loaded, now: DateTime<Utc>) -> (Decision, Retried) {
    let Some(effect) = &loaded.effect else {
        return (Decision::default(), Retried::Unknown);
    };
    let mut effect = effect.clone();
    effect.due_at = now;
    effect.updated_at = now;
    let note = match effect.state {
        // A timer goes off at its time and not before, and what it was for is over when it was stopped.
        _ if matches!(effect.action, Action::Wake { reason: Wake::LadderEnd | Wake::Over | Wake::GreetingWait }) => {
            return (Decision::default(), Retried::No(effect.state));
        }
        // A failed call is a call that is over; the next one is another call, with its own row and its own budget.
        EffectState::Failed if effect.action.places_call() => {
            return (Decision::default(), Retried::No(effect.state));
        }
        // Nobody waits on the line for it any more.
        EffectState::Failed | EffectState::Skipped | EffectState::Uncertain
            if matches!(effect.action, Action::Steer { .. }) =>
        {
            return (Decision::default(), Retried::No(effect.state));
        }
        EffectState::Failed | EffectState::Skipped => {
            effect.state = EffectState::Waiting;
            effect.passed_on = false;
            effect.reason = Some("the desk wants it tried again".to_owned());
            "the desk wants it tried again"
        }
        // Never repeated while its fate is unknown: asked about again.
        EffectState::Uncertain => {
            effect.lookups = 0;
            "the desk wants its fate looked up again"
        }
        EffectState::Waiting => "the desk wants it tried at once",
        EffectState::Started | EffectState::Done => {
            return (Decision::default(), Retried::No(effect.state));
        }
    };
    let event = Recorded {
        kind: "retry".to_owned(),
        note: note.to_owned(),
        detail: serde_json::json!({ "effect": effect.id }),
    };
    (
        Decision { effect: Some(effect.clone()), events: vec![event], ..Decision::default() },
        Retried::Yes(Box::new(effect)),
    )
}

/// What came of asking for another try.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// It will be tried, or looked up, at once.
    Yes(Box<Effect>),
    /// There is nothing to try: it is under way, done, or a call that is over.
    No(EffectState),
    /// There is no such effect.
    Unknown,
}

/// Writes what is known about a person; an opt-out stops what waits for them.
pub(super) fn know(
    rules: &Rules,
    loaded: &Loaded,
    phone: &Phone,
    change: impl FnOnce(&mut Contact),
    now: DateTime<Utc>,
) -> (Decision, Contact) {
    let mut known = contact(loaded, phone, now);
    let before = known.opted_out.clone();
    change(&mut known);
    let mut decision = Decision::default();
    let business = loaded.appointment.as_ref().and_then(|appointment| rules.business(&appointment.business));
    if let Some(business) = business
        && before.is_empty()
        && !known.opted_out.is_empty()
    {
        let mut fold = Fold::new(business, loaded.appointment.clone(), now);
        fold.happen(&Happening::OptedOut { channel: Channel::Desk });
        decision = fold.decision;
    }
    opting::write(&mut decision, loaded, known.clone(), OptOutWay::Desk, None);
    (decision, known)
}
