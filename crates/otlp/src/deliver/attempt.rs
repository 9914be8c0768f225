//! What to do next about a batch, as decisions without clock or socket.

use super::Pace;
use std::{ops::Range, time::Duration};

/// The longest that an endpoint may ask us to wait: a wrong date must not stop delivery for good.
const LONGEST_ADVICE: Duration = Duration::from_secs(3_600);

/// How long to wait before the next try.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    pace: Pace,
    window: Duration,
}

impl Backoff {
    pub(crate) const fn new(pace: Pace) -> Self {
        Self {
            pace,
            window: pace.first,
        }
    }

    /// The pause after a try that may succeed later: what the endpoint asks for, else a random part
    /// of the window (full jitter), which doubles. `random` is in 0..1.
    pub(crate) fn later(&mut self, advice: Option<Duration>, random: f64) -> Duration {
        let window = self.window;
        self.window = (window * 2).min(self.pace.last);
        match advice {
            Some(advice) => advice.min(LONGEST_ADVICE),
            None => window.mul_f64(random.clamp(0.0, 1.0)),
        }
    }

    /// Something was taken: the next trouble begins with the first window.
    pub(crate) const fn reset(&mut self) {
        self.window = self.pace.first;
    }
}

/// A batch of items that was refused, cut in halves until what is refused stands alone.
///
/// Where the first half of something refused is taken, the second holds what was refused: it is
/// halved unseen, which saves a request at each such step. One item alone is always sent before it
/// is given up, since a batch may have been refused for its size. One poison item among n costs at
/// most 2·log2(n)+2 requests, the first one included.
#[derive(Clone, Debug)]
pub(crate) struct Halving {
    /// What is still to be sent; the next one is the last.
    open: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    items: Range<usize>,
    /// Whether its other half lies below it on the stack.
    is_first_half: bool,
    /// Whether it holds what was refused for sure.
    is_suspect: bool,
}

impl Halving {
    /// Of `count` items that were refused together.
    pub(crate) fn of_refused(count: usize) -> Self {
        let mut halving = Self { open: Vec::new() };
        halving.split(0..count);
        halving
    }

    /// With nothing left to send.
    pub(crate) const fn done() -> Self {
        Self { open: Vec::new() }
    }

    /// The items to send next; `None` once all are done with.
    pub(crate) fn next(&mut self) -> Option<Range<usize>> {
        while let Some(piece) = self
            .open
            .pop_if(|piece| piece.is_suspect && piece.items.len() > 1)
        {
            self.split(piece.items);
        }
        self.open.last().map(|piece| piece.items.clone())
    }

    /// What [`Halving::next`] gave was taken.
    pub(crate) fn taken(&mut self) {
        let taken = self.open.pop();
        if let (Some(taken), Some(other)) = (taken, self.open.last_mut()) {
            other.is_suspect = taken.is_first_half;
        }
    }

    /// What [`Halving::next`] gave was refused; gives back the item that stands alone and is to be
    /// set aside, if it is one.
    pub(crate) fn refused(&mut self) -> Option<usize> {
        let piece = self.open.pop()?;
        if piece.items.len() > 1 {
            self.split(piece.items);
            return None;
        }
        Some(piece.items.start)
    }

    fn split(&mut self, items: Range<usize>) {
        let middle = items.start + items.len() / 2;
        for (items, is_first_half) in [(middle..items.end, false), (items.start..middle, true)] {
            if !items.is_empty() {
                self.open.push(Piece {
                    items,
                    is_first_half,
                    is_suspect: false,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Sends `count` items to someone who refuses what holds one of `poison`, or is longer than
    /// `room`: requests, what was taken in order, and what was set aside.
    fn send(
        count: usize,
        poison: &BTreeSet<usize>,
        room: usize,
    ) -> (usize, Vec<usize>, Vec<usize>) {
        let refuses = |items: &Range<usize>| {
            items.len() > room || items.clone().any(|item| poison.contains(&item))
        };
        let (mut requests, mut taken, mut aside) = (1, Vec::new(), Vec::new());
        if !refuses(&(0..count)) {
            return (requests, (0..count).collect(), aside);
        }
        let mut halving = Halving::of_refused(count);
        while let Some(items) = halving.next() {
            if count > 1 {
                requests += 1;
            }
            match refuses(&items) {
                true => aside.extend(halving.refused()),
                false => {
                    taken.extend(items);
                    halving.taken();
                }
            }
        }
        (requests, taken, aside)
    }

    #[test]
    fn one_poison_record_costs_few_requests_wherever_it_stands() {
        for count in 1..=300_usize {
            let most = 2.0 * (count as f64).log2() + 2.0;
            for poison in 0..count {
                let (requests, taken, aside) = send(count, &[poison].into(), usize::MAX);
                assert_eq!(aside, [poison], "of {count}");
                assert_eq!(taken.len(), count - 1, "{poison} of {count}");
                assert!(
                    requests as f64 <= most,
                    "{requests} for {poison} of {count}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_not_poison_is_taken_once_and_in_order(
            count in 1..200_usize,
            poison in prop::collection::btree_set(0..200_usize, 0..8),
        ) {
            let poison: BTreeSet<usize> = poison.into_iter().filter(|it| *it < count).collect();
            let (_, taken, aside) = send(count, &poison, usize::MAX);
            let sound: Vec<usize> = (0..count).filter(|it| !poison.contains(it)).collect();
            prop_assert_eq!(taken, sound);
            prop_assert_eq!(aside.into_iter().collect::<BTreeSet<_>>(), poison);
        }

        #[test]
        fn what_is_only_too_large_is_not_lost(count in 1..200_usize, room in 1..50_usize) {
            let (requests, taken, aside) = send(count, &BTreeSet::new(), room);
            prop_assert_eq!(taken, (0..count).collect::<Vec<_>>());
            prop_assert!(aside.is_empty());
            prop_assert!(requests <= 4 * count);
        }

        #[test]
        fn a_pause_lies_within_its_window(tries in 0..20_u32, random in 0.0..1.0_f64) {
            let mut backoff = Backoff::new(Pace::default());
            for _ in 0..tries {
                backoff.later(None, 0.5);
            }
            let window = 1_u64.checked_shl(tries).map_or(60, |it| it.min(60));
            prop_assert!(backoff.later(None, random) <= Duration::from_secs(window));
        }
    }

    #[test]
    fn advice_is_obeyed_within_an_hour_and_success_forgets_the_trouble() {
        let mut backoff = Backoff::new(Pace::default());
        let s = Duration::from_secs;
        for (advice, random, expected) in [
            (None, 1.0, s(1)),
            (Some(s(7)), 0.0, s(7)),
            (None, 1.0, s(4)),
            (Some(s(90_000)), 0.0, s(3_600)),
            (None, 0.5, s(8)),
            (None, 1.0, s(32)),
            (None, 1.0, s(60)),
            (None, 1.0, s(60)),
        ] {
            assert_eq!(backoff.later(advice, random), expected);
        }
        backoff.reset();
        assert_eq!(backoff.later(None, 1.0), s(1));
    }
}
