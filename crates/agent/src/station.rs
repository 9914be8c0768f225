//! A station: a journey in a region, to which slots belong.

use std::sync::Arc;

/// A journey of a customer in a region: whose slots these are. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Station(Arc<str>);

/// Between the parts; no name holds it.
const BETWEEN: char = '\0';

impl Station {
    /// The station of these names.
    pub fn new(customer: &str, journey: &str, region: &str) -> Self {
        Self(format!("{customer}{BETWEEN}{journey}{BETWEEN}{region}").into())
    }

    /// The customer.
    pub fn customer(&self) -> &str {
        self.part(0)
    }

    /// The journey's name, with its matrix part.
    pub fn journey(&self) -> &str {
        self.part(1)
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.part(2)
    }

    fn part(&self, number: usize) -> &str {
        self.0.splitn(3, BETWEEN).nth(number).unwrap_or_default()
    }
}

impl std::fmt::Display for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.customer(), self.journey())
    }
}

impl std::fmt::Debug for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self} in {}", self.region())
    }
}
