//! A table of a file, with the names that people call it by.

use crate::{Diagnostics, Item, code, list, names};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// A table of a file.
#[derive(Clone, Debug)]
pub struct Table<'d> {
    entries: &'d DeTable<'d>,
    span: Range<usize>,
    name: String,
}

impl<'d> Table<'d> {
    /// The document itself, by the name that messages call it: `a journey`.
    pub fn root(document: &'d Spanned<DeTable<'d>>, name: &str) -> Self {
        Self {
            entries: document.get_ref(),
            span: 0..0,
            name: name.to_owned(),
        }
    }

    pub(crate) const fn new(entries: &'d DeTable<'d>, span: Range<usize>, name: String) -> Self {
        Self {
            entries,
            span,
            name,
        }
    }

    /// The same table by another name.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands: its header or its braces.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it has this key.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// What stands under `key`.
    pub fn item(&self, key: &str) -> Option<Item<'d>> {
        self.entries
            .get_key_value(key)
            .map(|(key, value)| Item::new(key.get_ref(), key.span(), value))
    }

    /// Everything in it, in the file's order.
    pub fn items(&self) -> impl Iterator<Item = Item<'d>> + use<'d> {
        self.entries
            .iter()
            .map(|(key, value)| Item::new(key.get_ref(), key.span(), value))
    }

    /// What stands under `key`, which must be there.
    ///
    /// A key that was meant for it and is told as a near miss is not told twice.
    pub fn required(&self, key: &str, found: &mut Diagnostics<'_>) -> Option<Item<'d>> {
        self.required_or(key, None, found)
    }

    /// What stands under `key`, which must be there; `help` says what to write if it is not.
    pub fn required_or(
        &self,
        key: &str,
        help: Option<&str>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Item<'d>> {
        let item = self.item(key);
        let missed = || {
            self.entries
                .keys()
                .any(|other| names::nearest(other.get_ref(), [key]).is_some())
        };
        if item.is_none() && !missed() {
            found
                .error(
                    code::MISSING_KEY,
                    self.span(),
                    format!("{} needs `{key}`", self.name),
                )
                .label(format!("`{key}` is missing"))
                .maybe_help(help.map(Into::into));
        }
        item
    }

    /// Notes every key but the `known`; `above` are known further up, with where that is.
    pub fn only(&self, known: &[&str], above: &[(&str, &str)], found: &mut Diagnostics<'_>) {
        for item in self.items().filter(|item| !known.contains(&item.key())) {
            self.unknown(&item, known, above, found);
        }
    }

    /// Notes one key as unknown, with a way out.
    pub fn unknown(
        &self,
        item: &Item<'_>,
        known: &[&str],
        above: &[(&str, &str)],
        found: &mut Diagnostics<'_>,
    ) {
        let key = item.key();
        if let Some((_, place)) = above.iter().find(|(name, _)| *name == key) {
            found
                .error(
                    code::MISPLACED_KEY,
                    item.key_span(),
                    format!("`{key}` is no key of {}", self.name),
                )
                .label(format!("belongs {place}"));
            return;
        }
        let help = match nearest_free(key, known, self) {
            Some(name) => format!("did you mean `{name}`?"),
            None if known.is_empty() => format!("{} takes no keys", self.name),
            None => format!("{} takes {}", self.name, list(known.iter().copied(), "and")),
        };
        self.unknown_but(item, help, found);
    }

    /// Notes one key as unknown; `help` says what it was meant for.
    pub fn unknown_but(
        &self,
        item: &Item<'_>,
        help: impl Into<String>,
        found: &mut Diagnostics<'_>,
    ) {
        found
            .error(
                code::UNKNOWN_KEY,
                item.key_span(),
                format!("unknown key `{}` in {}", item.key(), self.name),
            )
            .help(help);
    }

    /// The text under `key`.
    pub fn text(&self, key: &str, found: &mut Diagnostics<'_>) -> Option<&'d str> {
        self.item(key).and_then(|item| item.text(found))
    }
}

/// The nearest known name that is not there yet, else the nearest at all.
fn nearest_free<'n>(key: &str, known: &[&'n str], table: &Table<'_>) -> Option<&'n str> {
    // A plural is meant as its singular, of which there may be several: `[[slos]]` beside `[[slo]]`.
    let singular = key.strip_suffix('s');
    if let Some(name) = known.iter().find(|name| singular == Some(**name)) {
        return Some(name);
    }
    let free = known.iter().copied().filter(|name| !table.has(name));
    names::nearest(key, free).or_else(|| names::nearest(key, known.iter().copied()))
}
