//! The Call Control API of a PBX: what calls there are on its extensions, and what is to become of them.
//! <https://www.3cx.com/docs/call-control-api/>

mod rest;
mod socket;
mod sound;
mod token;
mod wire;

pub(crate) use rest::{Refusal, failed};
pub(crate) use socket::{Heard, Socket};
pub use wire::{Device, Dn, Participant};
pub(crate) use wire::{HappeningKind, Verdict};

use crate::config::{Clock, Control};
use frontdesk_core::ports::{Happened, PortResult, Trouble};
use rest::Rest;
use serde_json::{Map, Value, json};
use std::time::Duration;
use wire::Outcome;

/// How long a destination is rung before a call that is led there counts as not taken, in seconds.
const RING: u64 = 30;

/// A PBX that can be asked and told.
pub struct CallControl {
    rest: Rest,
    pub(crate) control: Control,
}

impl CallControl {
    /// Makes the client; `http` must speak HTTP/1.1 only, for it opens the socket as well, and follow no redirect.
    #[must_use]
    pub fn new(control: Control, http: reqwest::Client, clock: Clock) -> Self {
        Self { rest: Rest::new(&control, http, clock), control }
    }

    /// Every extension that the client may see.
    ///
    /// # Errors
    /// [`frontdesk_core::ports::PortError`] when the PBX is away or does not let us in; so for every method here.
    pub async fn extensions(&self) -> PortResult<Vec<Dn>> {
        // What is not there must not be taken for a PBX without calls.
        self.rest.get(&[]).await?.ok_or_else(|| {
            let what =
                "there is no Call Control at base_url; look at it and its port, and whether the licence is Enterprise";
            failed(Happened::No, Trouble::Broken, what)
        })
    }

    /// One extension; `None` where there is none of that name.
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn extension(&self, dn: &str) -> PortResult<Option<Dn>> {
        self.rest.get(&[dn]).await
    }

    /// An extension's devices.
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn devices(&self, dn: &str) -> PortResult<Vec<Device>> {
        Ok(self.rest.get(&[dn, "devices"]).await?.unwrap_or_default())
    }

    /// An extension's calls; none where there is no such extension.
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn participants(&self, dn: &str) -> PortResult<Vec<Participant>> {
        Ok(self.rest.get(&[dn, "participants"]).await?.unwrap_or_default())
    }

    /// An extension's part in a call; `None` where it has none (any more).
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn participant(&self, dn: &str, id: u64) -> PortResult<Option<Participant>> {
        self.rest.get(&[dn, "participants", &id.to_string()]).await
    }

    /// Rings somebody from an extension's device, or from the extension where no device is named.
    ///
    /// # Errors
    /// See [`CallControl::extensions`]; [`Happened::Maybe`] where the answer was lost.
    pub(crate) async fn make_call(
        &self,
        dn: &str,
        device: Option<&str>,
        to: &str,
        seconds: u32,
        data: &[(String, String)],
    ) -> PortResult<Verdict> {
        let body = json!({ "destination": to, "timeout": seconds, "attacheddata": attached(data) });
        let path: &[&str] = match device {
            Some(device) => &[dn, "devices", device, "makecall"],
            None => &[dn, "makecall"],
        };
        // 3CX may answer once somebody picked up, or did not.
        let within = self.rest.within + Duration::from_secs(seconds.into());
        let outcome: Option<Outcome> = self.rest.post(path, &body, within).await?;
        outcome.map(Outcome::verdict).ok_or_else(|| {
            let what = "3CX knows no such extension or device; look at threecx.extension and threecx.device";
            failed(Happened::No, Trouble::Broken, what)
        })
    }

    /// Ends an extension's part in a call. `false`: it was over.
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn drop_participant(&self, dn: &str, id: u64) -> PortResult<bool> {
        Ok(self.act(dn, id, "drop", &json!({}), self.rest.within).await?.is_some())
    }

    /// Redirects a call that rings. `None`: it was over.
    pub(crate) async fn divert(&self, dn: &str, id: u64, to: &str) -> PortResult<Option<Verdict>> {
        self.lead(dn, id, "divert", to, &[]).await
    }

    /// Leads a call to somebody else as well, whose part in it is ours to end. `None`: it was over.
    pub(crate) async fn route_to(
        &self,
        dn: &str,
        id: u64,
        to: &str,
        data: &[(String, String)],
    ) -> PortResult<Option<Verdict>> {
        self.lead(dn, id, "routeto", to, data).await
    }

    /// Hands a call that is picked up to somebody else. `None`: it was over.
    pub(crate) async fn transfer_to(&self, dn: &str, id: u64, to: &str) -> PortResult<Option<Verdict>> {
        self.lead(dn, id, "transferto", to, &[]).await
    }

    /// Puts names and values beside a call, for whoever takes it. `false`: it was over.
    ///
    /// # Errors
    /// See [`CallControl::extensions`].
    pub async fn attach(&self, dn: &str, id: u64, data: &[(String, String)]) -> PortResult<bool> {
        let body = json!({ "attacheddata": attached(data) });
        Ok(self.act(dn, id, "attach_participant_data", &body, self.rest.within).await?.is_some())
    }

    async fn lead(
        &self,
        dn: &str,
        id: u64,
        action: &str,
        to: &str,
        data: &[(String, String)],
    ) -> PortResult<Option<Verdict>> {
        let body = json!({ "destination": to, "reason": "None", "timeout": RING, "attacheddata": attached(data) });
        self.act(dn, id, action, &body, self.rest.within + Duration::from_secs(RING)).await
    }

    async fn act(
        &self,
        dn: &str,
        id: u64,
        action: &str,
        body: &Value,
        within: Duration,
    ) -> PortResult<Option<Verdict>> {
        let id = id.to_string();
        let outcome: Option<Outcome> = self.rest.post(&[dn, "participants", &id, action], body, within).await?;
        Ok(outcome.map(Outcome::verdict))
    }
}

fn attached(data: &[(String, String)]) -> Map<String, Value> {
    data.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}
