//! What a step does: one verb, with keys of its own.

use super::{Pattern, Template, Value, subject::field};
use std::time::Duration;

/// What a step does.
#[derive(Clone, Debug)]
pub enum Verb {
    /// An HTTP request.
    Request(Box<Request>),
    /// A DNS question.
    Resolve(Resolve),
    /// A TCP connection, and what is said on it.
    Connect(Box<Connect>),
    /// A TLS handshake.
    Handshake(Box<Handshake>),
    /// Think time.
    Wait(Wait),
}

impl Verb {
    /// The verb's name, as a journey writes it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Resolve(_) => "resolve",
            Self::Connect(_) => "connect",
            Self::Handshake(_) => "handshake",
            Self::Wait(_) => "wait",
        }
    }
}

/// `request = "METHOD URL"`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The URL; its scheme is spelled out or comes with a reference.
    pub url: Template,
    /// Which statuses are expected.
    pub status: StatusRule,
    /// Headers in order, defaults first unless overridden; names in lower case.
    pub headers: Vec<(String, Template)>,
    /// Query parameters, appended to the URL's own; a list gives several.
    pub query: Vec<(String, Value)>,
    /// The body.
    pub body: Option<Body>,
    /// How the request is authenticated.
    pub auth: Option<Auth>,
    /// TLS settings.
    pub tls: TlsSettings,
    /// Which HTTP version.
    pub version: HttpVersion,
    /// How many redirects are followed.
    pub redirects: u32,
    /// An HTTP proxy to CONNECT through: a URL.
    pub proxy: Option<Template>,
    /// Kept connections or a new one.
    pub connection: Connection,
    /// Largest decoded body, bytes.
    pub max_body: u64,
    /// Whether `traceparent` is sent, and as what.
    pub traceparent: Traceparent,
}

/// Which statuses are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusRule {
    /// `"any"`.
    Any,
    /// `"2xx"`: the hundreds digit.
    Class(u8),
    /// One of these codes; never empty.
    Codes(Vec<u16>),
}

impl StatusRule {
    /// Whether `status` is expected.
    pub fn allows(&self, status: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Class(class) => status / 100 == u16::from(*class),
            Self::Codes(codes) => codes.contains(&status),
        }
    }
}

/// A body, and the Content-Type that its author gave it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Body {
    /// What is sent.
    pub content: BodyContent,
    /// `body.type`; `None`: what the content implies.
    pub content_type: Option<Template>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum BodyContent {
    /// Any value, as JSON.
    Json(Value),
    /// Text.
    Text(Template),
    /// `application/x-www-form-urlencoded`; a list gives several.
    Form(Vec<(String, Value)>),
    /// A file beside the journey.
    File(String),
    /// A GraphQL request.
    Graphql {
        /// The document.
        query: Template,
        /// Its variables.
        variables: Option<Value>,
        /// Which operation of the document.
        operation: Option<Template>,
    },
    /// `multipart/form-data`.
    Multipart(Vec<MultipartPart>),
}

/// A part of a multipart body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MultipartPart {
    /// The field's name.
    pub name: String,
    /// What it holds.
    pub content: MultipartContent,
    /// The file name to state.
    pub filename: Option<Template>,
    /// Its Content-Type.
    pub content_type: Option<Template>,
}

/// What a part of a multipart body holds.
#[derive(Clone, Debug)]
pub enum MultipartContent {
    /// Text.
    Text(Template),
    /// A value as JSON.
    Json(Value),
    /// A file beside the journey.
    File(String),
}

/// How a request is authenticated.
#[derive(Clone, Debug)]
pub enum Auth {
    /// RFC 7617.
    Basic {
        /// User name.
        user: Template,
        /// Password.
        password: Template,
    },
    /// RFC 6750.
    Bearer(Template),
    /// Client credentials (RFC 6749 §4.4).
    Oauth2 {
        /// The token endpoint.
        url: Template,
        /// The client's id.
        client: Template,
        /// The client's secret.
        secret: Template,
        /// The scope asked for.
        scope: Option<Template>,
        /// Where the client's credentials go.
        style: OauthStyle,
    },
    /// AWS Signature Version 4.
    Sigv4 {
        /// The region signed for.
        region: Template,
        /// The service signed for.
        service: Template,
        /// Access key id.
        key: Template,
        /// Secret access key.
        secret: Template,
        /// Session token.
        session: Option<Template>,
    },
}

field! {
    /// Where a client's credentials go (RFC 6749 §2.3.1).
    OauthStyle {
        /// An Authorization header.
        Header = "header",
        /// The form body.
        Body = "body",
    }
}

