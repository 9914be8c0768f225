//! Sending a few records at once, for a run by hand: a bounded number of tries, then an error.
//!
//! The agent's delivery, which loses nothing, is another matter; this one has no journal behind it.

use crate::{
    Described, ExportConfig, Fold, Resource, Signal, Target,
    batch::{Batch, Items, LIMIT},
    logs, traces,
    transport::{Refusal, Taken, TlsError, Transport, Why},
};
use jaunt_record::Record;
use std::{collections::BTreeSet, fmt, time::Duration};

/// How often each request is tried.
const TRIES: u32 = 3;
/// The longest pause before the next try; whoever asks for more is told that we gave up.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the endpoints took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Data points, zeros of new streams included.
    pub points: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Items that an endpoint rejected, of those above.
    pub rejected: u64,
    /// What endpoints said to what they took: each signal with its message, once.
    pub messages: BTreeSet<(Signal, String)>,
}

/// Some signal did not get through.
#[derive(Debug, thiserror::Error)]
pub struct ExportError {
    /// What failed, by signal; never empty.
    pub failures: Vec<SignalError>,
    /// What got through all the same.
    pub sent: Sent,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, failure) in self.failures.iter().enumerate() {
            let between = if n == 0 { "" } else { "; " };
            write!(f, "{between}{failure}")?;
        }
        Ok(())
    }
}

/// Why a signal did not get through.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// Its TLS settings cannot be used.
    #[error("cannot send {signal} to `{endpoint}`: {source}")]
    Tls {
        /// Which signal.
        signal: Signal,
        /// Where to.
        endpoint: String,
        /// Why.
        source: TlsError,
    },
    /// The endpoint did not take it.
    #[error("cannot send {signal} to `{endpoint}`: {words}; {advice}")]
    Refused {
        /// Which signal.
        signal: Signal,
        /// Where to.
        endpoint: String,
        /// What was answered, or what went wrong on the way.
        words: String,
        /// What to look at.
        advice: &'static str,
    },
}

/// Sends what `records` say to where `config` says: metrics, then traces, then logs.
///
/// Each request is tried up to three times where the endpoint is busy or away. A signal that does
/// not get through keeps none of the others back.
///
/// ```no_run
/// # async fn example(records: Vec<jaunt_record::Record>) -> Result<(), Box<dyn std::error::Error>> {
/// use jaunt_otlp::{Environment, ExportConfig, Process, Resource, export};
///
/// let environment: Environment = std::env::vars().collect();
/// let config = ExportConfig::from_environment(Some("http://127.0.0.1:4318"), &environment)?;
/// let resource = Resource::detect(&environment, &Process::default());
/// let sent = export(&records, &resource, &config).await?;
/// println!("{} spans", sent.spans);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What did not get through, by signal, in words that hold no header's value.
pub async fn export(
    records: &[Record],
    resource: &Resource,
    config: &ExportConfig,
) -> Result<Sent, ExportError> {
    let mut sent = Sent::default();
    let mut failures = Vec::new();
    for signal in Signal::ALL {
        let Some(target) = config.target(signal) else {
            continue;
        };
        let batches = batches(signal, records, resource, config);
        if let Err(failure) = send_all(signal, target, &batches, &mut sent).await {
            failures.push(failure);
        }
    }
    match failures.is_empty() {
        true => Ok(sent),
        false => Err(ExportError { failures, sent }),
    }
}

fn batches(
    signal: Signal,
    records: &[Record],
    resource: &Resource,
    config: &ExportConfig,
) -> Vec<Batch> {
    let items = match signal {
        Signal::Metrics => metrics(records, config),
        Signal::Traces => {
            let kept = records
                .iter()
                .filter(|it| traces::is_kept(it, config.fold.pass_ratio));
            vec![Items::Spans(kept.flat_map(traces::spans).collect())]
        }
        Signal::Logs => {
            let slots = records.iter().filter(|_| config.slots);
            let slots = slots.map(|record| logs::slot_event(record, &step_ids(record)));
            vec![Items::Logs(
                records.iter().flat_map(logs::logs).chain(slots).collect(),
            )]
        }
    };
    let pieces = items.into_iter().filter(|items| items.count() > 0);
    let pieces = pieces.flat_map(|items| items.cut(LIMIT));
    pieces.map(|items| items.into_batch(resource)).collect()
}

