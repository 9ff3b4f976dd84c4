//! What a person can do at the browser phone: answer, press keys, ring the business, write to it.

use super::{
    Carrier, MAX_TEXT, Refusal, Shared,
    line::Ring,
    record::{CallView, Direction, Facts, MessageView, Signal},
};
use crate::wire::{Hook, State, What};
use frontdesk_core::{
    effect::{Address, Channel},
    event::EndCause,
    id,
    personal::Phone,
};
use std::sync::Arc;
use tokio::sync::mpsc::error::TrySendError;

/// Why something is not possible at the browser phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No such call.
    #[error("there is no such call; it may have ended long ago")]
    Unknown,
    /// The call is in another state.
    #[error("{0}")]
    State(&'static str),
    /// The request cannot be taken as it is.
    #[error("{0}")]
    Invalid(&'static str),
    /// Too much is going on.
    #[error("the sandbox is busy; try again in a moment")]
    Busy,
    /// The journal cannot be written.
    #[error("the sandbox cannot write its journal; look at its log")]
    Broken,
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Duplicate => Self::State("this was done before"),
            Refusal::Full => Self::Busy,
            Refusal::Number => Self::Invalid("this number is never dialled"),
            Refusal::Invalid(why) => Self::Invalid(why),
            Refusal::Broken => Self::Broken,
        }
    }
}

const SCRIPTED: Wrong = Wrong::State("a script holds this telephone");
const OVER: Wrong = Wrong::State("the call is over");

impl Carrier {
    /// The newest 500 calls (or of those that are not over), oldest first.
    #[must_use]
    pub fn calls(&self, active: bool) -> Vec<CallView> {
        self.0.book().calls(active).into_iter().map(|call| call.view()).collect()
    }

    /// The newest 500 messages, or those of them that went to one number or address, oldest first.
    #[must_use]
    pub fn messages(&self, to: Option<&str>) -> Vec<MessageView> {
        let book = self.0.book();
        let wanted = |message: &&MessageView| to.is_none_or(|to| crate::wire::reveal(&message.to) == to);
        book.messages().filter(wanted).cloned().collect()
    }

    /// Somebody rings the business.
    ///
    /// # Errors
    /// [`Wrong::Busy`] when too many calls are live, [`Wrong::Broken`] when it cannot be remembered.
    pub fn ring(&self, from: Phone, to: Option<Phone>) -> Result<CallView, Wrong> {
        let at = (self.0.clock)();
        let count = self.0.book().next_number().to_string();
        let id = format!("SC{}", id::derive(at, &["incoming", &count, from.reveal()]).simple());
        let facts = Facts {
            id: id.clone(),
            reference: None,
            direction: Direction::Inbound,
            from,
            to: to.unwrap_or_else(|| self.0.config.business_number.clone()),
            webhook_url: self.0.door("voice"),
        };
        self.0.begin(facts, Ring { seconds: 0, detect_machine: false })?;
        self.view(&id)
    }

    /// Picks up a ringing telephone.
    ///
    /// # Errors
    /// [`Wrong::State`] when it does not ring here; so for the others.
    pub fn answer(&self, id: &str) -> Result<CallView, Wrong> {
        self.ringing(id, "it is not ringing any more")?;
        if !self.0.connect(id) {
            return Err(Wrong::State("it is not ringing any more"));
        }
        if let Some(call) = self.0.book().call(id) {
            // A full queue means that the call is being played already.
            let _ = call.signals.try_send(Signal::PickedUp);
        }
        self.view(id)
    }

    /// Presses the red button on a ringing telephone.
    ///
    /// # Errors
    /// See [`Self::answer`].
    pub fn decline(&self, id: &str) -> Result<CallView, Wrong> {
        self.ringing(id, "it is not ringing any more; hang up instead")?;
        if !self.0.end(id, EndCause::Declined) {
            return Err(OVER);
        }
        self.view(id)
    }

