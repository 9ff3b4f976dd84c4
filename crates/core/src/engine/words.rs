//! What is spoken, written and shown about an appointment.

use super::{invitation::invitation, missed::sorry};

use crate::{
    appointment::{Appointment, Status},
    call::{Call, Direction},
    effect::{Address, Channel, Effect, EffectState, Message},
    links::{Links, Purpose},
    machine::Scene,
    ports::{CalendarEntry, Link, Loaded, Notification},
    reply::Verb,
    rules::{Business, Inbound, Rules},
    speech::{Language, MOST_SEGMENTS, Texts, sms_segments, spoken_when, written_time},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use chrono_tz::Tz;

/// How long after a person wrote WhatsApp takes free words, less a moment for the way there.
/// <https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window>
const CONVERSATION: Duration = Duration::minutes(24 * 60 - 5);

/// The text that stands for a name that was not told.
pub(super) const SOMEBODY: &str = "somebody";

/// The zone a person lives by: their own, else what they told us, else the business's.
pub(super) fn zone(business: &Business, loaded: &Loaded) -> Tz {
    let own = loaded.appointment.as_ref().and_then(|appointment| appointment.customer.time_zone);
    let told = loaded.ledger.contact.as_ref().and_then(|contact| contact.time_zone);
    own.or(told).unwrap_or(business.time_zone)
}

/// The language a person speaks: their own, else what they told us, else the business's.
pub(super) fn language(business: &Business, loaded: &Loaded) -> Language {
    let own = loaded.appointment.as_ref().and_then(|appointment| appointment.customer.language);
    let told = loaded.ledger.contact.as_ref().and_then(|contact| contact.language);
    own.or(told).unwrap_or(business.language)
}

/// The variables of texts. `nobody` stands for a name that was not told.
pub(super) fn vars(
    business: &Business,
    appointment: Option<&Appointment>,
    when: String,
    nobody: impl FnOnce() -> String,
) -> Vec<(&'static str, String)> {
    let name = match appointment.map(|appointment| &appointment.customer.name) {
        Some(name) if name.is_unknown() => nobody(),
        Some(name) => name.reveal().to_owned(),
        None => String::new(),
    };
    let spoken =
        appointment.and_then(|appointment| appointment.business_name.clone()).unwrap_or_else(|| business.name.clone());
    let service = appointment.and_then(|appointment| appointment.service.clone()).unwrap_or_default();
    let phone = business.phone.as_ref().map(|phone| phone.reveal().to_owned()).unwrap_or_default();
    vec![("business", spoken), ("name", name), ("when", when), ("service", service), ("phone", phone)]
}

/// What a call is about, as it is spoken now.
pub(super) fn scene<'a>(
    rules: &'a Rules,
    business: &Business,
    loaded: &Loaded,
    call: &Call,
    now: DateTime<Utc>,
) -> Scene<'a> {
    let appointment = loaded.appointment.as_ref();
    let when = appointment
        .map(|appointment| spoken_when(appointment.starts_at, now, zone(business, loaded), call.language))
        .unwrap_or_default();
    let inbound = call.direction == Direction::Inbound;
    let moot = !inbound
        && appointment.is_some_and(|appointment| {
            appointment.answer.is_some()
                || appointment.round != call.round
                || matches!(appointment.status, Status::Cancelled | Status::Completed | Status::NoShow)
        });
    let can = rules.abilities.get(&call.provider);
    let texts = rules.texts.for_business(&business.id);
    let stream = stream(rules, business, loaded, call, &when, now).filter(|_| can.is_none_or(|can| can.streams));
    Scene {
        texts,
        // Empty, so that a business's own words can say what else is said.
        vars: vars(business, appointment, when, String::new),
        // The fence around trials holds for whom a caller is handed to, as well.
        desk: business.desk.clone().filter(|desk| business.contact.only.as_ref().is_none_or(|only| only == desk)),
        business: business.number_with(&call.provider).cloned(),
        known: appointment.is_some_and(|appointment| !inbound || ahead(appointment, now)),
        named: appointment.is_some_and(|appointment| !appointment.customer.name.is_unknown()),
        moot,
        leave_message: appointment.is_none_or(|appointment| !appointment.voicemail_left),
        takes_messages: can.is_none_or(|can| can.records),
        asks: can.is_none_or(|can| can.steers),
        stream,
    }
}

