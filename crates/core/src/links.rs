//! Signed links: whoever has one may do one thing with one appointment for a while, and nothing else.
//!
//! A token says what it is for, of which appointment and round, and until when, and carries a proof that we made it. It is
//! looked up nowhere: every gateway with the key can read it, and none has to remember it.

mod stream;

use crate::{appointment::Appointment, id::AppointmentId, personal::PersonalLink};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::fmt;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use url::Url;
use uuid::Uuid;

/// The first byte: which form the rest has, in the upper half, and what it is for, in the lower.
const VERSION: u8 = 1;
/// Head, id (16), round (2), minutes (4).
const SAID: usize = 1 + 16 + 2 + 4;
/// Half of SHA-256: what RFC 2104 (section 5) takes for the least, and more than can ever be tried against a server.
const PROOF: usize = 16;
/// Divisible by three, so that no bit of the text is without a meaning.
const LENGTH: usize = SAID + PROOF;
/// Keeps these proofs apart from everything else that may be signed with the same key.
const LABEL: &[u8] = b"frontdesk link";
/// How long after its end a link of an appointment still leads to a page that says so.
const GRACE: Duration = Duration::days(1);
/// How long after it somebody may still say that they want no more messages: mail must be refusable for 30 days after it was
/// sent (16 CFR 316.5), and it harms nobody.
const STOPPABLE: Duration = Duration::days(60);

/// What a link is for. One opens nothing that another one opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To confirm, cancel, or choose another time.
    Answer,
    /// To say that no more messages are wanted.
    Stop,
    /// To take the appointment over into one's own calendar.
    Calendar,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Stop, Self::Calendar];

    const fn code(self) -> u8 {
        match self {
            Self::Answer => 1,
            Self::Stop => 2,
            Self::Calendar => 3,
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose.
    pub appointment: AppointmentId,
    /// The round of the appointment in which it was made; those beyond 65535 are told as that.
    pub round: u16,
    /// Until when it opens anything, in whole minutes.
    pub until: DateTime<Utc>,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none of ours, or was changed. Which of the two is told to nobody.
    #[error("this link is not one of ours")]
    Forged,
    /// It is ours, and its time is over.
    #[error("the time of this link is over")]
    Over(Ticket),
}

/// Makes links, and reads what stands in them.
#[derive(Clone)]
pub struct Links {
    base: Url,
    keys: Vec<SecretString>,
    in_sms: bool,
    in_messages: bool,
}

impl Links {
    /// Links below this address, such as `https://desk.example.com`. The first key signs; what any of them has signed is
    /// taken, so that a new key can be put before the old one and the old one be dropped when its links are over. `None`
    /// without a key.
    #[must_use]
    pub fn new(base: Url, keys: Vec<SecretString>) -> Option<Self> {
        (!keys.is_empty()).then_some(Self { base, keys, in_sms: true, in_messages: true })
    }

    /// The same, with or without links in text messages, where they may cost a second part.
    #[must_use]
    pub fn in_sms(self, in_sms: bool) -> Self {
        Self { in_sms, ..self }
    }

    /// The same without links in any message, for a base that people cannot reach: only the tokens of streams count.
    #[must_use]
    pub fn for_streams_alone(self) -> Self {
        Self { in_messages: false, ..self }
    }

    /// Whether messages carry links.
    #[must_use]
    pub fn are_in_messages(&self) -> bool {
        self.in_messages
    }

    /// Whether text messages carry links.
    #[must_use]
    pub fn are_in_sms(&self) -> bool {
        self.in_sms
    }

    /// A token for an appointment as it is now. It opens nothing any more a day after the appointment's end, or two months
    /// after it where it stops messages.
    #[must_use]
    pub fn token(&self, purpose: Purpose, appointment: &Appointment) -> String {
        let ticket = Ticket {
            purpose,
            appointment: appointment.id,
            round: u16::try_from(appointment.round).unwrap_or(u16::MAX),
            until: appointment.ends_at() + if purpose == Purpose::Stop { STOPPABLE } else { GRACE },
        };
        self.write(&ticket)
    }

    /// The token that says this; its time is cut to minutes.
    #[must_use]
    pub fn write(&self, ticket: &Ticket) -> String {
        let mut bytes = [0; LENGTH];
        let minutes = u32::try_from(ticket.until.timestamp().max(0) / 60).unwrap_or(u32::MAX);
        bytes[0] = VERSION << 4 | ticket.purpose.code();
        bytes[1..17].copy_from_slice(ticket.appointment.0.as_bytes());
        bytes[17..19].copy_from_slice(&ticket.round.to_be_bytes());
        bytes[19..SAID].copy_from_slice(&minutes.to_be_bytes());
        let (said, proof) = bytes.split_at_mut(SAID);
        if let Some(key) = self.keys.first() {
            proof.copy_from_slice(&prove(key, said));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the page behind this token is.
    #[must_use]
    pub fn url(&self, token: &str) -> PersonalLink {
        PersonalLink::new(format!("{}/a/{token}", self.base.as_str().trim_end_matches('/')))
    }

    /// A link for an appointment as it is now.
    #[must_use]
    pub fn link(&self, purpose: Purpose, appointment: &Appointment) -> PersonalLink {
        self.url(&self.token(purpose, appointment))
    }

    /// What a token says, for this purpose and no other. Takes the same time whichever key and however much of it is right.
    ///
    /// # Errors
    /// [`Refused`]: forged (one made for another purpose is taken for that), or over.
    pub fn read(&self, token: &str, purpose: Purpose, now: DateTime<Utc>) -> Result<Ticket, Refused> {
        self.open(token, now).and_then(|ticket| match ticket.purpose == purpose {
            true => Ok(ticket),
            false => Err(Refused::Forged),
        })
    }

    /// What a token says, whatever it is for.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, token: &str, now: DateTime<Utc>) -> Result<Ticket, Refused> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Refused::Forged)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| Refused::Forged)?;
        let (said, proof) = bytes.split_at(SAID);
        let mut right = Choice::from(0);
        for key in &self.keys {
            right |= prove(key, said).ct_eq(proof);
        }
        // The rest is looked at only of what is ours.
        let head = u8::conditional_select(&0, &said[0], right);
        let purpose = Purpose::ALL.into_iter().find(|purpose| head == VERSION << 4 | purpose.code());
        let purpose = purpose.ok_or(Refused::Forged)?;
        let ticket = read(purpose, said).ok_or(Refused::Forged)?;
        if now >= ticket.until { Err(Refused::Over(ticket)) } else { Ok(ticket) }
    }
}

fn read(purpose: Purpose, said: &[u8]) -> Option<Ticket> {
    let minutes = u32::from_be_bytes(said.get(19..SAID)?.try_into().ok()?);
    Some(Ticket {
        purpose,
        appointment: AppointmentId(Uuid::from_slice(said.get(1..17)?).ok()?),
        round: u16::from_be_bytes(said.get(17..19)?.try_into().ok()?),
        until: DateTime::from_timestamp(i64::from(minutes) * 60, 0)?,
    })
}

fn prove(key: &SecretString, said: &[u8]) -> [u8; PROOF] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(LABEL);
    mac.update(said);
    let mut proof = [0; PROOF];
    proof.copy_from_slice(&mac.finalize().into_bytes()[..PROOF]);
    proof
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("keys", &self.keys.len()).field("in_sms", &self.in_sms).finish_non_exhaustive()
    }
}
