//! Where recordings are. <https://www.twilio.com/docs/voice/api/recording>
//!
//! Whoever has a link to a recording may be able to hear somebody's voice, and URLs are written into the logs of whatever
//! lies on the way. A URL of ours therefore carries no more of a recording than its name, which opens nothing.

use crate::{Config, receive::plain, rest::VERSION};

/// The recordings of an account.
pub(crate) struct Recordings {
    accounts: String,
    account: String,
}

impl Recordings {
    pub(crate) fn new(config: &Config) -> Self {
        Self { accounts: format!("{}/{VERSION}/Accounts", config.api()), account: config.account_sid.clone() }
    }

    /// The recordings of one call; without an account they are the main one's.
    pub(crate) fn of_call<'a>(&'a self, account: Option<&'a str>, call: &'a str) -> OfCall<'a> {
        OfCall { accounts: &self.accounts, account: account.unwrap_or(&self.account), call }
    }
}

/// The recordings of a call.
#[derive(Clone, Copy)]
pub(crate) struct OfCall<'a> {
    accounts: &'a str,
    account: &'a str,
    call: &'a str,
}

impl OfCall<'_> {
    /// The link to the recording of this name; without one, to the list of all recordings of the call.
    pub(crate) fn link(&self, name: Option<&str>) -> String {
        let (accounts, account) = (self.accounts, plain(self.account));
        match name {
            Some(name) => format!("{accounts}/{account}/Recordings/{}", plain(name)),
            None => format!("{accounts}/{account}/Calls/{}/Recordings", plain(self.call)),
        }
    }
}

/// The name of a recording, where its link ends in one.
pub(crate) fn name(link: &str) -> Option<&str> {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once("/Recordings/").map(|(_, name)| name).filter(|name| !name.is_empty() && plain(name) == **name)
}
