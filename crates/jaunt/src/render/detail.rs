//! Everything that is known of each step: `jaunt run --verbose`.

use super::{
    amount, clean,
    look::{BAD, BOLD, DIM, GOOD, Look},
};
use jaunt_record::{Exchange, Record, Step, StepVerdict, Tls};

/// Connections, expectations and captures of each step.
pub(crate) fn of(record: &Record, look: &Look) -> String {
    record
        .steps
        .iter()
        .map(|step| of_step(step, look))
        .collect()
}

fn of_step(step: &Step, look: &Look) -> String {
    let mut text = format!(
        "\n  {} {BOLD}{}{BOLD:#}",
        look.mark(step.verdict),
        clean::line(&step.id)
    );
    if let (StepVerdict::Skipped, Some(reason)) = (step.verdict, &step.reason) {
        text.push_str(&format!(": {}", clean::line(reason)));
    }
    text.push('\n');
    for exchange in &step.exchanges {
        text.push_str(&of_exchange(exchange, look));
    }
    for one in &step.expectations {
        let (style, mark) = if one.holds {
            (GOOD, look.glyph("✓", "+"))
        } else {
            (BAD, look.glyph("✗", "x"))
        };
        text.push_str(&format!(
            "    {style}{mark}{style:#} {} {}: {}\n",
            clean::line(&one.subject),
            clean::line(&one.expected),
            clean::line(&one.actual)
        ));
    }
    for (name, value) in &step.captures {
        let arrow = look.glyph("→", "->");
        text.push_str(&format!(
            "    {DIM}{arrow}{DIM:#} {name} = {}\n",
            clean::line(value)
        ));
    }
    text
}

fn of_exchange(exchange: &Exchange, look: &Look) -> String {
    let mut text = format!("    {} {}\n", exchange.method, clean::line(&exchange.url));
    let mut facts = Vec::new();
    facts.extend(exchange.status.map(|status| format!("status {status}")));
    facts.extend(exchange.protocol.as_deref().map(clean::line));
    facts.extend(exchange.remote.map(|remote| format!("from {remote}")));
    if exchange.reused {
        facts.push("on the kept connection".into());
    }
    facts.push(format!("{} in", amount::bytes(exchange.bytes_in)));
    facts.push(format!("{} out", amount::bytes(exchange.bytes_out)));
    text.push_str(&fact(&facts));
    if let Some(dns) = &exchange.dns {
        let answers = dns.answers.join(" ");
        let rcode = dns.rcode.as_deref().unwrap_or("no answer");
        let server = dns.server.as_deref().unwrap_or("no server");
        let said = format!("{server} says {rcode} {answers}");
        text.push_str(&fact(&[format!(
            "{}: {}",
            dns.question,
            clean::line(said.trim_end())
        )]));
    }
    for connect in exchange.connects.iter().filter(|one| one.error.is_some()) {
        let error = clean::line(connect.error.as_deref().unwrap_or_default());
        let (after, took) = (
            amount::duration(connect.after, look),
            amount::duration(connect.took, look),
        );
        text.push_str(&fact(&[format!(
            "{} tried after {after} for {took}: {error}",
            connect.address
        )]));
    }
    text + &exchange.tls.as_ref().map(of_tls).unwrap_or_default()
}

fn of_tls(tls: &Tls) -> String {
    let mut facts = Vec::new();
    facts.extend(tls.version.as_ref().map(|version| format!("TLS {version}")));
    facts.extend(tls.cipher.clone());
    facts.extend(tls.group.clone());
    facts.extend(tls.alpn.as_ref().map(|alpn| format!("ALPN {alpn}")));
    facts.extend(tls.subject.as_ref().map(|subject| format!("for {subject}")));
    facts.extend(
        tls.issuer
            .as_ref()
            .map(|issuer| format!("issued by {issuer}")),
    );
    let expires = tls
        .expires_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    facts.extend(expires.map(|at| format!("until {at}")));
    fact(&[clean::line(&facts.join(", "))])
}

fn fact(facts: &[String]) -> String {
    format!("      {DIM}{}{DIM:#}\n", facts.join(", "))
}
