//! A run from its spans.

use super::{Unreadable, attributes::Attributes};
use crate::{
    names::{attribute as a, event},
    traces::took_attribute,
};
use jaunt_record::{
    Definition, Dns, Exchange, Expected, Failure, FailureKind, FailurePhase, Kind, Party, Phase,
    Phases, Record, RunId, Step, StepVerdict, Tls, Verdict, Void, VoidCause,
};
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// What became of spans.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// Runs whose root was among them.
    pub runs: Vec<Record>,
    /// Spans whose root was not.
    pub loose: Vec<Loose>,
    /// How many spans are part of no run of ours, and why the first is not.
    pub refused: u64,
    /// Why the first of them was refused.
    pub why: Option<Unreadable>,
}

/// Spans of one run without their root.
#[derive(Clone, Debug, PartialEq)]
pub struct Loose {
    /// The run.
    pub id: RunId,
    /// Its spans so far.
    pub spans: Vec<Span>,
}

/// Puts spans together by run, in the order in which runs first appear.
///
/// A span that is there twice counts once.
pub fn assemble(spans: Vec<Span>) -> Assembled {
    let mut order = Vec::new();
    let mut by_run: HashMap<RunId, Vec<Span>> = HashMap::new();
    let mut done = Assembled::default();
    for span in spans {
        match <[u8; 16]>::try_from(span.trace_id.as_slice()) {
            Ok(id) if id != [0; 16] && span.span_id.len() == 8 => {
                let id = RunId::from_bytes(id);
                let spans = by_run.entry(id).or_insert_with(|| {
                    order.push(id);
                    Vec::new()
                });
                spans.push(span);
            }
            _ => done.refuse(1, Unreadable::Attribute("trace_id")),
        }
    }
    for id in order {
        let Some(mut spans) = by_run.remove(&id) else {
            continue;
        };
        let mut known = HashSet::new();
        spans.retain(|span| known.insert(span.span_id.clone()));
        let count = spans.len() as u64;
        match spans.iter().position(|span| span.parent_span_id.is_empty()) {
            None => done.loose.push(Loose { id, spans }),
            Some(root) => {
                let root = spans.swap_remove(root);
                match record(id, &root, &spans) {
                    Ok(record) => done.runs.push(record),
                    Err(why) => done.refuse(count, why),
                }
            }
        }
    }
    done
}

impl Assembled {
    fn refuse(&mut self, count: u64, why: Unreadable) {
        self.refused += count;
        self.why.get_or_insert(why);
    }
}

fn record(id: RunId, root: &Span, others: &[Span]) -> Result<Record, Unreadable> {
    let from = Attributes(&root.attributes);
    let start_ns = instant(root.start_time_unix_nano)?;
    let end_ns = instant(root.end_time_unix_nano)?.max(start_ns);
    let kind = from.member(a::KIND, Kind::from_name)?;
    let verdict = from.member(a::VERDICT, Verdict::from_name)?;
    let slot = from.whole(a::SLOT);
    if slot.is_none() && kind == Kind::Scheduled {
        return Err(Unreadable::Attribute(a::SLOT.name));
    }
    let failure = (verdict == Verdict::Fail)
        .then(|| failure(from, root))
        .transpose()?;
    let steps = steps(root, others, failure.as_ref());
    let waited = steps
        .iter()
        .filter(|step| !step.always && step.verb != "wait");
    Ok(Record {
        id,
        customer: from.name(a::CUSTOMER)?,
        journey: from.name(a::JOURNEY)?,
        region: from.name(a::REGION)?,
        agent: from.name(a::AGENT)?,
        kind,
        slot: slot.filter(|_| kind == Kind::Scheduled),
        count: 1,
        every_s: 0,
        definition: definition(from),
        start_ns,
        end_ns,
        duration: waited.map(|step| step.duration).sum(),
        lateness: from.seconds(a::LATENESS).unwrap_or_default(),
        lag: from.seconds(a::LAG).unwrap_or_default(),
        verdict,
        failure,
        void: (verdict == Verdict::Void)
            .then(|| void(from, root))
            .transpose()?,
        missed: None,
        warnings: steps.iter().flat_map(Step::warnings).collect(),
        steps,
        slos: Vec::new(),
    })
}

