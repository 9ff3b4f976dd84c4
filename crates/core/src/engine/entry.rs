//! Whether the calendar is written to, and what is told to it of the person.

use super::{
    begin::{Beginner, Task},
    mark::{end, started},
    words::calendar_entry,
};
use crate::{
    contact::Verdict,
    effect::{Channel, Effect, EffectState},
    ports::Decision,
};

impl Beginner<'_> {
    /// The newest state is written, and no older one.
    pub(super) fn calendar(&self, effect: Effect, revision: u32) -> (Decision, Task) {
        let Some(appointment) = &self.loaded.appointment else {
            return (end(effect, EffectState::Skipped, "the appointment is gone", self.now), Task::Nothing);
        };
        if revision < appointment.revision {
            return (
                end(effect, EffectState::Skipped, "a later change is on its way to the calendar", self.now),
                Task::Nothing,
            );
        }
        let mut entry = calendar_entry(self.rules, self.business, appointment);
        // A calendar that invites people writes to them, and the entry does not wait for an hour to do so.
        let contact = self.business.contact.for_answers();
        if self.may_contact(&contact, &appointment.customer.phone, Channel::Email) != Verdict::Allowed {
            entry.guest = None;
        }
        (Decision { effect: Some(started(effect, self.now)), ..Decision::default() }, Task::Calendar(entry))
    }
}
