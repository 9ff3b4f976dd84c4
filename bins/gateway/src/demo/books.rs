//! What the customers received and what the calendar shows, as tables.

use super::people::Scripted;
use crate::term::{Ink, Table, Tone};
use frontdesk_core::{effect::Address, id::AppointmentId, ports::CalendarEntry};
use frontdesk_sandbox::carrier::MessageView;

/// Longer texts are cut for the table; the browser phone shows them whole.
const SHOWN: usize = 72;

/// The messages, in the order they were sent.
pub(super) fn messages(messages: &[MessageView], booked: &[(AppointmentId, Scripted)], ink: Ink) -> String {
    let mut table = Table::new(&["message to", "by", "words"]);
    for message in messages {
        let who = booked.iter().map(|(_, person)| &person.appointment.customer).find(|customer| match &message.to {
            Address::Phone(phone) => *phone == customer.phone,
            Address::Email(email) => customer.email.as_ref() == Some(email),
        });
        let who = who.map_or("somebody else".to_owned(), |customer| customer.name.reveal().to_owned());
        let words = message.subject.as_ref().unwrap_or(&message.body);
        table.row(vec![
            (Tone::Bold, who),
            (Tone::Plain, message.channel.as_str().to_owned()),
            (Tone::Plain, cut(words)),
        ]);
    }
    table.text(ink)
}

/// The calendar's entries, the earliest first.
pub(super) fn calendar(entries: &[CalendarEntry], ink: Ink) -> String {
    let mut table = Table::new(&["calendar", "entry"]);
    for entry in entries {
        let at = entry.starts_at.with_timezone(&entry.time_zone).format("%a %d %b %H:%M %Z").to_string();
        table.row(vec![(Tone::Quiet, at), (Tone::Plain, cut(&entry.title))]);
    }
    table.text(ink)
}

fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let kept: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", kept.trim_end())
}
