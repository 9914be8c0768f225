//! One value of a file, and what it can be read as.
//!
//! A getter gives the value, or notes what is wrong with it and gives `None`: reading goes on, and
//! the file is refused in the end, so a default in its place does no harm.

use crate::{Diagnostics, Table, UnitError, code, list, names, units};
use std::{
    ops::{Range, RangeInclusive},
    time::Duration,
};
use toml::Spanned;
use toml::de::DeValue;

/// A value, the key it stands under, and both their places.
#[derive(Clone, Debug)]
pub struct Item<'d> {
    key: &'d str,
    key_span: Range<usize>,
    value: &'d Spanned<DeValue<'d>>,
    name: String,
}

impl<'d> Item<'d> {
    pub(crate) fn new(
        key: &'d str,
        key_span: Range<usize>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Self {
        Self {
            key,
            key_span,
            value,
            name: format!("`{key}`"),
        }
    }

    /// The key it stands under; of an array's element, the array's.
    pub const fn key(&self) -> &'d str {
        self.key
    }

    /// Where the key stands.
    pub fn key_span(&self) -> Range<usize> {
        self.key_span.clone()
    }

    /// Where the value stands.
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// The value itself.
    pub fn value(&self) -> &'d DeValue<'d> {
        self.value.get_ref()
    }

    /// The same value by another name in messages.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of value it is, for people: `a whole number`.
    pub fn kind(&self) -> &'static str {
        match self.value() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// Notes that it is not `wanted`: a phrase such as `a list of regions`.
    pub fn wrong(&self, wanted: &str, found: &mut Diagnostics<'_>) {
        found
            .error(
                code::WRONG_TYPE,
                self.span(),
                format!("{} must be {wanted}", self.name),
            )
            .label(format!("this is {}", self.kind()))
            .maybe_help(self.quoting(wanted));
    }

