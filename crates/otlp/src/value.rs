//! Attributes with their values, as the protobuf types want them.

use crate::names::Attribute;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value};
use std::time::Duration;

/// An attribute that holds text.
pub(crate) fn text(attribute: Attribute, value: impl Into<String>) -> KeyValue {
    pair(attribute, Value::StringValue(value.into()))
}

/// An attribute that holds a whole number.
pub(crate) fn whole(attribute: Attribute, value: impl Into<i64>) -> KeyValue {
    pair(attribute, Value::IntValue(value.into()))
}

/// An attribute that holds a truth value.
pub(crate) fn truth(attribute: Attribute, value: bool) -> KeyValue {
    pair(attribute, Value::BoolValue(value))
}

/// An attribute that holds a duration in seconds.
pub(crate) fn seconds(attribute: Attribute, value: Duration) -> KeyValue {
    pair(attribute, Value::DoubleValue(value.as_secs_f64()))
}

/// An attribute that holds values by name.
pub(crate) fn map(attribute: Attribute, values: Vec<KeyValue>) -> KeyValue {
    pair(attribute, Value::KvlistValue(KeyValueList { values }))
}

/// A value by a name that is data, not one of ours.
pub(crate) fn entry(name: impl Into<String>, value: Value) -> KeyValue {
    KeyValue {
        key: name.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Text as a log's body.
pub(crate) fn body(value: String) -> AnyValue {
    AnyValue {
        value: Some(Value::StringValue(value)),
    }
}

fn pair(attribute: Attribute, value: Value) -> KeyValue {
    entry(attribute.name, value)
}

/// An instant as OTLP wants it: Unix ns, never 0 (which means "unknown").
pub(crate) fn instant(unix_ns: i64) -> u64 {
    u64::try_from(unix_ns).unwrap_or(0).max(1)
}

/// An instant `after` another.
pub(crate) fn instant_after(unix_ns: i64, after: Duration) -> u64 {
    let after = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
    instant(unix_ns).saturating_add(after)
}