fn instant(unix_ns: u64) -> Result<i64, Unreadable> {
    i64::try_from(unix_ns).map_err(|_| Unreadable::Range("time_unix_nano"))
}

fn definition(from: Attributes<'_>) -> Definition {
    let hex = from.text(a::DEFINITION).unwrap_or_default();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
    let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Definition).unwrap_or_default()
}

fn failure(from: Attributes<'_>, root: &Span) -> Result<Failure, Unreadable> {
    let phase = from.member(a::PHASE, FailurePhase::from_name)?;
    Ok(Failure {
        step: from.name(a::STEP)?,
        phase,
        kind: from.member(a::ERROR_TYPE, FailureKind::from_name)?,
        party: from
            .name_if(a::PARTY)
            .map_or_else(|| Party::presumed(phase), Party::new),
        message: message(root),
        excerpt: None,
    })
}

fn void(from: Attributes<'_>, root: &Span) -> Result<Void, Unreadable> {
    Ok(Void {
        cause: from.member(a::CAUSE, VoidCause::from_name)?,
        message: message(root),
    })
}

/// The sentence of a span's status, as long as any of ours.
fn message(span: &Span) -> String {
    let message = span.status.as_ref().map(|status| status.message.as_str());
    message.unwrap_or_default().chars().take(4_096).collect()
}

/// Steps in the order in which they began, each with its exchanges.
fn steps(root: &Span, others: &[Span], failure: Option<&Failure>) -> Vec<Step> {
    let mut below: BTreeMap<&[u8], Vec<&Span>> = BTreeMap::new();
    for span in others {
        below.entry(&span.parent_span_id).or_default().push(span);
    }
    let steps = in_time(below.get(root.span_id.as_slice())).into_iter();
    let step = |span: &Span| {
        let exchanges = in_time(below.get(span.span_id.as_slice()));
        step(root, span, &exchanges, failure)
    };
    steps.map(step).collect()
}

fn in_time<'s>(spans: Option<&Vec<&'s Span>>) -> Vec<&'s Span> {
    let mut spans = spans.cloned().unwrap_or_default();
    spans.sort_by_key(|span| (span.start_time_unix_nano, span.end_time_unix_nano));
    spans
}

fn step(root: &Span, span: &Span, exchanges: &[&Span], failure: Option<&Failure>) -> Step {
    let from = Attributes(&span.attributes);
    let failure = failure.filter(|failure| failure.step == span.name);
    let verdict = from.text(a::VERDICT).and_then(StepVerdict::from_name);
    let count = |attribute| from.whole(attribute).and_then(|n| u32::try_from(n).ok());
    let reason = message(span);
    Step {
        id: span.name.clone(),
        verb: from.name_if(a::VERB).unwrap_or_default(),
        verdict: verdict.unwrap_or(StepVerdict::Pass),
        // Clean-up begins when the run has ended.
        always: span.start_time_unix_nano >= root.end_time_unix_nano,
        offset: between(root.start_time_unix_nano, span.start_time_unix_nano),
        duration: between(span.start_time_unix_nano, span.end_time_unix_nano),
        attempts: count(a::ATTEMPTS).unwrap_or(1),
        reason: (!reason.is_empty()).then_some(reason),
        failure: failure.cloned(),
        exchanges: exchanges
            .iter()
            .map(|span| exchange(root, span, failure))
            .collect(),
        exchanges_left_out: count(a::LEFT_OUT).unwrap_or(0),
        expectations: span.events.iter().filter_map(expectation).collect(),
        captures: Vec::new(),
    }
}

fn between(from: u64, to: u64) -> Duration {
    Duration::from_nanos(to.saturating_sub(from))
}

fn expectation(event: &span::Event) -> Option<Expected> {
    if event.name != event::EXPECTATION.name {
        return None;
    }
    let from = Attributes(&event.attributes);
    let text = |attribute| from.text(attribute).unwrap_or_default().to_owned();
    Some(Expected {
        subject: text(a::SUBJECT),
        expected: text(a::EXPECTED),
        actual: text(a::ACTUAL),
        holds: false,
        otherwise: text(a::ELSE),
    })
}

