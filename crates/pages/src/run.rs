//! One run: a waterfall of its steps, what was expected and what was seen.

use crate::{
    Frame,
    chart::{self, Bar},
    link, show,
};
use jaunt_record::{Exchange, Record, Step};
use maud::{Markup, html};
use std::time::Duration;

/// The page.
pub fn run(frame: &Frame, record: &Record) -> String {
    let title = format!("{} in {}", record.journey, record.region);
    let content = html! {
        p.soft {
            a href="/" { "Overview" } " / " (record.customer) " / "
            a href=(link::journey(&record.customer, &record.journey)) { (record.journey) }
        }
        h1 { (title) ": " (show::verdict(record.verdict)) }
        p.lead { (show::time(record.start_ns)) ", " (show::took(record.duration)) " as a user waits" }
        (why(record))
        (waterfall(record))
        (expectations(record))
        (exchanges(record))
        (about(record))
    };
    frame.page(&title, &content)
}

fn why(record: &Record) -> Markup {
    html! {
        @if let Some(failure) = &record.failure {
            p { strong { (failure.step) } " failed in " strong { (failure.phase.as_str()) } " (" code { (failure.kind.as_str()) } ", " (failure.party.as_str()) "): " (failure.message) }
            @if let Some(excerpt) = &failure.excerpt { pre { (excerpt) } }
        }
        @if let Some(void) = &record.void { p { "Could not be measured (" code { (void.cause.as_str()) } "): " (void.message) ". It counts against nobody." } }
        @if let Some(missed) = &record.missed { p { "No run took place (" code { (missed.as_str()) } "). It counts against nobody." } }
        @for warning in &record.warnings {
            p.doubt { "Warning, " (warning.step) ": expected " (warning.expected) ", saw " (warning.actual) }
        }
    }
}

/// From the run's start to the end of all that was done in it, clean-up included.
fn whole(record: &Record) -> Duration {
    record
        .steps
        .iter()
        .map(|step| step.offset + step.duration)
        .max()
        .unwrap_or(record.duration)
        .max(record.duration)
}

fn waterfall(record: &Record) -> Markup {
    let whole = whole(record);
    html! {
        @if !record.steps.is_empty() {
            section {
                h2 { "Steps" }
                (chart::phases_key())
                div.scroll tabindex="0" role="region" aria-label="Waterfall" { table {
                    thead { tr {
                        th scope="col" { "step" } th scope="col" { "verdict" }
                        th scope="col" { "0 to " (show::took(whole)) }
                        th.n scope="col" { "took" } th scope="col" { "answer" }
                    } }
                    tbody { @for step in &record.steps { (lines(step, whole)) } }
                } }
            }
        }
    }
}

fn lines(step: &Step, whole: Duration) -> Markup {
    html! {
        @if step.exchanges.is_empty() {
            tr {
                th scope="row" { (step.id) @if step.always { span.soft { " clean-up" } } }
                td { (step.verdict.as_str()) }
                td.wide { @if step.duration > Duration::ZERO { (chart::bar(Bar { offset: step.offset, duration: step.duration, phases: jaunt_record::Phases::NONE, whole })) } }
                td.n { @if step.duration > Duration::ZERO { (show::took(step.duration)) } @else { "–" } }
                td { (step.reason.as_deref().unwrap_or("")) }
            }
        }
        @for (index, exchange) in step.exchanges.iter().enumerate() {
            tr {
                th scope="row" {
                    @if index == 0 { (step.id) @if step.always { span.soft { " clean-up" } } }
                    @else { span.soft { @if exchange.hop > 0 { "redirect " (exchange.hop) } @else { "attempt " (exchange.attempt) } } }
                }
                td { @if index == 0 { (step.verdict.as_str()) } }
                td.wide { (chart::bar(Bar { offset: exchange.offset, duration: exchange.duration, phases: exchange.phases, whole })) }
                td.n { (show::took(exchange.duration)) }
                td { (answer(exchange)) }
            }
        }
        @if step.exchanges_left_out > 0 {
            tr { th scope="row" {} td colspan="4" { span.soft { (step.exchanges_left_out) " more attempts are not kept" } } }
        }
    }
}

