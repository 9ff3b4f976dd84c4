use super::{Port, PortResult};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Keeps how far each business's calendar was read, over restarts and for every gateway.
///
/// # Behaviour
/// - The last cursor that was kept is the one that is given; one of another business or calendar never is.
#[async_trait]
pub trait CursorStore: Port {
    /// The cursor of this business's calendar, if one was kept. `calendar` is the name of the port that reads it.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away.
    async fn cursor(&self, business: &str, calendar: &str) -> PortResult<Option<String>>;

    /// Keeps a cursor in place of the one before: once everything that it leaves behind was taken.
    ///
    /// # Errors
    /// See [`Self::cursor`]; the one before may stand.
    async fn keep_cursor(&self, business: &str, calendar: &str, cursor: &str, now: DateTime<Utc>) -> PortResult<()>;
}
