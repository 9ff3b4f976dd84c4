use super::{super::journal::Entry, Book, CallRecord, MessageView};
use crate::wire::State;
use frontdesk_core::{
    effect::Address,
    personal::{Email, Phone},
};
use std::io;

impl Book {
    /// Forgets a person: their messages and finished calls go, here and in the journal. References stay, so that what was
    /// placed or sent can still be looked up and is never taken twice. A live call goes when it is over.
    ///
    /// Blocks on the disk.
    pub(in super::super) fn forget(&mut self, phone: &Phone, addresses: &[Email]) -> io::Result<()> {
        let theirs = |message: &MessageView| {
            let to = match &message.to {
                Address::Phone(to) => to == phone,
                Address::Email(to) => addresses.contains(to),
            };
            to || message.from.as_ref() == Some(phone)
        };
        self.journal.rewrite(|entry| match entry {
            Entry::Call { call, .. } => {
                for end in [&mut call.from, &mut call.to] {
                    if end == phone {
                        *end = Phone::forgotten();
                    }
                }
            }
            Entry::Message { message, .. } if theirs(message) => {
                message.to = Address::Phone(Phone::forgotten());
                (message.from, message.subject) = (None, None);
                message.body.clear();
            }
            _ => {}
        })?;
        self.messages.retain(|message| !theirs(message));
        self.drop_calls(phone);
        Ok(())
    }

    /// Drops what the journal knows of people who were forgotten before.
    pub(super) fn drop_forgotten(&mut self) {
        let nobody = Phone::forgotten();
        self.messages.retain(|message| message.to != Address::Phone(nobody.clone()));
        self.drop_calls(&nobody);
    }

    fn drop_calls(&mut self, phone: &Phone) {
        let theirs = |call: &CallRecord| call.facts.from == *phone || call.facts.to == *phone;
        for call in self.calls.values_mut().filter(|call| theirs(call)) {
            call.forgotten = true;
        }
        self.calls.retain(|_, call| !(call.forgotten && call.state == State::Ended));
        let calls = &self.calls;
        self.finished.retain(|number| calls.contains_key(number));
    }
}
