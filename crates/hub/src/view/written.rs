//! What both sides wrote, as far as one who asks may see it, and what they may add.

use super::{SECOND_NS, View};
use crate::{
    store::{StoreError, Unadded},
    written::{Act, Draft, Line, Written},
};
use jaunt_agreement::Side;
use std::ops::Range;

impl View {
    /// The side for which who looks may write about this customer; `None`: they only read.
    pub fn side(&self, customer: &str) -> Option<Side> {
        self.grant.side(customer)
    }

    /// The word that forms repeat, so that no other page sends one in the reader's name.
    pub fn guard(&self) -> Option<&str> {
        self.guard.as_deref()
    }

    /// The same, with the word that forms repeat.
    #[must_use]
    pub(crate) fn guarded(self, guard: Option<String>) -> Self {
        Self {
            guard: guard.map(Into::into),
            ..self
        }
    }

    /// A customer's entries, the oldest first.
    pub fn entries<T>(&self, customer: &str, take: impl FnMut(Written<'_>) -> T) -> Vec<T> {
        if !self.sees(customer) {
            return Vec::new();
        }
        self.desk.store.book().entries(customer).map(take).collect()
    }

    /// An entry of a customer that may be seen, by its place.
    pub fn entry<T>(&self, seq: i64, take: impl FnOnce(Written<'_>) -> T) -> Option<T> {
        let book = self.desk.store.book();
        let found = book.entry(seq)?;
        self.sees(&found.line.draft.customer).then(|| take(found))
    }

    /// When the runs of an incident started that it is about, and whether it goes on: from the
    /// first bad one to just after the last. `None`: there is no such incident in the SLO's window.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn incident(
        &self,
        (customer, journey, slo): (&str, &str, &str),
        start_s: i64,
    ) -> Result<Option<(Range<i64>, bool)>, StoreError> {
        let reports = self.reports(customer, journey)?;
        let of = reports.iter().filter(|report| report.slo == slo);
        let found = of
            .flat_map(|report| &report.incidents)
            .find(|incident| incident.start_ns.div_euclid(SECOND_NS) == start_s);
        Ok(found.map(|found| {
            let runs = found.start_ns..found.last_bad_ns.saturating_add(1);
            (runs, found.ongoing)
        }))
    }

    /// Adds a line for a side of a customer's agreement; `None`: it is not theirs to write.
    ///
    /// # Errors
    /// The log does not take it, or the store cannot write now.
    pub async fn add(&self, customer: &str, act: Act) -> Option<Result<Line, Unadded>> {
        let draft = Draft {
            at_ns: self.now_ns(),
            customer: customer.to_owned(),
            author: self.reader()?.to_owned(),
            side: self.side(customer)?,
            act,
        };
        Some(self.desk.store.add(draft).await)
    }
}
