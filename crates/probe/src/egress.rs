//! Which addresses may be dialled: by default globally reachable unicast alone.
//!
//! Journeys are written by strangers and run inside our network, so the policy is held against the
//! final socket address, after resolution and before each connect. The rules are the IANA IPv4 and
//! IPv6 Special-Purpose Address Registries (RFC 6890 and its successors). IPv6 forms that carry an
//! IPv4 address inside are refused whole, whatever they carry: no public service is reached by
//! them alone, and each is a way to say `10.0.0.1` in other words.

mod exception;
mod rule;

pub use exception::{Exception, ExceptionError};
pub use rule::Rule;

use std::{fmt, net::SocketAddr, sync::Arc};

/// Which addresses may be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    base: Base,
    exceptions: Vec<Exception>,
    listener: Option<Listener>,
}

/// Hears of each refusal; in what a policy admits it makes no difference.
#[derive(Clone)]
struct Listener(Arc<dyn Fn(Rule) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl PartialEq for Listener {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Listener {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Everything,
    Public,
}

impl Policy {
    /// Everything may be dialled: a developer's own machine.
    pub const fn everything() -> Self {
        Self {
            base: Base::Everything,
            exceptions: Vec::new(),
            listener: None,
        }
    }

    /// The public internet alone.
    pub const fn public() -> Self {
        Self {
            base: Base::Public,
            exceptions: Vec::new(),
            listener: None,
        }
    }

    /// The public internet, and what `exceptions` open beyond it.
    pub const fn public_and(exceptions: Vec<Exception>) -> Self {
        Self {
            base: Base::Public,
            exceptions,
            listener: None,
        }
    }

    /// The same policy, of which `listener` hears the rule of each connection that it refuses.
    #[must_use]
    pub fn heard_by(self, listener: impl Fn(Rule) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Listener(Arc::new(listener))),
            ..self
        }
    }

    /// [`Policy::admit`] right before a connection is made: a refusal is heard by who listens.
    pub(crate) fn guard(&self, address: SocketAddr) -> Result<(), Rule> {
        self.admit(address).inspect_err(|rule| {
            if let Some(Listener(hear)) = &self.listener {
                hear(*rule);
            }
        })
    }

    /// Whether `address` may be dialled.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn admit(&self, address: SocketAddr) -> Result<(), Rule> {
        match self.base {
            Base::Everything => Ok(()),
            Base::Public => match Rule::of(address.ip()) {
                None => Ok(()),
                Some(_) if self.exceptions.iter().any(|open| open.holds(address)) => Ok(()),
                Some(rule) => Err(rule),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(policy: &Policy, address: &str) -> bool {
        policy.admit(address.parse().unwrap()).is_ok()
    }

    #[test]
    fn an_exception_opens_its_addresses_on_its_ports_and_nothing_else() {
        let policy = Policy::public_and(vec![
            "10.20.0.0/16:443".parse().unwrap(),
            "10.30.0.7:8000-8099".parse().unwrap(),
            "[fd00:1::]/32:53".parse().unwrap(),
            "192.168.0.0/24".parse().unwrap(),
        ]);
        for open in [
            "10.20.255.1:443",
            "10.30.0.7:8000",
            "10.30.0.7:8099",
            "[fd00:1::7]:53",
            "192.168.0.9:1",
            "9.9.9.9:53",
        ] {
            assert!(admits(&policy, open), "{open}");
        }
        for shut in [
            "10.20.255.1:80",
            "10.21.0.1:443",
            "10.30.0.7:8100",
            "10.30.0.8:8000",
            "[fd00:1::7]:54",
            "[fd00:2::7]:53",
            "192.168.1.9:1",
            "[::ffff:10.20.0.1]:443",
        ] {
            assert!(!admits(&policy, shut), "{shut}");
        }
    }

    #[test]
    fn a_developers_own_machine_admits_everything() {
        for address in ["127.0.0.1:1", "[::1]:1", "169.254.169.254:80"] {
            assert!(admits(&Policy::everything(), address));
            assert!(!admits(&Policy::public(), address));
        }
    }
}
