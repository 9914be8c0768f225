//! The reference of everything that goes out, generated from [`names`](crate::names).

use crate::names::{Instrument, Metric, attribute, event, metric};
use std::fmt::Write;

/// All metrics, attributes and events as Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Telemetry\n\nEverything that jaunt sends over OTLP. Names that do not begin with `jaunt.` \
         follow the OpenTelemetry semantic conventions.\n\n## Metrics\n\n\
         | name | Prometheus | instrument | unit | attributes | meaning |\n|---|---|---|---|---|---|\n",
    );
    for metric in metric::ALL {
        let attributes: Vec<_> = (metric.attributes.iter())
            .map(|attribute| format!("`{}`", attribute.name))
            .collect();
        row(
            &mut page,
            &[
                &format!("`{}`", metric.name),
                &format!("`{}`", metric.prometheus()),
                metric.instrument.as_str(),
                &format!("`{}`", metric.unit),
                &attributes.join(" "),
                metric.about,
            ],
        );
    }
    page.push_str("\n## Attributes\n\n| name | meaning |\n|---|---|\n");
    for attribute in attribute::ALL {
        row(
            &mut page,
            &[&format!("`{}`", attribute.name), attribute.about],
        );
    }
    page.push_str("\n## Events\n\n| name | meaning |\n|---|---|\n");
    for event in event::ALL {
        row(&mut page, &[&format!("`{}`", event.name), event.about]);
    }
    page
}

fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        let words: Vec<_> = cell.split_whitespace().collect();
        // Writing to a String does not fail.
        let _ = write!(page, "| {} ", words.join(" "));
    }
    page.push_str("|\n");
}

impl Instrument {
    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl Metric {
    /// Its name in Prometheus, by the rules of the OpenTelemetry specification ("Prometheus and
    /// OpenMetrics compatibility"): dots become underscores, the unit and `_total` are appended.
    pub fn prometheus(&self) -> String {
        let mut name = self.name.replace('.', "_");
        let unit = match self.unit {
            "s" => "seconds",
            "By" => "bytes",
            _ => "",
        };
        if !unit.is_empty() {
            name = format!("{name}_{unit}");
        }
        if self.instrument == Instrument::Counter {
            name.push_str("_total");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reference_page_is_the_one_that_is_kept() {
        insta::assert_snapshot!(super::reference());
    }
}
