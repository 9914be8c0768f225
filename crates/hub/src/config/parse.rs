//! From text to a configuration, or to everything that is wrong with it.

use super::{
    Config, Keep, Prometheus, Tls, code,
    key::{ALERTMANAGER, KEEP, NAMES, ROOT, STORE, TLS},
    token,
};
use jaunt_agent::config::{Around, Reader, Source, code as agent_code};
use jaunt_otlp::names::Spelling;
use jaunt_text::{Diagnostic, Diagnostics, Table, document};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// What a text says, and what is wrong with it.
#[derive(Debug)]
pub struct Parsed {
    /// The configuration; `None` where there is any error.
    pub config: Option<Config>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

const INGEST: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4317);
const WEB: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8417);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads the hub's file, which lies in `folder`. Never panics, whatever the text.
pub fn parse(text: &str, folder: &Path, around: &dyn Around) -> Parsed {
    let mut found = Diagnostics::new(text);
    let config = document(text, &mut found).map(|document| {
        let root = Table::root(&document, ROOT.name);
        let mut reader = Reader {
            around,
            folder,
            found: &mut found,
        };
        config(&mut reader, &root)
    });
    Parsed {
        config: config.filter(|_| !found.any_error()),
        diagnostics: found.finish(),
    }
}

fn config(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Config {
    root.only(&ROOT.names(), &[], reader.found);
    let data_dir = reader.data_dir(root, "jaunt-hub");
    let ingest = reader.address_at(root, "ingest", INGEST);
    let web = reader.address_at(root, "web", WEB);
    let tls = tls(reader, root);
    let tokens = token::tokens(reader, root);
    if !root.has("token") {
        closed(reader, root, [("ingest", ingest), ("web", web)]);
    }
    Config {
        data_dir: data_dir.unwrap_or_default(),
        ingest,
        web,
        url: link_base(reader, root, web, tls.is_some()),
        tls,
        sources: sources(reader, root),
        tokens,
        keep: keep(reader, root),
        prometheus: store(reader, root),
        alertmanagers: alertmanagers(reader, root),
        simulated_until_ns: None,
    }
}

/// Without tokens nobody but this machine may reach a port.
fn closed(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>, ports: [(&str, SocketAddr); 2]) {
    for (key, address) in ports {
        if address.ip().is_loopback() {
            continue;
        }
        let span = root.item(key).map_or(0..0, |item| item.span());
        let message = format!("`{key}` can be reached from other machines, and there is no token");
        let note = reader.found.error(code::OPEN_PORT, span, message);
        note.help("make one with `jaunt hub token add`, or listen on `127.0.0.1`");
    }
}

fn link_base(
    reader: &mut Reader<'_, '_, '_>,
    root: &Table<'_>,
    web: SocketAddr,
    secured: bool,
) -> String {
    let usual = format!("{}://{web}", if secured { "https" } else { "http" });
    let Some(item) = root.item("url") else {
        return usual;
    };
    match reader
        .text(&item)
        .and_then(|text| http_url(reader, &item, &text))
    {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => usual,
    }
}

fn http_url(
    reader: &mut Reader<'_, '_, '_>,
    item: &jaunt_text::Item<'_>,
    text: &str,
) -> Option<url::Url> {
    let url = url::Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        let message = format!("`{text}` is no URL");
        let note = reader
            .found
            .error(agent_code::BAD_VALUE, item.span(), message);
        note.help("such as `https://slo.example.net`");
    }
    url
}

fn tls(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Option<Tls> {
    let table = root.item("tls")?.table(reader.found)?.called(TLS.name);
    table.only(&TLS.names(), &[], reader.found);
    table.required("cert", reader.found);
    table.required("key", reader.found);
    let mut file = |key: &str| pem(reader, &table, key);
    let (cert, key, client_ca) = (file("cert"), file("key"), file("client_ca"));
    Some(Tls {
        cert: cert?,
        key: key?,
        client_ca,
    })
}

/// A PEM file that is there to be read.
fn pem(reader: &mut Reader<'_, '_, '_>, table: &Table<'_>, key: &str) -> Option<PathBuf> {
    let item = table.item(key)?;
    let path = reader.path_at(table, key)?;
    if let Err(error) = reader.around.file(&path) {
        let message = format!("`{}` cannot be read: {error}", path.display());
        let unreadable = agent_code::UNREADABLE;
        reader.found.error(unreadable, item.span(), message);
        return None;
    }
    Some(path)
}

/// `[[source]]` as the agent's; a hub may have none.
fn sources(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Vec<Source> {
    match root.has("source") {
        true => reader.sources(root),
        false => Vec::new(),
    }
}

fn keep(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Keep {
    let usual = Keep::default();
    let Some(table) = root.item("keep").and_then(|item| item.table(reader.found)) else {
        return usual;
    };
    table.only(&KEEP.names(), &[], reader.found);
    let mut days = |key: &str, usual: Duration| {
        let found = reader.duration_at(&table, key, DAY..=DAY * 3_660);
        found.unwrap_or(usual)
    };
    let slots = days("slots", usual.slots);
    let runs = days("runs", usual.runs);
    let failures = days("failures", usual.failures.max(runs));
    if let Some(item) = table.item("failures")
        && failures < runs
    {
        let message = "failures would be kept for less long than runs that passed";
        let value = agent_code::BAD_VALUE;
        reader.found.error(value, item.span(), message);
    }
    let max_size = reader.size_at(&table, "max_size", 16 << 20);
    Keep {
        slots,
        runs,
        failures,
        max_size: max_size.unwrap_or(usual.max_size),
    }
}

fn alertmanagers(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Vec<url::Url> {
    let Some(item) = root.item("alertmanager") else {
        return Vec::new();
    };
    let items = item.list("a list of tables: `[[alertmanager]]`", reader.found);
    let mut urls = Vec::new();
    for element in items.into_iter().flatten() {
        let Some(table) = element.table(reader.found) else {
            continue;
        };
        let table = table.called(ALERTMANAGER.name);
        table.only(&ALERTMANAGER.names(), &[], reader.found);
        if let Some(item) = table.required("url", reader.found)
            && let Some(text) = reader.text(&item)
        {
            urls.extend(http_url(reader, &item, &text));
        }
    }
    urls
}

fn store(reader: &mut Reader<'_, '_, '_>, root: &Table<'_>) -> Option<Prometheus> {
    let table = root.item("store")?.table(reader.found)?.called(STORE.name);
    table.only(&STORE.names(), &[], reader.found);
    let names = table.item("names");
    let names = names.and_then(|item| reader.one_of(&item, NAMES));
    let item = table.required("prometheus", reader.found)?;
    let text = reader.text(&item)?;
    Some(Prometheus {
        url: http_url(reader, &item, &text)?,
        names: match names {
            Some("utf8") => Spelling::Utf8,
            Some(_) | None => Spelling::Underscore,
        },
    })
}
