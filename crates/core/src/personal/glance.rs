//! Numbers that are read at a glance. Reading one by the rules of every country there is goes through regular expressions
//! and takes more than a microsecond, for each number of each webhook; where all numbers of one length that begin alike are
//! numbers, a look does. What is read here is read alike by the rules, and everything else is left to them.

use std::ops::RangeInclusive;

/// The numbers of a country that begin and are as long as this.
struct Plan {
    /// The country's code.
    code: &'static str,
    /// The region whose numbers need no code, as ISO 3166 writes it.
    region: &'static str,
    /// What is dialled before a number within the country, where it is.
    trunk: &'static str,
    first: RangeInclusive<u8>,
    digits: usize,
}

const PLANS: [Plan; 3] = [
    Plan { code: "1", region: "US", trunk: "1", first: b'2'..=b'9', digits: 10 },
    Plan { code: "65", region: "SG", trunk: "", first: b'8'..=b'9', digits: 8 },
    Plan { code: "91", region: "IN", trunk: "0", first: b'2'..=b'9', digits: 10 },
];

impl Plan {
    fn holds(&self, national: &str) -> bool {
        let bytes = national.as_bytes();
        bytes.len() == self.digits && self.first.contains(&bytes[0]) && bytes.iter().all(u8::is_ascii_digit)
    }
}

/// The number in E.164 form; `None` where it takes more than a glance.
pub(super) fn read(text: &str, region: Option<&str>) -> Option<String> {
    if let Some(international) = text.strip_prefix('+') {
        let within = |plan: &Plan| international.strip_prefix(plan.code).is_some_and(|national| plan.holds(national));
        return PLANS.iter().any(within).then(|| text.to_owned());
    }
    let plan = PLANS.iter().find(|plan| region == Some(plan.region))?;
    let shorter = text.strip_prefix(plan.trunk).filter(|_| text.len() > plan.digits);
    let national = shorter.unwrap_or(text);
    plan.holds(national).then(|| format!("+{}{national}", plan.code))
}
