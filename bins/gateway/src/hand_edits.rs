//! Follows what the desk changes by hand in the calendar: at once where the calendar notifies us, and by a timer in any case.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    engine::{Engine, HandEdited},
    ports::{CalendarWatch, CursorStore, PortResult, Trouble, Watched},
};
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often the calendar is asked where it does not notify us.
const ASK: std::time::Duration = std::time::Duration::from_secs(60);
/// A channel is opened anew so long before it falls silent.
const AHEAD: Duration = Duration::hours(12);
/// After a channel could not be opened nobody tries again for so long.
const PATIENCE: Duration = Duration::hours(1);

/// Looks after one calendar.
pub struct HandEdits {
    /// The calendar.
    pub calendar: Arc<dyn CalendarWatch>,
    /// Who follows.
    pub engine: Engine,
    /// Where it stands how far each calendar was read.
    pub cursors: Arc<dyn CursorStore>,
    /// Told when the calendar has notified us.
    pub wake: Arc<Notify>,
    /// Where the calendar finds us, if it can: a public https address.
    pub callback: Option<String>,
    /// What its notifications bring along.
    pub token: SecretString,
}

/// How long a gateway that stops waits for its last look at the calendars.
const LAST_LOOK: std::time::Duration = std::time::Duration::from_secs(3);

/// What is known of the calendar of one business. Kept in memory only: without it another channel is opened.
#[derive(Default)]
struct Known {
    channel: Option<Watched>,
    /// When a channel may be asked for next; `None` where the calendar notifies nobody.
    ask_at: Option<DateTime<Utc>>,
    /// Whether the last question was answered, so that a calendar that is away is told of once.
    away: bool,
}

impl HandEdits {
    /// Follows until it is told to stop; then the channels are closed.
    pub async fn follow(self, stopping: CancellationToken) {
        let businesses = self.engine.rules().businesses.keys().cloned();
        let mut known: BTreeMap<String, Known> = businesses.map(|business| (business, Known::default())).collect();
        for business in known.values_mut() {
            business.ask_at = self.callback.as_ref().map(|_| self.engine.world().now());
        }
        loop {
            for (business, known) in &mut known {
                if stopping.is_cancelled() {
                    break;
                }
                self.listen(business, known).await;
                self.look(business, known).await;
            }
            let next = Instant::now() + ASK;
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep_until(next) => {}
                () = stopping.cancelled() => break,
            }
        }
        // What was written since the last look is known only to this process; a deletion while it is away would be missed
        // otherwise.
        let last_look = async {
            for (business, known) in &mut known {
                self.look(business, known).await;
            }
        };
        if tokio::time::timeout(LAST_LOOK, last_look).await.is_err() {
            tracing::debug!("the calendar did not answer a last look in time");
        }
        for watched in known.values().filter_map(|known| known.channel.as_ref()) {
            if let Err(error) = self.calendar.stop(watched).await {
                tracing::debug!(%error, "a channel of the calendar was not closed; it falls silent by itself");
            }
        }
    }

    /// Sees to it that the calendar notifies us, where it can.
    async fn listen(&self, business: &str, known: &mut Known) {
        let now = self.engine.world().now();
        let (Some(callback), Some(ask_at)) = (&self.callback, known.ask_at) else { return };
        if now < ask_at {
            return;
        }
        let channel = format!("frontdesk-{}", Uuid::simple(self.engine.world().fresh()));
        match self.calendar.watch(business, callback, &channel, &self.token, now).await {
            Ok(watched) => {
                known.ask_at = Some((watched.expires_at - AHEAD).max(now + PATIENCE));
                let before = known.channel.replace(watched);
                if let Some(before) = before
                    && let Err(error) = self.calendar.stop(&before).await
                {
                    tracing::debug!(%error, "the channel before was not closed; it falls silent by itself");
                }
            }
            Err(error) if error.trouble == Trouble::Unsupported => known.ask_at = None,
            Err(error) => {
                tracing::warn!(business, %error, "the calendar does not notify us; it is asked every minute");
                known.ask_at = Some(now + PATIENCE);
            }
        }
    }

    async fn look(&self, business: &str, known: &mut Known) {
        let looked = self.changes(business).await;
        match looked {
            Ok(()) if known.away => {
                tracing::info!(business, "the calendar can be read again");
                known.away = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !std::mem::replace(&mut known.away, true) {
                    tracing::warn!(business, %error, "what the desk changed in the calendar cannot be read; to read it from now on, delete its row in the table cursors");
                }
            }
        }
    }

    async fn changes(&self, business: &str) -> PortResult<()> {
        let now = self.engine.world().now();
        // Of several gateways each goes on from where any of them was last; what is told twice is followed once.
        let last = self.cursors.cursor(business, self.calendar.name()).await?;
        let changes = self.calendar.changes(business, last.as_deref(), now).await?;
        for edit in changes.edits {
            let appointment = edit.appointment_id;
            match self.engine.hand_edit(edit).await? {
                HandEdited::Followed(..) => {
                    tracing::info!(business, %appointment, "the desk changed an entry in the calendar; the appointment follows");
                }
                HandEdited::Left(reason) => {
                    tracing::debug!(business, %appointment, reason, "an entry's change was left")
                }
                HandEdited::Again | HandEdited::Unknown => {}
            }
        }
        // Only now: whatever failed is asked for again.
        if last.as_ref() != Some(&changes.cursor) {
            self.cursors.keep_cursor(business, self.calendar.name(), &changes.cursor, now).await?;
        }
        Ok(())
    }
}
