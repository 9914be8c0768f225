//! Expectations.

use super::{
    scope::Scope,
    subject::{compares, subject},
};
use crate::{
    Expectation, Operator, Otherwise, Quantifier, Subject, code,
    spec::{OPERATORS, OperatorSpec, SUBJECTS, SubjectSpec, VerbSpec},
};
use jaunt_text::{Diagnostics, Item, Table, list, nearest};

/// An expectation as it is written.
const EXAMPLE: &str = r#"{ json = "$.ok", eq = true }"#;

impl Scope<'_> {
    /// A list of expectations.
    pub(super) fn expectations(
        self,
        item: &Item<'_>,
        verb: &'static VerbSpec,
        found: &mut Diagnostics<'_>,
    ) -> Vec<Expectation> {
        item.list(&format!("a list of expectations: `[{EXAMPLE}]`"), found)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| {
                let table = item
                    .clone()
                    .called("an expectation")
                    .table_such_as(EXAMPLE, found)?;
                let table = table.called("this expectation");
                self.expectation(&table, verb, found)
            })
            .collect()
    }

    fn expectation(
        self,
        table: &Table<'_>,
        verb: &'static VerbSpec,
        found: &mut Diagnostics<'_>,
    ) -> Option<Expectation> {
        let before = found.errors();
        known_keys(table, verb, found);
        // An unknown key was meant for a subject or an operator: that is told, and enough.
        if found.errors() > before && table.items().count() < 3 {
            return None;
        }
        let (subject, subject_text) = subject(table, verb, found)?;
        let (item, spec) = one_operator(table, found)?;
        let operator = self.operator(&item, spec, compares(&subject), found)?;
        let of = match table.item("of") {
            None => None,
            Some(item) => Some(quantifier(&item, &operator, found)?),
        };
        let otherwise = match table.item("else") {
            None => Otherwise::Fail,
            Some(item) => otherwise(&item, &subject, found)?,
        };
        Some(Expectation {
            operator_text: crate::print::operator_text(&operator),
            subject,
            of,
            operator,
            otherwise,
            subject_text,
        })
    }
}

/// What other languages call our operators.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("equals", "eq"),
    ("equal", "eq"),
    ("is", "eq"),
    ("value", "eq"),
    ("not", "ne"),
    ("not_equals", "ne"),
    ("less_than", "lt"),
    ("max", "le"),
    ("greater_than", "gt"),
    ("min", "ge"),
    ("count", "count_eq"),
    ("length", "count_eq"),
    ("includes", "contains"),
    ("regex", "matches"),
    ("match", "matches"),
    ("in", "one_of"),
    ("present", "exists"),
];

/// Notes keys that an expectation does not have; beside a subject an operator was meant.
fn known_keys(table: &Table<'_>, verb: &'static VerbSpec, found: &mut Diagnostics<'_>) {
    let known = keys(verb);
    let looks = table
        .items()
        .any(|item| SubjectSpec::named(item.key()).is_some());
    for item in table.items().filter(|item| !known.contains(&item.key())) {
        let key = item.key();
        let other = OTHER_WORDS.iter().find(|(word, _)| *word == key);
        let near = nearest(key, known.iter().copied());
        let help = match (other, near) {
            (Some((_, ours)), _) => format!("did you mean `{ours}`?"),
            (None, None) if looks => {
                let names = OPERATORS.iter().map(|operator| operator.name);
                format!("operators are {}", list(names, "and"))
            }
            _ => {
                table.unknown(&item, &known, &[], found);
                continue;
            }
        };
        table.unknown_but(&item, help, found);
    }
}

/// The keys that an expectation of this verb may have: its own subjects first, for hints.
fn keys(verb: &VerbSpec) -> Vec<&'static str> {
    let own = verb.subjects.iter().copied();
    let operators = OPERATORS.iter().map(|operator| operator.name);
    let rest = SUBJECTS.iter().map(|subject| subject.name);
    own.chain(["attribute", "of", "else"])
        .chain(operators)
        .chain(rest)
        .collect()
}

fn one_operator<'d>(
    table: &Table<'d>,
    found: &mut Diagnostics<'_>,
) -> Option<(Item<'d>, &'static OperatorSpec)> {
    let mut operators = table
        .items()
        .filter_map(|item| OperatorSpec::named(item.key()).map(|spec| (item, spec)));
    let Some(first) = operators.next() else {
        found
            .error(
                code::NO_OPERATOR,
                table.span(),
                "this expectation says nothing of its subject",
            )
            .label("an operator is missing")
            .help("such as `eq = \"ok\"`, `exists = true` or `count_ge = 1`");
        return None;
    };
    if let Some((second, _)) = operators.next() {
        found
            .error(
                code::SEVERAL_OPERATORS,
                second.key_span(),
                "this expectation has more than one operator",
            )
            .label("a second operator")
            .help("write one expectation for each: all of them must hold");
        return None;
    }
    Some(first)
}

fn quantifier(
    item: &Item<'_>,
    operator: &Operator,
    found: &mut Diagnostics<'_>,
) -> Option<Quantifier> {
    if matches!(operator, Operator::Count(..)) {
        found
            .error(
                code::BAD_OF,
                item.key_span(),
                "`count_…` counts all nodes, and takes no `of`",
            )
            .help("leave `of` out");
        return None;
    }
    item.one_of(Quantifier::NAMES, Quantifier::from_name, found)
}

fn otherwise(item: &Item<'_>, subject: &Subject, found: &mut Diagnostics<'_>) -> Option<Otherwise> {
    let grade = item.one_of(
        &["slow", "warn"],
        |text| match text {
            "slow" => Some(Otherwise::Slow),
            "warn" => Some(Otherwise::Warn),
            _ => None,
        },
        found,
    )?;
    if grade == Otherwise::Slow && !matches!(subject, Subject::Latency(_)) {
        found
            .error(
                code::BAD_ELSE,
                item.span(),
                "only a `latency` can be `slow`",
            )
            .help("`else = \"warn\"` warns on any subject");
        return None;
    }
    Some(grade)
}
