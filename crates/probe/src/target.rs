//! Where to, and who said so.

/// A host and port to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name (taken as absolute) or a literal IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Who named the host: decides what a forbidden address means.
    pub named: Named,
    /// Which addresses may be used.
    pub family: Family,
}

/// Who named a host. An address that the egress policy forbids is void where the journey's own
/// text spells it out, and a failure where something else brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The journey's own text.
    Journey,
    /// A Location header.
    Location,
    /// A captured value.
    Capture,
}

/// Which addresses may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// Both, by happy eyeballs (RFC 8305).
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}
