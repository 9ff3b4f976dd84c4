//! The customer's own numbers, as Exotel writes them. There are few, and every webhook names one of them.

use frontdesk_core::personal::Phone;
use std::sync::{PoisonError, RwLock};

/// Whoever has more numbers has the rest read each time.
const MOST: usize = 64;
/// Nobody's number is longer, so that what a stranger sends is not remembered at any length.
const LONGEST: usize = 24;

/// Numbers that were read before: reading one costs more than all else about a webhook.
#[derive(Default)]
pub(crate) struct Called(RwLock<Vec<(String, Option<Phone>)>>);

impl Called {
    /// The number as it is dialled, from the country it was written in.
    pub(crate) fn read(&self, written: &str, country: &str) -> Option<Phone> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, phone)) = known.iter().find(|(known, _)| known == written) {
            return phone.clone();
        }
        drop(known);
        let phone = Phone::parse(written, Some(country)).ok();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST && written.len() <= LONGEST {
            known.push((written.to_owned(), phone.clone()));
        }
        phone
    }
}