/// The media stream that answers a call that comes in, with what the other end is told of it: what the carrier knows under
/// the names it is known by there, then what we know.
fn stream(
    rules: &Rules,
    business: &Business,
    loaded: &Loaded,
    call: &Call,
    when: &str,
    now: DateTime<Utc>,
) -> Option<Verb> {
    if call.direction != Direction::Inbound || !matches!(business.inbound, Inbound::Stream | Inbound::Greet) {
        return None;
    }
    let url = rules.media.get(&call.provider)?.clone();
    // Without keys nobody could prove that the stream is ours.
    let token = rules.links.as_ref()?.stream_token(call.id, now);
    let mut parameters = vec![("From", call.from.reveal().to_owned()), ("To", call.to.reveal().to_owned())];
    parameters.extend(call.provider_call_id.clone().map(|id| ("CallSid", id)));
    parameters.push(("call_id", call.id.to_string()));
    parameters.push(("token", token));
    parameters.push(("business", business.id.clone()));
    parameters.push(("business_name", business.name.clone()));
    parameters.push(("language", call.language.code().to_owned()));
    if let Some(appointment) = loaded.appointment.as_ref().filter(|appointment| ahead(appointment, now)) {
        let name = Some(&appointment.customer.name).filter(|name| !name.is_unknown());
        parameters.extend(name.map(|name| ("caller_name", name.reveal().to_owned())));
        parameters.push(("appointment_id", appointment.id.to_string()));
        parameters.push(("next_appointment", appointment.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true)));
        parameters.push(("next_appointment_spoken", when.to_owned()));
    }
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Some(Verb::Stream { url, parameters })
}

/// Whether somebody who rings may be told about it: it will take place, and is not over.
fn ahead(appointment: &Appointment, now: DateTime<Utc>) -> bool {
    !appointment.status.over() && appointment.status != Status::Cancelled && appointment.ends_at() > now
}

/// Writes a message; `None` where the person cannot be reached that way.
pub(super) fn notification(
    rules: &Rules,
    business: &Business,
    loaded: &Loaded,
    channel: Channel,
    message: Message,
    now: DateTime<Utc>,
) -> Option<Notification> {
    if message == Message::MissedCall {
        return sorry(rules, loaded, now);
    }
    let appointment = loaded.appointment.as_ref()?;
    let language = language(business, loaded);
    let when = written_time(appointment.starts_at, zone(business, loaded), language);
    let texts = rules.texts.for_business(&business.id);
    let given = vars(business, Some(appointment), when, || texts.say(language, SOMEBODY, &[]));
    let vars: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let to = match channel {
        Channel::Email => Address::Email(appointment.customer.email.clone()?),
        Channel::Sms | Channel::Whatsapp => Address::Phone(appointment.customer.phone.clone()),
        Channel::Voice | Channel::Link | Channel::Desk => return None,
    };
    let (subject, body) = if channel == Channel::Email {
        let stem = mail_stem(message);
        (Some(texts.say(language, &format!("{stem}-subject"), &vars)), format!("{stem}-body"))
    } else {
        (None, sms_id(message, appointment.tries > 0).to_owned())
    };
    let words = texts.say(language, &body, &vars);
    let sender = appointment.business_name.clone().unwrap_or_else(|| business.name.clone());
    let links = offered(rules, appointment, message, language);
    let in_sms = rules.links.as_ref().is_some_and(Links::are_in_sms);
    let (text, words) = linked((texts, in_sms), channel, message, links.0.as_ref(), (body, words), &vars, language);
    let mut vars: Vec<_> = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    vars.extend(links.0.iter().map(|link| ("link".to_owned(), link.url.reveal().to_owned())));
    let conversing = conversing(loaded, channel, now);
    let invitation = invitation(business, appointment, channel, message);
    let plain = Notification::plain(channel, to, &text, words, language);
    Some(Notification { subject, sender, vars, conversing, invitation, answer: links.0, stop: links.1, ..plain })
}

/// Whether the person wrote to us on this channel lately.
pub(super) fn conversing(loaded: &Loaded, channel: Channel, now: DateTime<Utc>) -> bool {
    let heard = loaded.ledger.contact.as_ref().and_then(|contact| contact.heard.get(&channel));
    heard.is_some_and(|at| now < *at + CONVERSATION)
}

/// The pages behind which the person answers a message, and says that they want no more.
fn offered(
    rules: &Rules,
    appointment: &Appointment,
    message: Message,
    language: Language,
) -> (Option<Link>, Option<Link>) {
    let there = |links: &&Links| links.are_in_messages() && message != Message::OptedOut;
    let Some(links) = rules.links.as_ref().filter(there) else { return (None, None) };
    let link = |purpose, label: &str| Link {
        label: rules.texts.for_business(&appointment.business).say(language, label, &[]),
        url: links.link(purpose, appointment),
    };
    let answer = match message {
        // There is nothing left to answer.
        Message::Cancelled | Message::OptedOut | Message::MissedCall => None,
        Message::Confirmed | Message::Moved | Message::Help => Some(link(Purpose::Answer, "link-change")),
        Message::AskToConfirm | Message::Booked | Message::OtherTime | Message::NotUnderstood => {
            Some(link(Purpose::Answer, "link-answer"))
        }
    };
    (answer, Some(link(Purpose::Stop, "link-stop")))
}

