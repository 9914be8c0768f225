//! What must hold of a subject, held against what the subject compares as.

use super::{
    paths,
    scope::{Scope, Use},
};
use crate::{
    Comparison, JsonType, Operand, Operator, TextTest, Value, code,
    spec::{Compares, OperatorSpec, OperatorTakes},
};
use jaunt_text::{Diagnostics, Item, parse_duration, parse_size};
use toml::de::DeValue;

impl Scope<'_> {
    /// The operator that `item` writes, of a subject that compares so.
    pub(super) fn operator(
        self,
        item: &Item<'_>,
        spec: &OperatorSpec,
        compares: Compares,
        found: &mut Diagnostics<'_>,
    ) -> Option<Operator> {
        if !fits(spec, compares) {
            found
                .error(
                    code::WRONG_OPERATOR,
                    item.key_span(),
                    format!(
                        "`{}` does not fit: the subject is {}",
                        spec.name,
                        compares.as_str()
                    ),
                )
                .help(format!("`{}` says: {}", spec.name, spec.about));
            return None;
        }
        let (negated, plain) = match spec.name.strip_prefix("not_") {
            Some(plain) => (true, plain),
            None => (false, spec.name),
        };
        let text = |test| Operator::Text { negated, test };
        match spec.takes {
            OperatorTakes::Operand => Some(Operator::Compare(
                Comparison::from_name(plain)?,
                self.operand(item, compares, Place::Alone, found)?,
            )),
            OperatorTakes::Piece => {
                let piece = self.piece(item, compares, found)?;
                Some(text(TextTest::Contains(piece)))
            }
            OperatorTakes::Text => {
                let part = self.template(item, Use::Sealed, found)?;
                Some(text(if plain == "starts_with" {
                    TextTest::StartsWith(part)
                } else {
                    TextTest::EndsWith(part)
                }))
            }
            OperatorTakes::Regex => {
                paths::regex(item, found).map(|regex| text(TextTest::Matches(regex)))
            }
            OperatorTakes::Operands => self.choices(item, compares, negated, found),
            OperatorTakes::Boolean => item.boolean(found).map(Operator::Exists),
            OperatorTakes::OneOf(names) => item
                .one_of(names, JsonType::from_name, found)
                .map(Operator::Type),
            OperatorTakes::Count => {
                let comparison = Comparison::from_name(plain.strip_prefix("count_")?)?;
                let count = item.whole(0..=u64::from(u32::MAX), found)?;
                Some(Operator::Count(comparison, count))
            }
        }
    }

    fn choices(
        self,
        item: &Item<'_>,
        compares: Compares,
        negated: bool,
        found: &mut Diagnostics<'_>,
    ) -> Option<Operator> {
        let items = item.list("a list of choices", found)?;
        if items.is_empty() {
            found.error(
                code::WRONG_OPERAND,
                item.span(),
                format!("{} needs at least one choice", item.name()),
            );
            return None;
        }
        let choices: Vec<_> = items
            .iter()
            .map(|item| self.operand(item, compares, Place::Listed, found))
            .collect();
        let choices = choices.into_iter().collect::<Option<_>>()?;
        Some(Operator::OneOf { negated, choices })
    }

    /// What `contains` looks for: text, or of a JSON list any value.
    fn piece(
        self,
        item: &Item<'_>,
        compares: Compares,
        found: &mut Diagnostics<'_>,
    ) -> Option<Value> {
        if compares == Compares::Node {
            return self.node(item, found);
        }
        self.template(item, Use::Sealed, found).map(Value::Text)
    }

    /// A JSON value: dates are none.
    fn node(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Value> {
        if matches!(item.value(), DeValue::Datetime(_)) {
            found
                .error(
                    code::WRONG_OPERAND,
                    item.span(),
                    format!("{} cannot be a date: JSON has none", item.name()),
                )
                .help("put it in quotes, as the body writes it");
            return None;
        }
        self.value(item, Use::Sealed, found)
    }

    fn operand(
        self,
        item: &Item<'_>,
        compares: Compares,
        place: Place,
        found: &mut Diagnostics<'_>,
    ) -> Option<Operand> {
        let ordered = matches!(item.key(), "lt" | "le" | "gt" | "ge");
        match (compares, item.value()) {
            (Compares::Node, DeValue::Integer(_) | DeValue::Float(_)) => {
                self.node(item, found).map(Operand::Value)
            }
            (Compares::Node, _) if !ordered => self.node(item, found).map(Operand::Value),
            (Compares::Ip, DeValue::String(text)) if place == Place::Listed => {
                match text.parse::<ipnet::IpNet>() {
                    Ok(network) => Some(Operand::Network(network)),
                    Err(_) => self.text(item, found),
                }
            }
            (Compares::Text | Compares::Ip, DeValue::String(_)) => self.text(item, found),
            (Compares::Whole, DeValue::Integer(_)) => {
                super::value::scalar(item, found).map(Operand::Value)
            }
            (Compares::Size, DeValue::Integer(_)) => {
                item.whole(0..=u64::MAX, found).map(Operand::Size)
            }
            (Compares::Size, DeValue::String(text)) if parse_size(text).is_ok() => {
                parse_size(text).ok().map(Operand::Size)
            }
            (Compares::Duration, DeValue::String(text)) if parse_duration(text).is_ok() => {
                parse_duration(text).ok().map(Operand::Duration)
            }
            (Compares::Duration, DeValue::String(text)) if !text.contains("{{") => {
                item.duration(found).map(Operand::Duration)
            }
            (Compares::Instant, DeValue::Datetime(_)) => {
                super::calendar::instant(item, found).map(Operand::Instant)
            }
            (Compares::Boolean, DeValue::Boolean(truth)) => {
                Some(Operand::Value(Value::Bool(*truth)))
            }
            // One whole reference keeps the type of what it stands for.
            (Compares::Node | Compares::Whole | Compares::Size, DeValue::String(_))
                if is_reference(item) =>
            {
                self.text(item, found)
            }
            _ => {
                mismatch(item, compares, ordered, found);
                None
            }
        }
    }

    fn text(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Operand> {
        let template = self.template(item, Use::Sealed, found)?;
        Some(Operand::Value(Value::Text(template)))
    }
}

/// Whether an operand stands alone or in a list of choices.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    Listed,
}

