//! A port for a server that is started later, or never.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ports that systems give to whoever connects, or asks for any: nobody comes by one of these by chance.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port on loopback where nobody listens: for a server that cannot tell which one it drew, or comes back to it after it
/// was killed, and for an address where nobody is to be met. Each is given once.
///
/// # Panics
/// When all of them are taken.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Tests of several programs begin in different places.
    let begin = u16::try_from(std::process::id().wrapping_mul(101) % u32::from(COUNT)).unwrap();
    (0..COUNT)
        .map(|_| FIRST + begin.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_or_by_the_system() {
        let ports: std::collections::BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)));
    }
}
