//! How far calendars were read.

use crate::{database::Database, make::noon, on_both};
use frontdesk_core::ports::CursorStore;
use std::sync::Arc;

on_both!(the_last_cursor_that_was_kept_is_the_one_that_is_given);

async fn the_last_cursor_that_was_kept_is_the_one_that_is_given(db: Arc<Database>) {
    let store = db.store().await;
    assert_eq!(store.cursor("clinic", "caldav").await.unwrap(), None);
    store.keep_cursor("clinic", "caldav", "first", noon()).await.unwrap();
    // Another gateway, or this one after its restart.
    let other = db.store().await;
    let long = "line after line\n".repeat(20_000);
    other.keep_cursor("clinic", "caldav", &long, noon()).await.unwrap();
    other.keep_cursor("clinic", "google", "of another calendar", noon()).await.unwrap();
    other.keep_cursor("practice", "caldav", "of another business", noon()).await.unwrap();
    assert_eq!(store.cursor("clinic", "caldav").await.unwrap(), Some(long));
    assert_eq!(store.cursor("practice", "google").await.unwrap(), None);
}
