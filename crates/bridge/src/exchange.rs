//! The other door: calls whose carriers open no socket, brought by their adapters.

use crate::{
    bridge::Shared,
    meters::Meters,
    session::Carrier,
    stream::{self, Unadmitted},
};
use async_trait::async_trait;
use frontdesk_core::ports::{Exchange, Happened, LineStart, LiveLine, PortError, PortResult, Trouble};
use std::sync::{Arc, Weak};
use tokio::time::Instant;

/// The bridge as adapters know it. It knows the engine, and the engine every adapter: nobody here keeps the other.
pub(crate) struct Desk(pub(crate) Weak<Shared>);

#[async_trait]
impl Exchange for Desk {
    async fn put_through(&self, provider: &str, start: LineStart, line: Box<dyn LiveLine>) -> PortResult<()> {
        let meters = Arc::new(Meters::new(provider));
        let refuse = |reason: &'static str, trouble, what: &str| {
            meters.refused(reason);
            tracing::warn!(provider, reason, "a call was not put through to the voice agent");
            Err(PortError::new("bridge", Happened::No, trouble, what))
        };
        let Some(shared) = self.0.upgrade().filter(|shared| !shared.stopping.is_cancelled()) else {
            return refuse("stopping", Trouble::Unavailable, "the gateway stops");
        };
        let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
            let what = "there are as many conversations as there may be; raise limits.conversations if there is room";
            return refuse("full", Trouble::Unavailable, what);
        };
        let began = Instant::now();
        let brief = match stream::admit(&shared, provider, &start).await {
            Ok(brief) => brief,
            Err(Unadmitted::Away) => {
                return refuse("unknown", Trouble::Unavailable, "it could not be asked whether the call is ours");
            }
            Err(Unadmitted::Stranger) => {
                return refuse("token", Trouble::Broken, "the call waits for no voice agent, or has had one");
            }
        };
        let tasks = shared.tasks.clone();
        tasks.spawn(async move {
            let _open = meters.open();
            stream::converse(shared, meters, Carrier::Line(line), brief, began).await;
            drop(permit);
        });
        Ok(())
    }
}
