//! A journey as a file: one key a line, tables inline, so that every line stands for itself.

use super::{
    looking::{capture, expectation},
    value::{key, string, value},
    verb::verb,
};
use crate::{Family, Felt, Journey, Origin, Poll, Secret, SecretSource, Step, Var};
use jaunt_slo::{Corrected, Correction, Good, Maintenance, Population, Slo, Weighting, When};
use jaunt_text::duration_text;
use std::{fmt::Write as _, time::Duration};

/// The journey as TOML 1.0. What `parse` makes of it is the same journey, but for `definition`,
/// which is of the text. Of a matrix it is the one combination.
pub fn print(journey: &Journey) -> String {
    let mut out = String::new();
    head(&mut out, journey);
    for (name, one) in &journey.matrix {
        section(&mut out, "[matrix]", name, &format!("[{}]", value(one)));
    }
    for (name, var) in &journey.vars {
        let text = match var {
            Var::Fixed(fixed) => value(fixed),
            Var::Pick(values) => format!("{{ pick = {} }}", list(values, value)),
        };
        section(&mut out, "[vars]", name, &text);
    }
    for (name, one) in &journey.secrets {
        section(&mut out, "[secrets]", name, &secret(one));
    }
    // Origins of the whole file: the first request says them for all.
    let mut origins = Some(list(&journey.origins, origin));
    for one in &journey.steps {
        out.push_str("\n[[step]]\n");
        step(&mut out, one);
        if matches!(one.verb, crate::Verb::Request(_))
            && let Some(origins) = origins.take()
        {
            line(&mut out, "origins", &origins);
        }
    }
    for one in &journey.slos {
        slo(&mut out, one);
    }
    for one in &journey.maintenance {
        maintenance(&mut out, one);
    }
    let policy = journey.maintenance_policy;
    out.push_str("\n[maintenance_policy]\n");
    line(&mut out, "notice", &duration(policy.notice));
    line(&mut out, "cap", &duration(policy.cap));
    for one in &journey.corrections {
        correction(&mut out, one);
    }
    for one in &journey.felt {
        felt(&mut out, one);
    }
    out
}

pub(super) fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "{} = {text}", key(name));
}

pub(super) fn maybe(out: &mut String, name: &str, text: Option<String>) {
    if let Some(text) = text {
        line(out, name, &text);
    }
}

pub(super) fn duration(duration: Duration) -> String {
    string(&duration_text(duration))
}

pub(super) fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let items: Vec<_> = items.iter().map(text).collect();
    format!("[{}]", items.join(", "))
}

/// A line below a header, which is written before the first of them.
fn section(out: &mut String, header: &str, name: &str, text: &str) {
    if !out.contains(&format!("\n{header}\n")) {
        let _ = write!(out, "\n{header}\n");
    }
    line(out, name, text);
}

fn head(out: &mut String, journey: &Journey) {
    // The part in brackets is the matrix's, and comes back with it.
    let name = journey.name.split('[').next().unwrap_or_default();
    line(out, "journey", &string(name));
    line(out, "customer", &string(&journey.customer));
    maybe(out, "title", journey.title.as_deref().map(string));
    line(out, "every", &duration(journey.every));
    line(out, "deadline", &duration(journey.deadline));
    maybe(out, "slow", journey.slow.map(duration));
    if !journey.regions.is_empty() {
        line(
            out,
            "regions",
            &list(&journey.regions, |region| string(region)),
        );
    }
    maybe(
        out,
        "quorum",
        journey.quorum.map(|quorum| quorum.to_string()),
    );
    if !journey.weights.is_empty() {
        let weights = journey.weights.iter();
        let weights: Vec<_> = weights
            .map(|(region, weight)| format!("{} = {}", key(region), string(weight)))
            .collect();
        line(out, "weights", &format!("{{ {} }}", weights.join(", ")));
    }
}

fn origin(origin: &Origin) -> String {
    let Origin { scheme, host, port } = origin;
    let host = match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]"),
        false => host.clone(),
    };
    string(&format!("{scheme}://{host}:{port}"))
}

