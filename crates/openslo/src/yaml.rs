//! YAML read into a tree that knows where everything stands.
//!
//! The grammar is `saphyr-parser`'s, whose events come one by one, so every bound is held while
//! reading: on the file, on what is nested, on how many nodes there are. Aliases are refused, which
//! leaves nothing to expand: a billion laughs is one error.

use crate::code;
use jaunt_text::{Diagnostics, code as any};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::{collections::HashSet, ops::Range};

/// The largest file that is read.
const MOST_BYTES: usize = 1 << 20;
/// The deepest nesting: OpenSLO's own is twelve.
const DEEPEST: usize = 32;
/// The most scalars, lists and maps of one file.
const MOST_NODES: usize = 100_000;

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    /// Keys in their order; each once.
    Map(Vec<(String, Node)>),
    /// Items.
    List(Vec<Node>),
    /// A scalar as it is written, whatever type it may have.
    Text(String),
    /// Nothing: an empty value, `~` or `null`.
    Nothing,
}

impl Node {
    /// The value of a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let (_, node) = entries.iter().find(|(name, _)| name == key)?;
        (!matches!(node.value, Value::Nothing)).then_some(node)
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Map(_) | Value::List(_) | Value::Nothing => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Map(_) | Value::Text(_) | Value::Nothing => &[],
        }
    }
}

/// The documents of `found`'s text; `None` where it is no YAML or beyond a bound.
pub(crate) fn read(found: &mut Diagnostics<'_>) -> Option<Vec<Node>> {
    let text = found.text();
    if text.len() > MOST_BYTES {
        let message = format!(
            "the file has {} bytes; at most {MOST_BYTES} are read",
            text.len()
        );
        found.error(any::TOO_LARGE, 0..0, message);
        return None;
    }
    let places = Places::of(text);
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok((event, span)) => (event, places.range(span.start.index()..span.end.index())),
            Err(error) => {
                let at = places.byte(error.marker().index());
                found.error(code::YAML, at..at, format!("no YAML: {}", error.info()));
                return None;
            }
        };
        if let Err(trouble) = tree.take(event, span.clone()) {
            trouble.tell(span, found);
            return None;
        }
    }
    Some(tree.documents)
}

/// Where characters stand in bytes: the parser counts characters.
struct Places {
    bytes: Vec<usize>,
    end: usize,
}

impl Places {
    fn of(text: &str) -> Self {
        Self {
            bytes: text.char_indices().map(|(byte, _)| byte).collect(),
            end: text.len(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).copied().unwrap_or(self.end)
    }

    fn range(&self, characters: Range<usize>) -> Range<usize> {
        self.byte(characters.start)..self.byte(characters.end)
    }
}

/// Why a tree is not grown further.
enum Trouble {
    Alias,
    TooDeep,
    TooMany,
    KeyNotText,
    KeyTwice(String),
}

impl Trouble {
    fn tell(self, span: Range<usize>, found: &mut Diagnostics<'_>) {
        match self {
            Self::Alias => found
                .error(code::ALIAS, span, "aliases are not followed")
                .help("write out what it stands for"),
            Self::TooDeep => found.error(
                any::TOO_DEEP,
                span,
                format!("more than {DEEPEST} levels are nested"),
            ),
            Self::TooMany => found.error(
                any::TOO_LARGE,
                span,
                format!("more than {MOST_NODES} values in one file"),
            ),
            Self::KeyNotText => found.error(code::YAML, span, "a key is text, not a list or a map"),
            Self::KeyTwice(key) => found.error(code::YAML, span, format!("`{key}` is there twice")),
        };
    }
}

#[derive(Default)]
struct Tree {
    documents: Vec<Node>,
    open: Vec<Open>,
    nodes: usize,
}

/// A list or map that has not ended.
struct Open {
    span: Range<usize>,
    what: Collecting,
}

enum Collecting {
    List(Vec<Node>),
    Map {
        entries: Vec<(String, Node)>,
        seen: HashSet<String>,
        key: Option<String>,
    },
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Trouble> {
        match event {
            Event::Alias(_) => Err(Trouble::Alias),
            Event::Scalar(text, style, ..) => {
                let nothing = style == ScalarStyle::Plain
                    && ["", "~", "null", "Null", "NULL"].contains(&text.as_ref());
                let value = if nothing {
                    Value::Nothing
                } else {
                    Value::Text(text.into_owned())
                };
                self.put(Node { span, value })
            }
            Event::SequenceStart(..) => self.begin(span, Collecting::List(Vec::new())),
            Event::MappingStart(..) => self.begin(
                span,
                Collecting::Map {
                    entries: Vec::new(),
                    seen: HashSet::new(),
                    key: None,
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.end(&span),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, span: Range<usize>, what: Collecting) -> Result<(), Trouble> {
        if self.open.len() >= DEEPEST {
            return Err(Trouble::TooDeep);
        }
        self.open.push(Open { span, what });
        Ok(())
    }

    fn end(&mut self, span: &Range<usize>) -> Result<(), Trouble> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.what {
            Collecting::List(items) => Value::List(items),
            Collecting::Map { entries, .. } => Value::Map(entries),
        };
        self.put(Node {
            span: open.span.start..span.end.max(open.span.end),
            value,
        })
    }

    /// Puts a node where it belongs: into what is open, as a key or a value.
    fn put(&mut self, node: Node) -> Result<(), Trouble> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Trouble::TooMany);
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.what {
            Collecting::List(items) => items.push(node),
            Collecting::Map { entries, seen, key } => match key.take() {
                Some(name) => entries.push((name, node)),
                None => {
                    let Value::Text(name) = node.value else {
                        return Err(Trouble::KeyNotText);
                    };
                    if !seen.insert(name.clone()) {
                        return Err(Trouble::KeyTwice(name));
                    }
                    *key = Some(name);
                }
            },
        }
        Ok(())
    }
}
