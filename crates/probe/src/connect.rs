//! `connect`: a TCP connection, and what is said on it.

use crate::{
    Exchange, Fault, Target, TlsSetup, Visitor,
    dial::dial,
    exchange::Trouble,
    stream::Stream,
    tls::{self, Session, Wanted},
    track::{Track, void},
    watch,
};
use jaunt_record::{FailureKind, FailurePhase, Phase, VoidCause};
use std::{collections::VecDeque, fmt, future::pending, io, time::Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A TCP connection, and what is said on it in turn.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Where to.
    pub target: Target,
    /// TLS from the start, with this name for SNI and certificate.
    pub tls: Option<(TlsSetup, String)>,
    /// What is said.
    pub turns: Vec<Turn>,
    /// When the attempt's time is up.
    pub deadline: Instant,
}

/// A turn of a conversation.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Wait until this was received since the last match.
    Expect(Vec<u8>),
    /// Wait until what was received since the last match matches.
    ExpectRegex(regex::Regex),
    /// Go on in TLS, with this name for SNI and certificate.
    Starttls(TlsSetup, String),
}

/// What was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// All bytes, bounded to 1 MiB.
    pub bytes: Vec<u8>,
}

/// What is received at most, bytes.
const RECEIVED: usize = 1 << 20;

/// How much of what came a message shows, bytes.
const SHOWN: usize = 200;

/// Connects and converses. What did not come is a fault of kind `expect.received`.
///
/// Phases: what is sent is in `send`; of each turn that expects, the time to its first byte is in
/// `wait` and the rest in `receive`, added up over the turns.
pub async fn connect(visitor: &mut Visitor, conversation: &Conversation) -> Exchange<Received> {
    let target = &conversation.target;
    let mut track = Track::new("TCP connect", &target.host, target.port);
    track.facts.protocol = Some("tcp".into());
    let work = converse(visitor, conversation, &mut track);
    let watched = watch::until(conversation.deadline, work).await;
    track.finish(watched)
}

async fn converse(
    visitor: &mut Visitor,
    conversation: &Conversation,
    track: &mut Track,
) -> Result<Received, Trouble> {
    let mut patterns = patterns(&conversation.turns)?;
    let mut stream = Stream::from(dial(visitor, &conversation.target, track).await?);
    if let Some((setup, name)) = &conversation.tls {
        stream = secured(visitor, stream, setup, name, track).await?;
    }
    let mut talk = Talk {
        bytes: Vec::new(),
        matched: 0,
        deadline: conversation.deadline,
    };
    for turn in &conversation.turns {
        match turn {
            Turn::Send(bytes) => send(&mut stream, bytes, track).await?,
            Turn::Starttls(setup, name) => {
                stream = secured(visitor, stream, setup, name, track).await?;
            }
            Turn::Expect(_) | Turn::ExpectRegex(_) => {
                if let Some(pattern) = patterns.pop_front() {
                    talk.expect(&mut stream, &pattern, track).await?;
                }
            }
        }
    }
    Ok(Received { bytes: talk.bytes })
}

async fn secured(
    visitor: &mut Visitor,
    stream: Stream,
    setup: &TlsSetup,
    name: &str,
    track: &mut Track,
) -> Result<Stream, Trouble> {
    let wanted = Wanted {
        setup,
        name,
        alpn: &[],
        session: Session::Resume,
    };
    tls::handshake(visitor, stream, wanted, track).await
}

async fn send(stream: &mut Stream, bytes: &[u8], track: &mut Track) -> Result<(), Trouble> {
    track.begin(Phase::Send);
    let sent = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    sent.await.map_err(|error| broken(&error, track))
}

/// What an expecting turn waits for.
#[derive(Debug)]
enum Pattern {
    Text(Vec<u8>),
    Regex(regex::bytes::Regex),
}

