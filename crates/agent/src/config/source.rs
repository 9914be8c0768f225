//! `[[source]]`: where journeys come from.

use super::{code, key::SOURCE, read::Reader};
use jaunt_text::Table;
use std::{path::PathBuf, time::Duration};

/// Where journeys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// A folder or a bundle.
    pub origin: Origin,
    /// Whose the journeys are; `None`: each file says.
    pub customer: Option<String>,
}

/// A folder or a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder.
    Dir(PathBuf),
    /// A signed bundle.
    Bundle {
        /// Where it is.
        url: url::Url,
        /// Any of these keys may have signed it: 32 bytes each; never empty.
        keys: Vec<[u8; 32]>,
        /// How often it is asked for.
        every: Duration,
        /// PEM file of the roots to trust; `None`: the system's.
        ca: Option<PathBuf>,
    },
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

impl Reader<'_, '_, '_> {
    /// `[[source]]`.
    pub fn sources(&mut self, root: &Table<'_>) -> Vec<Source> {
        let Some(item) = root.required("source", self.found) else {
            return Vec::new();
        };
        let tables = item.list("a list of tables: `[[source]]`", self.found);
        let mut sources: Vec<Source> = Vec::new();
        for item in tables.iter().flatten() {
            let source = item
                .table(self.found)
                .and_then(|table| self.source(&table.called(SOURCE.name)));
            let Some(source) = source else { continue };
            if sources
                .iter()
                .any(|other| other.origin.same_place(&source.origin))
            {
                self.found
                    .error(code::TWICE, item.span(), "this source is listed twice");
            }
            sources.push(source);
        }
        if tables.is_some_and(|tables| tables.is_empty()) {
            self.found.error(
                jaunt_text::code::MISSING_KEY,
                item.span(),
                "there must be a source of journeys",
            );
        }
        sources
    }

    fn source(&mut self, table: &Table<'_>) -> Option<Source> {
        table.only(&SOURCE.names(), &[], self.found);
        let customer = self.name_at(table, "customer");
        match (table.item("dir"), table.item("bundle")) {
            (Some(_), None) => {
                self.only_of_bundles(table);
                let dir = self.path_at(table, "dir")?;
                Some(Source {
                    origin: Origin::Dir(dir),
                    customer,
                })
            }
            (None, Some(_)) => self.bundle(table, customer),
            _ => {
                self.found
                    .error(
                        code::KEYS_TOGETHER,
                        table.span(),
                        "a source has either `dir` or `bundle`",
                    )
                    .help("write one `[[source]]` for each");
                None
            }
        }
    }

    fn only_of_bundles(&mut self, table: &Table<'_>) {
        for key in ["keys", "every", "ca"] {
            if let Some(item) = table.item(key) {
                self.found.error(
                    code::KEYS_TOGETHER,
                    item.key_span(),
                    format!("`{key}` goes with `bundle`"),
                );
            }
        }
    }

    fn bundle(&mut self, table: &Table<'_>, customer: Option<String>) -> Option<Source> {
        let every = self.duration_at(table, "every", SECOND..=DAY);
        let ca = self.path_at(table, "ca");
        let keys = self.keys(table);
        table.required("customer", self.found);
        let item = table.item("bundle")?;
        let text = self.text(&item)?;
        let url = url::Url::parse(&text).ok().filter(|url| {
            let local = url
                .host_str()
                .is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
            url.scheme() == "https" || (url.scheme() == "http" && local)
        });
        if url.is_none() {
            self.found
                .error(
                    code::BAD_VALUE,
                    item.span(),
                    format!("`{text}` is no URL of a bundle"),
                )
                .help("such as `https://config.example.net/acme.jaunt`");
        }
        let origin = Origin::Bundle {
            url: url?,
            keys: keys?,
            every: every.unwrap_or(Duration::from_secs(60)),
            ca,
        };
        Some(Source {
            origin,
            customer: Some(customer?),
        })
    }

    fn keys(&mut self, table: &Table<'_>) -> Option<Vec<[u8; 32]>> {
        let item = table.required("keys", self.found)?;
        let texts = self.texts_at(table, "keys")?;
        let mut keys = Vec::new();
        for (item, text) in texts {
            match crate::bundle::public_key(&text) {
                Some(key) => keys.push(key),
                None => {
                    self.found
                        .error(
                            code::BAD_VALUE,
                            item.span(),
                            "this is no public key of `jaunt bundle keygen`",
                        )
                        .help(
                            "such as `\"file:acme.pub\"`; the text begins with `jaunt-public-key:`",
                        );
                }
            }
        }
        if keys.is_empty() {
            self.found.error(
                code::BAD_VALUE,
                item.span(),
                "a bundle needs a key that may sign it",
            );
            return None;
        }
        Some(keys)
    }
}

impl Origin {
    fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dir(one), Self::Dir(other)) => one == other,
            (Self::Bundle { url: one, .. }, Self::Bundle { url: other, .. }) => one == other,
            _ => false,
        }
    }
}
