//! Bodies: exactly one kind.

use super::scope::{Scope, Use, literal};
use crate::{Body, BodyContent, MultipartContent, MultipartPart, Value, code, spec};
use jaunt_text::{Diagnostics, Item, Table, list, nearest};

impl Scope<'_> {
    /// The body of a request.
    pub(super) fn body(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Body> {
        let example = match item.as_text() {
            Some(text) if text.trim_start().starts_with(['{', '[']) => r#"{ json = { … } }"#,
            _ => r#"{ text = "…" }"#,
        };
        let table = item.table_such_as(example, found)?;
        let kinds = ["json", "text", "form", "file", "graphql", "multipart"];
        let known = spec::key_names(spec::BODY);
        let is_meant = |key: &str| known.contains(&key) || nearest(key, known.clone()).is_some();
        // A body that was written bare is one slip, however many fields it has.
        if let Some(bare) = table.items().next()
            && !table.items().any(|item| is_meant(item.key()))
        {
            let (key, takes) = (bare.key(), list(known.iter().copied(), "and"));
            found
                .error(
                    jaunt_text::code::UNKNOWN_KEY,
                    bare.key_span(),
                    format!("unknown key `{key}` in `body`"),
                )
                .label("a field of what is sent?")
                .help(format!(
                    "to send this as JSON, write `body.json = …`; `body` takes {takes}"
                ));
            return None;
        }
        table.only(&known, &[], found);
        let kind = one_kind(&table, &kinds, code::ONE_BODY, found)?;
        let content = match kind.key() {
            "json" => self.json(&kind, found).map(BodyContent::Json),
            "text" => self
                .template(&kind, Use::Sealed, found)
                .map(BodyContent::Text),
            "form" => self.form(&kind, found).map(BodyContent::Form),
            "file" => file(&kind, found).map(BodyContent::File),
            "graphql" => self.graphql(&kind, found),
            _ => self.multipart(&kind, found),
        };
        let content_type = match table.item("type") {
            None => None,
            Some(item) => Some(self.template(&item, Use::Sealed, found)?),
        };
        Some(Body {
            content: content?,
            content_type,
        })
    }

    fn json(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Value> {
        self.value(item, Use::Sealed, found)
    }

    fn form(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Vec<(String, Value)>> {
        item.table(found)?
            .items()
            .map(|item| {
                Some((
                    item.key().to_owned(),
                    self.field(&item, Use::Sealed, found)?,
                ))
            })
            .collect()
    }

    fn graphql(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<BodyContent> {
        let table = item.table(found)?;
        table.only(&["query", "variables", "operation"], &[], found);
        let query = table.required("query", found)?;
        let variables = match table.item("variables") {
            None => None,
            Some(item) => {
                item.table(found)?;
                Some(self.json(&item, found)?)
            }
        };
        let operation = match table.item("operation") {
            None => None,
            Some(item) => Some(self.template(&item, Use::Sealed, found)?),
        };
        Some(BodyContent::Graphql {
            query: self.template(&query, Use::Sealed, found)?,
            variables,
            operation,
        })
    }

    fn multipart(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<BodyContent> {
        let parts: Vec<_> = item
            .list("a list of parts", found)?
            .iter()
            .map(|item| self.part(&item.table(found)?.called("a part"), found))
            .collect();
        if parts.is_empty() {
            item.wrong("a list of at least one part", found);
        }
        parts
            .into_iter()
            .collect::<Option<_>>()
            .map(BodyContent::Multipart)
    }

    fn part(self, table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<MultipartPart> {
        table.only(&spec::key_names(spec::MULTIPART), &[], found);
        let name = table.required("name", found);
        let name = name.and_then(|item| literal(&item, found));
        let kind = one_kind(table, &["text", "json", "file"], code::ONE_BODY, found)?;
        let content = match kind.key() {
            "text" => MultipartContent::Text(self.template(&kind, Use::Sealed, found)?),
            "json" => MultipartContent::Json(self.json(&kind, found)?),
            _ => MultipartContent::File(file(&kind, found)?),
        };
        let mut optional = |key: &str| match table.item(key) {
            None => Some(None),
            Some(item) => self.template(&item, Use::Sealed, found).map(Some),
        };
        Some(MultipartPart {
            name: name?.to_owned(),
            content,
            filename: optional("filename")?,
            content_type: optional("type")?,
        })
    }
}

/// The one key of several that is given; notes none, or a second.
pub(super) fn one_kind<'d>(
    table: &Table<'d>,
    kinds: &[&str],
    code: &'static str,
    found: &mut Diagnostics<'_>,
) -> Option<Item<'d>> {
    let mut given = table.items().filter(|item| kinds.contains(&item.key()));
    let kinds = list(kinds.iter().copied(), "or");
    let Some(first) = given.next() else {
        found
            .error(
                code,
                table.span(),
                format!("{} needs one of its kinds", table.name()),
            )
            .help(format!("give one of {kinds}"));
        return None;
    };
    if let Some(second) = given.next() {
        found
            .error(
                code,
                second.key_span(),
                format!("{} already has `{}`", table.name(), first.key()),
            )
            .label("a second kind")
            .help(format!("give exactly one of {kinds}"));
        return None;
    }
    Some(first)
}

/// The name of a file beside the journey.
pub(super) fn file(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let name = literal(item, found)?;
    if name.is_empty() || name.contains('\0') {
        found.error(
            code::BAD_SOURCE,
            item.span(),
            format!("{} names no file", item.name()),
        );
        return None;
    }
    Some(name.to_owned())
}
