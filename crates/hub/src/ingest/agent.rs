//! What agents say of themselves: facts of their resource, and their last figures.

use crate::store::AgentSaid;
use jaunt_otlp::names::{Attribute, Metric, attribute as a, metric as m};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::any_value::Value,
    metrics::v1::{NumberDataPoint, metric::Data, number_data_point},
    resource::v1::Resource,
};
use serde_json::{Map, json};

/// What is kept of a resource.
const FACTS: &[Attribute] = &[
    a::SERVICE_VERSION,
    a::HOST_NAME,
    a::HOST_ARCH,
    a::OS_TYPE,
    a::CLOUD_REGION,
    a::K8S_POD,
    a::K8S_NODE,
];
/// What is kept of metrics: figures of the agent as a whole, no customer's.
const FIGURES: &[Metric] = &[
    m::CLOCK_OFFSET,
    m::LAST_RUN,
    m::JOURNAL_RECORDS,
    m::JOURNAL_SIZE,
    m::JOURNAL_AGE,
    m::JOURNAL_DROPPED,
    m::CPU_TIME,
    m::MEMORY,
    m::DESCRIPTORS,
];
const LONGEST: usize = 256;

/// What a resource tells of its agent; `None` where it is no agent's.
pub(super) fn of_resource(resource: Option<&Resource>) -> Option<AgentSaid> {
    let resource = resource?;
    let text = |attribute: Attribute| {
        let pair = resource
            .attributes
            .iter()
            .find(|pair| pair.key == attribute.name)?;
        match pair.value.as_ref()?.value.as_ref()? {
            Value::StringValue(text) if text.len() <= LONGEST => Some(text.as_str()),
            _ => None,
        }
    };
    let instance = text(a::SERVICE_INSTANCE).filter(|name| !name.is_empty())?;
    let fact = |fact: &Attribute| Some((fact.name.to_owned(), json!(text(*fact)?)));
    Some(AgentSaid {
        instance: instance.to_owned(),
        about: FACTS.iter().filter_map(fact).collect(),
    })
}

/// What metrics tell of their agents.
pub(super) fn of_metrics(request: &ExportMetricsServiceRequest) -> Vec<AgentSaid> {
    let mut said = Vec::new();
    for resource in &request.resource_metrics {
        let Some(mut agent) = of_resource(resource.resource.as_ref()) else {
            continue;
        };
        let metrics = resource
            .scope_metrics
            .iter()
            .flat_map(|scope| &scope.metrics);
        for metric in metrics {
            let known = FIGURES.iter().find(|known| known.name == metric.name);
            let points: &[NumberDataPoint] = match &metric.data {
                Some(Data::Sum(sum)) => &sum.data_points,
                Some(Data::Gauge(gauge)) => &gauge.data_points,
                _ => continue,
            };
            if let Some(known) = known {
                figure(&mut agent.about, known.name, points);
            }
        }
        said.push(agent);
    }
    said
}

/// The sum of the last points of all attribute sets.
fn figure(about: &mut Map<String, serde_json::Value>, name: &str, points: &[NumberDataPoint]) {
    let Some(last) = points.iter().map(|point| point.time_unix_nano).max() else {
        return;
    };
    let value = |point: &NumberDataPoint| match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        #[expect(clippy::cast_precision_loss, reason = "a figure that is shown")]
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => 0.0,
    };
    let points = points.iter().filter(|point| point.time_unix_nano == last);
    let sum: f64 = points.map(value).sum();
    if sum.is_finite() {
        about.insert(name.to_owned(), json!(sum));
    }
}
