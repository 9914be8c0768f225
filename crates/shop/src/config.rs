//! What can be set about a shop.

use std::time::Duration;

/// How a shop behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The one account's e-mail address.
    pub email: String,
    /// The one account's password.
    pub password: String,
    /// How long an order is pending before it is confirmed.
    pub confirm_after: Duration,
    /// The shop's pace: reading takes it once, signing in and paying several times. Zero answers at
    /// once.
    pub think: Duration,
}

impl Default for Config {
    /// A shop in good health: an order is confirmed after 1.2 s, a page takes 15 ms.
    fn default() -> Self {
        Self {
            email: "probe@example.net".into(),
            password: "correct-horse".into(),
            confirm_after: Duration::from_millis(1_200),
            think: Duration::from_millis(15),
        }
    }
}

/// What is wrong with a shop, for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Nothing.
    #[default]
    Sound,
    /// Charging a card takes so much longer.
    SlowPayments(Duration),
    /// Everything costs nothing.
    WrongPrices,
    /// It answers 503 to all.
    Closed,
}
