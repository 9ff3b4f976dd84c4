use super::{Page, PortResult};
use crate::ivr::{Call, Capture, Kept, Place};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

/// Which captured calls to list; the newest day first, within it the newest call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapturedFilter {
    /// Only this business.
    pub business: Option<String>,
    /// Only of this tree, in any version.
    pub flow: Option<String>,
    /// From this day, inclusive, in the business's zone.
    pub from: Option<NaiveDate>,
    /// To this day, inclusive.
    pub to: Option<NaiveDate>,
    /// Only calls that answered everything, or only those that did not.
    pub complete: Option<bool>,
    /// Only paths that begin so, written as a path is: `1-2`.
    pub path: Option<String>,
    /// A part of the caller's number or the carrier's name for the call.
    pub q: Option<String>,
    /// From an earlier page's `next_cursor`.
    pub cursor: Option<String>,
    /// At most this many; the store caps it at 500.
    pub limit: u32,
}

/// Keeps what people press in an IVR that somebody else runs.
///
/// # Behaviour
/// - A press is kept once, however often and in whatever order it is told; [`crate::ivr::keep`] decides.
/// - Call, press and counters are written together or not at all.
/// - Two presses of one call never interleave.
#[async_trait]
pub trait CaptureStore: Send + Sync {
    /// Keeps a press, and counts it.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away ([`super::Happened::Maybe`] when the commit's fate is unknown);
    /// told again, it is kept once.
    async fn capture(&self, capture: Capture, place: Place, now: DateTime<Utc>) -> PortResult<Kept>;

    /// Captured calls with what was pressed, page by page.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away; a bad cursor is [`super::Trouble::Refused`].
    async fn captured(&self, filter: CapturedFilter) -> PortResult<Page<Call>>;

    /// One captured call by its number.
    ///
    /// # Errors
    /// See [`Self::captured`].
    async fn captured_call(&self, id: i64) -> PortResult<Option<Call>>;

    /// Captured calls of this name, whichever carrier's and tree's.
    ///
    /// # Errors
    /// See [`Self::captured`].
    async fn captured_by_name(&self, sid: &str) -> PortResult<Vec<Call>>;
}
