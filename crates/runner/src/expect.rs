//! Whether an expectation holds of what was found.

use crate::{
    known::{Known, Unset},
    subject::{Broken, Found},
    value::{self, Node, holds},
};
use jaunt_journey::{Comparison, Expectation, Operand, Operator, Quantifier, Subject, TextTest};
use jaunt_record::FailureKind;
use serde_json::Value as Json;
use std::cmp::Ordering;

/// An expectation, judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) holds: bool,
    /// What was seen, with its type; not redacted yet.
    pub(crate) actual: String,
    /// What kind of failure it is if it does not hold.
    pub(crate) kind: FailureKind,
}

/// Judges `expectation` on what its subject is.
pub(crate) fn judge(
    expectation: &Expectation,
    found: &Found,
    known: &Known,
) -> Result<Judged, Unset> {
    let kind = kind(&expectation.subject);
    let nodes = match found {
        Found::Nodes(nodes) => nodes,
        Found::Broken(Broken { kind: own, message }) => {
            return Ok(Judged {
                holds: false,
                actual: message.clone(),
                kind: own.unwrap_or(kind),
            });
        }
    };
    let (holds, actual) = of_nodes(expectation, nodes, known)?;
    Ok(Judged {
        holds,
        actual,
        kind,
    })
}

/// The kind of failure that an expectation of this subject is.
pub(crate) fn kind(subject: &Subject) -> FailureKind {
    match subject {
        Subject::Header(_) => FailureKind::ExpectHeader,
        Subject::Cookie { .. } => FailureKind::ExpectCookie,
        Subject::Json(_) => FailureKind::ExpectJson,
        Subject::Css { .. } => FailureKind::ExpectCss,
        Subject::Xpath(_) => FailureKind::ExpectXpath,
        Subject::Body(_) => FailureKind::ExpectBody,
        Subject::Received => FailureKind::ExpectReceived,
        Subject::Size => FailureKind::ExpectSize,
        Subject::Redirects => FailureKind::ExpectRedirects,
        Subject::Status => FailureKind::ExpectStatus,
        Subject::Sha256 => FailureKind::ExpectSha256,
        Subject::Url => FailureKind::ExpectUrl,
        Subject::Version => FailureKind::ExpectVersion,
        Subject::Address(_) => FailureKind::ExpectAddress,
        Subject::Cert(_) => FailureKind::ExpectCert,
        Subject::Tls(_) => FailureKind::ExpectTls,
        Subject::Latency(_) => FailureKind::ExpectLatency,
        Subject::Rcode => FailureKind::ExpectRcode,
        Subject::Flag(_) => FailureKind::ExpectFlag,
        Subject::Answer(_) => FailureKind::ExpectAnswer,
        Subject::Ttl(_) => FailureKind::ExpectTtl,
    }
}

fn of_nodes(
    expectation: &Expectation,
    nodes: &[Node],
    known: &Known,
) -> Result<(bool, String), Unset> {
    match &expectation.operator {
        Operator::Exists(wanted) => return Ok((nodes.is_empty() != *wanted, show(nodes))),
        Operator::Count(comparison, wanted) => {
            let count = count(nodes);
            return Ok((
                holds(*comparison, count.cmp(wanted)),
                format!("count {count}"),
            ));
        }
        Operator::Compare(..)
        | Operator::Text { .. }
        | Operator::OneOf { .. }
        | Operator::Type(_) => {}
    }
    let test = |node: &Node| of_node(&expectation.operator, node, known);
    let results = nodes.iter().map(test).collect::<Result<Vec<bool>, _>>()?;
    let some = |wanted: bool| -> Vec<Node> {
        let pairs = nodes.iter().zip(&results);
        pairs
            .filter(|(_, held)| **held == wanted)
            .map(|(node, _)| node.clone())
            .collect()
    };
    Ok(match (expectation.of, nodes) {
        (None, []) => (false, show(nodes)),
        (None, [node]) => (results == [true], node.show()),
        (None, _) => (
            false,
            format!(
                "{} nodes, and no `of` says how to judge them: {}",
                nodes.len(),
                show(nodes)
            ),
        ),
        (Some(Quantifier::Each), []) => (false, "nothing, and `each` of nothing fails".into()),
        (Some(Quantifier::Each), _) => {
            let wrong = some(false);
            let shown = if wrong.is_empty() {
                show(nodes)
            } else {
                show(&wrong)
            };
            (wrong.is_empty(), among(&wrong, nodes, shown))
        }
        (Some(Quantifier::Any), _) => (results.contains(&true), show(nodes)),
        (Some(Quantifier::None), _) => {
            let wrong = some(true);
            let shown = if wrong.is_empty() {
                show(nodes)
            } else {
                show(&wrong)
            };
            (wrong.is_empty(), among(&wrong, nodes, shown))
        }
    })
}

