//! What one export has seen of the figures, and the points that follow from it.

use super::{Held, Key, Number};
use crate::{
    Collected, FoldSettings, Temporality,
    fold::{Distribution, Life, Sink, Stream},
    names::Instrument,
    value::instant,
};
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
use std::{collections::BTreeMap, time::Duration};

/// What one export has seen.
pub(super) struct Reader {
    settings: FoldSettings,
    before_ns: i64,
    /// The values that went out last.
    sent: BTreeMap<Key, Number>,
    distributions: BTreeMap<Key, Stream<Distribution>>,
}

impl Reader {
    pub(super) const fn new(settings: FoldSettings, start_ns: i64) -> Self {
        Self {
            settings,
            before_ns: start_ns,
            sent: BTreeMap::new(),
            distributions: BTreeMap::new(),
        }
    }

    pub(super) fn took(&mut self, key: &Key, took: Duration) {
        let new = || Stream::new(Distribution::new(self.settings.aggregation));
        let stream = self.distributions.entry(key.clone()).or_insert_with(new);
        stream.value.add(took, None);
    }

    /// The points of `numbers` and of the histograms as of `at_ns`.
    pub(super) fn collect<'a>(
        &mut self,
        numbers: impl Iterator<Item = (&'a Key, &'a Held)>,
        start_ns: i64,
        at_ns: i64,
        takes: impl Fn(Option<&str>) -> bool,
    ) -> Collected {
        let settings = self.settings;
        let mut sink = Sink::new(&settings, self.before_ns, at_ns);
        for (key, held) in numbers {
            let before = self.sent.insert(key.clone(), held.value);
            self.number(&mut sink, key, *held, before, (start_ns, at_ns));
        }
        let life = Life::from(start_ns);
        for (key, stream) in &mut self.distributions {
            if takes(key.customer()) {
                sink.distribution(key.metric.0, life, || key.attributes(), stream);
            }
        }
        self.before_ns = at_ns;
        sink.finish()
    }

    fn number(
        &self,
        sink: &mut Sink<'_>,
        key: &Key,
        Held { value, is_counted }: Held,
        before: Option<Number>,
        (start_ns, at_ns): (i64, i64),
    ) {
        let metric = key.metric.0;
        let is_delta = self.settings.temporality == Temporality::Delta;
        let point = |start: Option<i64>, at: i64, value: Number| NumberDataPoint {
            attributes: key.attributes(),
            start_time_unix_nano: start.map_or(0, instant),
            time_unix_nano: instant(at),
            value: Some(value.into()),
            ..NumberDataPoint::default()
        };
        match metric.instrument {
            Instrument::Counter if is_delta => {
                let since = value.minus(before.unwrap_or(Number::Whole(0)));
                sink.number(metric, point(Some(self.before_ns), at_ns, since));
            }
            Instrument::Counter => {
                let birth_ns = self.before_ns.max(start_ns + 1_000_000);
                if is_counted && before.is_none() && !value.is_zero() && birth_ns < at_ns {
                    sink.birth(metric, point(Some(start_ns), birth_ns, value.minus(value)));
                }
                sink.number(metric, point(Some(start_ns), at_ns, value));
            }
            Instrument::UpDownCounter => sink.number(metric, point(Some(start_ns), at_ns, value)),
            Instrument::Gauge | Instrument::Histogram => {
                sink.number(metric, point(None, at_ns, value));
            }
        }
    }
}
