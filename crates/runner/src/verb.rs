//! The verbs: each fills in its references, measures, and says what it saw.

mod body;
mod connect;
mod endpoint;
mod handshake;
mod headers;
mod location;
mod request;
mod resolve;

use crate::attempt::{End, Stage};
use jaunt_journey::Verb;
pub(crate) use location::Place;

/// Carries out one attempt of any verb but `wait`, which measures nothing.
pub(crate) async fn attempt(stage: &mut Stage<'_>) -> End {
    let ended = match &stage.step.verb {
        Verb::Request(request) => request::attempt(stage, request).await,
        Verb::Resolve(resolve) => resolve::attempt(stage, resolve).await,
        Verb::Connect(connect) => connect::attempt(stage, connect).await,
        Verb::Handshake(handshake) => handshake::attempt(stage, handshake).await,
        Verb::Wait(_) => Err(End::Void(jaunt_record::Void {
            cause: jaunt_record::VoidCause::Internal,
            message: "a wait has no attempts".into(),
        })),
    };
    ended.unwrap_or_else(|end| end)
}
