//! `resolve`: a DNS question.

use super::{
    address::{Address, Kind},
    given::Given,
    scope::{Scope, Use},
};
use crate::{DnsServer, DnsType, Resolve, code, spec::DNS_TYPES};
use jaunt_text::{Diagnostics, inside, list, nearest};

impl Scope<'_> {
    /// A `resolve` step's verb.
    pub(super) fn resolve(
        self,
        given: &Given<'_, '_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Resolve> {
        let line = given.step.item("resolve")?;
        let server = given
            .item("server")
            .map(|item| self.address(&item, Kind::Server, addresses, found));
        let dnssec = given.item("dnssec").and_then(|item| item.boolean(found));
        let text = line.text(found)?;
        let (types, start) = match text.split_once(' ') {
            None => (vec![DnsType::A, DnsType::Aaaa], 0),
            Some((word, name)) => match DnsType::from_name(word) {
                Some(one) => (vec![one], text.len() - name.len()),
                None => {
                    let place = inside(found.text(), &line.span(), &(0..word.len()));
                    found
                        .error(code::BAD_DNS, place, format!("`{word}` is no record type"))
                        .label(format!(
                            "expected {}",
                            list(DNS_TYPES.iter().copied(), "or")
                        ))
                        .maybe_help(
                            nearest(&word.to_ascii_uppercase(), DNS_TYPES.iter().copied())
                                .or(DnsType::from_name(&word.to_ascii_uppercase())
                                    .map(DnsType::as_str))
                                .map(|near| format!("did you mean `{near}`?")),
                        );
                    return None;
                }
            },
        };
        let name = self.template_part(&line, start..text.len(), Use::Seen, found)?;
        addresses.push(Address {
            kind: Kind::Name,
            template: name.clone(),
            span: inside(found.text(), &line.span(), &(start..text.len())),
        });
        Some(Resolve {
            types,
            name,
            server: server.flatten().map(|text| DnsServer { text }),
            dnssec: dnssec.unwrap_or(false),
        })
    }
}
