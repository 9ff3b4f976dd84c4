//! Keeps key presses of IVRs that carriers run.

use super::Engine;
use crate::{
    ivr::{Capture, Kept, Place},
    ports::{Happened, PortError, PortResult, Trouble},
};
use std::sync::Arc;

impl Engine {
    /// Keeps a key press; told again, it changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the store is away; [`Trouble::Refused`] when there is no such tree or step.
    pub async fn capture(&self, provider: &str, capture: Capture) -> PortResult<Kept> {
        let refused = |what: &str| PortError::new("ivr", Happened::No, Trouble::Refused, what);
        let tree = self.rules.tree(capture.flow.as_deref()).ok_or_else(|| refused("there is no such IVR here"))?;
        if tree.position(&capture.step).is_none() {
            return Err(refused("the IVR has no such step"));
        }
        let sid = &capture.sid;
        if sid.is_empty() || sid.len() > 128 || sid.chars().any(char::is_control) {
            return Err(refused("the call has no name"));
        }
        let called = capture.called.as_ref().and_then(|number| self.rules.business_at(number));
        let named = || self.rules.business(tree.business.as_deref()?);
        let business = called.or_else(named).or_else(|| self.rules.businesses.values().next());
        let business = business.ok_or_else(|| refused("no business is configured"))?;
        let place = Place {
            provider: provider.to_owned(),
            business: business.id.clone(),
            zone: business.time_zone,
            tree: Arc::clone(tree),
        };
        self.store.capture(capture, place, self.world.now()).await
    }
}
