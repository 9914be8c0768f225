//! Attributes by name, typed.

use super::Unreadable;
use crate::names::Attribute;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use std::time::Duration;

/// Names (of customers, journeys, regions, agents, steps, parties) are no longer than this.
const LONGEST_NAME: usize = 512;

/// The attributes of one span or log.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a [KeyValue]);

impl<'a> Attributes<'a> {
    fn value(self, attribute: Attribute) -> Option<&'a Value> {
        let pair = self.0.iter().find(|pair| pair.key == attribute.name)?;
        pair.value.as_ref()?.value.as_ref()
    }

    /// Text, where it is there and text.
    pub(super) fn text(self, attribute: Attribute) -> Option<&'a str> {
        match self.value(attribute)? {
            Value::StringValue(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number; JSON senders may have it as text.
    pub(super) fn whole(self, attribute: Attribute) -> Option<i64> {
        match self.value(attribute)? {
            Value::IntValue(number) => Some(*number),
            Value::StringValue(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A truth value.
    pub(super) fn truth(self, attribute: Attribute) -> Option<bool> {
        match self.value(attribute)? {
            Value::BoolValue(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Seconds, to the nanosecond; `None` where they are no duration.
    pub(super) fn seconds(self, attribute: Attribute) -> Option<Duration> {
        match self.value(attribute)? {
            Value::DoubleValue(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
            Value::IntValue(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
            _ => None,
        }
    }

    /// Values by name.
    pub(super) fn map(self, attribute: Attribute) -> &'a [KeyValue] {
        match self.value(attribute) {
            Some(Value::KvlistValue(list)) => &list.values,
            _ => &[],
        }
    }

    /// A name that must be there.
    pub(super) fn name(self, attribute: Attribute) -> Result<String, Unreadable> {
        let text = self.text(attribute).filter(|text| !text.is_empty());
        let text = text.ok_or(Unreadable::Attribute(attribute.name))?;
        if text.len() > LONGEST_NAME {
            return Err(Unreadable::Long(attribute.name));
        }
        Ok(text.to_owned())
    }

    /// A name that may be there; one that is too long counts as absent.
    pub(super) fn name_if(self, attribute: Attribute) -> Option<String> {
        self.name(attribute).ok()
    }

    /// A member of a closed list that must be there.
    pub(super) fn member<T>(
        self,
        attribute: Attribute,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Unreadable> {
        let text = self.text(attribute);
        let text = text.ok_or(Unreadable::Attribute(attribute.name))?;
        from_name(text).ok_or_else(|| Unreadable::Unknown {
            name: attribute.name,
            value: text.chars().take(64).collect(),
        })
    }
}
