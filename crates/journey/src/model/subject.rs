//! What an expectation or a capture looks at.

/// What an expectation or a capture looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A response header; several of one name are several nodes.
    Header(String),
    /// A cookie that the response sets, or one of its attributes.
    Cookie {
        /// The cookie's name.
        name: String,
        /// An attribute of it instead of its value.
        attribute: Option<CookieAttribute>,
    },
    /// Nodes of a JSON body (RFC 9535).
    Json(JsonPath),
    /// Elements of an HTML body: their text, or an attribute of theirs.
    Css {
        /// The selector.
        selector: CssPath,
        /// The attribute to read instead of the text.
        attribute: Option<String>,
    },
    /// Nodes of an XML body, as text.
    Xpath(XPath),
    /// The body as text.
    Body(BodyText),
    /// All text that a `connect` step has received.
    Received,
    /// The decoded body's size in bytes.
    Size,
    /// How many redirects were followed.
    Redirects,
    /// The status code.
    Status,
    /// SHA-256 of the decoded body in lower-case hex.
    Sha256,
    /// The final URL.
    Url,
    /// `HTTP/1.1`, `HTTP/2`.
    Version,
    /// The address that was used.
    Address(AddressField),
    /// The certificate.
    Cert(CertField),
    /// The TLS connection.
    Tls(TlsField),
    /// How long the whole step or a phase of it took.
    Latency(LatencyField),
    /// The DNS response code.
    Rcode,
    /// A flag of the DNS response.
    Flag(DnsFlag),
    /// The DNS answers.
    Answer(AnswerField),
    /// A time to live of the DNS answers.
    Ttl(TtlField),
}

/// The body read as text, by the charset that Content-Type names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyText;

/// A compiled JSONPath with its text.
#[derive(Clone, Debug)]
pub struct JsonPath {
    /// As written.
    pub text: String,
    /// Compiled.
    pub path: serde_json_path::JsonPath,
}

/// A compiled CSS selector with its text.
#[derive(Clone, Debug)]
pub struct CssPath {
    /// As written.
    pub text: String,
    /// Compiled.
    pub selector: scraper::Selector,
}

/// An XPath expression, known to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XPath {
    /// As written.
    pub text: String,
}

/// A compiled regular expression with its text.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Compiled.
    pub regex: regex::Regex,
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq for CssPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

macro_rules! field {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$member_meta])* $member,)+ }

        impl $name {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$member,)+];

            /// Every member's name, in the order of declaration.
            pub const NAMES: &'static [&'static str] = &[$($text,)+];

            /// As a journey writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }

            /// The member of this name; `None` for any other text.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$member),)+ _ => None }
            }
        }
    };
}
pub(crate) use field;

field! {
    /// An attribute of a cookie (RFC 6265 §4.1.2).
    CookieAttribute {
        /// Text.
        Domain = "domain",
        /// Text.
        Path = "path",
        /// An instant.
        Expires = "expires",
        /// Whole seconds, as a duration.
        MaxAge = "max-age",
        /// Boolean; exists where true.
        Secure = "secure",
        /// Boolean; exists where true.
        HttpOnly = "httponly",
        /// Text.
        SameSite = "samesite",
    }
}

field! {
    /// A part of the address that was used.
    AddressField {
        /// The IP address.
        Ip = "ip",
        /// The port.
        Port = "port",
    }
}

field! {
    /// A fact of the certificate.
    CertField {
        /// From now until the earliest expiry of the chain: a duration, negative once expired.
        ExpiresIn = "expires_in",
        /// The earliest expiry of the chain: an instant.
        ExpiresAt = "expires_at",
        /// The leaf's subject.
        Subject = "subject",
        /// The leaf's issuer.
        Issuer = "issuer",
        /// The leaf's names: several nodes.
        Names = "names",
        /// The leaf's serial number in hex.
        Serial = "serial",
        /// SHA-256 of the leaf in hex.
        Sha256 = "sha256",
        /// How many certificates were sent: a whole number.
        Chain = "chain",
        /// The leaf's key: `P-256`.
        Key = "key",
    }
}

field! {
    /// A fact of the TLS connection.
    TlsField {
        /// `1.2` or `1.3`, as text.
        Version = "version",
        /// The cipher suite.
        Cipher = "cipher",
        /// The protocol agreed on.
        Alpn = "alpn",
        /// Whether the session was resumed.
        Resumed = "resumed",
        /// The key exchange group.
        Group = "group",
    }
}

field! {
    /// What latency.
    LatencyField {
        /// The whole step: all exchanges, polls and hops included.
        Total = "total",
        /// All its resolving.
        Resolve = "resolve",
        /// All its connecting.
        Connect = "connect",
        /// All its handshakes.
        Tls = "tls",
        /// All its sending.
        Send = "send",
        /// All its waiting for first bytes.
        Wait = "wait",
        /// All its receiving.
        Receive = "receive",
    }
}

field! {
    /// A flag of a DNS response.
    DnsFlag {
        /// Authoritative.
        Aa = "aa",
        /// Authentic data.
        Ad = "ad",
        /// Truncated.
        Tc = "tc",
        /// Recursion available.
        Ra = "ra",
    }
}

field! {
    /// A part of the DNS answers.
    AnswerField {
        /// Addresses of A and AAAA.
        Address = "address",
        /// The text of TXT.
        Text = "text",
        /// The target of CNAME, MX, NS, SRV, PTR, HTTPS.
        Target = "target",
        /// The preference of MX, the priority of SRV and HTTPS: whole numbers.
        Preference = "preference",
        /// Every answer, in presentation form.
        All = "all",
    }
}

field! {
    /// Which time to live.
    TtlField {
        /// The smallest.
        Min = "min",
        /// The largest.
        Max = "max",
    }
}
