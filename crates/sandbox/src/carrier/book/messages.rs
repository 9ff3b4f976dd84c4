use super::{super::journal::Entry, Book, Declined, LISTED, MAX_REFERENCES, MessageView};

impl Book {
    pub(super) fn count_duplicate_message(&mut self, reference: &str) {
        self.duplicate_messages += 1;
        if let Some((_, attempts)) = self.sent.get_mut(reference) {
            *attempts += 1;
        }
    }

    /// Takes a message: remembered first.
    pub(in super::super) fn post(&mut self, reference: Option<String>, message: MessageView) -> Result<(), Declined> {
        if let Some(reference) = reference.as_ref().filter(|reference| self.sent.contains_key(*reference)) {
            let entry = Entry::DuplicateMessage { at: message.at, reference: reference.clone() };
            self.journal.write(&entry).map_err(Declined::Journal)?;
            self.count_duplicate_message(reference);
            return Err(Declined::Duplicate);
        }
        if self.sent.len() >= MAX_REFERENCES {
            return Err(Declined::Full);
        }
        let entry = Entry::Message { reference, message };
        self.journal.write(&entry).map_err(Declined::Journal)?;
        if let Entry::Message { reference, message } = entry {
            self.keep(reference, message);
        }
        Ok(())
    }

    pub(super) fn keep(&mut self, reference: Option<String>, message: MessageView) {
        match reference {
            Some(reference) => drop(self.sent.insert(reference, (message.id.clone(), 1))),
            None => self.messages_incoming += 1,
        }
        self.messages.push_back(message);
        if self.messages.len() > LISTED {
            self.messages.pop_front();
        }
    }

    pub(in super::super) fn message(&self, reference: &str) -> Option<String> {
        self.sent.get(reference).map(|(id, _)| id.clone())
    }

    pub(in super::super) fn messages(&self) -> impl Iterator<Item = &MessageView> {
        self.messages.iter()
    }
}
