//! What the codes of a refused request mean, in our words: the vendor's own may quote the request.
//! <https://developer.8x8.com/connect/docs/voice/error-codes/voice-status-codes>

use frontdesk_core::ports::{Happened, Trouble};

/// What an error is about.
pub(crate) struct Meaning {
    pub(crate) happened: Happened,
    pub(crate) trouble: Trouble,
    pub(crate) what: &'static str,
}

/// A `statusCode` of the callflow API, or a `code` of the SMS API. Only [`Trouble::Refused`] is about the number that was rung.
pub(crate) fn meaning(code: i64) -> Meaning {
    let (happened, trouble, what) = match code {
        // The SMS API has a list of its own, and this for the same.
        -1017 | 1002 => (Happened::No, Trouble::Refused, "this number is none that can be dialled"),
        -1002 => (Happened::No, Trouble::Broken, "the account has no such voice; look at the configured voices"),
        -1004 => {
            (Happened::No, Trouble::Broken, "the subaccount has no webhook for call actions; register the webhooks")
        }
        -1014 => (Happened::No, Trouble::Barred, "the caller id is not one the account may show; ask 8x8 to allow it"),
        // Listed among the errors of sessions; a request that is refused by it would mean the same.
        -2004 => (Happened::No, Trouble::Barred, "the account does not reach this destination"),
        -1015 => (Happened::No, Trouble::Broken, "the call was too late before it began; look at this machine's clock"),
        -1016 => (Happened::No, Trouble::Broken, "a text holds characters that are not spoken"),
        // The vendor does not know itself what became of it.
        -9999 => (Happened::Maybe, Trouble::Unavailable, "the carrier failed in a way it does not know"),
        401 | 403 => (Happened::No, Trouble::Unauthorised, "the carrier does not accept the API key"),
        404 => (Happened::No, Trouble::Broken, "there is no such subaccount; look at subaccount_id and base_url"),
        _ => (Happened::No, Trouble::Broken, "the carrier does not understand the request"),
    };
    Meaning { happened, trouble, what }
}

/// What a session's error is about, for the log. Most of these are for an operator to mend, and a call that merely
/// failed would not tell them.
/// <https://developer.8x8.com/connect/docs/voice/error-codes/voice-error-codes>
pub(crate) fn session_error(code: i64) -> &'static str {
    match code {
        -2002 => "8x8 could not reach something, most likely this gateway",
        -2003 => "8x8 could not use the answer to a webhook",
        -2004 => "the account does not reach this destination",
        -2005 => "the text could not be spoken; look at the configured voices",
        -2006 => "a sound could not be fetched",
        -2007 => "the call was placed too late to be valid",
        -2008 => "the caller id is not one the account may show; ask 8x8 to allow it",
        -2010 => "more calls at a time than the account may have; lower calls_per_minute",
        _ => "the session failed at 8x8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_that_is_none_is_refused_for_good() {
        let refused = |code| meaning(code).trouble == Trouble::Refused;
        let codes = (-1020..=-1001).chain([-9999, 0, 401, 404]).chain(1000..=1005);
        assert_eq!(codes.filter(|code| refused(*code)).collect::<Vec<_>>(), [-1017, 1002]);
    }

    #[test]
    fn what_the_account_may_not_do_for_one_call_says_nothing_about_the_carrier() {
        let barred = |code| meaning(code).trouble == Trouble::Barred;
        assert_eq!((-9999..=1005).filter(|code| barred(*code)).collect::<Vec<_>>(), [-2004, -1014]);
    }

    #[test]
    fn only_an_error_the_vendor_does_not_know_leaves_a_doubt() {
        let doubt = |code| meaning(code).happened == Happened::Maybe;
        assert_eq!((-9999..=1005).filter(|code| doubt(*code)).collect::<Vec<_>>(), [-9999]);
    }
}
