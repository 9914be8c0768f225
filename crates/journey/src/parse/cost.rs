//! How much work a path may ask for.
//!
//! Paths are written by strangers and looked up in what servers send, on our machine; and none of the
//! libraries that do so can be stopped. So what could run away is refused here: what is left takes
//! time in proportion to the document, times its depth, which is bounded as well. A path that visits
//! the whole document again and again (`$..*..*`, `//a[//b]`), lists that multiply
//! (`$[*,*][*,*]…`), loops and back-tracking regular expressions of XPath are what that costs.

use std::ops::Range;

/// What a path asks too much with: where, and why.
pub(super) type Costly = (Range<usize>, &'static str);

/// How many lists of selectors may multiply.
const PRODUCT: usize = 64;

/// The functions of XPath that look at each node or text once.
const FUNCTIONS: &[&str] = &[
    // Tests of nodes are written as functions are.
    "text",
    "node",
    "comment",
    "element",
    "attribute",
    "document-node",
    "processing-instruction",
    // XPath 1.0, and what became of it.
    "last",
    "position",
    "count",
    "local-name",
    "name",
    "namespace-uri",
    "string",
    "concat",
    "starts-with",
    "ends-with",
    "contains",
    "substring-before",
    "substring-after",
    "substring",
    "string-length",
    "string-join",
    "normalize-space",
    "translate",
    "upper-case",
    "lower-case",
    "not",
    "true",
    "false",
    "boolean",
    "exists",
    "empty",
    "number",
    "sum",
    "avg",
    "min",
    "max",
    "floor",
    "ceiling",
    "round",
    "abs",
    "data",
    // Written as a function is, but none.
    "and",
    "or",
    "div",
    "mod",
];

/// A JSON path: at most one `..` outside of filters and one inside, lists that do not multiply, and
/// no filter that looks from the root at more than one node.
pub(super) fn of_json(text: &str) -> Result<(), Costly> {
    let bytes = text.as_bytes();
    let (mut outside, mut inside) = (0, 0);
    let mut product = 1_usize;
    // Of each open bracket: whether it is in a filter, and how many selectors it has.
    let mut open: Vec<(bool, usize)> = Vec::new();
    for (at, byte) in unquoted(text) {
        let filtered = open.iter().any(|(filter, _)| *filter);
        match byte {
            b'.' if bytes.get(at + 1) == Some(&b'.') => {
                let count = if filtered { &mut inside } else { &mut outside };
                *count += 1;
                if *count > 1 {
                    return Err((
                        at..at + 2,
                        "it searches the whole document again for each that `..` found",
                    ));
                }
            }
            b'[' => open.push((false, 1)),
            b']' => {
                let (_, selectors) = open.pop().unwrap_or((false, 1));
                product = product.saturating_mul(selectors);
                if product > PRODUCT {
                    return Err((at..at + 1, "its lists of selectors multiply"));
                }
            }
            b',' => {
                if let Some((_, selectors)) = open.last_mut() {
                    *selectors += 1;
                }
            }
            b'?' => {
                if let Some((filter, _)) = open.last_mut() {
                    *filter = true;
                }
            }
            b'$' if filtered && !is_singular(bytes.get(at + 1..).unwrap_or_default()) => {
                return Err((
                    at..at + 1,
                    "its filter searches from the root for each node",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether what follows a `$` leads to one node at most, as far as it is a path (RFC 9535 §2.3.5.1).
fn is_singular(mut rest: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    loop {
        rest = match rest {
            [b'.', first, ..] if word(first) => {
                let name = rest.iter().skip(1).take_while(|byte| word(byte)).count();
                rest.get(1 + name..).unwrap_or_default()
            }
            [b'[', ..] => {
                let Some(end) = rest.iter().position(|byte| *byte == b']') else {
                    return false;
                };
                let selector = rest.get(1..end).unwrap_or_default().trim_ascii();
                let number = selector
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || *byte == b'-');
                let quoted = matches!(selector, [b'\'', .., b'\''] | [b'"', .., b'"']);
                let name = quoted && !selector.contains(&b',');
                if !number && !name {
                    return false;
                }
                rest.get(end + 1..).unwrap_or_default()
            }
            [b'.', ..] => return false,
            _ => return true,
        };
    }
}

/// An XPath: paths, predicates and the functions above.
pub(super) fn of_xpath(text: &str) -> Result<(), Costly> {
    let (mut depth, mut outside, mut inside, mut siblings) = (0_usize, 0, 0, 0);
    // The token before: what `/` and `to` are is told by it.
    let mut before = "";
    for (range, token) in tokens(text) {
        let after = text.get(range.end..).unwrap_or_default().trim_start();
        let from_root = !is_operand(before);
        let why = match token {
            "[" => {
                depth += 1;
                None
            }
            "]" => {
                depth = depth.saturating_sub(1);
                None
            }
            "/" | "//" if depth > 0 && from_root => {
                Some("its predicate searches from the root for each node")
            }
            "//" | "descendant" | "descendant-or-self" | "ancestor" | "ancestor-or-self"
                if token == "//" || after.starts_with("::") =>
            {
                let (count, most) = match depth {
                    0 => (&mut outside, 2),
                    _ => (&mut inside, 1),
                };
                *count += 1;
                (*count > most).then_some("it searches again and again below what it found")
            }
            "following-sibling" | "preceding-sibling" if after.starts_with("::") => {
                siblings += 1;
                (siblings > 1).then_some("it goes through the siblings of siblings")
            }
            "following" | "preceding" if after.starts_with("::") => {
                Some("it searches the whole document for each node")
            }
            "for" | "some" | "every" | "let" if after.starts_with('$') => Some("it loops"),
            "to" if is_operand(before) => Some("it counts through a range"),
            "!" if !after.starts_with('=') => Some("it loops"),
            "#" | "=>" => Some("it hands functions on"),
            name if after.starts_with('(') && is_name(name) && !FUNCTIONS.contains(&name) => {
                Some("only the functions of XPath 1.0 and their kin are called")
            }
            _ => None,
        };
        if let Some(why) = why {
            return Err((range, why));
        }
        before = token;
    }
    Ok(())
}

/// Whether a token ends something that has a value, so that what follows is an operator or a step.
fn is_operand(token: &str) -> bool {
    let operators = ["and", "or", "div", "mod", "return", "then", "else"];
    matches!(token, ")" | "]" | "." | ".." | "*" | "'")
        || is_name(token) && !operators.contains(&token)
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The tokens of an XPath, each literal as one `'`.
fn tokens(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let length = match first {
            '\'' | '"' => rest
                .get(1..)
                .and_then(|inner| inner.find(first))
                .map_or(rest.len(), |end| end + 2),
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|c| !named(c)).unwrap_or(rest.len())
            }
            _ if ["//", "::", "=>", ".."]
                .iter()
                .any(|two| rest.starts_with(two)) =>
            {
                2
            }
            _ => first.len_utf8(),
        };
        let range = at..at + length;
        let token = match first {
            '\'' | '"' => "'",
            _ => text.get(range.clone()).unwrap_or_default(),
        };
        if !first.is_whitespace() {
            tokens.push((range, token));
        }
        at += length;
    }
    tokens
}

/// The bytes of a JSON path outside of its quoted texts, each with its place.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    let mut escaped = false;
    text.bytes()
        .enumerate()
        .filter(move |(_, byte)| match quote {
            Some(open) => {
                if !escaped && *byte == open {
                    quote = None;
                }
                escaped = !escaped && *byte == b'\\';
                false
            }
            None => {
                let opens = matches!(byte, b'\'' | b'"');
                if opens {
                    quote = Some(*byte);
                }
                !opens
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_look_up_in_json_is_cheap() {
        for path in [
            "$",
            "$.a.b[0]['c d'][-1]",
            "$..price",
            "$.items[*].tags[*]",
            "$.items[?@.price < 10 && @.name == 'a..b..$']",
            "$..book[?@..isbn]",
            "$.items[?@.id == $.chosen.id]",
            "$.items[?@.id == $['chosen'][0]]",
            "$['a','b','c']",
            "$.a[?match(@.b, 'x') || search(@.c, 'y')].d",
        ] {
            assert_eq!(of_json(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn a_json_path_that_multiplies_is_costly() {
        let lists = format!("${}", "[*,*]".repeat(7));
        for path in [
            "$..*..*",
            "$..a..b",
            "$[?@..a && @..b]",
            "$..*[?$..a]",
            "$[?$.items[*] == 1]",
            "$[?$[?@.a]]",
            "$[?$['a','b']]",
            &lists,
        ] {
            assert!(of_json(path).is_err(), "{path}");
        }
    }

    #[test]
    fn what_people_look_up_in_xml_is_cheap() {
        for path in [
            "//item/price",
            "/feed/entry[1]/title",
            "count(//item[@id='x to y'])",
            "//a[contains(@href, '//') and not(@rel)]",
            "string(//price[. > 10 and . != 3])",
            "//tr[td[1] = 'total']/following-sibling::tr[1]/td",
            "//mail/to | //to",
            "//*[local-name() = 'loc']",
            "//book[.//isbn]//title",
            "//a[last()]/ancestor::div",
            "sum(//a) div count(//b) - 1",
            "/a/text()",
        ] {
            assert_eq!(of_xpath(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn an_xpath_that_loops_or_starts_over_for_each_node_is_costly() {
        for path in [
            "for $i in 1 to 1000000000 return $i",
            "1 to 1000000000",
            "sum((1)to(9))",
            "some $i in //a satisfies $i",
            "let $x := //a return $x",
            "//a ! //b",
            "//a[//b]",
            "//a[/r/b = .]",
            "//a[b = /r/c]",
            "//a//b//c",
            "//a[.//b and .//c]",
            "//a/following::b",
            "//a/preceding::b",
            "//a/following-sibling::b/preceding-sibling::c",
            "//a[matches(., '(a+)+$')]",
            "replace(//a, 'x', 'y')",
            "fn:matches(//a, 'x')",
            "tokenize(//a)",
            "fold-left(//a, 0, string#1)",
            "function($x) { $x }(1)",
            "if (//a) then 1 else 2",
        ] {
            assert!(of_xpath(path).is_err(), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_places_lie_in_it(text in "[\\PC'\"/\\[\\]$.?,:!()]{0,60}") {
            for found in [of_json(&text), of_xpath(&text)] {
                if let Err((place, _)) = found {
                    proptest::prop_assert!(text.get(place).is_some());
                }
            }
        }
    }
}
