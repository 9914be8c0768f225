//! What the shop knows: its catalogue, who is signed in, what was ordered.
//!
//! Pure: the time is an argument. Sessions and orders are bounded; the oldest make room.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How many sessions, and how many orders, are remembered: far more than one prober makes between
/// two looks, and a few hundred KiB at most.
const REMEMBERED: usize = 1_000;

/// An article: id, name, price in cents.
pub(crate) type Article = (&'static str, &'static str, u32);

/// The catalogue, in the order in which it is shown.
pub(crate) const CATALOGUE: [Article; 5] = [
    ("A-100", "Lantern", 2_450),
    ("B-200", "Compass", 1_290),
    ("C-300", "Rope, 20 m", 3_100),
    ("D-400", "Map of the coast", 990),
    ("E-500", "Field glass", 8_900),
];

/// Someone who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The value of the cookie `sid`.
    pub(crate) sid: String,
    /// What every change must bring in `x-csrf-token`.
    pub(crate) csrf: String,
}

/// What was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// `O-1001` and on.
    pub(crate) id: String,
    /// The article's id.
    pub(crate) product: String,
    /// How many.
    pub(crate) qty: u64,
    sid: String,
    key: Option<String>,
    placed: Instant,
}

/// The shop's memory.
#[derive(Debug, Default)]
pub(crate) struct Store {
    minted: u64,
    sold: u64,
    charged: u64,
    sessions: VecDeque<Session>,
    orders: VecDeque<Order>,
}

impl Store {
    /// The number of the next receipt.
    pub(crate) fn charge(&mut self) -> u64 {
        self.charged += 1;
        1_000 + self.charged
    }

    /// Begins a session.
    pub(crate) fn sign_in(&mut self) -> Session {
        let session = Session {
            sid: self.token(),
            csrf: self.token(),
        };
        remember(&mut self.sessions, session.clone());
        session
    }

    /// The session of this cookie.
    pub(crate) fn session(&self, sid: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.sid == sid)
    }

    /// Ends a session.
    pub(crate) fn sign_out(&mut self, sid: &str) {
        self.sessions.retain(|session| session.sid != sid);
    }

    /// Places an order; the same `key` in the same session gives back the order it made before.
    pub(crate) fn order(&mut self, sid: &str, buy: Purchase, now: Instant) -> Order {
        let again =
            |order: &&Order| order.sid == sid && order.key.is_some() && order.key == buy.key;
        if let Some(order) = self.orders.iter().find(again) {
            return order.clone();
        }
        self.sold += 1;
        let order = Order {
            id: format!("O-{}", 1_000 + self.sold),
            product: buy.product,
            qty: buy.qty,
            sid: sid.into(),
            key: buy.key,
            placed: now,
        };
        remember(&mut self.orders, order.clone());
        order
    }

    /// The order of this id, as long as it is this session's own.
    pub(crate) fn find(&self, sid: &str, id: &str) -> Option<&Order> {
        self.orders
            .iter()
            .find(|order| order.id == id && order.sid == sid)
    }

    /// The next token: 32 hex digits that look random and are the same in every run.
    fn token(&mut self) -> String {
        self.minted += 2;
        format!("{:016x}{:016x}", mix(self.minted), mix(self.minted + 1))
    }
}

/// What someone wants to buy.
#[derive(Debug)]
pub(crate) struct Purchase {
    /// The article's id, which exists.
    pub(crate) product: String,
    /// How many: 1 to 10.
    pub(crate) qty: u64,
    /// The idempotency key, where one was sent.
    pub(crate) key: Option<String>,
}

impl Order {
    /// `pending`, and `confirmed` once `confirm_after` has passed.
    pub(crate) fn status(&self, confirm_after: Duration, now: Instant) -> &'static str {
        if now.saturating_duration_since(self.placed) < confirm_after {
            "pending"
        } else {
            "confirmed"
        }
    }
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}

/// SplitMix64's finalizer (Steele, Lea, Flood 2014): a bijection, so tokens never repeat.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(key: Option<&str>) -> Purchase {
        Purchase {
            product: "C-300".into(),
            qty: 1,
            key: key.map(Into::into),
        }
    }

    #[test]
    fn an_order_is_confirmed_after_its_time_and_not_before() {
        let start = Instant::now();
        let order = Store::default().order("me", rope(None), start);
        let wait = Duration::from_millis(500);
        assert_eq!(
            order.status(wait, start + Duration::from_millis(499)),
            "pending"
        );
        assert_eq!(order.status(wait, start + wait), "confirmed");
    }

    #[test]
    fn the_same_idempotency_key_buys_once() {
        let (mut store, now) = (Store::default(), Instant::now());
        let first = store.order("me", rope(Some("k")), now);
        assert_eq!(store.order("me", rope(Some("k")), now), first);
        assert_ne!(store.order("me", rope(Some("other")), now).id, first.id);
        assert_ne!(store.order("you", rope(Some("k")), now).id, first.id);
        let bare = store.order("me", rope(None), now);
        assert_ne!(store.order("me", rope(None), now).id, bare.id);
    }

    #[test]
    fn an_order_is_shown_to_its_own_session_only() {
        let mut store = Store::default();
        let order = store.order("me", rope(None), Instant::now());
        assert!(store.find("me", &order.id).is_some());
        assert!(store.find("you", &order.id).is_none());
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_goes() {
        let mut store = Store::default();
        let first = store.sign_in();
        let rest: Vec<_> = (0..REMEMBERED).map(|_| store.sign_in()).collect();
        assert_eq!(store.session(&first.sid), None);
        assert!(
            rest.iter()
                .all(|session| store.session(&session.sid) == Some(session))
        );
        assert_eq!(store.sessions.len(), REMEMBERED);
    }

    #[test]
    fn two_starts_give_the_same_tokens_and_one_start_never_the_same_twice() {
        let tokens = |n| {
            let mut store = Store::default();
            (0..n).map(|_| store.sign_in()).collect::<Vec<_>>()
        };
        assert_eq!(tokens(100), tokens(100));
        let mut seen: Vec<_> = tokens(100)
            .into_iter()
            .flat_map(|s| [s.sid, s.csrf])
            .collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 200);
    }
}