    /// Hangs up, as the person at the telephone.
    ///
    /// # Errors
    /// See [`Self::answer`].
    pub fn hang_up(&self, id: &str) -> Result<CallView, Wrong> {
        let call = self.view(id)?;
        match call.state {
            "ended" => return Err(OVER),
            _ if call.scripted => return Err(SCRIPTED),
            "ringing" if call.direction == "outbound" => {
                return Err(Wrong::State("it rings; answer or decline it"));
            }
            _ => {}
        }
        if !self.0.hang_up(id) {
            return Err(OVER);
        }
        self.view(id)
    }

    /// Presses keys while the gateway waits for them.
    ///
    /// # Errors
    /// [`Wrong::Invalid`] for anything but `0`-`9`, `*` and `#`; [`Wrong::State`] when nobody waits for keys.
    pub fn press(&self, id: &str, keys: &str) -> Result<CallView, Wrong> {
        if !crate::receive::keys(keys) {
            return Err(Wrong::Invalid("`digits` must be 1 to 32 of 0-9, * and #"));
        }
        {
            let book = self.0.book();
            let call = book.call(id).ok_or(Wrong::Unknown)?;
            match call.state {
                State::Ended => return Err(OVER),
                _ if call.scripted => return Err(SCRIPTED),
                State::Ringing => return Err(Wrong::State("it was not answered yet")),
                State::InProgress if !call.asking && call.socket.is_none() => {
                    return Err(Wrong::State("nobody waits for a key right now"));
                }
                State::InProgress => {}
            }
            match call.signals.try_send(Signal::Pressed(keys.to_owned())) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => return Err(Wrong::Busy),
                Err(TrySendError::Closed(_)) => return Err(OVER),
            }
        }
        self.view(id)
    }

    /// A customer writes a text message to the business.
    ///
    /// # Errors
    /// [`Wrong::Invalid`] when it is empty or too long, [`Wrong::Busy`] when too many are under way.
    pub fn write(&self, from: Phone, to: Option<Phone>, body: String) -> Result<MessageView, Wrong> {
        if body.trim().is_empty() || body.len() > MAX_TEXT {
            return Err(Wrong::Invalid("`body` must have 1 to 16,384 bytes"));
        }
        let permit = Arc::clone(&self.0.deliveries).try_acquire_owned().map_err(|_| Wrong::Busy)?;
        let (at, to) = ((self.0.clock)(), to.unwrap_or_else(|| self.0.config.business_number.clone()));
        let (message, hook) = {
            let mut book = self.0.book();
            let id =
                format!("SM{}", id::derive(at, &["incoming", &book.next_number().to_string(), from.reveal()]).simple());
            let message = MessageView {
                inbound: true,
                id: id.clone(),
                channel: Channel::Sms,
                to: Address::Phone(to.clone()),
                from: Some(from.clone()),
                subject: None,
                body: body.clone(),
                at,
            };
            book.post(None, message.clone()).map_err(Refusal::from)?;
            let what = What::Message { channel: Channel::Sms, body };
            (message, Hook { id, call: None, reference: None, from, to, what, hold: 0, at })
        };
        self.0.changed();
        let shared = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            let door = shared.door("message");
            if let Err(error) = shared.call_back_surely(&door, &hook).await {
                tracing::warn!(%error, message = hook.id, "a customer's message could not be handed to the gateway");
            }
            drop(permit);
        });
        Ok(message)
    }

    fn view(&self, id: &str) -> Result<CallView, Wrong> {
        self.0.book().call(id).map(super::record::CallRecord::view).ok_or(Wrong::Unknown)
    }

    fn ringing(&self, id: &str, otherwise: &'static str) -> Result<(), Wrong> {
        let call = self.view(id)?;
        match call.state {
            "ended" => Err(OVER),
            _ if call.scripted => Err(SCRIPTED),
            "ringing" if call.direction == "inbound" => {
                Err(Wrong::State("this telephone is the one that rings the business"))
            }
            "ringing" => Ok(()),
            _ => Err(Wrong::State(otherwise)),
        }
    }
}

impl Shared {
    fn door(&self, hook: &str) -> String {
        format!("{}/webhooks/{}/{hook}", self.config.gateway.as_str().trim_end_matches('/'), crate::NAME)
    }
}
