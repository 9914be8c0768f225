//! `connect`: a TCP connection, and what is said on it.

use super::endpoint;
use crate::{
    attempt::{End, Stage, Told},
    seen::{Answer, Seen},
};
use jaunt_journey::{Connect, ConnectExchange, TlsSettings};
use jaunt_probe::{Conversation, Outcome, Turn};

pub(super) async fn attempt(stage: &mut Stage<'_>, connect: &Connect) -> Result<End, End> {
    let (target, text) = endpoint::target(stage, &connect.endpoint)?;
    let name = server_name(stage, connect.tls.as_ref(), &target.host)?;
    let mut turns = Vec::with_capacity(connect.exchange.len());
    for turn in &connect.exchange {
        turns.push(match turn {
            ConnectExchange::Send(text) => Turn::Send(stage.known.text(text)?.into_bytes()),
            ConnectExchange::SendHex(bytes) => Turn::Send(bytes.clone()),
            ConnectExchange::Expect(text) => Turn::Expect(stage.known.text(text)?.into_bytes()),
            ConnectExchange::ExpectRegex(pattern) => Turn::ExpectRegex(pattern.regex.clone()),
            ConnectExchange::Starttls => Turn::Starttls(stage.tls()?, name.clone()),
        });
    }
    // With STARTTLS in it, the setting is that of the turn, and not for the start.
    let starts = turns.iter().any(|turn| matches!(turn, Turn::Starttls(..)));
    let tls = match &connect.tls {
        Some(_) if !starts => Some((stage.tls()?, name)),
        Some(_) | None => None,
    };
    let conversation = Conversation {
        target,
        tls,
        turns,
        deadline: stage.deadline(),
    };
    let exchange = jaunt_probe::connect(stage.visitor, &conversation).await;
    let told = Told {
        hop: 0,
        url: text,
        status_expected: false,
        traced: false,
    };
    let (facts, outcome) = stage.book(exchange, told);
    Ok(match outcome {
        Outcome::Answered(received) => End::Seen(Box::new(Seen {
            answer: Answer::Received(received.bytes),
            facts,
            url: None,
            redirects: 0,
            at: stage.wall(),
        })),
        Outcome::Failed(fault) => End::Failed(fault),
        Outcome::Void(void) => End::Void(void),
    })
}

fn server_name(
    stage: &Stage<'_>,
    settings: Option<&TlsSettings>,
    host: &str,
) -> Result<String, End> {
    Ok(
        match settings.and_then(|settings| settings.server_name.as_ref()) {
            Some(name) => stage.known.text(name)?,
            None => host.to_owned(),
        },
    )
}