/// TLS settings of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSettings {
    /// Client certificate chain, a PEM file beside the journey.
    pub cert: Option<String>,
    /// Its key, a PEM file beside the journey.
    pub key: Option<String>,
    /// Roots trusted instead of the system's, a PEM file beside the journey.
    pub ca: Option<String>,
    /// The name sent as SNI and held against the certificate.
    pub server_name: Option<Template>,
    /// The least version accepted.
    pub min: Option<TlsVersion>,
    /// Accept any certificate (facts are still reported).
    pub insecure: bool,
}

field! {
    /// A TLS version.
    TlsVersion {
        /// RFC 5246
        V12 = "1.2",
        /// RFC 8446
        V13 = "1.3",
    }
}

field! {
    /// Which HTTP version.
    HttpVersion {
        /// By ALPN over TLS, 1.1 in cleartext.
        Auto = "auto",
        /// HTTP/1.1 only.
        V11 = "1.1",
        /// HTTP/2 only; in cleartext by prior knowledge.
        V2 = "2",
    }
}

field! {
    /// Kept connections or a new one.
    Connection {
        /// One that an earlier step left open, if there is one.
        Keep = "keep",
        /// A cold one.
        New = "new",
    }
}

field! {
    /// Whether `traceparent` is sent, and as what.
    Traceparent {
        /// With the sampled flag set.
        Sampled = "sampled",
        /// With the sampled flag unset.
        Unsampled = "unsampled",
        /// Not at all.
        Off = "off",
    }
}

field! {
    /// Which addresses may be used.
    Family {
        /// Both, by happy eyeballs.
        Any = "any",
        /// IPv4 only.
        V4 = "4",
        /// IPv6 only.
        V6 = "6",
    }
}

/// An origin (RFC 6454): scheme, host, port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// The host, lower case.
    pub host: String,
    /// The port, the scheme's default spelled out.
    pub port: u16,
}

/// `resolve = "[TYPE] NAME"`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolve {
    /// The record types; A and AAAA where none was named.
    pub types: Vec<DnsType>,
    /// The name.
    pub name: Template,
    /// Which server; `None`: the agent's.
    pub server: Option<DnsServer>,
    /// Validate DNSSEC.
    pub dnssec: bool,
}

field! {
    /// A DNS record type.
    DnsType {
        /// IPv4 address.
        A = "A",
        /// IPv6 address.
        Aaaa = "AAAA",
        /// Alias.
        Cname = "CNAME",
        /// Mail exchange.
        Mx = "MX",
        /// Text.
        Txt = "TXT",
        /// Name server.
        Ns = "NS",
        /// Start of authority.
        Soa = "SOA",
        /// Service.
        Srv = "SRV",
        /// Certification authorities.
        Caa = "CAA",
        /// HTTPS binding (RFC 9460).
        Https = "HTTPS",
        /// Pointer.
        Ptr = "PTR",
    }
}

/// The text of a DNS server, in a form that is known to be good once filled in, or literal and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsServer {
    /// `9.9.9.9`, `tcp://…`, `tls://name@ip`, `https://…/dns-query`.
    pub text: Template,
}

/// `HOST:PORT`, either of which may come from references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The whole line; where it is literal, host and port are known to be good.
    pub text: Template,
}

/// `connect = "HOST:PORT"`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connect {
    /// Where to.
    pub endpoint: Endpoint,
    /// What is said.
    pub exchange: Vec<ConnectExchange>,
    /// TLS at once, where present; with a `Starttls` turn in the exchange, the settings of that.
    pub tls: Option<TlsSettings>,
}

/// A turn of a `connect` step.
#[derive(Clone, Debug)]
pub enum ConnectExchange {
    /// Send text (escapes are TOML's).
    Send(Template),
    /// Send bytes.
    SendHex(Vec<u8>),
    /// Wait until this text was received.
    Expect(Template),
    /// Wait until what was received since the last turn matches.
    ExpectRegex(Pattern),
    /// Go on in TLS.
    Starttls,
}

/// `handshake = "HOST:PORT"`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handshake {
    /// Where to.
    pub endpoint: Endpoint,
    /// TLS settings.
    pub tls: TlsSettings,
    /// Protocols offered.
    pub alpn: Vec<String>,
    /// What is said before the handshake.
    pub starttls: Option<Starttls>,
}

field! {
    /// A protocol that turns to TLS on request.
    Starttls {
        /// RFC 3207
        Smtp = "smtp",
        /// RFC 3501 §6.2.1
        Imap = "imap",
        /// RFC 2595 §4
        Pop3 = "pop3",
        /// RFC 4511 §4.14
        Ldap = "ldap",
        /// The SSLRequest message of PostgreSQL's protocol.
        Postgres = "postgres",
    }
}

/// `wait = "3s"` or `"2s..5s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// At least.
    pub least: Duration,
    /// At most; the same as `least` for a fixed wait.
    pub most: Duration,
}
