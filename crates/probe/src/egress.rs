//! Which addresses may be dialled.

use std::net::SocketAddr;

/// Which addresses may be dialled: by default globally reachable unicast alone.
#[derive(Clone, Debug)]
pub struct Policy {
    everything: bool,
}

/// The rule by which an address was refused; its name goes into metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule(pub &'static str);

impl Policy {
    /// Everything may be dialled: a developer's own machine.
    pub const fn everything() -> Self {
        Self { everything: true }
    }

    /// The public internet alone.
    pub const fn public() -> Self {
        Self { everything: false }
    }

    /// Whether `address` may be dialled.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn admit(&self, _address: SocketAddr) -> Result<(), Rule> {
        if self.everything {
            Ok(())
        } else {
            Err(Rule("unbuilt"))
        }
    }
}
