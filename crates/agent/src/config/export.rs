//! `[[export]]`: where results go.

use super::{
    code,
    key::{EXPORT, EXPORT_TLS, HISTOGRAMS, PROTOCOLS, SIGNALS, TEMPORALITIES},
    read::{Reader, Text, is_name},
};
use jaunt_text::{Item, Table};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// Where results go.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Its name, of which its cursors are named.
    pub name: String,
    /// Where to.
    pub endpoint: Endpoint,
    /// Whose results; `None`: everybody's.
    pub customers: Option<BTreeSet<String>>,
    /// Which signals.
    pub signals: Signals,
    /// Whether every slot is sent as an event of its own.
    pub slots: bool,
    /// How often metrics are sent; `None`: `OTEL_METRIC_EXPORT_INTERVAL`, else a minute.
    pub interval: Option<Duration>,
    /// Cumulative or delta; `None`: the environment's preference, else cumulative.
    pub temporality: Option<Temporality>,
    /// Whether steps' durations are sent.
    pub steps: bool,
    /// Whether phases' durations are sent.
    pub phases: bool,
    /// Whether journeys' durations are sent.
    pub journeys: bool,
    /// Share of passing runs whose traces are sent.
    pub pass_ratio: f64,
}

/// Where results go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Where the `OTEL_EXPORTER_OTLP_*` variables say.
    Environment,
    /// Here, whatever the environment says.
    Here {
        /// The receiver.
        url: url::Url,
        /// How it is spoken to.
        protocol: Protocol,
        /// Headers of every request.
        headers: Vec<(String, Text)>,
        /// Trust and identity.
        tls: ExportTls,
    },
}

/// How a receiver is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP.
    Http,
    /// gRPC.
    Grpc,
}

/// Trust and identity of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportTls {
    /// Roots to trust; `None`: the system's.
    pub ca: Option<PathBuf>,
    /// Our certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Which signals are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// Metrics.
    pub metrics: bool,
    /// Traces.
    pub traces: bool,
    /// Logs.
    pub logs: bool,
}

/// How sums are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporality {
    /// Since the stream began.
    Cumulative,
    /// Since the last time.
    Delta,
    /// Delta for counters and histograms, cumulative for the rest.
    LowMemory,
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

impl Export {
    /// The one that stands where the file has none.
    fn usual() -> Self {
        Self {
            name: "default".to_owned(),
            endpoint: Endpoint::Environment,
            customers: None,
            signals: Signals {
                metrics: true,
                traces: true,
                logs: true,
            },
            slots: false,
            interval: None,
            temporality: None,
            steps: true,
            phases: false,
            journeys: true,
            pass_ratio: 1.0,
        }
    }

    /// Whether `customer`'s results go here.
    pub fn takes(&self, customer: &str) -> bool {
        self.customers
            .as_ref()
            .is_none_or(|customers| customers.contains(customer))
    }
}

