//! Authentication: exactly one kind.

use super::{
    address::{Address, Kind},
    body::one_kind,
    scope::{Scope, Use},
};
use crate::{Auth, OauthStyle, Template, code, spec};
use jaunt_text::{Diagnostics, Item, Table};

impl Scope<'_> {
    /// How a request is authenticated.
    pub(super) fn auth(
        self,
        item: &Item<'_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Auth> {
        let table = item.table(found)?;
        let kinds = spec::key_names(spec::AUTH);
        table.only(&kinds, &[], found);
        let kind = one_kind(&table, &kinds, code::ONE_AUTH, found)?;
        match kind.key() {
            "basic" => self.basic(&kind, found),
            "bearer" => self.template(&kind, Use::Sealed, found).map(Auth::Bearer),
            "oauth2" => self.oauth2(&kind, addresses, found),
            _ => self.sigv4(&kind, found),
        }
    }

    fn basic(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Auth> {
        let table = item.table(found)?;
        table.only(&["user", "password"], &[], found);
        let user = self.needed(&table, "user", found);
        let password = self.needed(&table, "password", found);
        Some(Auth::Basic {
            user: user?,
            password: password?,
        })
    }

    fn oauth2(
        self,
        item: &Item<'_>,
        addresses: &mut Vec<Address>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Auth> {
        let table = item.table(found)?;
        table.only(&["url", "client", "secret", "scope", "style"], &[], found);
        let url_item = table.required("url", found);
        let url = url_item
            .as_ref()
            .and_then(|item| self.template(item, Use::Seen, found));
        let client = self.needed(&table, "client", found);
        let secret = self.needed(&table, "secret", found);
        let scope = self.optional(&table, "scope", found);
        let style = match table.item("style") {
            None => Some(OauthStyle::Header),
            Some(item) => item.one_of(OauthStyle::NAMES, OauthStyle::from_name, found),
        };
        let url = url?;
        addresses.push(Address {
            kind: Kind::Url,
            template: url.clone(),
            span: url_item?.span(),
        });
        Some(Auth::Oauth2 {
            url,
            client: client?,
            secret: secret?,
            scope,
            style: style?,
        })
    }

    fn sigv4(self, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Auth> {
        let table = item.table(found)?;
        table.only(
            &["region", "service", "key", "secret", "session"],
            &[],
            found,
        );
        let region = self.needed(&table, "region", found);
        let service = self.needed(&table, "service", found);
        let key = self.needed(&table, "key", found);
        let secret = self.needed(&table, "secret", found);
        let session = self.optional(&table, "session", found);
        Some(Auth::Sigv4 {
            region: region?,
            service: service?,
            key: key?,
            secret: secret?,
            session,
        })
    }

    fn needed(self, table: &Table<'_>, key: &str, found: &mut Diagnostics<'_>) -> Option<Template> {
        let item = table.required(key, found)?;
        self.template(&item, Use::Sealed, found)
    }

    fn optional(
        self,
        table: &Table<'_>,
        key: &str,
        found: &mut Diagnostics<'_>,
    ) -> Option<Template> {
        let item = table.item(key)?;
        self.template(&item, Use::Sealed, found)
    }
}
