//! `handshake`: TLS, and nothing after it.

use super::endpoint;
use crate::{
    attempt::{End, Stage, Told},
    seen::{Answer, Seen},
};
use jaunt_journey::{Handshake, Starttls};
use jaunt_probe::{Greeting, Outcome};

pub(super) async fn attempt(stage: &mut Stage<'_>, handshake: &Handshake) -> Result<End, End> {
    let (target, text) = endpoint::target(stage, &handshake.endpoint)?;
    let server_name = match &handshake.tls.server_name {
        Some(name) => Some(stage.known.text(name)?),
        None => None,
    };
    let asked = jaunt_probe::Handshake {
        target,
        tls: stage.tls()?,
        server_name,
        alpn: handshake.alpn.clone(),
        greeting: handshake.starttls.map(greeting),
        deadline: stage.deadline(),
    };
    let exchange = jaunt_probe::handshake(stage.visitor, &asked).await;
    let told = Told {
        hop: 0,
        url: text,
        status_expected: false,
        traced: false,
    };
    let (facts, outcome) = stage.book(exchange, told);
    Ok(match outcome {
        Outcome::Answered(_) => End::Seen(Box::new(Seen {
            answer: Answer::Done,
            facts,
            url: None,
            redirects: 0,
            at: stage.wall(),
        })),
        Outcome::Failed(fault) => End::Failed(fault),
        Outcome::Void(void) => End::Void(void),
    })
}

fn greeting(protocol: Starttls) -> Greeting {
    match protocol {
        Starttls::Smtp => Greeting::Smtp,
        Starttls::Imap => Greeting::Imap,
        Starttls::Pop3 => Greeting::Pop3,
        Starttls::Ldap => Greeting::Ldap,
        Starttls::Postgres => Greeting::Postgres,
    }
}
