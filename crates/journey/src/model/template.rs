//! Text and values with references in them.

use super::subject::field;

/// A string with references: `"{{vars.base}}/api"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Template {
    /// Its parts; neighbouring texts are joined, `{{{{` is already a literal `{{`.
    pub parts: Vec<Part>,
}

impl Template {
    /// Adds text at the end, joined to a text that stands there.
    pub fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// What is put in its place.
    Reference(Reference),
}

/// `{{scope.name}}`: known to be defined where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `vars.name`.
    Var(String),
    /// `secrets.name`.
    Secret(String),
    /// `matrix.name`.
    Matrix(String),
    /// `run.name`.
    Run(RunValue),
    /// What an earlier step captured.
    Capture {
        /// The step's id.
        step: String,
        /// The capture's name.
        name: String,
    },
}

/// The scopes a reference may name, as text; any other is a step's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `vars`.
    Vars,
    /// `secrets`.
    Secrets,
    /// `matrix`.
    Matrix,
    /// `run`.
    Run,
}

field! {
    /// What a run knows of itself.
    RunValue {
        /// A UUIDv4 in its usual form, the same wherever it stands in a run.
        Uuid = "uuid",
        /// The run's id, 32 hex digits.
        Id = "id",
        /// The slot's nominal time in Unix seconds; of a manual run its start, floored to `every`.
        Slot = "slot",
        /// The region.
        Region = "region",
        /// The run's start, RFC 3339 in UTC with milliseconds.
        Time = "time",
        /// The run's start in whole Unix seconds.
        Unix = "unix",
        /// A whole number at random below 2^53, the same wherever it stands in a run.
        Random = "random",
    }
}

/// A value with references in it: what TOML says, with each string a template.
///
/// A `Text` that is one reference and nothing else keeps the type of what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(Template),
    /// A number, by its exact text in JSON's form (`0xff` is `255`).
    Number(String),
    /// True or false.
    Bool(bool),
    /// A date or time, as TOML writes it.
    Datetime(String),
    /// An array.
    List(Vec<Value>),
    /// A table, in the file's order.
    Table(Vec<(String, Value)>),
}
