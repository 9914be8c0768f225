//! `connect` and `handshake`: connections by `HOST:PORT`.

use super::{
    address::{Address, Kind},
    body::one_kind,
    given::Given,
    paths,
    scope::{Scope, Use, literal},
};
use crate::{Connect, ConnectExchange, Endpoint, Handshake, Starttls, code, spec};
use jaunt_text::{Diagnostics, Item};

impl Scope<'_> {
    /// A `connect` step's verb.
    pub(super) fn connect(
        self,
        given: &Given<'_, '_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Connect> {
        let endpoint = self.endpoint(given, "connect", addresses, found);
        let exchange: Vec<ConnectExchange> = given
            .item("exchange")
            .and_then(|item| item.list("a list of turns: `[{ send = \"…\" }]`", found))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| self.turn(item, found))
            .collect();
        let starttls = exchange
            .iter()
            .any(|turn| matches!(turn, ConnectExchange::Starttls));
        // Defaults alone do not turn a plain connection into TLS.
        let wanted = starttls || given.step.has("tls");
        let tls = wanted.then(|| self.tls(given, found));
        Some(Connect {
            endpoint: endpoint?,
            exchange,
            tls,
        })
    }

    /// A `handshake` step's verb.
    pub(super) fn handshake(
        self,
        given: &Given<'_, '_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Handshake> {
        let endpoint = self.endpoint(given, "handshake", addresses, found);
        let tls = self.tls(given, found);
        let alpn = given
            .item("alpn")
            .and_then(|item| item.list("a list of protocols: `[\"h2\"]`", found))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| protocol(item, found))
            .collect();
        let starttls = given
            .item("starttls")
            .and_then(|item| item.one_of(Starttls::NAMES, Starttls::from_name, found));
        Some(Handshake {
            endpoint: endpoint?,
            tls,
            alpn,
            starttls,
        })
    }

    fn endpoint(
        self,
        given: &Given<'_, '_>,
        key: &str,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Endpoint> {
        let item = given.step.item(key)?;
        self.address(&item, Kind::Endpoint, addresses, found)
            .map(|text| Endpoint { text })
    }

    fn turn(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<ConnectExchange> {
        let table = item.table(found)?.called("this turn");
        let kinds = spec::key_names(spec::EXCHANGE);
        table.only(&kinds, &[], found);
        let kind = one_kind(&table, &kinds, code::BAD_EXCHANGE, found)?;
        match kind.key() {
            "send" => self
                .template(&kind, Use::Sealed, found)
                .map(ConnectExchange::Send),
            "send_hex" => hex(&kind, found).map(ConnectExchange::SendHex),
            "expect" => self
                .template(&kind, Use::Sealed, found)
                .map(ConnectExchange::Expect),
            "expect_regex" => paths::regex(&kind, found).map(ConnectExchange::ExpectRegex),
            _ => {
                if kind.boolean(found)? {
                    return Some(ConnectExchange::Starttls);
                }
                found
                    .error(
                        code::BAD_EXCHANGE,
                        kind.span(),
                        "`starttls = false` is no turn",
                    )
                    .help("leave it out");
                None
            }
        }
    }
}

fn hex(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Vec<u8>> {
    let text = literal(item, found)?;
    let digits: String = text.chars().filter(|letter| *letter != ' ').collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()
        .filter(|bytes| !bytes.is_empty());
    if bytes.is_none() {
        found
            .error(
                code::BAD_EXCHANGE,
                item.span(),
                format!("{} is not hex", item.name()),
            )
            .help("write pairs of hex digits, blanks between them as you like: `\"0d 0a\"`");
    }
    bytes
}

/// A protocol's name in ALPN: 1 to 255 bytes (RFC 7301 §3.1).
fn protocol(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = literal(item, found)?;
    if !(1..=255).contains(&text.len()) {
        found
            .error(
                jaunt_text::code::OUT_OF_RANGE,
                item.span(),
                "a protocol's name has 1 to 255 bytes",
            )
            .help("such as `h2` or `http/1.1` (RFC 7301)");
        return None;
    }
    Some(text.to_owned())
}
