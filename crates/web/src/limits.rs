//! Rate limits, counted per key, per address or per webhook route, in bounded memory.

use axum::{extract::ConnectInfo, http::HeaderMap};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

/// How many checks go by between two clean-ups.
const SWEEP: u32 = 1024;

/// Lets a burst of one whole quota through, then its pace.
pub(crate) struct Limiter {
    inner: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl Limiter {
    pub(crate) fn per_minute(n: NonZeroU32) -> Self {
        Self::new(Quota::per_minute(n))
    }

    fn new(quota: Quota) -> Self {
        Self { inner: RateLimiter::keyed(quota), clock: DefaultClock::default(), checks: AtomicU32::new(0) }
    }

    /// Counts one request; in vain, it says how many seconds to wait.
    pub(crate) fn check(&self, key: &str) -> Result<(), u64> {
        // Keys whose quota is whole again are as good as unknown: what is kept is bounded by the traffic of one quota.
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.inner.retain_recent();
            self.inner.shrink_to_fit();
        }
        self.inner.check_key(&key.to_owned()).map_err(|not_until| seconds(&not_until, &self.clock))
    }
}

/// The limit of one thing by itself.
pub(crate) struct Pace {
    inner: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Pace {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { inner: RateLimiter::direct(quota), clock: DefaultClock::default() }
    }

    /// Counts one request; in vain, it says how many seconds to wait.
    pub(crate) fn check(&self) -> Result<(), u64> {
        self.inner.check().map_err(|not_until| seconds(&not_until, &self.clock))
    }
}

fn seconds(not_until: &NotUntil<QuantaInstant>, clock: &DefaultClock) -> u64 {
    let wait = not_until.wait_time_from(clock.now());
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The address of the caller: of the socket or, behind a trusted proxy, the one that proxy saw.
pub(crate) fn peer(
    connection: Option<&ConnectInfo<SocketAddr>>,
    headers: &HeaderMap,
    trusted_proxy: bool,
) -> Option<IpAddr> {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?;
        // Only the last entry was written by the proxy next to us; whatever stands before it, anybody may have sent.
        last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    };
    trusted_proxy.then(forwarded).flatten().or_else(|| connection.map(|info| info.0.ip()))
}

/// The key an address is counted under. One household or server has a whole /64 of IPv6.
pub(crate) fn address_key(peer: Option<IpAddr>) -> String {
    match peer {
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(mapped) => format!("address:{mapped}"),
            None => {
                let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
                format!("address:{network}/64")
            }
        },
        Some(address) => format!("address:{address}"),
        None => "address:unknown".to_owned(),
    }
}
