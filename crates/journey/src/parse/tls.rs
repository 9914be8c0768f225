//! TLS settings.

use super::{
    body::file,
    given::Given,
    header::expect_table,
    scope::{Scope, Use},
};
use crate::{TlsSettings, TlsVersion, spec};
use jaunt_text::{Diagnostics, Table, code};

impl Scope<'_> {
    /// The TLS settings of a step, the defaults' key by key behind its own.
    pub(super) fn tls(self, given: &Given<'_, '_>, found: &mut Diagnostics<'_>) -> TlsSettings {
        expect_table(given, "tls", found);
        let known = spec::key_names(spec::TLS);
        let defaults = given.defaults.and_then(|defaults| defaults.item("tls"));
        for table in given.step.item("tls").into_iter().chain(defaults) {
            if let Some(table) = table.as_table() {
                table.only(&known, &[], found);
                paired(&table, found);
            }
        }
        let mut settings = TlsSettings::default();
        for item in given.entries("tls", |a, b| a == b) {
            match item.key() {
                "cert" => settings.cert = file(&item, found),
                "key" => settings.key = file(&item, found),
                "ca" => settings.ca = file(&item, found),
                "server_name" => settings.server_name = self.template(&item, Use::Seen, found),
                "min" => {
                    settings.min = item.one_of(TlsVersion::NAMES, TlsVersion::from_name, found);
                }
                "insecure" => settings.insecure = item.boolean(found).unwrap_or(false),
                // Told above.
                _ => {}
            }
        }
        settings
    }
}

/// A certificate and its key come together.
fn paired(table: &Table<'_>, found: &mut Diagnostics<'_>) {
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if let (Some(item), false) = (table.item(one), table.has(other)) {
            found
                .error(
                    code::MISSING_KEY,
                    item.key_span(),
                    format!("`{one}` needs `{other}` beside it"),
                )
                .label(format!("`{other}` is missing"));
        }
    }
}