fn exchange(root: &Span, span: &Span, failure: Option<&Failure>) -> Exchange {
    let from = Attributes(&span.attributes);
    let count = |attribute| from.whole(attribute).and_then(|n| u32::try_from(n).ok());
    let text = |attribute| from.text(attribute).map(str::to_owned);
    let port = |attribute| from.whole(attribute).and_then(|n| u16::try_from(n).ok());
    let status = port(a::HTTP_STATUS);
    let kind = from.text(a::ERROR_TYPE).and_then(FailureKind::from_name);
    let question = text(a::DNS_QUESTION);
    Exchange {
        attempt: count(a::ATTEMPT).unwrap_or(1),
        hop: count(a::HTTP_RESEND).unwrap_or(0),
        method: span.name.clone(),
        url: text(a::URL)
            .or_else(|| question.clone())
            .unwrap_or_default(),
        host: text(a::SERVER_ADDRESS).unwrap_or_default(),
        port: port(a::SERVER_PORT).unwrap_or(0),
        offset: between(root.start_time_unix_nano, span.start_time_unix_nano),
        duration: between(span.start_time_unix_nano, span.end_time_unix_nano),
        phases: phases(from),
        remote: remote(from),
        protocol: protocol(from),
        tls: tls(from),
        dns: question.map(|question| Dns {
            question,
            ..Dns::default()
        }),
        status,
        status_expected: status.is_some() && from.text(a::ERROR_TYPE).is_none(),
        reused: from.truth(a::REUSED).unwrap_or(false),
        failed: kind.and_then(|kind| Some((failed_in(kind, failure)?, kind))),
        traced: from.text(a::HTTP_METHOD).is_some(),
        ..Exchange::default()
    }
}

/// Where an exchange failed: as its run says, where that is the same failure; else as its kind tells.
fn failed_in(kind: FailureKind, failure: Option<&Failure>) -> Option<FailurePhase> {
    if let Some(failure) = failure.filter(|failure| failure.kind == kind) {
        return Some(failure.phase);
    }
    let (group, rest) = kind.as_str().split_once('.')?;
    match group {
        "timeout" => FailurePhase::from_name(rest),
        "http" | "redirect" | "auth" => Some(FailurePhase::Wait),
        other => FailurePhase::from_name(other),
    }
}

fn phases(from: Attributes<'_>) -> Phases {
    let mut phases = Phases::NONE;
    for phase in Phase::ALL {
        if let Some(took) = from.seconds(took_attribute(*phase)) {
            phases.set(*phase, took);
        }
    }
    phases
}

fn remote(from: Attributes<'_>) -> Option<SocketAddr> {
    let address: IpAddr = from.text(a::PEER_ADDRESS)?.parse().ok()?;
    let port = u16::try_from(from.whole(a::PEER_PORT)?).ok()?;
    Some(SocketAddr::new(address, port))
}

fn protocol(from: Attributes<'_>) -> Option<String> {
    let spoken = match (from.text(a::PROTOCOL_NAME), from.text(a::PROTOCOL_VERSION)) {
        (Some("http"), Some("2")) => "h2".to_owned(),
        (Some("http"), Some("3")) => "h3".to_owned(),
        (Some("http"), Some(version)) => format!("http/{version}"),
        _ => from.text(a::TRANSPORT)?.to_owned(),
    };
    Some(spoken)
}