fn answer(exchange: &Exchange) -> String {
    match (&exchange.failed, exchange.status) {
        (Some((phase, kind)), _) => format!("{} in {}", kind.as_str(), phase.as_str()),
        (None, Some(status)) => status.to_string(),
        (None, None) => exchange
            .dns
            .as_ref()
            .and_then(|dns| dns.rcode.clone())
            .unwrap_or_default(),
    }
}

fn expectations(record: &Record) -> Markup {
    let rows: Vec<_> = record
        .steps
        .iter()
        .flat_map(|step| {
            step.expectations
                .iter()
                .map(move |expected| (step, expected))
        })
        .collect();
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "What was expected" }
                div.scroll tabindex="0" role="region" aria-label="Expectations" { table {
                    thead { tr {
                        th scope="col" { "step" } th scope="col" { "of" } th scope="col" { "expected" }
                        th scope="col" { "seen" } th scope="col" { "holds" }
                    } }
                    tbody { @for (step, expected) in rows { tr {
                        th scope="row" { (step.id) }
                        td { code { (expected.subject) } } td { code { (expected.expected) } } td { code { (expected.actual) } }
                        td { @if expected.holds { span.met { "✓ yes" } } @else { span.violated { "✕ no, " (expected.otherwise) } } }
                    } } }
                } }
            }
        }
    }
}

fn exchanges(record: &Record) -> Markup {
    html! {
        @if record.steps.iter().any(|step| !step.exchanges.is_empty()) {
            section {
                h2 { "Exchanges" }
                div.scroll tabindex="0" role="region" aria-label="Exchanges" { table {
                    thead { tr {
                        th scope="col" { "step" } th scope="col" { "what" } th scope="col" { "with" }
                        th scope="col" { "phases" } th.n scope="col" { "in" } th.n scope="col" { "out" }
                    } }
                    tbody { @for step in &record.steps { @for exchange in &step.exchanges { tr {
                        th scope="row" { (step.id) }
                        td { (exchange.method) " " code { (exchange.url) } }
                        td { (with(exchange)) }
                        td.phases { @for (phase, took) in exchange.phases.iter() { (phase.as_str()) " " (show::took(took)) br; } }
                        td.n { (bytes(exchange.bytes_in)) } td.n { (bytes(exchange.bytes_out)) }
                    } } } }
                } }
            }
        }
    }
}

/// A count of bytes; none is known of a run that came as spans.
fn bytes(count: u64) -> String {
    if count == 0 {
        return "–".to_owned();
    }
    show::count(count)
}

fn with(exchange: &Exchange) -> Markup {
    html! {
        @if let Some(remote) = exchange.remote { (remote) br; }
        @if let Some(protocol) = &exchange.protocol { (protocol) " " }
        @if exchange.reused { "on a kept connection" }
        @if let Some(tls) = &exchange.tls {
            br; span.soft {
                @if let Some(version) = &tls.version { "TLS " (version) " " }
                @if let Some(cipher) = &tls.cipher { (cipher) " " }
                @if let Some(expires) = tls.expires_at { "expires " (show::time(expires.saturating_mul(1_000_000_000))) }
            }
        }
    }
}

fn about(record: &Record) -> Markup {
    html! {
        section {
            h2 { "About this run" }
            p.soft {
                "Run " code { (record.id) } ", which is also its trace id; agent " (record.agent) "; "
                (record.kind.as_str())
                @if let Some(slot) = record.slot { ", for the slot of " (show::time(slot.saturating_mul(1_000_000_000))) }
                "; started " (show::took(record.lateness)) " after it was due; our own runtime kept it waiting "
                (show::took(record.lag)) " at most."
            }
            @for slo in &record.slos { p.soft { (slo.slo) " counts it as " (slo.outcome.as_str()) "." } }
        }
    }
}
