//! What goes along with a mail, for the person's own calendar.

use crate::{
    appointment::Appointment,
    effect::{Channel, Message},
    ports::{CalendarEntry, Invitation},
    rules::Business,
};

/// The appointment as the person's own calendar shows it: without anything that is meant for the desk. `None` where the
/// message says nothing that a calendar has to know.
pub(super) fn invitation(
    business: &Business,
    appointment: &Appointment,
    channel: Channel,
    message: Message,
) -> Option<Invitation> {
    let tells = match message {
        Message::Booked | Message::Moved | Message::Confirmed => true,
        // A calendar that never heard of it has nothing to take out.
        Message::Cancelled => appointment.invited,
        Message::AskToConfirm
        | Message::OtherTime
        | Message::NotUnderstood
        | Message::Help
        | Message::OptedOut
        | Message::MissedCall => false,
    };
    let email = appointment.customer.email.clone().filter(|_| tells && channel == Channel::Email)?;
    let name = appointment.business_name.as_ref().unwrap_or(&business.name);
    let title = match &appointment.service {
        Some(service) => format!("{name}: {service}"),
        None => name.clone(),
    };
    let entry = CalendarEntry {
        appointment_id: appointment.id,
        business: appointment.business.clone(),
        title,
        description: String::new(),
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at(),
        time_zone: appointment.customer.time_zone.unwrap_or(business.time_zone),
        status: appointment.status,
        revision: appointment.revision,
        updated_at: appointment.updated_at,
        guest: None,
    };
    Some(Invitation { entry, name: appointment.customer.name.clone(), email })
}