/// Whether the text is one reference and nothing else.
fn is_reference(item: &Item<'_>) -> bool {
    let pieces = item.as_text().map(super::scope::pieces).unwrap_or_default();
    matches!(pieces.as_slice(), [super::scope::Piece::Braces(..)])
}

fn mismatch(item: &Item<'_>, compares: Compares, ordered: bool, found: &mut Diagnostics<'_>) {
    let wanted = match compares {
        Compares::Node if ordered => "a number: `lt le gt ge` compare numbers",
        other => other.as_str(),
    };
    let help = match (compares, item.value()) {
        (Compares::Text | Compares::Ip, DeValue::Integer(number)) => {
            Some(format!("put it in quotes: `\"{number}\"`"))
        }
        (Compares::Duration, DeValue::Integer(number)) => {
            Some(format!("durations carry a unit: `\"{number}ms\"`"))
        }
        (Compares::Size, _) => Some("write bytes, or a size such as `\"8KiB\"`".to_owned()),
        (Compares::Instant, _) => {
            Some("write a date and time with its offset: `2026-12-01T02:00:00Z`".to_owned())
        }
        (Compares::Whole | Compares::Node, DeValue::String(text))
            if text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some(format!("a number never equals a text: write `{text}`"))
        }
        _ => None,
    };
    found
        .error(
            code::WRONG_OPERAND,
            item.span(),
            format!("{} is compared with {}", item.name(), item.kind()),
        )
        .label(format!("expected {wanted}"))
        .maybe_help(help);
}

/// Whether an operator makes sense of what compares so.
pub(crate) fn fits(spec: &OperatorSpec, compares: Compares) -> bool {
    let text = matches!(compares, Compares::Text | Compares::Ip | Compares::Node);
    match spec.takes {
        OperatorTakes::Operand => match spec.name {
            "eq" | "ne" => true,
            _ => !matches!(compares, Compares::Text | Compares::Ip | Compares::Boolean),
        },
        OperatorTakes::Piece | OperatorTakes::Text | OperatorTakes::Regex => text,
        OperatorTakes::Operands => compares != Compares::Boolean,
        OperatorTakes::Boolean | OperatorTakes::Count => true,
        OperatorTakes::OneOf(_) => compares == Compares::Node,
    }
}
