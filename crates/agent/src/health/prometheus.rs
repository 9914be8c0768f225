//! Figures as Prometheus reads them (text format 0.0.4).

use jaunt_otlp::{
    Figure, Histogram, Reading,
    names::{Instrument, Metric, metric},
};
use std::{collections::BTreeMap, fmt::Write as _};

/// All figures; those of one metric stand together, as the format asks for.
pub fn exposition(figures: &[Figure]) -> String {
    let mut by_name: BTreeMap<String, Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        by_name.entry(name(figure.metric)).or_default().push(figure);
    }
    let mut text = String::new();
    for (name, figures) in by_name {
        let Some(first) = figures.first() else {
            continue;
        };
        let kind = match first.metric.instrument {
            Instrument::Counter => "counter",
            Instrument::UpDownCounter | Instrument::Gauge => "gauge",
            Instrument::Histogram => "histogram",
        };
        let words: Vec<&str> = first.metric.about.split_whitespace().collect();
        // Writing to a String does not fail.
        let _ = writeln!(text, "# HELP {name} {}", escaped(&words.join(" ")));
        let _ = writeln!(text, "# TYPE {name} {kind}");
        for figure in figures {
            let labels = labels(figure);
            match &figure.value {
                Reading::Number(number) => {
                    let _ = writeln!(text, "{name}{} {}", braced(&labels), number.as_f64());
                }
                Reading::Durations(durations) => histogram(&mut text, &name, &labels, durations),
            }
        }
    }
    text
}

/// Classic buckets: each counts all that is not above its border.
fn histogram(text: &mut String, name: &str, labels: &str, durations: &Histogram) {
    let comma = if labels.is_empty() { "" } else { "," };
    for (border, count) in durations.cumulative() {
        let le = match border.is_finite() {
            true => border.to_string(),
            false => "+Inf".to_owned(),
        };
        let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"{le}\"}} {count}");
    }
    let labels = braced(labels);
    let _ = writeln!(text, "{name}_sum{labels} {}", durations.sum_s());
    let _ = writeln!(text, "{name}_count{labels} {}", durations.count());
}

/// By the rules of OpenTelemetry; but what ends in `_count` is a histogram's to Prometheus, so that
/// one has the name that every client library of Prometheus gives it.
fn name(metric: &Metric) -> String {
    if *metric == metric::DESCRIPTORS {
        return "process_open_fds".to_owned();
    }
    metric.prometheus()
}

fn labels(figure: &Figure) -> String {
    let given: Vec<String> = figure
        .labels
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(attribute, value)| {
            let name = attribute.name.replace('.', "_");
            format!("{name}=\"{}\"", escaped(value).replace('"', "\\\""))
        })
        .collect();
    given.join(",")
}

fn braced(labels: &str) -> String {
    match labels.is_empty() {
        true => String::new(),
        false => format!("{{{labels}}}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}
