//! What a customer may reach beyond the public internet.

use ipnet::IpNet;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    str::FromStr,
};

/// Addresses, and the ports on them, that are open although they are not public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    net: IpNet,
    ports: RangeInclusive<u16>,
}

/// Why a text is no exception.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// The address or its prefix length.
    #[error("`{0}` is not an address or CIDR block such as `10.20.0.0/16` or `[fd00::]/8`")]
    Net(String),
    /// Bits are set beyond the prefix: what is meant is in doubt.
    #[error(
        "`{given}` has bits beyond its prefix: write `{meant}`, or the one address without `/`"
    )]
    Bits {
        /// What stands there.
        given: String,
        /// The block it lies in.
        meant: String,
    },
    /// The port or range.
    #[error("`{0}` is not a port from 1 to 65535, or a range such as `8000-8099`")]
    Ports(String),
    /// An IPv6 block with a port needs brackets.
    #[error("write the IPv6 block in brackets, `[fd00::]/8:443`: in `{0}` the port is in doubt")]
    Brackets(String),
}

impl Exception {
    /// Whether `address` is open by this exception. An IPv4 address in an IPv6 form is another
    /// address, and must be opened as such.
    pub fn holds(&self, address: SocketAddr) -> bool {
        self.net.contains(&address.ip()) && self.ports.contains(&address.port())
    }

    /// Reads `10.20.0.0/16`, `10.20.0.0/16:443`, `10.20.0.7:8000-8099`, `fd00::/8`,
    /// `[fd00::]/8:443` or `[fd00::1]:443`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, ExceptionError> {
        let (net, ports) = split(text)?;
        Ok(Self {
            net: block(net)?,
            ports: ports.map_or(Ok(0..=u16::MAX), range)?,
        })
    }
}

impl FromStr for Exception {
    type Err = ExceptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.net {
            IpNet::V4(net) => write!(f, "{net}")?,
            IpNet::V6(net) => write!(f, "[{}]/{}", net.addr(), net.prefix_len())?,
        }
        match (*self.ports.start(), *self.ports.end()) {
            (0, u16::MAX) => Ok(()),
            (from, to) if from == to => write!(f, ":{from}"),
            (from, to) => write!(f, ":{from}-{to}"),
        }
    }
}

/// The block and the ports. Without brackets an IPv6 text is all block.
fn split(text: &str) -> Result<(String, Option<&str>), ExceptionError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest
            .split_once(']')
            .ok_or_else(|| ExceptionError::Net(text.into()))?;
        let (prefix, ports) = match rest.split_once(':') {
            Some((prefix, ports)) => (prefix, Some(ports)),
            None => (rest, None),
        };
        return Ok((format!("{address}{prefix}"), ports));
    }
    match text.split_once(':') {
        None => Ok((text.into(), None)),
        Some((net, ports)) if !ports.contains(':') && net.contains('.') => {
            Ok((net.into(), Some(ports)))
        }
        Some(_) => match text.split_once('/') {
            Some((_, prefix)) if prefix.contains(':') => Err(ExceptionError::Brackets(text.into())),
            _ => Ok((text.into(), None)),
        },
    }
}

fn block(text: String) -> Result<IpNet, ExceptionError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let Ok(net) = text.parse::<IpNet>() else {
        return Err(ExceptionError::Net(text));
    };
    if net.addr() != net.network() {
        return Err(ExceptionError::Bits {
            given: text,
            meant: net.trunc().to_string(),
        });
    }
    Ok(net)
}

fn range(text: &str) -> Result<RangeInclusive<u16>, ExceptionError> {
    let wrong = || ExceptionError::Ports(text.into());
    let port = |text: &str| match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err(wrong()),
    };
    let (from, to) = match text.split_once('-') {
        None => (port(text)?, port(text)?),
        Some((from, to)) => (port(from)?, port(to)?),
    };
    if from > to {
        Err(wrong())
    } else {
        Ok(from..=to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_exception_is_read_in_each_of_its_forms() {
        for (text, printed) in [
            ("10.20.0.0/16", "10.20.0.0/16"),
            ("10.20.0.0/16:443", "10.20.0.0/16:443"),
            ("10.20.0.7", "10.20.0.7/32"),
            ("10.20.0.7:8000-8099", "10.20.0.7/32:8000-8099"),
            ("fd00::/8", "[fd00::]/8"),
            ("[fd00::]/8:443", "[fd00::]/8:443"),
            ("::1", "[::1]/128"),
            ("[::1]:80", "[::1]/128:80"),
        ] {
            assert_eq!(
                Exception::parse(text).unwrap().to_string(),
                printed,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_exception_says_what_is_wrong_with_it() {
        let told = |text: &str| Exception::parse(text).unwrap_err().to_string();
        assert!(told("10.20.0.0/33").contains("CIDR block"));
        assert!(told("shop.example:443").contains("CIDR block"));
        assert!(told("").contains("CIDR block"));
        assert!(told("10.20.0.1/16").contains("write `10.20.0.0/16`"));
        for ports in ["0", "65536", "443-", "99-1", "+443", "http", ""] {
            assert!(
                told(&format!("10.0.0.0/8:{ports}")).contains("65535"),
                "{ports}"
            );
        }
        assert!(told("fd00::/8:443").contains("brackets"));
        assert!(told("[fd00::/8").contains("CIDR block"));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_says_why(text in ".{0,40}") {
            let _ = Exception::parse(&text);
        }

        #[test]
        fn what_we_print_is_read_as_the_same(bits: u128, length in 0u8..=128, from in 1u16.., more: u16) {
            let net = ipnet::Ipv6Net::new(bits.into(), length).unwrap().trunc();
            let to = from.saturating_add(more);
            let exception = Exception { net: net.into(), ports: from..=to };
            prop_assert_eq!(Exception::parse(&exception.to_string()), Ok(exception));
        }
    }
}
