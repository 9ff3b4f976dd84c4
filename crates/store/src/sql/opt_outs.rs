//! Statements about the ledger of opt-outs.

use crate::statement::{
    Kind::{Int, Text as Words},
    Statement,
};

/// What a list of lines selects.
pub(crate) const COLUMNS: &str = "seq, at, phone, channels, closed, way, evidence";

statements! { opt_outs;
    PUT_OPT_OUTS = put(
        "opt_outs",
        &[
            ("at", Int),
            ("person", Words),
            ("phone", Words),
            ("channels", Words),
            ("closed", Int),
            ("way", Words),
            ("evidence", Words),
        ],
        "",
    );
    /// Binds: the hash of the number.
    FORGET_OPT_OUTS = shared("update opt_outs set phone = null, evidence = null where person = $1");
}
