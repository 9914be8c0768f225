//! From text to a configuration, or to everything that is wrong with it.

use super::{
    AgentLimits, Around, Config, JournalBounds, code,
    key::{AGENT_LIMITS, JOURNAL, REFERENCE, RESOLVER, ROOT, Section, Takes},
    read::Reader,
};
use crate::Shard;
use jaunt_probe::{NameServer, NetworkConfig};
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

/// Reads the agent's file, which lies in `folder`. Never panics, whatever the text.
pub fn parse(text: &str, folder: &Path, around: &dyn Around) -> Parsed {
    let mut found = Diagnostics::new(text);
    let config = document(text, &mut found).and_then(|document| {
        let root = Table::root(&document, ROOT.name);
        Reader {
            around,
            folder,
            found: &mut found,
        }
        .config(&root)
    });
    let config = config.filter(|_| !found.any_error());
    Parsed {
        config,
        diagnostics: found.finish(),
    }
}

const SECOND: Duration = Duration::from_secs(1);
/// Where own health is served by default.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
const DAY: Duration = Duration::from_secs(86_400);

impl Reader<'_, '_, '_> {
    fn config(&mut self, root: &Table<'_>) -> Option<Config> {
        root.only(&ROOT.names(), &[], self.found);
        root.required("region", self.found);
        let region = self.name_at(root, "region");
        let shard = self.shard(root, "shard");
        let reshard = self.reshard(root);
        let (name_servers, hosts, anchors) = self.resolver(root);
        let (references, control_names) = self.references(root);
        let config = Config {
            region: region.unwrap_or_default(),
            data_dir: self.data_dir(root, "jaunt").unwrap_or_default(),
            instance: self.instance(root),
            listen: self.address_at(root, "listen", LISTEN),
            shard: shard.unwrap_or(Shard::WHOLE),
            reshard,
            drain: self
                .duration_at(root, "drain", Duration::ZERO..=DAY)
                .unwrap_or(SECOND * 30),
            tolerance: self
                .duration_at(root, "tolerance", Duration::from_millis(10)..=SECOND * 60)
                .unwrap_or(SECOND),
            sources: self.sources(root),
            customers: self.customers(root),
            name_servers,
            hosts,
            anchors,
            roots: self.trusted(root, "ca", |pem| NetworkConfig {
                roots: Some(pem.into_bytes()),
                ..NetworkConfig::default()
            }),
            references,
            control_names,
            exports: self.exports(root),
            journal: self.journal(root),
            limits: self.agent_limits(root),
        };
        (!self.found.any_error()).then_some(config)
    }

    /// `data_dir`, else a folder of this name where the system keeps state.
    pub fn data_dir(&mut self, root: &Table<'_>, name: &str) -> Option<PathBuf> {
        if root.has("data_dir") {
            return self.path_at(root, "data_dir");
        }
        let state = |name: &str| self.around.variable(name).filter(|path| !path.is_empty());
        // systemd lists several with colons between them; the first is the unit's own.
        let systemd =
            state("STATE_DIRECTORY").and_then(|list| list.split(':').next().map(PathBuf::from));
        let home = || state("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        let xdg = || {
            state("XDG_STATE_HOME")
                .map(PathBuf::from)
                .or_else(home)
                .map(|path| path.join(name))
        };
        let dir = systemd.or_else(xdg);
        if dir.is_none() {
            self.found
                .error(
                    jaunt_text::code::MISSING_KEY,
                    0..0,
                    "there is no place for what must last",
                )
                .help(format!("say `data_dir = \"/var/lib/{name}\"`"));
        }
        dir
    }

    /// The name that the file gives, or the pod's.
    fn instance(&mut self, root: &Table<'_>) -> Option<String> {
        if let Some(item) = root.item("instance") {
            let name = self.text(&item)?;
            let good =
                (1..=253).contains(&name.len()) && name.chars().all(|c| c.is_ascii_graphic());
            if !good {
                self.found
                    .error(code::BAD_NAME, item.span(), "this is no name for an agent")
                    .help("names are 1 to 253 visible ASCII characters");
            }
            return Some(name);
        }
        let kubernetes = self.around.variable("KUBERNETES_SERVICE_HOST").is_some();
        let pod = self
            .around
            .variable("POD_NAME")
            .or_else(|| self.around.variable("K8S_POD_NAME"));
        kubernetes
            .then(|| pod.unwrap_or_else(|| self.around.host()))
            .filter(|name| !name.is_empty())
    }

    /// The address and port under `key`, or the usual one.
    pub fn address_at(&mut self, root: &Table<'_>, key: &str, usual: SocketAddr) -> SocketAddr {
        let Some(item) = root.item(key) else {
            return usual;
        };
        let Some(text) = self.text(&item) else {
            return usual;
        };
        text.parse().unwrap_or_else(|_| {
            self.found
                .error(
                    code::BAD_VALUE,
                    item.span(),
                    format!("`{text}` is no address to listen on"),
                )
                .help(format!("an address and a port, such as `{usual}`"));
            usual
        })
    }

    fn shard(&mut self, root: &Table<'_>, key: &str) -> Option<Shard> {
        let item = root.item(key)?;
        let text = self.text(&item)?;
        match Shard::parse(&text, &self.around.host()) {
            Ok(shard) => Some(shard),
            Err(error) => {
                self.found
                    .error(code::BAD_VALUE, item.span(), error.to_string());
                None
            }
        }
    }

    fn reshard(&mut self, root: &Table<'_>) -> Option<(i64, Shard)> {
        let before = self.shard(root, "shard_before");
        let item = root.item("shard_from");
        if item.is_some() != root.has("shard_before") {
            let place = item.or_else(|| root.item("shard_before"))?;
            self.found.error(
                code::KEYS_TOGETHER,
                place.key_span(),
                "`shard_from` and `shard_before` go together",
            );
            return None;
        }
        let item = item?;
        let text = item.instant(self.found)?;
        match text.parse::<jiff::Timestamp>() {
            Ok(from) => Some((from.as_second(), before?)),
            Err(_) => {
                self.found.error(
                    code::BAD_VALUE,
                    item.span(),
                    format!("`{text}` is no instant"),
                );
                None
            }
        }
    }

    fn resolver(&mut self, root: &Table<'_>) -> (Vec<NameServer>, bool, Option<String>) {
        let Some(table) = root
            .item("resolver")
            .and_then(|item| item.table(self.found))
        else {
            return (Vec::new(), false, None);
        };
        table.only(&RESOLVER.names(), &[], self.found);
        let mut servers = Vec::new();
        for (item, text) in self.texts_at(&table, "servers").unwrap_or_default() {
            match NameServer::parse(&text) {
                Some(server) => servers.push(server),
                None => {
                    self.found
                        .error(code::BAD_VALUE, item.span(), format!("`{text}` is no name server"))
                        .help("such as `10.0.0.53`, `tcp://10.0.0.53`, `tls://dns.example.net@9.9.9.9` or `https://dns.example.net/dns-query`");
                }
            }
        }
        let hosts = table
            .item("hosts")
            .and_then(|item| item.boolean(self.found));
        let anchors = self.trusted(&table, "anchors", |records| NetworkConfig {
            anchors: Some(records),
            ..NetworkConfig::default()
        });
        (servers, hosts.unwrap_or(false), anchors)
    }

    /// The text of the file under `key`, once a network that trusts it could be made.
    fn trusted(
        &mut self,
        table: &Table<'_>,
        key: &str,
        network: impl Fn(String) -> NetworkConfig,
    ) -> Option<String> {
        let item = table.item(key)?;
        let path = self.folder.join(item.text(self.found)?);
        let (name, span) = (path.display(), item.span());
        let text = match self.around.file(&path) {
            Ok(text) => text,
            Err(error) => {
                let why = format!("`{name}` cannot be read: {error}");
                self.found.error(code::UNREADABLE, span, why);
                return None;
            }
        };
        match network(text.clone()).trust() {
            Ok(()) => Some(text),
            Err(error) => {
                let why = format!("`{name}` holds nothing to trust: {error}");
                self.found.error(code::BAD_VALUE, span, why);
                None
            }
        }
    }

    fn references(&mut self, root: &Table<'_>) -> (Vec<SocketAddr>, Vec<String>) {
        let Some(table) = root
            .item("reference")
            .and_then(|item| item.table(self.found))
        else {
            return Default::default();
        };
        table.only(&REFERENCE.names(), &[], self.found);
        let mut targets: Vec<SocketAddr> = Vec::new();
        for (item, text) in self.texts_at(&table, "targets").unwrap_or_default() {
            match text.parse::<SocketAddr>() {
                Ok(target) if targets.iter().any(|other| other.ip() == target.ip()) => {
                    self.found
                        .error(code::TWICE, item.span(), format!("`{}` is listed twice", target.ip()))
                        .help("one host that is down must not look like isolation: choose different parties");
                }
                Ok(target) => targets.push(target),
                Err(_) => {
                    self.found
                        .error(code::BAD_VALUE, item.span(), format!("`{text}` is no reference"))
                        .help("an address and a port, such as `203.0.113.10:443`; a name would need the resolver");
                }
            }
        }
        if let ([_], Some(item)) = (targets.as_slice(), table.item("targets")) {
            self.found
                .error(code::BAD_VALUE, item.span(), "one reference proves nothing")
                .help("list two or more, of different parties");
        }
        let names = self.texts_at(&table, "names").unwrap_or_default();
        (targets, names.into_iter().map(|(_, name)| name).collect())
    }

    fn journal(&mut self, root: &Table<'_>) -> JournalBounds {
        let usual = JournalBounds {
            max_size: 1 << 30,
            max_age: SECOND * 3_600 * 72,
            sync: Some(SECOND),
        };
        let Some(table) = root.item("journal").and_then(|item| item.table(self.found)) else {
            return usual;
        };
        table.only(&JOURNAL.names(), &[], self.found);
        let sync = match self.text_at(&table, "sync").as_deref() {
            Some("always") => None,
            Some(_) => self.duration_at(&table, "sync", Duration::from_millis(10)..=SECOND * 60),
            None => usual.sync,
        };
        JournalBounds {
            max_size: self
                .size_at(&table, "max_size", 1 << 20)
                .unwrap_or(usual.max_size),
            max_age: self
                .duration_at(&table, "max_age", SECOND * 60..=DAY * 365)
                .unwrap_or(usual.max_age),
            sync,
        }
    }

    fn agent_limits(&mut self, root: &Table<'_>) -> AgentLimits {
        let usual = AgentLimits {
            journeys: 20_000,
            runs: 2_000,
            series: 2_000_000,
        };
        let Some(table) = root.item("limits").and_then(|item| item.table(self.found)) else {
            return usual;
        };
        table.only(&AGENT_LIMITS.names(), &[], self.found);
        AgentLimits {
            journeys: self
                .count(&table, &AGENT_LIMITS, "journeys")
                .unwrap_or(usual.journeys),
            runs: self
                .count(&table, &AGENT_LIMITS, "runs")
                .unwrap_or(usual.runs),
            series: self
                .whole(&table, &AGENT_LIMITS, "series")
                .unwrap_or(usual.series),
        }
    }

    /// The whole number under `key`, of the range that the section's table gives it.
    pub fn whole(&mut self, table: &Table<'_>, section: &Section, key: &str) -> Option<u64> {
        let known = section.keys.iter().find(|known| known.name == key)?;
        let Takes::Whole(least, most) = known.takes else {
            return None;
        };
        table.item(key)?.whole(least..=most, self.found)
    }

    /// The same, as a count.
    pub fn count(&mut self, table: &Table<'_>, section: &Section, key: &str) -> Option<usize> {
        self.whole(table, section, key)
            .and_then(|count| usize::try_from(count).ok())
    }
}
