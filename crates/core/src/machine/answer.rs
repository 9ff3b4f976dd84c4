//! What people say, and what that settles.

use super::{
    ladder,
    life::Liver,
    said::{said, spoken_channel},
};
use crate::{
    appointment::{Answered, Status},
    effect::{Channel, Message},
    event::Answer,
};
use chrono::{DateTime, Utc};

impl Liver<'_> {
    pub(super) fn answered(&mut self, meaning: Answer, channel: Channel, round: Option<u32>) {
        let appointment = &self.out.appointment;
        let own_accord = round.is_none() || channel == Channel::Desk;
        if appointment.status.over() {
            return self.note("answered after the appointment; ignored");
        }
        if appointment.status == Status::Unreached && self.now >= appointment.ends_at() && channel != Channel::Desk {
            return self.note("answered after the appointment; ignored");
        }
        if round.is_some_and(|round| round != appointment.round) {
            return self.note("answered a question about a time that has changed since; ignored");
        }
        if let Some(first) = appointment.answer {
            if first.meaning == meaning {
                return self.note("said so before");
            }
            if !own_accord {
                // The first answer stands, but somebody should ask the person what they mean.
                let (first_said, by) = (said(first.meaning), spoken_channel(first.channel));
                self.out.appointment.reason = Some(format!(
                    "{first_said} by {by}, and later {} by {}; the desk should ask",
                    said(meaning),
                    spoken_channel(channel)
                ));
                return self.note(format!(
                    "answered {} already, by {}; the first answer stands",
                    said(first.meaning),
                    first.channel.as_str()
                ));
            }
        }
        if appointment.status == Status::Cancelled && meaning != Answer::Cancelled && channel != Channel::Desk {
            return self.note("it is cancelled already; only the desk can bring it back");
        }
        self.out.appointment.answer = Some(Answered { meaning, channel, at: self.now });
        let status = match meaning {
            Answer::Confirmed => Status::Confirmed,
            Answer::Cancelled => Status::Cancelled,
            Answer::OtherTime => Status::RescheduleRequested,
        };
        self.status(status, Some(&format!("{} by {}", said(meaning), spoken_channel(channel))));
        self.out.counts.push(format!("answer:{}:{}", channel.as_str(), status.as_str()));
        self.out.withdraw = Some(format!("{} by {}", said(meaning), spoken_channel(channel)));
        self.note(format!("{} by {}", said(meaning), spoken_channel(channel)));
        self.stop_ringing(channel);
        let acknowledge = match meaning {
            Answer::Confirmed => Message::Confirmed,
            Answer::Cancelled => Message::Cancelled,
            Answer::OtherTime => Message::OtherTime,
        };
        // Who wrote gets an answer the same way; who spoke has heard it.
        if matches!(channel, Channel::Sms | Channel::Whatsapp | Channel::Email) {
            let effect = ladder::message(&self.out.appointment, channel, acknowledge, self.now, self.now);
            self.out.effects.push(effect);
        }
    }

    /// Whoever chooses a time comes at that time: they are not asked about it. What they chose is written to them where
    /// they are written to, so that the invitation in their own calendar moves along.
    pub(super) fn chosen(&mut self, starts_at: DateTime<Utc>, channel: Channel) {
        let appointment = &self.out.appointment;
        if appointment.status.over() || self.now >= appointment.starts_at {
            return self.note("it has begun, or lies in the past; not moved");
        }
        if appointment.status == Status::Cancelled {
            return self.note("it is cancelled already; only the desk can bring it back");
        }
        if appointment.starts_at == starts_at || starts_at <= self.now {
            return self.note("that is its time already, or lies in the past; not moved");
        }
        self.stop_ringing(channel);
        self.set_time(starts_at);
        self.out.appointment.answer = Some(Answered { meaning: Answer::Confirmed, channel, at: self.now });
        let note = format!("moved to another time by {}", spoken_channel(channel));
        self.status(Status::Confirmed, Some(&note));
        self.out.counts.push(format!("answer:{}:moved", channel.as_str()));
        self.out.withdraw = Some(note.clone());
        self.begin_time();
        self.note(note);
        let appointment = &self.out.appointment;
        // Whose calendar was invited is told of the new time with that, see `tell_calendar`.
        if self.policy.messages.contains(&Channel::Email)
            && appointment.customer.email.is_some()
            && !appointment.invited
        {
            let told = ladder::message(&self.out.appointment, Channel::Email, Message::Confirmed, self.now, self.now);
            self.out.effects.push(told);
        }
    }

    /// A telephone that rings to ask what was answered elsewhere meanwhile need not ring on. Who has spoken is not rung.
    fn stop_ringing(&mut self, channel: Channel) {
        if let Some(call) = self.out.appointment.live_call.filter(|_| channel != Channel::Voice) {
            let effect = ladder::hang_up(&self.out.appointment, call, self.now);
            self.out.effects.push(effect);
        }
    }

    pub(super) fn opted_out(&mut self, channel: Channel) {
        self.stop_ringing(channel);
        self.out.withdraw = Some("asked not to be contacted any more".to_owned());
        self.out.appointment.voice_closed = true;
        self.note(format!("asked by {} not to be contacted any more", spoken_channel(channel)));
        if self.open() {
            self.status(Status::Unreached, Some("asked not to be contacted any more"));
        }
    }
}
