//! References: what they look like, and whether they stand for something where they are.

use super::names::{Names, Outline};
use crate::{Part, Reference, RunValue, Template, code};
use jaunt_text::{Diagnostics, Item, inside, list, nearest};
use std::ops::Range;
use toml::de::DeValue;

/// Where a text ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Where a secret may stand.
    Sealed,
    /// In a URL, a name or an address: seen by resolvers, proxies and logs.
    Seen,
}

/// What can be referred to at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'n> {
    pub(super) names: &'n Names,
    pub(super) step: usize,
}

/// A piece of a text as it is read, with its place in the text's value.
pub(super) enum Piece {
    Text(String),
    /// What stands between the braces.
    Braces(String, Range<usize>),
    /// `{{` without its `}}`.
    Open(Range<usize>),
}

/// The pieces of a text; `{{{{` is a literal `{{`.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut at = 0;
    while let Some(open) = rest.find("{{") {
        let (before, from) = rest.split_at(open);
        plain.push_str(before);
        at += open;
        if let Some(after) = from.strip_prefix("{{{{") {
            plain.push_str("{{");
            at += 4;
            rest = after;
            continue;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        let Some(close) = from.find("}}") else {
            pieces.push(Piece::Open(at..at + from.len()));
            return pieces;
        };
        let inner = from.get(2..close).unwrap_or("");
        pieces.push(Piece::Braces(inner.to_owned(), at..at + close + 2));
        at += close + 2;
        rest = from.get(close + 2..).unwrap_or("");
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

/// The captures that a value's texts refer to, as far as they look like references.
pub(super) fn captures_in(value: &DeValue<'_>, into: &mut Vec<(String, String)>) {
    match value {
        DeValue::String(text) => {
            for piece in pieces(text) {
                let Piece::Braces(inner, _) = piece else {
                    continue;
                };
                if let Some((scope, name)) = inner.split_once('.')
                    && !RESERVED.contains(&scope)
                {
                    into.push((scope.to_owned(), name.to_owned()));
                }
            }
        }
        DeValue::Array(items) => items
            .iter()
            .for_each(|item| captures_in(item.get_ref(), into)),
        DeValue::Table(table) => table
            .values()
            .for_each(|item| captures_in(item.get_ref(), into)),
        _ => {}
    }
}

/// Scopes that are no step's.
pub(super) const RESERVED: [&str; 4] = ["vars", "secrets", "matrix", "run"];

impl Scope<'_> {
    /// The text of `item` as a template.
    pub(super) fn template(
        self,
        item: &Item<'_>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Template> {
        let text = item.text(found)?;
        self.template_part(item, 0..text.len(), seen, found)
    }

    /// A part of the text of `item` as a template.
    pub(super) fn template_part(
        self,
        item: &Item<'_>,
        part: Range<usize>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Template> {
        let text = item.as_text()?.get(part.clone())?;
        let mut parts = Vec::new();
        let mut sound = true;
        for piece in pieces(text) {
            let part = match piece {
                Piece::Text(text) => Some(Part::Text(text)),
                Piece::Braces(inner, range) => {
                    let range = range.start + part.start..range.end + part.start;
                    let place = inside(found.text(), &item.span(), &range);
                    self.reference(&inner, place, seen, found)
                        .map(Part::Reference)
                }
                Piece::Open(range) => {
                    let range = range.start + part.start..range.end + part.start;
                    let place = inside(found.text(), &item.span(), &range);
                    found
                        .error(code::BAD_REFERENCE, place, "`{{` is never closed")
                        .help("close it with `}}`; for a literal `{{` write `{{{{`");
                    None
                }
            };
            match part {
                Some(part) => parts.push(part),
                None => sound = false,
            }
        }
        sound.then_some(Template { parts })
    }

    /// What stands between braces, if it stands for something here.
    fn reference(
        self,
        inner: &str,
        place: Range<usize>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Reference> {
        let split = inner
            .split_once('.')
            .filter(|(scope, name)| is_word(scope) && is_word(name));
        let Some((scope, name)) = split else {
            found
                .error(
                    code::BAD_REFERENCE,
                    place,
                    format!("`{{{{{inner}}}}}` is no reference"),
                )
                .label("expected `{{scope.name}}`, without blanks")
                .help(self.meant(inner).unwrap_or_else(|| "scopes are `vars`, `secrets`, `matrix`, `run` and the ids of earlier steps; for a literal `{{` write `{{{{`".to_owned()));
            return None;
        };
        let owned = name.to_owned();
        match scope {
            "vars" => {
                known(scope, name, &self.names.vars, place, found).then_some(Reference::Var(owned))
            }
            "matrix" => known(scope, name, &self.names.matrix, place, found)
                .then_some(Reference::Matrix(owned)),
            "secrets" => {
                let defined = known(scope, name, &self.names.secrets, place.clone(), found);
                if defined && seen == Use::Seen {
                    secret_seen(inner, place, found);
                    return None;
                }
                defined.then_some(Reference::Secret(owned))
            }
            "run" => {
                let value = RunValue::from_name(name).map(Reference::Run);
                if value.is_none() {
                    let names: Vec<_> = RunValue::NAMES
                        .iter()
                        .map(|one| (*one).to_owned())
                        .collect();
                    known(scope, name, &names, place, found);
                }
                value
            }
            _ => self.capture(scope, name, place, seen, found),
        }
    }

    /// The reference that was probably meant by one that has blanks, no scope or too many.
    fn meant(self, inner: &str) -> Option<String> {
        let word = inner.trim();
        let name = word.rsplit('.').next().filter(|name| is_word(name))?;
        let names = self.names;
        let steps = names.steps.iter().take(self.step);
        let captures = steps.flat_map(|step| {
            let own = step.captures.iter();
            own.map(|(name, _)| (step.id.as_str(), name.as_str()))
        });
        let all = |scope: &'static str, names| {
            let names: &[String] = names;
            names.iter().map(move |name| (scope, name.as_str()))
        };
        let mut known: Vec<(&str, &str)> = captures.collect();
        known.extend(all("vars", &names.vars));
        known.extend(all("secrets", &names.secrets));
        known.extend(all("matrix", &names.matrix));
        known.extend(RunValue::NAMES.iter().map(|name| ("run", *name)));
        let (scope, name) = known
            .iter()
            .find(|(scope, name)| format!("{scope}.{name}") == word)
            .or_else(|| known.iter().find(|(_, known)| *known == name))?;
        Some(format!("did you mean `{{{{{scope}.{name}}}}}`?"))
    }

    /// A reference to what an earlier step captured.
    pub(super) fn capture(
        self,
        step: &str,
        name: &str,
        place: Range<usize>,
        seen: Use,
        found: &mut Diagnostics<'_>,
    ) -> Option<Reference> {
        let Some((index, outline)) = self.names.step(step) else {
            self.unknown_step(step, name, place, found);
            return None;
        };
        let Some((_, secret)) = outline.captures.iter().find(|(own, _)| own == name) else {
            unknown_capture(outline, name, place, found);
            return None;
        };
        if index >= self.step {
            found
                .error(
                    code::LATER_REFERENCE,
                    place,
                    format!("`{{{{{step}.{name}}}}}` is not captured yet"),
                )
                .label(if index == self.step {
                    "a step cannot use what it captures itself".to_owned()
                } else {
                    format!("step `{step}` comes later")
                })
                .help("refer to an earlier step, or move this one behind it");
            return None;
        }
        let wanted = (step.to_owned(), name.to_owned());
        let here = self.names.steps.get(self.step);
        if here.is_some_and(|here| !here.certain.contains(&wanted)) {
            self.unset(step, name, place, found);
            return None;
        }
        if *secret && seen == Use::Seen {
            secret_seen(&format!("{step}.{name}"), place, found);
            return None;
        }
        Some(Reference::Capture {
            step: wanted.0,
            name: wanted.1,
        })
    }

    fn unknown_step(
        self,
        step: &str,
        name: &str,
        place: Range<usize>,
        found: &mut Diagnostics<'_>,
    ) {
        let earlier = self.names.steps.iter().take(self.step);
        let scopes = RESERVED
            .into_iter()
            .chain(earlier.map(|step| step.id.as_str()));
        let scopes: Vec<&str> = scopes.filter(|scope| !scope.is_empty()).collect();
        found
            .error(
                code::UNKNOWN_REFERENCE,
                place,
                format!("`{{{{{step}.{name}}}}}` refers to no scope and no step"),
            )
            .label(format!(
                "known here: {}",
                list(scopes.iter().copied(), "and")
            ))
            .maybe_help(
                nearest(step, scopes.iter().copied())
                    .map(|near| format!("did you mean `{{{{{near}.{name}}}}}`?")),
            );
    }

    fn unset(self, step: &str, name: &str, place: Range<usize>, found: &mut Diagnostics<'_>) {
        let here = self.names.steps.get(self.step);
        let id = here.map_or("", |here| here.id.as_str());
        let label = if here.is_some_and(|here| here.always) {
            format!("step `{id}` is `always`: it also runs where `{step}` did not")
        } else {
            format!("step `{step}` may be skipped, or fail and be forgiven")
        };
        found
            .error(
                code::UNSET_REFERENCE,
                place,
                format!("`{{{{{step}.{name}}}}}` may be unset in step `{id}`"),
            )
            .label(label)
            .help(format!(
                "give step `{id}` `when = {{ captured = [\"{step}.{name}\"] }}`: then it is skipped where this is unset"
            ));
    }
}

fn unknown_capture(
    outline: &Outline,
    name: &str,
    place: Range<usize>,
    found: &mut Diagnostics<'_>,
) {
    let step = &outline.id;
    let names: Vec<&str> = outline
        .captures
        .iter()
        .map(|(own, _)| own.as_str())
        .collect();
    let label = if names.is_empty() {
        format!("step `{step}` captures nothing")
    } else {
        format!("step `{step}` captures: {}", names.join(", "))
    };
    found
        .error(
            code::UNKNOWN_REFERENCE,
            place,
            format!("`{{{{{step}.{name}}}}}` is captured by no earlier step"),
        )
        .label(label)
        .maybe_help(
            nearest(name, names).map(|near| format!("did you mean `{{{{{step}.{near}}}}}`?")),
        );
}

fn secret_seen(inner: &str, place: Range<usize>, found: &mut Diagnostics<'_>) {
    found
        .error(
            code::SECRET_IN_URL,
            place,
            format!("`{{{{{inner}}}}}` is a secret, and would be seen here"),
        )
        .label("URLs, names and addresses end up in logs")
        .help("send it in a header, in the body, or by `auth`");
}

/// Whether a scope has this name; notes it if not.
fn known(
    scope: &str,
    name: &str,
    names: &[String],
    place: Range<usize>,
    found: &mut Diagnostics<'_>,
) -> bool {
    if names.iter().any(|known| known == name) {
        return true;
    }
    let names = || names.iter().map(String::as_str);
    let label = if names().next().is_none() {
        format!("there is no `[{scope}]`")
    } else {
        format!("`{scope}` has {}", list(names(), "and"))
    };
    found
        .error(
            code::UNKNOWN_REFERENCE,
            place,
            format!("`{{{{{scope}.{name}}}}}` is not defined"),
        )
        .label(label)
        .maybe_help(
            nearest(name, names()).map(|near| format!("did you mean `{{{{{scope}.{near}}}}}`?")),
        );
    false
}

/// Whether this can be a name in a reference.
pub(super) fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

/// Notes a reference where the text must stand as it is; gives the text back.
pub(super) fn literal<'d>(item: &Item<'d>, found: &mut Diagnostics<'_>) -> Option<&'d str> {
    let text = item.text(found)?;
    let reference = pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Braces(inner, range) => inner
            .split_once('.')
            .filter(|(scope, name)| is_word(scope) && is_word(name))
            .map(|_| range),
        Piece::Text(_) | Piece::Open(_) => None,
    });
    let Some(range) = reference else {
        return Some(text);
    };
    let place = inside(found.text(), &item.span(), &range);
    found
        .error(
            code::LITERAL_ONLY,
            place,
            format!("{} cannot hold a reference", item.name()),
        )
        .label("this would not be filled in")
        .help("it is read when the file is loaded: spell it out");
    None
}