fn among(wrong: &[Node], nodes: &[Node], shown: String) -> String {
    if wrong.is_empty() || nodes.len() < 2 {
        shown
    } else {
        format!("{} of {}: {shown}", wrong.len(), nodes.len())
    }
}

/// Of a single array its elements, else the nodes.
fn count(nodes: &[Node]) -> u64 {
    match nodes {
        [Node::Json(Json::Array(items))] => items.len() as u64,
        _ => nodes.len() as u64,
    }
}

/// Nodes as people read them, the first few of many.
fn show(nodes: &[Node]) -> String {
    const SHOWN: usize = 5;
    if nodes.is_empty() {
        return "nothing".into();
    }
    let shown: Vec<String> = nodes.iter().take(SHOWN).map(Node::show).collect();
    let more = match nodes.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

fn of_node(operator: &Operator, node: &Node, known: &Known) -> Result<bool, Unset> {
    Ok(match operator {
        Operator::Compare(comparison, operand) => compare(*comparison, node, operand, known)?,
        Operator::Text { negated, test } => match of_text(test, node, known)? {
            // A test of text on what is no text holds neither way.
            None => false,
            Some(held) => held != *negated,
        },
        Operator::OneOf { negated, choices } => {
            let mut held = false;
            for choice in choices {
                held = held || compare(Comparison::Eq, node, choice, known)?;
            }
            held != *negated
        }
        Operator::Type(wanted) => match node {
            Node::Json(json) => value::is(json, *wanted),
            Node::Duration(_) | Node::Instant(_) => false,
        },
        // Both are of all nodes together and were answered there.
        Operator::Exists(_) | Operator::Count(..) => false,
    })
}

/// Whether `node` compares so with `operand`. What is of different types is unequal, and in no order.
fn compare(
    comparison: Comparison,
    node: &Node,
    operand: &Operand,
    known: &Known,
) -> Result<bool, Unset> {
    let order: Option<Ordering> = match (node, operand) {
        (Node::Json(json), Operand::Value(wanted)) => {
            let wanted = known.value(wanted)?;
            match comparison {
                Comparison::Eq => return Ok(value::equal(json, &wanted)),
                Comparison::Ne => return Ok(!value::equal(json, &wanted)),
                Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
                    value::order(json, &wanted)
                }
            }
        }
        (Node::Json(json), Operand::Size(bytes)) => value::order(json, &(*bytes).into()),
        (Node::Json(Json::String(text)), Operand::Network(network)) => match text.parse() {
            Ok(ip) if network.contains::<&std::net::IpAddr>(&ip) => Some(Ordering::Equal),
            Ok(_) | Err(_) => None,
        },
        (Node::Duration(ns), Operand::Duration(wanted)) => {
            let wanted = i128::try_from(wanted.as_nanos()).unwrap_or(i128::MAX);
            Some(ns.cmp(&wanted))
        }
        (Node::Instant(at), Operand::Instant(wanted)) => Some(at.cmp(wanted)),
        (Node::Json(_) | Node::Duration(_) | Node::Instant(_), _) => None,
    };
    Ok(match order {
        Some(order) => holds(comparison, order),
        None => comparison == Comparison::Ne,
    })
}

/// Whether a test of text holds; `None` on what it cannot be asked of.
fn of_text(test: &TextTest, node: &Node, known: &Known) -> Result<Option<bool>, Unset> {
    let Node::Json(json) = node else {
        return Ok(None);
    };
    Ok(match (test, json) {
        (TextTest::Contains(wanted), Json::Array(items)) => {
            let wanted = known.value(wanted)?;
            Some(items.iter().any(|item| value::equal(item, &wanted)))
        }
        (TextTest::Contains(wanted), Json::String(text)) => match known.value(wanted)? {
            Json::String(wanted) => Some(text.contains(&wanted)),
            _ => None,
        },
        (TextTest::StartsWith(start), Json::String(text)) => {
            Some(text.starts_with(&known.text(start)?))
        }
        (TextTest::EndsWith(end), Json::String(text)) => Some(text.ends_with(&known.text(end)?)),
        (TextTest::Matches(pattern), Json::String(text)) => Some(pattern.regex.is_match(text)),
        (
            TextTest::Contains(_)
            | TextTest::StartsWith(_)
            | TextTest::EndsWith(_)
            | TextTest::Matches(_),
            _,
        ) => None,
    })
}
