//! `HOST:PORT`, filled in.

use crate::{
    attempt::{End, Stage, fault, named},
    known::Filled,
};
use jaunt_journey::Endpoint;
use jaunt_probe::Target;
use jaunt_record::{FailureKind, FailurePhase};

/// Where `endpoint` leads, and its text.
pub(super) fn target(stage: &Stage<'_>, endpoint: &Endpoint) -> Result<(Target, String), End> {
    let filled = stage.known.fill(&endpoint.text)?;
    let Some((host, port)) = split(&filled.text) else {
        let message = format!("`{}` is no HOST:PORT", filled.text);
        return Err(fault(FailurePhase::Capture, FailureKind::CaptureType, message).into());
    };
    let Filled { text, captured, .. } = &filled;
    let target = Target {
        host: host.to_owned(),
        port,
        named: named(captured, &(0..text.len())),
        family: stage.family(),
    };
    Ok((target, filled.text.clone()))
}

/// Host and port; an IPv6 address stands in brackets.
fn split(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || "/?#@\\".contains(c);
    (!host.is_empty() && !host.contains(strange)).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_told_apart() {
        for (text, expected) in [
            ("a.example:443", Some(("a.example", 443))),
            ("[::1]:25", Some(("::1", 25))),
            ("127.0.0.1:1", Some(("127.0.0.1", 1))),
            ("::1:25", None),
            ("a.example", None),
            ("a.example:0", None),
            ("a.example:65536", None),
            (":443", None),
            ("a b:443", None),
            ("a/b:443", None),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
