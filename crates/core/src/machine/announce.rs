//! What a person is told of their appointment apart from being asked: that it is booked, and, once their own calendar has
//! it, whatever changes about it.

use super::{ladder, life::Liver};
use crate::{
    appointment::Status,
    effect::{Channel, Message},
};
use chrono::{DateTime, Utc};

impl Liver<'_> {
    /// Tells the person at once, on every channel of the policy on which they can be reached.
    pub(super) fn announce(&mut self, message: Message) {
        for channel in self.policy.announce.clone() {
            self.tell(channel, message);
        }
    }

    /// Moved by the person themselves, who is told what was understood.
    pub(super) fn rebooked(&mut self, starts_at: DateTime<Utc>) {
        let round = self.out.appointment.round;
        self.announced = true;
        self.moved(starts_at);
        if self.out.appointment.round != round {
            self.announce(Message::Moved);
        }
    }

    /// The person's own calendar has an invitation of ours, and must not keep showing what is no longer true.
    pub(super) fn tell_calendar(&mut self, before: (Status, DateTime<Utc>, u32)) {
        let appointment = &self.out.appointment;
        if !appointment.invited {
            return;
        }
        let (status, starts_at, minutes) = before;
        let cancelled = appointment.status == Status::Cancelled;
        if cancelled && status != Status::Cancelled {
            self.tell(Channel::Email, Message::Cancelled);
        } else if (appointment.starts_at, appointment.duration_minutes) != (starts_at, minutes)
            || (status == Status::Cancelled && !cancelled)
        {
            self.tell(Channel::Email, Message::Moved);
        }
    }

    /// Once, however many reasons there are for it.
    fn tell(&mut self, channel: Channel, message: Message) {
        let appointment = &self.out.appointment;
        if channel == Channel::Email && appointment.customer.email.is_none() {
            return;
        }
        let effect = ladder::message(appointment, channel, message, self.now, self.now);
        if self.out.effects.iter().all(|known| known.id != effect.id) {
            self.out.effects.push(effect);
        }
    }
}
