//! Text and values with references in them.

/// A string with references: `"{{vars.base}}/api"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Template {
    /// Its parts; neighbouring texts are joined, `{{{{` is already a literal `{{`.
    pub parts: Vec<Part>,
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

/// What a run knows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunValue {
    /// A UUIDv4 in its usual form, the same wherever it stands in a run.
    Uuid,
    /// The run's id, 32 hex digits.
    Id,
    /// The slot's nominal time in Unix seconds; of a manual run its start, floored to `every`.
    Slot,
    /// The region.
    Region,
    /// The run's start, RFC 3339 in UTC with milliseconds.
    Time,
    /// The run's start in whole Unix seconds.
    Unix,
    /// A whole number at random below 2^53, the same wherever it stands in a run.
    Random,
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
