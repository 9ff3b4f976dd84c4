use std::fmt;

/// The one place that decides what an absent server means: a test that says it was skipped, or a failure because
/// `FRONTDESK_TEST_REQUIRE` (a comma-separated list such as `postgres,redis,chromium`) names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    required: Vec<String>,
}

/// A server that is not there; the test is over, and says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    what: String,
    why: String,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "skipped: {} is absent ({})", self.what, self.why)
    }
}

impl Skip {
    /// As the environment of this test run says.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "what a test run requires is told by its environment")]
    pub fn from_env() -> Self {
        Self::requiring(&std::env::var("FRONTDESK_TEST_REQUIRE").unwrap_or_default())
    }

    /// With this list of required servers.
    #[must_use]
    pub fn requiring(list: &str) -> Self {
        let required = list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { required }
    }

    /// Whether a server must be there.
    #[must_use]
    pub fn requires(&self, what: &str) -> bool {
        self.required.iter().any(|name| name == what || name == "all")
    }

    /// What `found` holds; where the server is absent, says so on standard error and gives `None`.
    ///
    /// # Panics
    /// When the server is absent and required.
    pub fn unless<T>(&self, what: &str, found: Result<T, impl fmt::Display>) -> Option<T> {
        match self.judge(what, found) {
            Ok(found) => Some(found),
            Err(absent) => {
                assert!(!self.requires(what), "FRONTDESK_TEST_REQUIRE names {what}, and {absent}");
                eprintln!("{absent}");
                None
            }
        }
    }

    fn judge<T>(&self, what: &str, found: Result<T, impl fmt::Display>) -> Result<T, Absent> {
        found.map_err(|why| Absent { what: what.to_owned(), why: why.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_server_is_a_skip() {
        let skip = Skip::requiring("");
        assert_eq!(skip.unless("redis", Err::<(), _>("connection refused")), None);
        assert_eq!(skip.unless("redis", Ok::<_, String>(7)), Some(7));
        assert_eq!(
            skip.judge::<()>("redis", Err("connection refused")).unwrap_err().to_string(),
            "skipped: redis is absent (connection refused)"
        );
    }

    #[test]
    #[should_panic(expected = "FRONTDESK_TEST_REQUIRE names redis")]
    fn an_absent_server_that_is_required_is_a_failure() {
        Skip::requiring("postgres, redis").unless("redis", Err::<(), _>("connection refused"));
    }
}