impl Reader<'_, '_, '_> {
    /// `[[export]]`.
    pub(super) fn exports(&mut self, root: &Table<'_>) -> Vec<Export> {
        let Some(item) = root.item("export") else {
            return vec![Export::usual()];
        };
        let items = item
            .list("a list of tables: `[[export]]`", self.found)
            .unwrap_or_default();
        let mut exports: Vec<Export> = Vec::new();
        for item in &items {
            let Some(table) = item.table(self.found) else {
                continue;
            };
            let table = table.called(EXPORT.name);
            if items.len() > 1 {
                table.required("name", self.found);
            }
            let Some(export) = self.export(&table) else {
                continue;
            };
            if exports.iter().any(|other| other.name == export.name) {
                let name = &export.name;
                self.found
                    .error(
                        code::TWICE,
                        item.span(),
                        format!("two exports are called `{name}`"),
                    )
                    .help("what was delivered is kept by this name: give each its own");
            }
            exports.push(export);
        }
        if exports.is_empty() {
            vec![Export::usual()]
        } else {
            exports
        }
    }

    fn export(&mut self, table: &Table<'_>) -> Option<Export> {
        table.only(&EXPORT.names(), &[], self.found);
        let usual = Export::usual();
        let endpoint = self.endpoint(table);
        let histograms = self.some_of(table, "histograms", HISTOGRAMS);
        let histograms = histograms.unwrap_or_else(|| vec!["journey", "step"]);
        let signals = self
            .some_of(table, "signals", SIGNALS)
            .unwrap_or_else(|| SIGNALS.to_vec());
        let temporality = table
            .item("temporality")
            .and_then(|item| self.one_of(&item, TEMPORALITIES));
        Some(Export {
            name: self.name_at(table, "name").unwrap_or(usual.name),
            endpoint: endpoint?,
            customers: self.export_customers(table),
            signals: Signals {
                metrics: signals.contains(&"metrics"),
                traces: signals.contains(&"traces"),
                logs: signals.contains(&"logs"),
            },
            slots: table
                .item("slots")
                .and_then(|item| item.boolean(self.found))
                .unwrap_or(false),
            interval: self.duration_at(table, "interval", SECOND..=HOUR),
            temporality: temporality.map(|name| match name {
                "delta" => Temporality::Delta,
                "lowmemory" => Temporality::LowMemory,
                _ => Temporality::Cumulative,
            }),
            steps: histograms.contains(&"step"),
            phases: histograms.contains(&"phase"),
            journeys: histograms.contains(&"journey"),
            pass_ratio: table
                .item("pass_ratio")
                .and_then(|item| self.ratio(&item))
                .unwrap_or(1.0),
        })
    }

    /// Whose results: names, or `*` alone.
    fn export_customers(&mut self, table: &Table<'_>) -> Option<BTreeSet<String>> {
        let texts = self.texts_at(table, "customers")?;
        let all = texts.iter().any(|(_, text)| text == "*");
        for (item, text) in &texts {
            if !is_name(text) && text != "*" || all && texts.len() > 1 {
                self.found
                    .error(
                        code::BAD_NAME,
                        item.span(),
                        format!("`{text}` cannot stand here"),
                    )
                    .help("write customers' names, or `[\"*\"]` for everybody");
            }
        }
        (!all).then(|| texts.into_iter().map(|(_, text)| text).collect())
    }

    fn endpoint(&mut self, table: &Table<'_>) -> Option<Endpoint> {
        let protocol = table
            .item("protocol")
            .and_then(|item| self.one_of(&item, PROTOCOLS));
        let headers = self.headers(table);
        let tls = self.export_tls(table);
        let Some(item) = table.item("endpoint") else {
            for key in ["protocol", "headers", "tls"] {
                if let Some(item) = table.item(key) {
                    self.found
                        .error(
                            code::KEYS_TOGETHER,
                            item.key_span(),
                            format!("`{key}` goes with `endpoint`"),
                        )
                        .help(
                            "without one, the `OTEL_EXPORTER_OTLP_*` variables govern this export",
                        );
                }
            }
            return Some(Endpoint::Environment);
        };
        let text = self.text(&item)?;
        let url = url::Url::parse(&text)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()));
        if url.is_none() {
            self.found
                .error(
                    code::BAD_VALUE,
                    item.span(),
                    format!("`{text}` is no URL of a receiver"),
                )
                .help("such as `http://127.0.0.1:4318`");
        }
        let protocol = if protocol == Some("grpc") {
            Protocol::Grpc
        } else {
            Protocol::Http
        };
        Some(Endpoint::Here {
            url: url?,
            protocol,
            headers,
            tls,
        })
    }

    fn headers(&mut self, table: &Table<'_>) -> Vec<(String, Text)> {
        let table = table
            .item("headers")
            .and_then(|item| item.table(self.found));
        let mut headers = Vec::new();
        for item in table.iter().flat_map(Table::items) {
            let good = !item.key().is_empty()
                && item
                    .key()
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            if !good {
                self.found.error(
                    code::BAD_NAME,
                    item.key_span(),
                    format!("`{}` is no name of a header", item.key()),
                );
            }
            if let Some(text) = self.secret(&item) {
                headers.push((item.key().to_ascii_lowercase(), text));
            }
        }
        headers
    }

    fn export_tls(&mut self, table: &Table<'_>) -> ExportTls {
        let Some(table) = table.item("tls").and_then(|item| item.table(self.found)) else {
            return ExportTls::default();
        };
        table.only(&EXPORT_TLS.names(), &[], self.found);
        for key in ["ca", "cert", "key"] {
            if let (Some(path), Some(item)) = (self.path_at(&table, key), table.item(key))
                && let Err(error) = self.around.file(&path)
            {
                self.found.error(
                    code::UNREADABLE,
                    item.span(),
                    format!("`{}` cannot be read: {error}", path.display()),
                );
            }
        }
        let (cert, key) = (self.path_at(&table, "cert"), self.path_at(&table, "key"));
        if cert.is_some() != key.is_some() {
            self.found.error(
                code::KEYS_TOGETHER,
                table.span(),
                "`cert` and `key` go together",
            );
        }
        ExportTls {
            ca: self.path_at(&table, "ca"),
            identity: cert.zip(key),
        }
    }

    fn ratio(&mut self, item: &Item<'_>) -> Option<f64> {
        let text = match item.value() {
            toml::de::DeValue::Float(number) => Some(number.as_str().to_owned()),
            toml::de::DeValue::Integer(number) => Some(number.as_str().to_owned()),
            _ => None,
        };
        let ratio = text
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|ratio| (0.0..=1.0).contains(ratio));
        if ratio.is_none() {
            self.found.error(
                jaunt_text::code::OUT_OF_RANGE,
                item.span(),
                format!("{} must be a number from 0 to 1", item.name()),
            );
        }
        ratio
    }
}
