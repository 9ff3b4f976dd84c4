//! Identifiers. They are made from what they name, so the same decision made twice names the same things.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Makes a time-ordered identifier out of what it stands for: 48 bits of Unix milliseconds, then a hash of `parts`.
///
/// The machines may not draw randomness, and need none: an effect is named by its subject and purpose.
/// The layout is a version 8 UUID (RFC 9562, section 5.8); rows sort by time in either database.
#[must_use]
pub fn derive(at: DateTime<Utc>, parts: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    Uuid::new_v8(bytes)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Names what `parts` describe, born at `at`; see [`derive()`].
            #[must_use]
            pub fn derive(at: DateTime<Utc>, parts: &[&str]) -> Self {
                Self(derive(at, parts))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

identifier!(
    /// One appointment.
    AppointmentId
);
identifier!(
    /// One telephone call, outbound or inbound.
    CallId
);
identifier!(
    /// One thing to be done in the world: a call to place, a message to send, a calendar entry to write.
    EffectId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_parts_at_the_same_time_name_the_same_thing() {
        let at = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        assert_eq!(derive(at, &["a", "b"]), derive(at, &["a", "b"]));
        assert_ne!(derive(at, &["a", "b"]), derive(at, &["ab", ""]));
    }

    #[test]
    fn identifiers_sort_by_time() {
        let early = DateTime::from_timestamp_millis(1_700_000_000_000).unwrap();
        let late = DateTime::from_timestamp_millis(1_700_000_000_001).unwrap();
        for n in 0..64 {
            let n = n.to_string();
            assert!(derive(early, &[&n]) < derive(late, &[&n]));
        }
    }
}
