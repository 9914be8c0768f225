//! Captures.

use super::{
    paths,
    scope::{RESERVED, is_word},
    subject::subject,
};
use crate::{
    Capture, Decode, Pick, code,
    spec::{self, SUBJECTS, VerbSpec},
};
use jaunt_text::{Diagnostics, Item, Table};

/// A table of captures by name.
pub(super) fn captures(
    item: &Item<'_>,
    verb: &'static VerbSpec,
    found: &mut Diagnostics<'_>,
) -> Vec<Capture> {
    let table = item.table(found);
    table
        .iter()
        .flat_map(Table::items)
        .filter_map(|item| capture(&item, verb, found))
        .collect()
}

fn capture(
    item: &Item<'_>,
    verb: &'static VerbSpec,
    found: &mut Diagnostics<'_>,
) -> Option<Capture> {
    if let Some(text) = item.as_text() {
        let subject = if text.starts_with('$') { text } else { "$.id" };
        found
            .error(
                jaunt_text::code::WRONG_TYPE,
                item.span(),
                format!("capture `{}` must be a table", item.key()),
            )
            .label("this is text")
            .help(format!(
                "name what is looked at: `{{ json = \"{subject}\" }}`"
            ));
        return None;
    }
    let table = item.table(found)?;
    if !is_word(item.key()) {
        found
            .error(
                code::BAD_NAME,
                item.key_span(),
                format!("`{}` cannot be a capture's name", item.key()),
            )
            .help("names are letters, digits, `-` and `_`");
    }
    let before = found.errors();
    table.only(&keys(verb), &[], found);
    if found.errors() > before && table.items().count() < 2 {
        return None;
    }
    let (subject, subject_text) = subject(&table, verb, found)?;
    let pick = optional(&table, "pick", found, pick);
    let then = optional(&table, "then", found, paths::json);
    let matches = optional(&table, "matches", found, paths::one_group);
    let decode = optional(&table, "decode", found, |item, found| {
        item.one_of(Decode::NAMES, Decode::from_name, found)
    });
    let as_url = optional(&table, "as", found, |item, found| {
        item.one_of(&["url"], |text| (text == "url").then_some(()), found)
    });
    let secret = optional(&table, "secret", found, Item::boolean);
    Some(Capture {
        name: item.key().to_owned(),
        subject,
        subject_text,
        pick,
        then,
        matches,
        decode,
        as_url: as_url.is_some(),
        secret: secret.unwrap_or(false),
    })
}

/// What `read` makes of a key, where it is there.
pub fn optional<'d, T>(
    table: &Table<'d>,
    key: &str,
    found: &mut Diagnostics<'_>,
    read: impl FnOnce(&Item<'d>, &mut Diagnostics<'_>) -> Option<T>,
) -> Option<T> {
    table.item(key).and_then(|item| read(&item, found))
}

fn keys(verb: &VerbSpec) -> Vec<&'static str> {
    let own = verb.subjects.iter().copied();
    let rest = SUBJECTS.iter().map(|subject| subject.name);
    own.chain(["attribute"])
        .chain(spec::key_names(spec::CAPTURE))
        .chain(rest)
        .collect()
}

fn pick(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Pick> {
    if let Some(table) = item.as_table() {
        table.only(&["min", "max"], &[], found);
        return match (table.item("min"), table.item("max")) {
            (Some(path), None) => paths::json(&path, found).map(Pick::Min),
            (None, Some(path)) => paths::json(&path, found).map(Pick::Max),
            _ => {
                item.wrong("`{ min = PATH }` or `{ max = PATH }`", found);
                None
            }
        };
    }
    let name = |text: &str| match text {
        "first" => Some(Pick::First),
        "last" => Some(Pick::Last),
        "random" => Some(Pick::Random),
        _ => None,
    };
    item.one_of(&["first", "last", "random"], name, found)
}

/// Whether a step may be called so.
pub(super) fn free_id(id: &str) -> bool {
    // `root` is the path of a run's own span.
    !RESERVED.contains(&id) && id != "root"
}
