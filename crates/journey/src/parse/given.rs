//! What a step says, with `[defaults]` behind it.

use super::{names::Names, scope::captures_in};
use crate::spec::{self, VerbSpec};
use jaunt_text::{Item, Table};

/// What a step says, with `[defaults]` behind it.
#[derive(Debug)]
pub(super) struct Given<'g, 'd> {
    pub(super) step: &'g Table<'d>,
    pub(super) defaults: Option<&'g Table<'d>>,
    pub(super) verb: &'static VerbSpec,
    pub(super) names: &'g Names,
    pub(super) index: usize,
}

impl<'d> Given<'_, 'd> {
    /// What stands under `key` in the step, else in the defaults.
    pub(super) fn item(&self, key: &str) -> Option<Item<'d>> {
        self.step.item(key).or_else(|| self.default_item(key))
    }

    /// Every entry of the table under `key`: the defaults' first, unless the step has its own of
    /// the same name (`same` says when names are the same).
    pub(super) fn entries(&self, key: &str, same: fn(&str, &str) -> bool) -> Vec<Item<'d>> {
        let own = self.step.item(key).and_then(|item| item.as_table());
        let own: Vec<Item<'d>> = own.iter().flat_map(Table::items).collect();
        let defaults = self.known_default(key).and_then(|item| item.as_table());
        let mut entries: Vec<Item<'d>> = defaults
            .iter()
            .flat_map(Table::items)
            .filter(|item| !own.iter().any(|own| same(own.key(), item.key())))
            .filter(|item| self.holds_yet(item))
            .collect();
        entries.extend(own);
        entries
    }

    /// The default of `key`, if this verb knows it and all that it needs is captured by now.
    fn default_item(&self, key: &str) -> Option<Item<'d>> {
        self.known_default(key).filter(|item| self.holds_yet(item))
    }

    fn known_default(&self, key: &str) -> Option<Item<'d>> {
        let common = spec::COMMON.iter().any(|common| common.name == key);
        if !spec::DEFAULTS.contains(&key) || !(common || self.verb.has_key(key)) {
            return None;
        }
        self.defaults.and_then(|defaults| defaults.item(key))
    }

    /// Whether a default holds for this step: one that needs a capture does from the step after
    /// it. What is captured nowhere is left in, to be told.
    fn holds_yet(&self, item: &Item<'_>) -> bool {
        let mut needed = Vec::new();
        captures_in(item.value(), &mut needed);
        needed.iter().all(|(step, _)| {
            self.names
                .step(step)
                .is_none_or(|(index, _)| index < self.index)
        })
    }
}
