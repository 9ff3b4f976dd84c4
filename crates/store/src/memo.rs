//! Rows that were parsed before. A call is loaded again at each key press, and taking its document apart costs more than
//! finding it; a text that is the same means the same.

use crate::{db::Arg, rows};
use frontdesk_core::{appointment::Appointment, call::Call};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// What a writer remembers from one batch to the next.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) calls: Memo<Call>,
    pub(crate) appointments: Memo<Appointment>,
}

impl Memory {
    /// Forgets everything: somebody was forgotten in the database.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.calls.len() + self.appointments.len()
    }
}

/// How many documents the younger half holds before the elder one goes. Enough for every call that is talked at once; more
/// would throw out of the processor's cache what is needed next.
const HALF: usize = 512;

/// Documents of one table, with what they mean. It answers only for exactly the text that the database holds now, so it
/// can never be stale; it forgets what was not asked for lately.
pub(crate) struct Memo<T> {
    young: HashMap<Uuid, (String, Arc<T>)>,
    old: HashMap<Uuid, (String, Arc<T>)>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<T> Memo<T> {
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

impl<T: DeserializeOwned> Memo<T> {
    /// What a document means.
    pub(crate) fn read(&mut self, id: Uuid, text: String) -> serde_json::Result<Arc<T>> {
        let same = |known: &&(String, Arc<T>)| known.0 == text;
        if let Some((_, value)) = self.young.get(&id).filter(same) {
            return Ok(Arc::clone(value));
        }
        let value = match self.old.get(&id).filter(same) {
            Some((_, value)) => Arc::clone(value),
            None => Arc::new(serde_json::from_str(&text)?),
        };
        self.learn(id, text, Arc::clone(&value));
        Ok(value)
    }

    fn learn(&mut self, id: Uuid, text: String, value: Arc<T>) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, (text, value));
    }
}

impl<T: Serialize + DeserializeOwned + PartialEq> Memo<T> {
    /// Writes a document, and remembers what it means.
    pub(crate) fn write(&mut self, id: Uuid, value: &Arc<T>) -> serde_json::Result<Arg> {
        let doc = rows::doc(value.as_ref())?;
        if let rows::Doc { text, whole: true } = &doc {
            debug_assert!(
                serde_json::from_str(text).is_ok_and(|read: T| read == **value),
                "it reads as it was written"
            );
            self.learn(id, text.clone(), Arc::clone(value));
        }
        Ok(doc.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128)
    }

    #[test]
    fn a_text_that_changed_is_read_anew() {
        let mut memo = Memo::<Vec<u32>>::default();
        assert!(matches!(memo.write(id(1), &Arc::new(vec![1, 2])).unwrap(), Arg::Doc(text) if text == "[1,2]"));
        assert_eq!(memo.read(id(1), "[1,2]".to_owned()).unwrap().as_slice(), [1, 2]);
        assert_eq!(memo.read(id(1), "[3]".to_owned()).unwrap().as_slice(), [3]);
        assert!(memo.read(id(1), "[".to_owned()).is_err());
    }

    #[test]
    fn a_text_that_is_the_same_means_the_same_without_being_read() {
        let mut memo = Memo::<Vec<u32>>::default();
        memo.learn(id(1), "not even JSON".to_owned(), Arc::new(vec![7]));
        assert_eq!(memo.read(id(1), "not even JSON".to_owned()).unwrap().as_slice(), [7]);
        assert!(memo.read(id(2), "not even JSON".to_owned()).is_err());
    }

    #[test]
    fn what_was_not_asked_for_lately_is_forgotten() {
        let mut memo = Memo::<Vec<u32>>::default();
        for n in 0..3 * HALF {
            memo.read(id(n), "[]".to_owned()).unwrap();
        }
        assert!(memo.young.len() + memo.old.len() <= 2 * HALF);
        assert!(!memo.old.contains_key(&id(0)) && !memo.young.contains_key(&id(0)));
    }
}
