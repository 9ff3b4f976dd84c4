//! Opting out and in again: the contact changes, and the ledger gets its lines, in one decision.

use super::calls::contact;
use crate::{
    call::Call,
    effect::{Channel, Effect},
    personal::Phone,
    ports::{Contact, Decision, Loaded, OptOut, OptOutWay},
};
use chrono::{DateTime, Utc};

/// The contact of somebody who asked never to be contacted again, on any channel.
pub(super) fn opted_out(loaded: &Loaded, phone: &Phone, now: DateTime<Utc>) -> Contact {
    Contact { opted_out: Channel::REACHING.to_vec(), ..contact(loaded, phone, now) }
}

/// The contact of somebody who does not want to be contacted on this channel.
pub(super) fn without(loaded: &Loaded, phone: &Phone, channel: Channel, now: DateTime<Utc>) -> Contact {
    let mut known = contact(loaded, phone, now);
    if !known.opted_out.contains(&channel) {
        known.opted_out.push(channel);
    }
    known
}

/// Writes a contact, and what changed of its opt-outs.
pub(super) fn write(decision: &mut Decision, loaded: &Loaded, known: Contact, way: OptOutWay, evidence: Option<&str>) {
    let before = loaded.ledger.contact.as_ref().map(|contact| contact.opted_out.as_slice()).unwrap_or_default();
    decision.opt_outs.extend(OptOut::between(&known.phone, before, &known.opted_out, way, evidence));
    decision.contact = Some(known);
}

/// A carrier says that the person wants nothing more from us on the channel of this effect. What they told it there says
/// nothing about other channels.
pub(super) fn closed_by_carrier(decision: &mut Decision, loaded: &Loaded, effect: &Effect, now: DateTime<Utc>) {
    let customer = loaded.appointment.as_ref().map(|appointment| &appointment.customer.phone);
    let Some((channel, phone)) = effect.action.channel().zip(customer.or(loaded.call.as_ref().map(Call::party))) else {
        return;
    };
    let known = without(loaded, phone, channel, now);
    if known.phone == Phone::forgotten() {
        return;
    }
    write(decision, loaded, known, OptOutWay::Carrier, Some(&format!("effect {}", effect.id)));
}