fn tls(from: Attributes<'_>) -> Option<Tls> {
    let text = |attribute| from.text(attribute).map(str::to_owned);
    let expires = from.text(a::TLS_NOT_AFTER);
    let expires = expires.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let tls = Tls {
        version: text(a::TLS_VERSION),
        cipher: text(a::TLS_CIPHER),
        alpn: text(a::TLS_NEXT),
        resumed: from.truth(a::TLS_RESUMED),
        expires_at: expires.map(jiff::Timestamp::as_second),
        ..Tls::default()
    };
    (tls != Tls::default()).then_some(tls)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::spans;

    /// A run whose second step failed, with all that spans carry.
    pub(in crate::receive) fn failed() -> Record {
        let mut phases = Phases::NONE;
        phases.set(Phase::Connect, Duration::from_micros(300));
        phases.set(Phase::Wait, Duration::from_millis(40));
        let failure = Failure {
            step: "pay".into(),
            phase: FailurePhase::Wait,
            kind: FailureKind::Http5xx,
            party: Party::new("service"),
            message: "expected status 200, saw 503".into(),
            excerpt: None,
        };
        let exchange = Exchange {
            attempt: 1,
            method: "GET".into(),
            url: "https://shop.example/pay".into(),
            host: "shop.example".into(),
            port: 443,
            offset: Duration::from_millis(2),
            duration: Duration::from_millis(41),
            phases,
            remote: Some("192.0.2.7:443".parse().unwrap()),
            protocol: Some("h2".into()),
            tls: Some(Tls {
                version: Some("1.3".into()),
                expires_at: Some(1_900_000_000),
                ..Tls::default()
            }),
            status: Some(503),
            failed: Some((FailurePhase::Wait, FailureKind::Http5xx)),
            traced: true,
            ..Exchange::default()
        };
        let step = |id: &str, verdict, exchanges: Vec<Exchange>| Step {
            id: id.into(),
            verb: "request".into(),
            verdict,
            always: false,
            offset: exchanges.first().map_or(Duration::ZERO, |it| it.offset),
            duration: exchanges.iter().map(|it| it.duration).sum(),
            attempts: 1,
            reason: None,
            failure: None,
            exchanges,
            exchanges_left_out: 0,
            expectations: Vec::new(),
            captures: Vec::new(),
        };
        let expiring = Expected {
            subject: "certificate expires_in".into(),
            expected: "ge 30d".into(),
            actual: "20d".into(),
            holds: false,
            otherwise: "warn".into(),
        };
        let fine = Exchange {
            status: Some(200),
            status_expected: true,
            failed: None,
            offset: Duration::ZERO,
            duration: Duration::from_millis(1),
            ..exchange.clone()
        };
        let pay = Step {
            failure: Some(failure.clone()),
            reason: Some(failure.message.clone()),
            ..step("pay", StepVerdict::Fail, vec![exchange])
        };
        let cart = Step {
            expectations: vec![expiring],
            ..step("cart", StepVerdict::Pass, vec![fine])
        };
        Record {
            id: RunId::from_bytes([7; 16]),
            customer: "acme".into(),
            journey: "checkout".into(),
            region: "fra".into(),
            agent: "fra-1".into(),
            kind: Kind::Scheduled,
            slot: Some(1_767_225_600),
            count: 1,
            every_s: 0,
            definition: Definition([9; 32]),
            start_ns: 1_767_225_600_500_000_000,
            end_ns: 1_767_225_600_543_000_000,
            duration: Duration::from_millis(42),
            lateness: Duration::from_micros(800),
            lag: Duration::from_micros(50),
            verdict: Verdict::Fail,
            failure: Some(failure),
            void: None,
            missed: None,
            warnings: cart.warnings(),
            steps: vec![cart, pay],
            slos: Vec::new(),
        }
    }

    /// Behaviour 47: what was warned of is seen in the hub as well.
    #[test]
    fn a_run_comes_back_as_it_was_sent() {
        let record = failed();
        assert_eq!(record.warnings.len(), 1);
        let assembled = assemble(spans(&record));
        assert_eq!(assembled.runs, [record]);
        assert!(assembled.loose.is_empty());
    }

    #[test]
    fn the_order_and_number_of_copies_do_not_matter() {
        let record = failed();
        let mut sent = spans(&record);
        sent.extend(spans(&record));
        sent.reverse();
        assert_eq!(assemble(sent).runs, [record]);
    }

    #[test]
    fn spans_without_their_root_are_handed_back_and_fit_in_later() {
        let record = failed();
        let mut sent = spans(&record);
        let root = sent.remove(0);
        let first = assemble(sent);
        assert!(first.runs.is_empty());
        let [loose] = first.loose.as_slice() else {
            panic!("one run's spans");
        };
        let mut all = loose.spans.clone();
        all.push(root);
        assert_eq!(assemble(all).runs, [record]);
    }

    #[test]
    fn a_foreign_trace_is_refused_with_a_reason() {
        let mut foreign = spans(&failed());
        for span in &mut foreign {
            span.attributes.clear();
        }
        let assembled = assemble(foreign);
        assert_eq!(assembled.refused, 5);
        assert!(matches!(assembled.why, Some(Unreadable::Attribute(_))));
    }
}
