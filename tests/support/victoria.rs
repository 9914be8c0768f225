//! VictoriaMetrics: a store that nobody here wrote, which takes OTLP and answers PromQL.

use super::{http::get, place, process::Process, skip};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr};
use tempfile::TempDir;

/// A running store.
pub(crate) struct Victoria {
    addr: SocketAddr,
    process: Process,
    _dir: TempDir,
}

impl Victoria {
    /// Starts it; `None`, said aloud, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = skip::tool("victoria/usr/bin/victoria-metrics")?;
        let (dir, addr) = (TempDir::new().unwrap(), place::address());
        let args = [
            "-storageDataPath=data",
            "-memory.allowedBytes=64MB",
            // Names as Prometheus gives them, which rules and dashboards are written for.
            "-opentelemetry.usePrometheusNaming",
            // What came a moment ago is to be seen.
            "-search.latencyOffset=0s",
            &format!("-httpListenAddr={addr}"),
        ];
        let process = Process::start(&program, &args, dir.path());
        place::until_accepting(addr, "VictoriaMetrics");
        Some(Self {
            addr,
            process,
            _dir: dir,
        })
    }

    /// Its base endpoint for OTLP.
    pub(crate) fn otlp(&self) -> String {
        format!("http://{}/opentelemetry", self.addr)
    }

    /// The last value of each series of `name`, by the labels named.
    pub(crate) fn last<const N: usize>(
        &self,
        name: &str,
        labels: [&str; N],
    ) -> BTreeMap<[String; N], f64> {
        get(self.addr, "/internal/force_flush");
        let by = labels.join(",");
        let query = format!("sum%20by%20({by})(last_over_time({name}[1h]))");
        // By default it asks for the last whole second, which what came just now is not part of.
        let soon = jiff::Timestamp::now().as_second() + 60;
        let answer = get(
            self.addr,
            &format!("/api/v1/query?query={query}&time={soon}"),
        );
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let series = answer["data"]["result"].as_array().unwrap();
        let one = |series: &Value| {
            let label = |name| series["metric"][name].as_str().unwrap_or("").to_owned();
            let value = series["value"][1].as_str().unwrap();
            (labels.map(label), value.parse().unwrap())
        };
        series.iter().map(one).collect()
    }

    /// The time of the newest point of all series of a selector, Unix ms.
    pub(crate) fn newest(&self, selector: &str) -> i64 {
        get(self.addr, "/internal/force_flush");
        let selector: String = url::form_urlencoded::byte_serialize(selector.as_bytes()).collect();
        let soon = jiff::Timestamp::now().as_second() + 60;
        let series = get(
            self.addr,
            &format!("/api/v1/export?match[]={selector}&end={soon}"),
        );
        let times = series.lines().flat_map(|line| {
            let series: Value = serde_json::from_str(line).unwrap();
            let times = series["timestamps"].as_array().unwrap().clone();
            times.into_iter().map(|at| at.as_i64().unwrap())
        });
        times.max().unwrap()
    }

    /// What it complained about: in its log, and in its own counters of what it refused or dropped.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let said = self.process.said();
        let logged = said
            .lines()
            .filter(|line| line.contains("\twarn\t") || line.contains("\terror\t"));
        let counted = get(self.addr, "/metrics");
        let counted = counted.lines().filter(|line| {
            let is_refusal = [
                "errors_total",
                "rows_invalid",
                "rows_dropped",
                "rows_ignored",
            ];
            let is_refusal = is_refusal.iter().any(|part| line.contains(part));
            is_refusal && !line.starts_with('#') && !line.ends_with(" 0")
        });
        logged.chain(counted).map(str::to_owned).collect()
    }

    /// How many requests of OTLP it took.
    pub(crate) fn took(&self) -> u64 {
        let counted = get(self.addr, "/metrics");
        let of = |line: &&str| {
            line.starts_with("vm_http_requests_total{")
                && line.contains("\"/opentelemetry/v1/metrics\"")
        };
        let line = counted
            .lines()
            .find(of)
            .unwrap_or_else(|| panic!("{counted}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}
