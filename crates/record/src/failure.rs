//! Failures: what let a user down, in closed lists that metrics can carry.

use crate::verdict::closed_list;
use serde::{Deserialize, Serialize};

closed_list! {
    /// Where a failure struck: one of the six phases, or our judging of what came back.
    FailurePhase {
        /// While resolving the name.
        Resolve = "resolve",
        /// While connecting.
        Connect = "connect",
        /// During the TLS handshake.
        Tls = "tls",
        /// While sending.
        Send = "send",
        /// While waiting for the first byte.
        Wait = "wait",
        /// While receiving.
        Receive = "receive",
        /// An expectation did not hold.
        Expect = "expect",
        /// A capture found nothing, or not what it asked for.
        Capture = "capture",
    }
}

impl From<crate::Phase> for FailurePhase {
    fn from(phase: crate::Phase) -> Self {
        match phase {
            crate::Phase::Resolve => Self::Resolve,
            crate::Phase::Connect => Self::Connect,
            crate::Phase::Tls => Self::Tls,
            crate::Phase::Send => Self::Send,
            crate::Phase::Wait => Self::Wait,
            crate::Phase::Receive => Self::Receive,
        }
    }
}

closed_list! {
    /// What kind of failure it was: closed and of low cardinality, so that metrics can carry it.
    FailureKind {
        /// The name does not exist (RFC 1035 RCODE 3).
        ResolveNxdomain = "resolve.nxdomain",
        /// The name exists, but has no record of the type that was asked for.
        ResolveNodata = "resolve.nodata",
        /// The resolver answered SERVFAIL.
        ResolveServfail = "resolve.servfail",
        /// The resolver answered REFUSED.
        ResolveRefused = "resolve.refused",
        /// The answer could not be understood.
        ResolveMalformed = "resolve.malformed",
        /// DNSSEC validation failed.
        ResolveBogus = "resolve.bogus",
        /// DNS brought an address that the egress policy forbids.
        ResolveNotPublic = "resolve.not-public",
        /// Any other fault of resolving: the server's port is closed, another RCODE.
        ResolveOther = "resolve.other",
        /// Nothing listens on the port.
        ConnectRefused = "connect.refused",
        /// The connection was reset while connecting.
        ConnectReset = "connect.reset",
        /// The network or host cannot be reached.
        ConnectUnreachable = "connect.unreachable",
        /// The peer closed before the exchange was complete.
        ConnectClosed = "connect.closed",
        /// The proxy refused to connect us.
        ConnectProxy = "connect.proxy",
        /// Any other fault of connecting.
        ConnectOther = "connect.other",
        /// A certificate of the chain has expired.
        TlsExpired = "tls.expired",
        /// A certificate of the chain is not valid yet.
        TlsNotYetValid = "tls.not-yet-valid",
        /// The certificate is for another name.
        TlsWrongName = "tls.wrong-name",
        /// The issuer is not trusted.
        TlsUnknownIssuer = "tls.unknown-issuer",
        /// An intermediate certificate was not sent.
        TlsIncompleteChain = "tls.incomplete-chain",
        /// The certificate is otherwise not acceptable: revoked, bad signature, wrong usage.
        TlsBadCertificate = "tls.bad-certificate",
        /// No protocol version in common: the server's is too old.
        TlsVersion = "tls.version",
        /// The server refused or missed our certificate.
        TlsClientCertificate = "tls.client-certificate",
        /// The server ended the handshake with another alert.
        TlsAlert = "tls.alert",
        /// The connection was closed or reset in the handshake.
        TlsClosed = "tls.closed",
        /// The server does not offer STARTTLS, or refused it.
        TlsStarttls = "tls.starttls",
        /// Any other fault of the handshake; the peer does not speak TLS.
        TlsOther = "tls.other",
        /// The connection was closed before the response was complete.
        HttpClosed = "http.closed",
        /// The connection or stream was reset.
        HttpReset = "http.reset",
        /// What came is not HTTP.
        HttpMalformed = "http.malformed",
        /// The response's headers are beyond the bound.
        HttpHeadersTooLarge = "http.headers-too-large",
        /// The body is beyond `max_body`.
        HttpBodyTooLarge = "http.body-too-large",
        /// The body ended before its declared length or its last chunk.
        HttpTruncated = "http.truncated",
        /// The body is not what its Content-Encoding claims.
        HttpEncoding = "http.encoding",
        /// The body is not what its charset claims.
        HttpCharset = "http.charset",
        /// A status of 1xx that was not expected.
        Http1xx = "http.1xx",
        /// A status of 2xx that was not expected.
        Http2xx = "http.2xx",
        /// A status of 3xx that was not expected.
        Http3xx = "http.3xx",
        /// A status of 4xx that was not expected.
        Http4xx = "http.4xx",
        /// A status of 5xx that was not expected.
        Http5xx = "http.5xx",
        /// A status outside 100 to 599.
        HttpOther = "http.other",
        /// One redirect more than allowed.
        RedirectLimit = "redirect.limit",
        /// A redirect into address space that the egress policy forbids.
        RedirectNotPublic = "redirect.not-public",
        /// A redirect without a usable Location.
        RedirectLocation = "redirect.location",
        /// A captured value brought an address that the egress policy forbids.
        CaptureNotPublic = "capture.not-public",
        /// Credentials would have gone to an origin that the file does not spell out.
        AuthOrigin = "auth.origin",
        /// The token endpoint gave no token.
        AuthToken = "auth.token",
        /// A header expectation did not hold.
        ExpectHeader = "expect.header",
        /// A cookie expectation did not hold.
        ExpectCookie = "expect.cookie",
        /// A JSON expectation did not hold.
        ExpectJson = "expect.json",
        /// A CSS expectation did not hold.
        ExpectCss = "expect.css",
        /// An XPath expectation did not hold.
        ExpectXpath = "expect.xpath",
        /// A body expectation did not hold.
        ExpectBody = "expect.body",
        /// A digest expectation did not hold.
        ExpectSha256 = "expect.sha256",
        /// A size expectation did not hold.
        ExpectSize = "expect.size",
        /// An expectation of the final URL did not hold.
        ExpectUrl = "expect.url",
        /// An expectation of the number of redirects did not hold.
        ExpectRedirects = "expect.redirects",
        /// An expectation of the status did not hold.
        ExpectStatus = "expect.status",
        /// An expectation of the HTTP version did not hold.
        ExpectVersion = "expect.version",
        /// An expectation of the certificate did not hold.
        ExpectCert = "expect.cert",
        /// An expectation of the TLS connection did not hold.
        ExpectTls = "expect.tls",
        /// An expectation of the address did not hold.
        ExpectAddress = "expect.address",
        /// A latency expectation did not hold.
        ExpectLatency = "expect.latency",
        /// What a `connect` step received is not what it expected.
        ExpectReceived = "expect.received",
        /// An expectation of the DNS response code did not hold.
        ExpectRcode = "expect.rcode",
        /// An expectation of the DNS answer did not hold.
        ExpectAnswer = "expect.answer",
        /// An expectation of a DNS time to live did not hold.
        ExpectTtl = "expect.ttl",
        /// An expectation of a DNS flag did not hold.
        ExpectFlag = "expect.flag",
        /// A capture found nothing.
        CaptureNone = "capture.none",
        /// A capture found several nodes and was not told which to pick.
        CaptureSeveral = "capture.several",
        /// What was captured cannot be decoded, or is not of the kind that is needed.
        CaptureType = "capture.type",
        /// A poll's `stop` condition held.
        PollStopped = "poll.stopped",
        /// A timeout while resolving.
        TimeoutResolve = "timeout.resolve",
        /// A timeout while connecting.
        TimeoutConnect = "timeout.connect",
        /// A timeout in the TLS handshake.
        TimeoutTls = "timeout.tls",
        /// A timeout while sending.
        TimeoutSend = "timeout.send",
        /// A timeout while waiting for the first byte.
        TimeoutWait = "timeout.wait",
        /// A timeout while receiving.
        TimeoutReceive = "timeout.receive",
        /// The run's deadline struck outside any exchange.
        TimeoutDeadline = "timeout.deadline",
    }
}

