//! The roster: the journeys that run, by the numbers under which book and gate know them.
//!
//! A journey keeps its number for as long as a run of it goes on, removed or not: should it come
//! back meanwhile, it does not overlap its own run.

use crate::{JourneyNumber, Station, load::Loaded};
use std::collections::{BTreeMap, BTreeSet};

/// The journeys that run. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    numbers: BTreeMap<Station, JourneyNumber>,
    pages: Vec<Page>,
    free: BTreeSet<u32>,
}

#[derive(Debug, Default)]
struct Page {
    loaded: Option<Loaded>,
    running: bool,
}

impl Roster {
    /// Puts a journey in, or a newer version in its place.
    pub(crate) fn put(&mut self, loaded: Loaded) -> JourneyNumber {
        let number = match self.numbers.get(&loaded.station) {
            Some(number) => *number,
            None => self.fresh(&loaded.station),
        };
        if let Some(page) = self.page(number) {
            page.loaded = Some(loaded);
        }
        number
    }

    /// Takes a journey out, and gives it back.
    pub(crate) fn take(&mut self, station: &Station) -> Option<(JourneyNumber, Loaded)> {
        let number = *self.numbers.get(station)?;
        let page = self.page(number)?;
        let (loaded, running) = (page.loaded.take(), page.running);
        if !running {
            self.forget(station, number);
        }
        Some((number, loaded?))
    }

    /// A run of a journey begins.
    pub(crate) fn began(&mut self, number: JourneyNumber) {
        if let Some(page) = self.page(number) {
            page.running = true;
        }
    }

    /// The run of a journey has ended.
    pub(crate) fn ended(&mut self, number: JourneyNumber, station: &Station) {
        let Some(page) = self.page(number) else {
            return;
        };
        page.running = false;
        if page.loaded.is_none() {
            self.forget(station, number);
        }
    }

    /// The journey of this number.
    pub(crate) fn by_number(&self, number: JourneyNumber) -> Option<&Loaded> {
        let page = self.pages.get(usize::try_from(number.0).ok()?)?;
        page.loaded.as_ref()
    }

    /// The journey of this name, and its number.
    pub(crate) fn by_name(&self, station: &Station) -> Option<(JourneyNumber, &Loaded)> {
        let number = *self.numbers.get(station)?;
        Some((number, self.by_number(number)?))
    }

    /// The journeys' names.
    pub(crate) fn stations(&self) -> BTreeSet<Station> {
        let known = self.numbers.iter();
        known
            .filter(|(_, number)| self.by_number(**number).is_some())
            .map(|(station, _)| station.clone())
            .collect()
    }

    /// All that run.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Loaded> {
        self.pages.iter().filter_map(|page| page.loaded.as_ref())
    }

    fn fresh(&mut self, station: &Station) -> JourneyNumber {
        let number = self.free.pop_first().unwrap_or_else(|| {
            self.pages.push(Page::default());
            u32::try_from(self.pages.len() - 1).unwrap_or(u32::MAX)
        });
        self.numbers.insert(station.clone(), JourneyNumber(number));
        JourneyNumber(number)
    }

    fn forget(&mut self, station: &Station, number: JourneyNumber) {
        self.numbers.remove(station);
        self.free.insert(number.0);
    }

    fn page(&mut self, number: JourneyNumber) -> Option<&mut Page> {
        self.pages.get_mut(usize::try_from(number.0).ok()?)
    }
}