/// A message that is words alone, with its link: in a line of its own where that takes no more than two text messages, in
/// fewer words where those do, and else without.
fn linked(
    (texts, in_sms): (&Texts, bool),
    channel: Channel,
    message: Message,
    link: Option<&Link>,
    (text, words): (String, String),
    vars: &[(&str, &str)],
    language: Language,
) -> (String, String) {
    let asks = matches!(message, Message::AskToConfirm | Message::Booked | Message::OtherTime | Message::NotUnderstood);
    let url = link.map(|link| link.url.reveal());
    match (channel, url.filter(|_| asks)) {
        (Channel::Whatsapp, Some(url)) => (text, format!("{words}\n{url}")),
        (Channel::Sms, Some(url)) if in_sms => {
            let fits = |words: &String| sms_segments(words).segments <= MOST_SEGMENTS;
            let whole = Some(format!("{words}\n{url}")).filter(fits).map(|words| (text.clone(), words));
            whole.unwrap_or_else(|| {
                let vars: Vec<_> = vars.iter().copied().chain([("link", url)]).collect();
                // The answer is what the message is for; what else it says stands on the page.
                let short = texts.say(language, SHORT, &vars);
                let short = Some(short).filter(|short| message == Message::AskToConfirm && fits(short));
                short.map_or((text, words), |short| (SHORT.to_owned(), short))
            })
        }
        _ => (text, words),
    }
}

/// A text message of little else than a link.
const SHORT: &str = "sms-short-link";

fn sms_id(message: Message, rung_before: bool) -> &'static str {
    match message {
        Message::AskToConfirm if rung_before => "sms-missed-call",
        Message::AskToConfirm => "sms-confirm-request",
        Message::Confirmed => "sms-confirmed",
        Message::Cancelled => "sms-cancelled",
        Message::OtherTime => "sms-reschedule",
        Message::NotUnderstood => "sms-not-understood",
        Message::Help => "sms-help",
        Message::OptedOut => "sms-opted-out",
        Message::Booked => "sms-booked",
        Message::Moved => "sms-moved",
        Message::MissedCall => "sms-sorry-missed",
    }
}

fn mail_stem(message: Message) -> &'static str {
    match message {
        Message::Confirmed => "mail-confirmed",
        Message::Cancelled => "mail-cancelled",
        Message::OtherTime => "mail-reschedule",
        Message::Booked => "mail-booked",
        Message::Moved => "mail-moved",
        Message::AskToConfirm | Message::NotUnderstood | Message::Help | Message::OptedOut | Message::MissedCall => {
            "mail-confirm"
        }
    }
}

/// The appointment as the calendar shows it.
pub(super) fn calendar_entry(rules: &Rules, business: &Business, appointment: &Appointment) -> CalendarEntry {
    let language = business.language;
    let when = written_time(appointment.starts_at, business.time_zone, language);
    // Whoever looks into the calendar sees whom it is about all the same.
    let vars = vars(business, Some(appointment), when, || appointment.customer.phone.reveal().to_owned());
    let vars: Vec<(&str, &str)> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let texts = rules.texts.for_business(&business.id);
    let status = texts.say(language, status_id(appointment.status), &vars);
    let title_id = if appointment.service.is_some() { "cal-title" } else { "cal-title-plain" };
    let title = texts.say(language, title_id, &vars);
    let mut description = vec![status.clone()];
    description.extend(appointment.reason.clone());
    description.extend(appointment.notes.clone());
    CalendarEntry {
        appointment_id: appointment.id,
        business: appointment.business.clone(),
        title: format!("{title} ({status})"),
        description: description.join("\n"),
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at(),
        time_zone: business.time_zone,
        status: appointment.status,
        revision: appointment.revision,
        updated_at: appointment.updated_at,
        guest: appointment.customer.email.clone(),
    }
}

fn status_id(status: Status) -> &'static str {
    match status {
        Status::Scheduled | Status::Confirming => "cal-status-unconfirmed",
        Status::Confirmed | Status::Completed => "cal-status-confirmed",
        Status::Cancelled => "cal-status-cancelled",
        Status::RescheduleRequested => "cal-status-reschedule",
        Status::Unreached => "cal-status-unreached",
        Status::NoShow => "cal-status-no-show",
    }
}

/// Whether a callback about the call proves that the effect that placed it happened after all.
pub(super) fn unproven(effect: &Effect) -> bool {
    match effect.state {
        EffectState::Started | EffectState::Uncertain => true,
        // Waiting to be tried again: whoever said that nothing happened was wrong.
        EffectState::Waiting => effect.attempt > 0,
        EffectState::Skipped | EffectState::Done | EffectState::Failed => false,
    }
}
