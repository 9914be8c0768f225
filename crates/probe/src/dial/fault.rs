//! What a failed connect means: the target's failure, or our own want of a route or a socket.

use crate::{exchange::Trouble, track::Track, track::void};
use jaunt_record::{FailureKind, VoidCause};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

/// The trouble, where `error` says that this machine has no socket or local port left.
///
/// `EADDRNOTAVAIL` has two meanings: no local port is left for this destination, or no local address
/// can reach it (IPv6 switched off). Only the first is meant here.
pub(crate) fn exhausted(address: SocketAddr, error: &io::Error) -> Option<Trouble> {
    let what = match error.raw_os_error()? {
        libc::EMFILE => "this process has no file descriptor left",
        libc::ENFILE => "this machine has no file descriptor left",
        libc::ENOBUFS | libc::ENOMEM => "the kernel has no memory left for a socket",
        libc::EADDRNOTAVAIL if has_route(address) => "no local port is left",
        _ => return None,
    };
    Some(void(
        VoidCause::NoDescriptors,
        format!("{what}, so {address} could not be dialled"),
    ))
}

/// What it means that every address failed.
///
/// Void only where this machine had no route to any: then the fault is ours for sure. Otherwise the
/// last failure that came from outside stands for all.
pub(super) fn all_failed(failed: &[(SocketAddr, io::Error)], track: &Track) -> Trouble {
    let reachable =
        |(address, error): &&(SocketAddr, io::Error)| !is_unreachable(error) || has_route(*address);
    let Some((address, error)) = failed.iter().rev().find(reachable) else {
        let addresses: Vec<_> = failed
            .iter()
            .map(|(address, _)| address.to_string())
            .collect();
        let message = format!("this machine has no route to {}", addresses.join(", "));
        return void(VoidCause::NoRoute, message);
    };
    let others = match failed.len() {
        0 | 1 => String::new(),
        several => format!(" (all {several} addresses failed)"),
    };
    let (kind, what) = meaning(*address, error);
    track.fault(kind, format!("{what}{others}"))
}

fn meaning(address: SocketAddr, error: &io::Error) -> (FailureKind, String) {
    match error.kind() {
        ErrorKind::ConnectionRefused => (
            FailureKind::ConnectRefused,
            format!("nothing listens on {address}"),
        ),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => (
            FailureKind::ConnectReset,
            format!("{address} reset the connection while it was made"),
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => (
            FailureKind::ConnectUnreachable,
            format!("{address} cannot be reached: {}", in_words(error)),
        ),
        ErrorKind::TimedOut => (
            FailureKind::TimeoutConnect,
            format!("{address} did not answer, and the kernel gave up"),
        ),
        _ => (
            FailureKind::ConnectOther,
            format!("cannot connect to {address}: {}", in_words(error)),
        ),
    }
}

fn is_unreachable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable
    )
}

/// Whether this machine's routing table has a way to `address`, and a local address to go with it.
///
/// Connecting a UDP socket looks up exactly that, and sends nothing; the same error on a TCP connect
/// can as well have come from a router far away.
fn has_route(address: SocketAddr) -> bool {
    let local: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(local)
        .and_then(|socket| socket.connect(address))
        .is_ok()
}

/// The error in lower case, without the number.
pub(super) fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    words.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(address: &str, code: i32) -> (SocketAddr, io::Error) {
        (address.parse().unwrap(), io::Error::from_raw_os_error(code))
    }

    #[test]
    fn a_missing_descriptor_is_our_own_fault() {
        for code in [
            libc::EMFILE,
            libc::ENFILE,
            libc::ENOBUFS,
            libc::EADDRNOTAVAIL,
        ] {
            let (address, error) = failed("127.0.0.1:81", code);
            let Some(Trouble::Void(void)) = exhausted(address, &error) else {
                panic!("{error} is not void");
            };
            assert_eq!(void.cause, VoidCause::NoDescriptors);
        }
        let (address, error) = failed("127.0.0.1:81", libc::ECONNREFUSED);
        assert_eq!(exhausted(address, &error), None);
    }

    #[test]
    fn unreachable_is_the_networks_where_we_have_a_route() {
        let track = Track::new("GET", "shop.example", 80);
        // Loopback always has a route, so whoever says it is unreachable is not us.
        let trouble = all_failed(&[failed("127.0.0.1:81", libc::EHOSTUNREACH)], &track);
        let Trouble::Fault(fault) = trouble else {
            panic!("{trouble:?}");
        };
        assert_eq!(fault.kind, FailureKind::ConnectUnreachable);
    }

    #[test]
    fn one_failure_from_outside_outweighs_those_without_a_route() {
        let track = Track::new("GET", "shop.example", 80);
        let trouble = all_failed(
            &[
                failed("127.0.0.1:81", libc::ECONNREFUSED),
                // Class E is never routed.
                failed("255.255.255.255:81", libc::ENETUNREACH),
            ],
            &track,
        );
        let Trouble::Fault(fault) = trouble else {
            panic!("{trouble:?}");
        };
        assert_eq!(fault.kind, FailureKind::ConnectRefused);
        assert_eq!(
            fault.message,
            "nothing listens on 127.0.0.1:81 (all 2 addresses failed)"
        );
    }
}