/// The patterns of the expecting turns, in order, made before anything is measured. A regex is
/// matched on bytes, since what comes need not be text.
fn patterns(turns: &[Turn]) -> Result<VecDeque<Pattern>, Trouble> {
    let mut patterns = VecDeque::new();
    for turn in turns {
        match turn {
            Turn::Expect(text) => patterns.push_back(Pattern::Text(text.clone())),
            Turn::ExpectRegex(regex) => {
                let regex = regex::bytes::Regex::new(regex.as_str())
                    .map_err(|error| void(VoidCause::Internal, error.to_string()))?;
                patterns.push_back(Pattern::Regex(regex));
            }
            Turn::Send(_) | Turn::Starttls(..) => {}
        }
    }
    Ok(patterns)
}

impl Pattern {
    /// Where its first match in `bytes` ends.
    fn end_in(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Text(text) if text.is_empty() => Some(0),
            Self::Text(text) => bytes
                .windows(text.len())
                .position(|window| window == text)
                .map(|start| start + text.len()),
            Self::Regex(regex) => regex.find(bytes).map(|found| found.end()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "`{}`", shown(text)),
            Self::Regex(regex) => write!(f, "a match of `{}`", regex.as_str()),
        }
    }
}

/// What was received so far.
struct Talk {
    bytes: Vec<u8>,
    matched: usize,
    deadline: Instant,
}

impl Talk {
    /// Receives until `pattern` matches what came since the last match.
    async fn expect(
        &mut self,
        stream: &mut Stream,
        pattern: &Pattern,
        track: &mut Track,
    ) -> Result<(), Trouble> {
        let mut waiting = true;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            if let Some(end) = pattern.end_in(self.unmatched()) {
                self.matched += end;
                return Ok(());
            }
            if waiting && self.unmatched().is_empty() {
                track.begin(Phase::Wait);
            }
            let read = tokio::time::timeout_at(self.deadline.into(), stream.read(&mut buffer));
            let count = match read.await {
                Ok(Ok(0)) => return Err(self.closed(pattern, track)),
                Ok(Ok(count)) => count,
                Ok(Err(error)) => return Err(broken(&error, track)),
                Err(_) if self.unmatched().is_empty() => pending().await,
                Err(_) => return Err(self.unmet(pattern, "until the time was up")),
            };
            if waiting {
                track.begin(Phase::Receive);
                waiting = false;
            }
            let came = buffer.get(..count).unwrap_or_default();
            if self.bytes.len() + came.len() > RECEIVED {
                return Err(self.unmet(pattern, "in the 1 MiB that is read at most"));
            }
            self.bytes.extend_from_slice(came);
        }
    }

    fn unmatched(&self) -> &[u8] {
        self.bytes.get(self.matched..).unwrap_or_default()
    }

    /// The peer closed: having said something else, or nothing.
    fn closed(&self, pattern: &Pattern, track: &Track) -> Trouble {
        if self.unmatched().is_empty() {
            let message = format!("the peer closed the connection; expected {pattern}");
            return track.fault(FailureKind::ConnectClosed, message);
        }
        self.unmet(pattern, "before the peer closed")
    }

    fn unmet(&self, pattern: &Pattern, when: &str) -> Trouble {
        let came = shown(self.unmatched());
        Trouble::Fault(Fault {
            phase: FailurePhase::Expect,
            kind: FailureKind::ExpectReceived,
            message: format!("expected {pattern}, which did not come {when}; received `{came}`"),
        })
    }
}

/// A bounded piece of `bytes` as text on one line.
fn shown(bytes: &[u8]) -> String {
    let piece = bytes.get(..SHOWN).unwrap_or(bytes);
    let text = String::from_utf8_lossy(piece).escape_debug().to_string();
    match bytes.len() {
        length if length > SHOWN => format!("{text}… ({length} bytes)"),
        _ => text,
    }
}

fn broken(error: &io::Error, track: &Track) -> Trouble {
    if let Some((kind, message)) = tls::alert(error) {
        return track.fault(kind, message);
    }
    match error.kind() {
        io::ErrorKind::ConnectionReset => {
            track.fault(FailureKind::ConnectReset, "the peer reset the connection")
        }
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionAborted => {
            track.fault(FailureKind::ConnectClosed, "the peer closed the connection")
        }
        _ => track.fault(
            FailureKind::ConnectOther,
            format!("the connection broke: {error}"),
        ),
    }
}
