use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An IVR that a carrier runs, and tells us of with one request a question.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ivr {
    /// To be raised when the questions change; figures of different versions are kept apart.
    pub version: Option<u32>,
    /// Whose it is; absent, the business that has the called number, else the first one.
    pub business: Option<String>,
    /// The questions, in the order in which they stand in a path.
    pub steps: Vec<String>,
    /// Paths at which a caller has answered everything, `_` for any key: `"_-4"`. Absent: when every question is answered.
    pub complete: Vec<String>,
    /// Questions that take more than a choice among a few keys, such as a postal code: shown as `x` in paths.
    pub open: Vec<String>,
    /// Questions whose keys must not be kept, such as a PIN.
    pub secret: Vec<String>,
    /// What keys mean, by the path up to and with them: `"1" = "Hindi"`, `"_-_-2" = "Buy an old machine"`.
    pub labels: BTreeMap<String, String>,
}
