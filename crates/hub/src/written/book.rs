//! The lines, and what they come to.

use super::{Act, Answer, Draft, Entry, Line, Refused};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of one customer: some 30 a day for a year, and a few MiB at the very most.
const LINES: usize = 10_000;
/// Proposals of one customer that may wait at once.
const WAITING: usize = 200;

/// All lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    lines: BTreeMap<i64, Line>,
    of: BTreeMap<String, BTreeSet<i64>>,
    answers: BTreeMap<i64, BTreeSet<i64>>,
}

/// An entry, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<'b> {
    /// The line that holds it.
    pub line: &'b Line,
    /// The entry.
    pub entry: &'b Entry,
    /// Whether it holds.
    pub standing: Standing<'b>,
}

/// Whether an entry holds; with the line that settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'b> {
    /// It needs no consent.
    Said,
    /// It waits for the other side.
    Pending,
    /// The other side agreed.
    Agreed(&'b Line),
    /// The other side declined.
    Declined(&'b Line),
    /// Its own side took it back.
    Withdrawn(&'b Line),
}

impl Standing<'_> {
    /// Its name in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Pending => "pending",
            Self::Agreed(_) => "agreed",
            Self::Declined(_) => "declined",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    /// The line that settled it.
    pub const fn settled(&self) -> Option<&Line> {
        match self {
            Self::Said | Self::Pending => None,
            Self::Agreed(line) | Self::Declined(line) | Self::Withdrawn(line) => Some(line),
        }
    }
}

impl Book {
    /// Adds a line; one whose place is taken is known already.
    pub fn add(&mut self, line: Line) {
        if self.lines.contains_key(&line.seq) {
            return;
        }
        let of = self.of.entry(line.draft.customer.clone()).or_default();
        of.insert(line.seq);
        if let Act::Answered { entry, .. } = &line.draft.act {
            self.answers.entry(*entry).or_default().insert(line.seq);
        }
        self.lines.insert(line.seq, line);
    }

    /// What was written by an instant, Unix ns.
    pub fn as_of(&self, at_ns: i64) -> Self {
        let mut book = Self::default();
        let lines = self.lines.values().cloned();
        lines
            .filter(|line| line.draft.at_ns <= at_ns)
            .for_each(|line| book.add(line));
        book
    }

    /// Whether the log takes this as its next line.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn admits(&self, draft: &Draft) -> Result<(), Refused> {
        draft.bounded()?;
        let lines = self.of.get(&draft.customer).map_or(0, BTreeSet::len);
        if lines >= LINES {
            return Err(Refused::Full(lines));
        }
        match &draft.act {
            Act::Wrote(entry) => {
                let waits = |written: &Written<'_>| written.standing == Standing::Pending;
                let waiting = self.entries(&draft.customer).filter(waits).count();
                match entry.what.needs_consent() && waiting >= WAITING {
                    true => Err(Refused::Waiting(waiting)),
                    false => Ok(()),
                }
            }
            Act::Answered { entry, answer, .. } => {
                let found = self.entry(*entry);
                let of = found.filter(|found| found.line.draft.customer == draft.customer);
                let of = of.ok_or(Refused::NoSuch(*entry))?;
                if of.standing.settled().is_some() {
                    return Err(Refused::Settled);
                }
                fits(of.line, of.entry, draft, *answer)
            }
        }
    }

    /// An entry, by its place.
    pub fn entry(&self, seq: i64) -> Option<Written<'_>> {
        let line = self.lines.get(&seq)?;
        let Act::Wrote(entry) = &line.draft.act else {
            return None;
        };
        Some(Written {
            line,
            entry,
            standing: self.standing(line, entry),
        })
    }

    /// A customer's entries, the oldest first.
    pub fn entries(&self, customer: &str) -> impl DoubleEndedIterator<Item = Written<'_>> {
        let of = self.of.get(customer).into_iter().flatten();
        of.filter_map(|seq| self.entry(*seq))
    }

    /// The last line of a customer: as long as it is the same, so is all that was written.
    pub fn last(&self, customer: &str) -> i64 {
        let of = self.of.get(customer);
        of.and_then(|of| of.last()).copied().unwrap_or(0)
    }

    /// What the first answer that may settle it made of an entry.
    fn standing(&self, line: &Line, entry: &Entry) -> Standing<'_> {
        let answers = self.answers.get(&line.seq).into_iter().flatten();
        let after = answers.filter(|seq| **seq > line.seq);
        for answered in after.filter_map(|seq| self.lines.get(seq)) {
            let Act::Answered { answer, .. } = &answered.draft.act else {
                continue;
            };
            if fits(line, entry, &answered.draft, *answer).is_err() {
                continue;
            }
            return match answer {
                Answer::Consent => Standing::Agreed(answered),
                Answer::Decline => Standing::Declined(answered),
                Answer::Withdraw => Standing::Withdrawn(answered),
            };
        }
        match entry.what.needs_consent() {
            true => Standing::Pending,
            false => Standing::Said,
        }
    }
}

/// Whether this side may answer this entry so.
fn fits(line: &Line, entry: &Entry, draft: &Draft, answer: Answer) -> Result<(), Refused> {
    if line.draft.customer != draft.customer {
        return Err(Refused::NoSuch(line.seq));
    }
    let wrote = line.draft.side;
    match answer {
        Answer::Withdraw if wrote != draft.side => Err(Refused::Others(wrote)),
        Answer::Withdraw => Ok(()),
        Answer::Consent | Answer::Decline if !entry.what.needs_consent() => {
            Err(Refused::NeedsNone(entry.what.as_str()))
        }
        Answer::Consent | Answer::Decline if wrote == draft.side => Err(Refused::Own(wrote)),
        Answer::Consent | Answer::Decline => Ok(()),
    }
}
