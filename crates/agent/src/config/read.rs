//! Reading values that may stand elsewhere: `env:NAME` and `file:PATH`.

use super::code;
use crate::config::Around;
use jaunt_text::{Diagnostics, Item, Table, list, nearest, parse_duration, parse_size};
use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a text comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// The file itself says it.
    Plain(String),
    /// A variable, read when the agent starts.
    Env(String),
    /// A file, read anew when it changes; its last newline is not part of it.
    File(PathBuf),
}

impl Text {
    /// `text`, relative files starting at `folder`.
    pub fn of(text: &str, folder: &Path) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Env(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(folder.join(path))
        } else {
            Self::Plain(text.to_owned())
        }
    }

    /// The text that is meant.
    ///
    /// # Errors
    /// A sentence why it cannot be had; it never holds the text.
    pub fn expose(&self, around: &dyn Around) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Env(name) => around
                .variable(name)
                .ok_or_else(|| format!("the variable `{name}` is not set")),
            Self::File(path) => around
                .file(path)
                .map(|text| text.strip_suffix('\n').map(str::to_owned).unwrap_or(text))
                .map_err(|error| format!("`{}` cannot be read: {error}", path.display())),
        }
    }
}

/// What it is, never what it says.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("***"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// Reads the values of one file, the hub's as well as the agent's.
#[derive(Debug)]
pub struct Reader<'r, 'd, 't> {
    /// What lies around the file.
    pub around: &'r dyn Around,
    /// Where the file lies: relative paths start here.
    pub folder: &'r Path,
    /// Where problems are noted.
    pub found: &'d mut Diagnostics<'t>,
}

impl Reader<'_, '_, '_> {
    /// The text of `item`, wherever it stands.
    pub fn text(&mut self, item: &Item<'_>) -> Option<String> {
        let text = item.text(self.found)?;
        match Text::of(text, self.folder).expose(self.around) {
            Ok(text) => Some(text),
            Err(why) => {
                self.found.error(code::UNREADABLE, item.span(), why);
                None
            }
        }
    }

    /// The text under `key`.
    pub fn text_at(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        table.item(key).and_then(|item| self.text(&item))
    }

    /// The path under `key`; relative ones start at the folder.
    pub fn path_at(&mut self, table: &Table<'_>, key: &str) -> Option<PathBuf> {
        let text = self.text_at(table, key)?;
        Some(self.folder.join(text))
    }

    /// The name under `key`: 1 to 63 of `a-z 0-9 -`.
    pub fn name_at(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        let item = table.item(key)?;
        let name = self.text(&item)?;
        if is_name(&name) {
            return Some(name);
        }
        self.found
            .error(
                code::BAD_NAME,
                item.span(),
                format!("`{name}` is no name for {}", item.name()),
            )
            .help("names are 1 to 63 of `a-z`, `0-9` and `-`");
        None
    }

    /// A text that must stand elsewhere.
    pub fn secret(&mut self, item: &Item<'_>) -> Option<Text> {
        let written = item.text(self.found)?;
        let text = Text::of(written, self.folder);
        if matches!(text, Text::Plain(_)) {
            self.found
                .error(
                    code::PLAIN_SECRET,
                    item.span(),
                    format!("{} is a secret and stands here in the open", item.name()),
                )
                .help("say where it is: `env:NAME` or `file:PATH`");
            return None;
        }
        if let Err(why) = text.expose(self.around) {
            self.found.error(code::UNREADABLE, item.span(), why);
            return None;
        }
        Some(text)
    }

    /// The texts under `key`, with their items.
    pub fn texts_at<'i>(
        &mut self,
        table: &Table<'i>,
        key: &str,
    ) -> Option<Vec<(Item<'i>, String)>> {
        let items = table.item(key)?.list("a list of texts", self.found)?;
        Some(
            items
                .into_iter()
                .filter_map(|item| self.text(&item).map(|text| (item, text)))
                .collect(),
        )
    }

    /// The duration under `key`, of `range`.
    pub fn duration_at(
        &mut self,
        table: &Table<'_>,
        key: &str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let item = table.item(key)?;
        if !elsewhere(&item) {
            return item.duration_in(range, self.found);
        }
        let text = self.text(&item)?;
        let duration = parse_duration(&text)
            .ok()
            .filter(|duration| range.contains(duration));
        self.otherwise(&item, &text, "a duration that may stand here", duration)
    }

    /// The size under `key`, of at least `least` bytes.
    pub fn size_at(&mut self, table: &Table<'_>, key: &str, least: u64) -> Option<u64> {
        let item = table.item(key)?;
        if elsewhere(&item) {
            let text = self.text(&item)?;
            let size = parse_size(&text).ok().filter(|size| *size >= least);
            return self.otherwise(&item, &text, "a size that may stand here", size);
        }
        let size = item.size(self.found)?;
        if size < least {
            self.found
                .error(
                    jaunt_text::code::OUT_OF_RANGE,
                    item.span(),
                    format!("{} is too small", item.name()),
                )
                .help(format!("it is at least `{}`", jaunt_text::size_text(least)));
            return None;
        }
        Some(size)
    }

    /// The name under `key`, one of `names`.
    pub fn one_of(&mut self, item: &Item<'_>, names: &[&'static str]) -> Option<&'static str> {
        let text = self.text(item)?;
        let known = names.iter().find(|name| **name == text);
        if known.is_none() {
            let near =
                nearest(&text, names.iter().copied()).map(|name| format!("did you mean `{name}`?"));
            self.found
                .error(
                    jaunt_text::code::UNKNOWN_NAME,
                    item.span(),
                    format!("{} cannot be `{text}`", item.name()),
                )
                .label(format!("expected {}", list(names.iter().copied(), "or")))
                .maybe_help(near);
        }
        known.copied()
    }

    /// The names under `key`, each one of `names`, none twice.
    pub fn some_of(
        &mut self,
        table: &Table<'_>,
        key: &str,
        names: &[&'static str],
    ) -> Option<Vec<&'static str>> {
        let items = table.item(key)?.list("a list of names", self.found)?;
        let mut some = Vec::new();
        for item in items {
            if let Some(name) = self.one_of(&item, names)
                && !some.contains(&name)
            {
                some.push(name);
            }
        }
        Some(some)
    }

    fn otherwise<T>(
        &mut self,
        item: &Item<'_>,
        text: &str,
        wanted: &str,
        value: Option<T>,
    ) -> Option<T> {
        if value.is_none() {
            self.found.error(
                jaunt_text::code::OUT_OF_RANGE,
                item.span(),
                format!(
                    "{} comes out as `{text}`, which is not {wanted}",
                    item.name()
                ),
            );
        }
        value
    }
}

/// Whether a text says where it stands rather than what it is.
fn elsewhere(item: &Item<'_>) -> bool {
    item.as_text()
        .is_some_and(|text| text.starts_with("env:") || text.starts_with("file:"))
}

/// Whether `name` is 1 to 63 of `a-z 0-9 -`.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len()) && name.chars().all(fits)
}
