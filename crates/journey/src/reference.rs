//! The reference of the language in Markdown, made from the table that the parser reads.

use crate::spec::{CAPTURE, COMMON, DEFAULTS, Key, OPERATORS, SUBJECTS, SubjectValue, TOP, VERBS};
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
        "\n## Subjects\n\n| subject | value | what it is | compares as |\n|---|---|---|---|\n",
    );
    for subject in SUBJECTS {
        let value = match subject.value {
            SubjectValue::Name => "a name".to_owned(),
            SubjectValue::Path => "a path".to_owned(),
            SubjectValue::OneOf(names) => names.join(", "),
        };
        let (name, about) = (subject.name, subject.about);
        let _ = writeln!(
            out,
            "| `{name}` | {value} | {about} | {} |",
            subject.compares
        );
    }
    out.push_str("\n## Operators\n\n| operator | says |\n|---|---|\n");
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
    out.push_str("| key | what it is for |\n|---|---|\n");
    for key in keys {
        let required = if key.required { " (required)" } else { "" };
        let _ = writeln!(out, "| `{}`{required} | {} |", key.name, key.about);
    }
}
