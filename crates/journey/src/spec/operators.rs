//! The operators of expectations.

use crate::JsonType;

/// An operator.
#[derive(Clone, Copy, Debug)]
pub struct OperatorSpec {
    /// The key that names it.
    pub name: &'static str,
    /// What stands under that key.
    pub takes: OperatorTakes,
    /// What it says, in a line.
    pub about: &'static str,
}

/// What an operator's operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorTakes {
    /// What the subject compares as.
    Operand,
    /// A piece of text, or a value that a list holds.
    Piece,
    /// Text.
    Text,
    /// A regular expression.
    Regex,
    /// A list of what the subject compares as.
    Operands,
    /// `true` or `false`.
    Boolean,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Count,
}

const fn operator(name: &'static str, takes: OperatorTakes, about: &'static str) -> OperatorSpec {
    OperatorSpec { name, takes, about }
}

/// Every operator.
pub const OPERATORS: &[OperatorSpec] = &[
    operator(
        "eq",
        OperatorTakes::Operand,
        "equals; `1` never equals `\"1\"`",
    ),
    operator("ne", OperatorTakes::Operand, "does not equal"),
    operator("lt", OperatorTakes::Operand, "is less than"),
    operator("le", OperatorTakes::Operand, "is at most"),
    operator("gt", OperatorTakes::Operand, "is greater than"),
    operator("ge", OperatorTakes::Operand, "is at least"),
    operator(
        "contains",
        OperatorTakes::Piece,
        "holds this text; of a JSON list, this element",
    ),
    operator("not_contains", OperatorTakes::Piece, "does not hold it"),
    operator("starts_with", OperatorTakes::Text, "begins with"),
    operator(
        "not_starts_with",
        OperatorTakes::Text,
        "does not begin with",
    ),
    operator("ends_with", OperatorTakes::Text, "ends with"),
    operator("not_ends_with", OperatorTakes::Text, "does not end with"),
    operator(
        "matches",
        OperatorTakes::Regex,
        "a regular expression finds something",
    ),
    operator("not_matches", OperatorTakes::Regex, "it finds nothing"),
    operator("one_of", OperatorTakes::Operands, "equals one of these"),
    operator(
        "not_one_of",
        OperatorTakes::Operands,
        "equals none of these",
    ),
    operator("exists", OperatorTakes::Boolean, "is there, or is not"),
    operator(
        "type",
        OperatorTakes::OneOf(JsonType::NAMES),
        "is of this JSON type",
    ),
    operator(
        "count_eq",
        OperatorTakes::Count,
        "so many: elements of a single list, else nodes; of nothing 0",
    ),
    operator("count_ne", OperatorTakes::Count, "not so many"),
    operator("count_lt", OperatorTakes::Count, "fewer"),
    operator("count_le", OperatorTakes::Count, "at most"),
    operator("count_gt", OperatorTakes::Count, "more"),
    operator("count_ge", OperatorTakes::Count, "at least"),
];

impl OperatorSpec {
    /// The operator of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        OPERATORS.iter().find(|operator| operator.name == name)
    }
}
