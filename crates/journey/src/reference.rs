//! The reference of the language in Markdown, made from the table that the parser reads.

use crate::spec::{
    CAPTURE, COMMON, DEFAULTS, Key, OPERATORS, SUBJECTS, SubjectValue, TOP, Takes, VERBS,
};
use jaunt_text::list;
use std::fmt::Write as _;

/// The reference: verbs with their keys, subjects, operators.
pub fn reference() -> String {
    let mut out = String::from("# Reference of the journey language\n\n## The file\n\n");
    keys(&mut out, TOP);
    out.push_str("\n## Keys of every step\n\n");
    keys(&mut out, COMMON);
    let names: Vec<_> = DEFAULTS.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(out, "\nIn `[defaults]` may stand: {}.", names.join(", "));
    for verb in VERBS {
        let _ = writeln!(
            out,
            "\n## `{} = \"{}\"`\n\n{}.\n",
            verb.name, verb.line, verb.about
        );
        keys(&mut out, verb.keys);
        let names: Vec<_> = verb
            .subjects
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        if !names.is_empty() {
            let _ = writeln!(out, "\nSubjects: {}.", names.join(", "));
        }
    }
    out.push_str(
        "\n## Subjects\n\nOf a `cookie` or `css`, `attribute` names what is looked at instead of the value.\n\n| subject | value | what it is | compares as |\n|---|---|---|---|\n",
    );
    for subject in SUBJECTS {
        let value = match subject.value {
            SubjectValue::Name => "a name".to_owned(),
            SubjectValue::Path => "a path".to_owned(),
            SubjectValue::OneOf(names) => list(names.iter().copied(), "or"),
        };
        let (name, about) = (subject.name, subject.about);
        let _ = writeln!(
            out,
            "| `{name}` | {value} | {about} | {} |",
            subject.compares
        );
    }
    out.push_str("\n## Operators\n\nOne of them stands in an expectation beside its subject, with `of` (`each`, `any` or `none`: how \
         several nodes are judged) and `else` (`slow` or `warn`) where they are wanted.\n\n\
         | operator | says |\n|---|---|\n");
    for operator in OPERATORS {
        let _ = writeln!(out, "| `{}` | {} |", operator.name, operator.about);
    }
    out.push_str("\n## Keys of a capture beside its subject\n\n");
    keys(&mut out, CAPTURE);
    out
}

fn keys(out: &mut String, keys: &[Key]) {
    if keys.is_empty() {
        return;
    }
    out.push_str("| key | takes | what it is for |\n|---|---|---|\n");
    rows(out, "", keys);
}

/// A row per key; the keys of a table stand behind it, with its name and a dot before theirs.
fn rows(out: &mut String, before: &str, keys: &[Key]) {
    for key in keys {
        let name = format!("{before}{}", key.name);
        let required = if key.required { " (required)" } else { "" };
        let takes = words(key.takes);
        let _ = writeln!(out, "| `{name}`{required} | {takes} | {} |", key.about);
        inner(out, &name, key.takes);
    }
}

fn inner(out: &mut String, name: &str, takes: Takes) {
    match takes {
        Takes::Table(keys) | Takes::Tables(keys) => rows(out, &format!("{name}."), keys),
        Takes::List(element) => inner(out, name, *element),
        Takes::Map(element) => inner(out, &format!("{name}.NAME"), *element),
        Takes::Either(forms) => forms.iter().for_each(|form| inner(out, name, *form)),
        Takes::Text
        | Takes::Template
        | Takes::Duration
        | Takes::Size
        | Takes::Whole(..)
        | Takes::Boolean
        | Takes::Instant
        | Takes::OneOf(_)
        | Takes::Any
        | Takes::Expectations
        | Takes::Captures
        | Takes::Steps
        | Takes::Defaults => {}
    }
}

/// What stands under a key, in words.
fn words(takes: Takes) -> String {
    match takes {
        Takes::Text => "text".to_owned(),
        Takes::Template => "text, references too".to_owned(),
        Takes::Duration => "a duration".to_owned(),
        Takes::Size => "a size".to_owned(),
        Takes::Whole(least, most) => format!("{least} to {most}"),
        Takes::Boolean => "`true` or `false`".to_owned(),
        Takes::Instant => "a date and time with its offset".to_owned(),
        Takes::OneOf(names) => list(names.iter().copied(), "or"),
        Takes::Any => "any value".to_owned(),
        Takes::List(element) => format!("a list: {}", words(*element)),
        Takes::Map(element) => format!("a table by name: {}", words(*element)),
        Takes::Table(_) => "a table".to_owned(),
        Takes::Tables(_) => "tables".to_owned(),
        Takes::Either(forms) => {
            let forms: Vec<_> = forms.iter().map(|form| words(*form)).collect();
            forms.join("; or ")
        }
        Takes::Expectations => "expectations".to_owned(),
        Takes::Captures => "captures by name".to_owned(),
        Takes::Steps => "steps".to_owned(),
        Takes::Defaults => "keys of steps".to_owned(),
    }
}