    /// A number or boolean where text is wanted most often only lacks its quotes.
    fn quoting(&self, wanted: &str) -> Option<String> {
        let number = match self.value() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            _ => return None,
        };
        if wanted.contains("duration") {
            Some(format!("durations carry a unit: `\"{number}s\"`"))
        } else if wanted.contains("size") {
            Some(format!("sizes carry a unit: `\"{number}KiB\"`"))
        } else {
            (wanted == "text").then(|| format!("put it in quotes: `\"{number}\"`"))
        }
    }

    /// As text.
    pub fn text(&self, found: &mut Diagnostics<'_>) -> Option<&'d str> {
        if let DeValue::String(text) = self.value() {
            return Some(text);
        }
        self.wrong("text", found);
        None
    }

    /// As a boolean.
    pub fn boolean(&self, found: &mut Diagnostics<'_>) -> Option<bool> {
        if let DeValue::Boolean(truth) = self.value() {
            return Some(*truth);
        }
        self.wrong("`true` or `false`", found);
        None
    }

    /// As a whole number of `range`.
    pub fn whole(&self, range: RangeInclusive<u64>, found: &mut Diagnostics<'_>) -> Option<u64> {
        let (least, most) = (range.start(), range.end());
        let wanted = if *most == u64::MAX {
            format!("a whole number, {least} or more")
        } else {
            format!("a whole number from {least} to {most}")
        };
        let DeValue::Integer(number) = self.value() else {
            self.wrong(&wanted, found);
            return None;
        };
        let number = u64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            found.error(
                code::OUT_OF_RANGE,
                self.span(),
                format!("{} must be {wanted}", self.name),
            );
        }
        number
    }

    /// As a duration.
    pub fn duration(&self, found: &mut Diagnostics<'_>) -> Option<Duration> {
        let DeValue::String(text) = self.value() else {
            self.wrong("a duration such as `\"5s\"`", found);
            return None;
        };
        let (code, message, help) = match units::parse_duration(text) {
            Ok(duration) => return Some(duration),
            Err(UnitError::Unit) => (
                code::DURATION_UNIT,
                if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                    format!("`{text}` has no unit that is known")
                } else {
                    format!("`{text}` has no unit")
                },
                "durations carry one of `ms`, `s`, `m`, `h` and `d`: `\"1500ms\"`, `\"5s\"`",
            ),
            Err(UnitError::Number) => (
                code::DURATION_UNIT,
                format!("`{text}` is no duration"),
                "a duration is one number and one unit: `\"90s\"`, `\"1.5h\"`",
            ),
            Err(UnitError::Range) => (
                code::DURATION_RANGE,
                format!("`{text}` is no time that can be waited for"),
                "durations are from `0s` to `10000d`, in whole nanoseconds",
            ),
        };
        found.error(code, self.span(), message).help(help);
        None
    }

    /// As a duration of `range`.
    pub fn duration_in(
        &self,
        range: RangeInclusive<Duration>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Duration> {
        let duration = self.duration(found)?;
        if range.contains(&duration) {
            return Some(duration);
        }
        found
            .error(
                code::DURATION_RANGE,
                self.span(),
                format!("{} is out of range", self.name),
            )
            .help(format!(
                "it is from `{}` to `{}`",
                units::duration_text(*range.start()),
                units::duration_text(*range.end())
            ));
        None
    }

    /// As a size in bytes.
    pub fn size(&self, found: &mut Diagnostics<'_>) -> Option<u64> {
        let DeValue::String(text) = self.value() else {
            self.wrong("a size such as `\"8MiB\"`", found);
            return None;
        };
        let bytes = units::parse_size(text).ok();
        if bytes.is_none() {
            found
                .error(code::BAD_SIZE, self.span(), format!("`{text}` is no size"))
                .help("a size is one number and one of `B`, `KiB`, `MiB` and `GiB`: `\"8MiB\"`");
        }
        bytes
    }

    /// As an instant: a TOML date and time with its offset, in RFC 3339's form.
    pub fn instant(&self, found: &mut Diagnostics<'_>) -> Option<String> {
        let DeValue::Datetime(datetime) = self.value() else {
            self.wrong("an instant such as `2026-12-01T02:00:00Z`", found);
            return None;
        };
        if datetime.date.is_none() || datetime.time.is_none() || datetime.offset.is_none() {
            found
                .error(
                    code::WRONG_TYPE,
                    self.span(),
                    format!("{} must be an instant: date, time and offset", self.name),
                )
                .help("such as `2026-12-01T02:00:00Z` or `2026-12-01T04:00:00+02:00`");
            return None;
        }
        Some(datetime.to_string())
    }

    /// As one of some names; `None` of `parse` means that it is none of them.
    pub fn one_of<T>(
        &self,
        names: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
        found: &mut Diagnostics<'_>,
    ) -> Option<T> {
        let DeValue::String(text) = self.value() else {
            self.wrong(&list(names.iter().copied(), "or"), found);
            return None;
        };
        let value = parse(text);
        if value.is_none() {
            found
                .error(
                    code::UNKNOWN_NAME,
                    self.span(),
                    format!("{} cannot be `{text}`", self.name),
                )
                .label(format!("expected {}", list(names.iter().copied(), "or")))
                .maybe_help(
                    names::nearest(text, names.iter().copied())
                        .map(|name| format!("did you mean `{name}`?")),
                );
        }
        value
    }

    /// As a list of its elements, each called as the list is.
    pub fn list(&self, wanted: &str, found: &mut Diagnostics<'_>) -> Option<Vec<Item<'d>>> {
        let DeValue::Array(elements) = self.value() else {
            self.wrong(wanted, found);
            return None;
        };
        let element = |value: &'d Spanned<DeValue<'d>>| Item {
            value,
            ..self.clone()
        };
        Some(elements.iter().map(element).collect())
    }

    /// As a table.
    pub fn table(&self, found: &mut Diagnostics<'_>) -> Option<Table<'d>> {
        let table = self.as_table();
        if table.is_none() {
            self.wrong("a table", found);
        }
        table
    }

    /// As a table, of which `example` is one.
    pub fn table_such_as(&self, example: &str, found: &mut Diagnostics<'_>) -> Option<Table<'d>> {
        let table = self.as_table();
        if table.is_none() {
            self.wrong(&format!("a table: `{example}`"), found);
        }
        table
    }

    /// The table, where it is one.
    pub fn as_table(&self) -> Option<Table<'d>> {
        match self.value() {
            DeValue::Table(entries) => Some(Table::new(entries, self.span(), self.name.clone())),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&'d str> {
        match self.value() {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }
}
