//! The port of cursors: how far calendars were read.

use crate::{
    Store,
    rows::{self, Rows},
    sql::cursors,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::ports::{CursorStore, PortResult};

#[async_trait]
impl CursorStore for Store {
    async fn cursor(&self, business: &str, calendar: &str) -> PortResult<Option<String>> {
        let key = Rows::of([[rows::text(business), rows::text(calendar)]]);
        let kept: Vec<(String,)> = self.read_each(&cursors::CURSORS, key).await?;
        Ok(kept.into_iter().next().map(|(cursor,)| cursor))
    }

    async fn keep_cursor(&self, business: &str, calendar: &str, cursor: &str, now: DateTime<Utc>) -> PortResult<()> {
        let row = [rows::text(business), rows::text(calendar), rows::text(cursor), rows::millis(now).into()];
        self.act(move |mut conn| Box::pin(async move { conn.put(&cursors::PUT_CURSORS, Rows::of([row])).await })).await
    }
}
