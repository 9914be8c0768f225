//! Metrics.

use super::{Attribute, attribute as a, names};

/// A metric: its name, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// As it goes out; Prometheus makes underscores of its dots.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it is.
    pub instrument: Instrument,
    /// Its unit (UCUM).
    pub unit: &'static str,
    /// What it is broken down by.
    pub attributes: &'static [Attribute],
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// A sum that never falls.
    Counter,
    /// A sum that rises and falls.
    UpDownCounter,
    /// A last value.
    Gauge,
    /// A distribution.
    Histogram,
}

const JOURNEY: &[Attribute] = &[a::CUSTOMER, a::JOURNEY, a::REGION];
const STEP: &[Attribute] = &[a::CUSTOMER, a::JOURNEY, a::REGION, a::STEP];

names! { Metric:
    /// Planned slots by verdict; they add up to all that were planned.
    SLOTS = "jaunt.slots", instrument: Instrument::Counter, unit: "{slot}",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::VERDICT];
    /// Each SLO's own count of the runs; decided by the agent, so no bucket stands in for a threshold.
    SLI_EVENTS = "jaunt.sli.events", instrument: Instrument::Counter, unit: "{event}",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::SLO, a::OUTCOME];
    /// What let users down.
    FAILURES = "jaunt.failures", instrument: Instrument::Counter, unit: "{failure}",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::STEP, a::PHASE, a::ERROR_TYPE, a::HTTP_STATUS, a::PARTY];
    /// Expectations graded `warn` that did not hold; in no verdict.
    WARNINGS = "jaunt.warnings", instrument: Instrument::Counter, unit: "{warning}", attributes: STEP;
    /// Clean-up steps that failed; in no verdict.
    CLEANUP_FAILURES = "jaunt.cleanup.failures", instrument: Instrument::Counter, unit: "{failure}", attributes: STEP;
    /// Slots in which we could not measure, by cause.
    VOIDS = "jaunt.voids", instrument: Instrument::Counter, unit: "{slot}",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::CAUSE];
    /// Slots in which nothing ran, by cause.
    MISSED = "jaunt.missed", instrument: Instrument::Counter, unit: "{slot}",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::CAUSE];
    /// The whole run as a user waits; its exemplars are runs whose traces are kept.
    JOURNEY_DURATION = "jaunt.journey.duration", instrument: Instrument::Histogram, unit: "s",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::VERDICT];
    /// One step that was carried out.
    STEP_DURATION = "jaunt.step.duration", instrument: Instrument::Histogram, unit: "s", attributes: STEP;
    /// One phase of an exchange; off unless asked for.
    PHASE_DURATION = "jaunt.phase.duration", instrument: Instrument::Histogram, unit: "s",
        attributes: &[a::CUSTOMER, a::JOURNEY, a::REGION, a::STEP, a::PHASE];
    /// Attempts: polls repeat, and nothing is repeated unseen.
    ATTEMPTS = "jaunt.attempts", instrument: Instrument::Counter, unit: "{attempt}", attributes: STEP;
    /// Unix time at which the earliest certificate of the chain expires.
    CERTIFICATE_EXPIRY = "jaunt.certificate.expiry.timestamp", instrument: Instrument::Gauge, unit: "s", attributes: STEP;
    /// Unix time of the last slot that has a verdict.
    LAST_SLOT = "jaunt.last_slot.timestamp", instrument: Instrument::Gauge, unit: "s", attributes: JOURNEY;
    /// Start of a run against its slot.
    LATENESS = "jaunt.agent.lateness", instrument: Instrument::Histogram, unit: "s", attributes: &[a::REGION];
    /// How long the runtime kept a ready task waiting.
    LAG = "jaunt.agent.lag", instrument: Instrument::Histogram, unit: "s", attributes: &[a::REGION];
    /// Runs in flight.
    RUN_ACTIVE = "jaunt.agent.run.active", instrument: Instrument::UpDownCounter, unit: "{run}",
        attributes: &[a::REGION, a::CUSTOMER];
    /// Journeys that are loaded.
    JOURNEY_LOADED = "jaunt.agent.journey.loaded", instrument: Instrument::UpDownCounter, unit: "{journey}",
        attributes: &[a::REGION, a::CUSTOMER];
    /// Journeys that are kept at a last good version.
    JOURNEY_STALE = "jaunt.agent.journey.stale", instrument: Instrument::UpDownCounter, unit: "{journey}",
        attributes: &[a::REGION, a::CUSTOMER];
    /// Unix time at which the last run finished.
    LAST_RUN = "jaunt.agent.last_run.timestamp", instrument: Instrument::Gauge, unit: "s", attributes: &[a::REGION];
    /// How far our clock is ahead of the collector's for sure, by its `Date`, where it says; negative behind.
    CLOCK_OFFSET = "jaunt.agent.clock.offset", instrument: Instrument::Gauge, unit: "s", attributes: &[a::REGION];
    /// Connections that the egress policy refused.
    EGRESS_DENIED = "jaunt.agent.egress.denied", instrument: Instrument::Counter, unit: "{connection}",
        attributes: &[a::CUSTOMER, a::RULE];
    /// Reloads of files, bundles and configuration.
    RELOADS = "jaunt.agent.reloads", instrument: Instrument::Counter, unit: "{reload}",
        attributes: &[a::CUSTOMER, a::OUTCOME, a::ERROR_TYPE];
    /// Records that are not yet delivered.
    JOURNAL_RECORDS = "jaunt.journal.records", instrument: Instrument::UpDownCounter, unit: "{record}",
        attributes: &[a::CURSOR];
    /// Bytes that the journal takes on disk.
    JOURNAL_SIZE = "jaunt.journal.size", instrument: Instrument::UpDownCounter, unit: "By", attributes: &[];
    /// How long the oldest record that is not yet delivered has waited.
    JOURNAL_AGE = "jaunt.journal.age", instrument: Instrument::Gauge, unit: "s", attributes: &[a::CURSOR];
    /// Records that were not delivered and will not be.
    JOURNAL_DROPPED = "jaunt.journal.dropped", instrument: Instrument::Counter, unit: "{record}",
        attributes: &[a::CURSOR, a::SIGNAL, a::REASON];
    /// How long exporting one batch took.
    EXPORT_DURATION = "otel.sdk.exporter.operation.duration", instrument: Instrument::Histogram, unit: "s",
        attributes: &[a::CURSOR, a::SIGNAL, a::ERROR_TYPE];
    /// Spans for which the export has ended, well or not.
    EXPORTED_SPANS = "otel.sdk.exporter.span.exported", instrument: Instrument::Counter, unit: "{span}",
        attributes: &[a::CURSOR, a::ERROR_TYPE];
    /// Log records for which the export has ended, well or not.
    EXPORTED_LOGS = "otel.sdk.exporter.log.exported", instrument: Instrument::Counter, unit: "{log_record}",
        attributes: &[a::CURSOR, a::ERROR_TYPE];
    /// Data points for which the export has ended, well or not.
    EXPORTED_POINTS = "otel.sdk.exporter.metric_data_point.exported", instrument: Instrument::Counter, unit: "{data_point}",
        attributes: &[a::CURSOR, a::ERROR_TYPE];
    /// Processor time that jaunt used.
    CPU_TIME = "process.cpu.time", instrument: Instrument::Counter, unit: "s", attributes: &[a::CPU_MODE];
    /// Resident memory.
    MEMORY = "process.memory.usage", instrument: Instrument::UpDownCounter, unit: "By", attributes: &[];
    /// Open file descriptors.
    DESCRIPTORS = "process.unix.file_descriptor.count", instrument: Instrument::UpDownCounter, unit: "{file_descriptor}",
        attributes: &[];
}
