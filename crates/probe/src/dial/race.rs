//! Happy eyeballs (RFC 8305): addresses are tried in turn, the next one as soon as the last has
//! failed or 250 ms have passed, and the first that is established wins.

use super::{Origin, admit, fault};
use crate::{Visitor, exchange::Trouble, track::Track, wire::Wire};
use jaunt_record::Phase;
use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::net::TcpStream;

/// The Connection Attempt Delay that RFC 8305 §5 recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Of a longer answer only so many addresses are tried: a hostile one cannot make us open thousands
/// of sockets.
const MOST_ADDRESSES: usize = 16;

/// `addresses` with the families taking turns, IPv6 first (RFC 8305 §4); the resolver's order holds
/// within a family.
pub(super) fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (six, four): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv6);
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [six.next(), four.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

/// The first of `addresses` that is established; every attempt goes into the track.
pub(super) async fn race(
    visitor: &Visitor,
    addresses: &[SocketAddr],
    origin: Origin,
    track: &mut Track,
) -> Result<Wire, Trouble> {
    track.begin(Phase::Connect);
    let mut race = Race {
        began: Instant::now(),
        attempts: Vec::new(),
        failed: Vec::new(),
    };
    let mut delay = pin!(tokio::time::sleep(ATTEMPT_DELAY));
    for address in addresses.iter().take(MOST_ADDRESSES) {
        // Again, although all were admitted: nothing may ever stand between this and the connect.
        admit(visitor, *address, origin, track)?;
        race.start(*address, track);
        delay
            .as_mut()
            .reset((Instant::now() + ATTEMPT_DELAY).into());
        let settled = poll_fn(|cx| match race.poll(cx, track) {
            Poll::Ready(settled) => Poll::Ready(Some(settled)),
            Poll::Pending => delay.as_mut().poll(cx).map(|()| None),
        });
        match settled.await {
            Some(Settled::Won(wire)) => return Ok(wire),
            Some(Settled::Exhausted(trouble)) => return Err(trouble),
            Some(Settled::Failed) | None => {}
        }
    }
    while !race.attempts.is_empty() {
        match poll_fn(|cx| race.poll(cx, track)).await {
            Settled::Won(wire) => return Ok(wire),
            Settled::Exhausted(trouble) => return Err(trouble),
            Settled::Failed => {}
        }
    }
    Err(fault::all_failed(&race.failed, track))
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

struct Race {
    began: Instant,
    attempts: Vec<(usize, SocketAddr, Connecting)>,
    failed: Vec<(SocketAddr, io::Error)>,
}

enum Settled {
    /// This one is established; the others were given up.
    Won(Wire),
    /// One failed; others may be under way.
    Failed,
    /// No descriptor is left: another attempt would fare no better.
    Exhausted(Trouble),
}

impl Race {
    fn start(&mut self, address: SocketAddr, track: &mut Track) {
        let number = track.attempt_began(address, self.began.elapsed());
        let connecting = Box::pin(TcpStream::connect(address));
        self.attempts.push((number, address, connecting));
    }

    fn poll(&mut self, cx: &mut Context<'_>, track: &mut Track) -> Poll<Settled> {
        for place in 0..self.attempts.len() {
            let Some((number, address, connecting)) = self.attempts.get_mut(place) else {
                break;
            };
            let Poll::Ready(connected) = connecting.as_mut().poll(cx) else {
                continue;
            };
            let (number, address) = (*number, *address);
            drop(self.attempts.swap_remove(place));
            // Small writes that wait for an acknowledgement would add 40 ms stalls of our own.
            match connected.and_then(|tcp| tcp.set_nodelay(true).map(|()| tcp)) {
                Ok(tcp) => {
                    track.attempt_ended(number, None);
                    track.attempts_given_up("lost the race");
                    track.facts.remote = Some(address);
                    return Poll::Ready(Settled::Won(Wire::new(tcp)));
                }
                Err(error) => {
                    track.attempt_ended(number, Some(fault::in_words(&error)));
                    if let Some(trouble) = fault::exhausted(address, &error) {
                        return Poll::Ready(Settled::Exhausted(trouble));
                    }
                    self.failed.push((address, error));
                    return Poll::Ready(Settled::Failed);
                }
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_six_comes_first() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        for (given, taken) in [
            (vec!["1.1.1.1:1", "[::1]:1"], vec!["[::1]:1", "1.1.1.1:1"]),
            (
                vec!["1.1.1.1:1", "1.1.1.2:1"],
                vec!["1.1.1.1:1", "1.1.1.2:1"],
            ),
            (
                vec!["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"],
                vec!["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"],
            ),
            (vec![], vec![]),
        ] {
            assert_eq!(interleaved(addresses(&given)), addresses(&taken));
        }
    }
}