impl FailureKind {
    /// The kind of a timeout that struck in `phase`.
    pub const fn timeout(phase: crate::Phase) -> Self {
        match phase {
            crate::Phase::Resolve => Self::TimeoutResolve,
            crate::Phase::Connect => Self::TimeoutConnect,
            crate::Phase::Tls => Self::TimeoutTls,
            crate::Phase::Send => Self::TimeoutSend,
            crate::Phase::Wait => Self::TimeoutWait,
            crate::Phase::Receive => Self::TimeoutReceive,
        }
    }

    /// The kind of a status that was not expected.
    pub const fn status(status: u16) -> Self {
        match status / 100 {
            1 => Self::Http1xx,
            2 => Self::Http2xx,
            3 => Self::Http3xx,
            4 => Self::Http4xx,
            5 => Self::Http5xx,
            _ => Self::HttpOther,
        }
    }
}

/// Whom a failure points at: `resolver`, `network`, `service`, or a name that a journey or an
/// agreement gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Party(String);

impl Party {
    /// The party of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Whom a failure in `phase` points at where nothing was agreed: resolve → `resolver`,
    /// connect and send → `network`, all else → `service`.
    pub fn presumed(phase: FailurePhase) -> Self {
        Self::new(match phase {
            FailurePhase::Resolve => "resolver",
            FailurePhase::Connect | FailurePhase::Send => "network",
            FailurePhase::Tls
            | FailurePhase::Wait
            | FailurePhase::Receive
            | FailurePhase::Expect
            | FailurePhase::Capture => "service",
        })
    }

    /// The party's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What let a user down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The id of the step in which it struck.
    pub step: String,
    /// Where in the step.
    pub phase: FailurePhase,
    /// What kind, from the closed list.
    pub kind: FailureKind,
    /// Whom it points at.
    pub party: Party,
    /// A sentence for people; secrets redacted, length bounded.
    pub message: String,
    /// A bounded, redacted piece of what came back, where that helps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub excerpt: Option<String>,
}