/// Streams that begin with the first run and end, as far as we know, with the last.
fn metrics(records: &[Record], config: &ExportConfig) -> Vec<Items> {
    let mut fold = Fold::new(config.fold);
    let first = records
        .iter()
        .map(|record| record.start_ns)
        .min()
        .unwrap_or(1);
    let last = records
        .iter()
        .map(|record| record.end_ns)
        .max()
        .unwrap_or(1);
    for record in records {
        fold.register(&describe(record), first);
    }
    for record in records {
        fold.add(record);
    }
    // A run may be shorter than what receivers can tell apart.
    let collected = fold.collect(last.max(first.saturating_add(10_000_000)));
    vec![
        Items::Metrics(collected.births),
        Items::Metrics(collected.points),
    ]
}

fn describe(record: &Record) -> Described {
    Described {
        customer: record.customer.clone(),
        journey: record.journey.clone(),
        region: record.region.clone(),
        steps: step_ids(record),
        slos: record
            .slos
            .iter()
            .map(|judged| judged.slo.clone())
            .collect(),
    }
}

fn step_ids(record: &Record) -> Vec<String> {
    record.steps.iter().map(|step| step.id.clone()).collect()
}

async fn send_all(
    signal: Signal,
    target: &Target,
    batches: &[Batch],
    sent: &mut Sent,
) -> Result<(), SignalError> {
    let endpoint = target.shown();
    let mut transport = Transport::new(target).map_err(|source| SignalError::Tls {
        signal,
        endpoint: endpoint.clone(),
        source,
    })?;
    for batch in batches {
        match send(&mut transport, target, batch).await {
            Ok(taken) => sent.add(batch, taken),
            Err(refusal) => {
                return Err(SignalError::Refused {
                    signal,
                    endpoint,
                    words: refusal.words,
                    advice: advice(refusal.why),
                });
            }
        }
    }
    Ok(())
}

/// Sends a batch, tried again where that can help.
async fn send(transport: &mut Transport, target: &Target, batch: &Batch) -> Result<Taken, Refusal> {
    let mut tried = 1;
    loop {
        let refusal = match transport.send(target, batch).await {
            Ok(taken) => return Ok(taken),
            Err(refusal) => refusal,
        };
        match refusal.why {
            Why::Later(advice) if tried < TRIES => {
                let pause = advice.unwrap_or_else(|| backoff(tried));
                if pause > LONGEST_PAUSE {
                    return Err(refusal);
                }
                tokio::time::sleep(pause).await;
                tried += 1;
            }
            Why::Later(_) | Why::Endpoint | Why::Data => return Err(refusal),
        }
    }
}

/// Full jitter over 1 s, then 2 s.
fn backoff(tried: u32) -> Duration {
    Duration::from_secs(1 << (tried - 1).min(4)).mul_f64(rand::random::<f64>())
}

const fn advice(why: Why) -> &'static str {
    match why {
        Why::Later(_) => "is a collector listening there, and not overloaded?",
        Why::Endpoint => "look at the address, the protocol and the credentials",
        Why::Data => "it does not take this data; its log says why",
    }
}

impl Sent {
    fn add(&mut self, batch: &Batch, taken: Taken) {
        let count = match batch.signal {
            Signal::Metrics => &mut self.points,
            Signal::Traces => &mut self.spans,
            Signal::Logs => &mut self.logs,
        };
        *count += batch.items;
        self.rejected += taken.rejected;
        self.messages
            .extend(taken.message.map(|message| (batch.signal, message)));
    }
}