fn secret(secret: &Secret) -> String {
    let from = match &secret.source {
        SecretSource::Env(name) => format!("env:{name}"),
        SecretSource::File(name) => format!("file:{name}"),
    };
    let totp = if secret.totp { ", totp = true" } else { "" };
    format!("{{ from = {}{totp} }}", string(&from))
}

fn step(out: &mut String, step: &Step) {
    line(out, "id", &string(&step.id));
    verb(out, &step.verb);
    line(out, "timeout", &duration(step.timeout));
    if !step.expect.is_empty() {
        line(out, "expect", &list(&step.expect, expectation));
    }
    for one in &step.captures {
        let _ = writeln!(out, "capture.{} = {}", key(&one.name), capture(one));
    }
    if step.always {
        line(out, "always", "true");
    }
    if !step.when.is_empty() {
        let captured = list(&step.when, |(step, name)| string(&format!("{step}.{name}")));
        line(out, "when", &format!("{{ captured = {captured} }}"));
    }
    maybe(out, "party", step.party.as_deref().map(string));
    if step.family != Family::Any {
        line(out, "family", &string(step.family.as_str()));
    }
    maybe(out, "poll", step.poll.as_ref().map(poll));
}

fn poll(poll: &Poll) -> String {
    let stop = match poll.stop.as_slice() {
        [] => String::new(),
        stop => format!(", stop = {}", list(stop, expectation)),
    };
    let (every, within) = (duration(poll.every), duration(poll.within));
    format!("{{ every = {every}, for = {within}{stop} }}")
}

fn slo(out: &mut String, slo: &Slo) {
    out.push_str("\n[[slo]]\n");
    line(out, "name", &string(&slo.name));
    line(out, "objective", &string(&slo.objective.to_string()));
    line(out, "window", &string(&slo.window.to_string()));
    maybe(out, "under", slo.under.map(duration));
    match slo.of {
        Population::Valid => {}
        Population::Passed => line(out, "of", "\"passed\""),
    }
    match slo.good {
        Good::PassOrSlow => {}
        Good::Pass => line(out, "good", "\"pass\""),
    }
    maybe(out, "step", slo.step.as_deref().map(string));
    match slo.weighting {
        Weighting::Events => {}
        Weighting::Regions => line(out, "weighting", "\"regions\""),
    }
    maybe(out, "slice", slo.slice.map(duration));
    maybe(out, "since", slo.since.map(|since| since.to_string()));
}

fn maintenance(out: &mut String, one: &Maintenance) {
    out.push_str("\n[[maintenance]]\n");
    match &one.when {
        When::Once { from, to } => {
            line(out, "from", &from.to_string());
            line(out, "to", &to.to_string());
        }
        When::Weekly(weekly) => {
            let day = format!("{:?}", weekly.day);
            let day = day.get(..3).unwrap_or_default();
            let (from, to) = (weekly.from.strftime("%H:%M"), weekly.to.strftime("%H:%M"));
            let zone = weekly.zone.iana_name().unwrap_or("UTC");
            line(out, "on", &string(&format!("{day} {from}-{to} {zone}")));
        }
    }
    maybe(out, "announced", one.announced.map(|at| at.to_string()));
    maybe(out, "by", one.by.as_deref().map(string));
    maybe(out, "approved_by", one.approved_by.as_deref().map(string));
    maybe(out, "reason", one.reason.as_deref().map(string));
}

fn correction(out: &mut String, one: &Correction) {
    out.push_str("\n[[correction]]\n");
    line(out, "from", &one.from.to_string());
    line(out, "to", &one.to.to_string());
    match &one.what {
        Corrected::Party(party) => line(out, "party", &string(party)),
        Corrected::LeftOut => line(out, "leave_out", &string("runs")),
    }
    line(out, "at", &one.at.to_string());
    line(out, "author", &string(&one.author));
    line(out, "approved_by", &string(&one.approved_by));
    line(out, "reason", &string(&one.reason));
}

fn felt(out: &mut String, felt: &Felt) {
    out.push_str("\n[[felt]]\n");
    line(out, "from", &felt.from.to_string());
    line(out, "to", &felt.to.to_string());
    maybe(
        out,
        "tickets",
        felt.tickets.map(|tickets| tickets.to_string()),
    );
    maybe(out, "note", felt.note.as_deref().map(string));
}
