//! Socket addresses.

use super::{DecodeError, exactly};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredAddress {
    /// 4 or 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    ip: Vec<u8>,
    #[prost(uint32, tag = "2")]
    port: u32,
    /// The zone of a link-local IPv6 address.
    #[prost(uint32, tag = "3")]
    scope: u32,
}

impl From<&SocketAddr> for StoredAddress {
    fn from(address: &SocketAddr) -> Self {
        let (ip, scope) = match address {
            SocketAddr::V4(v4) => (v4.ip().octets().to_vec(), 0),
            SocketAddr::V6(v6) => (v6.ip().octets().to_vec(), v6.scope_id()),
        };
        Self {
            ip,
            port: address.port().into(),
            scope,
        }
    }
}

impl TryFrom<StoredAddress> for SocketAddr {
    type Error = DecodeError;

    fn try_from(stored: StoredAddress) -> Result<Self, DecodeError> {
        let port = port(stored.port)?;
        if let Ok(v4) = <[u8; 4]>::try_from(stored.ip.as_slice()) {
            return Ok(Self::new(IpAddr::from(v4), port));
        }
        let v6 = exactly::<16>("address", &stored.ip)?;
        Ok(SocketAddrV6::new(v6.into(), port, 0, stored.scope).into())
    }
}

/// A port number.
pub(super) fn port(port: u32) -> Result<u16, DecodeError> {
    port.try_into().map_err(|_| DecodeError::Field {
        field: "port",
        value: port.to_string(),
    })
}
