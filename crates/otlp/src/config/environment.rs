//! The standard variables (OpenTelemetry specification, "OTLP Exporter Configuration" and
//! "Environment Variable Specification").

use super::{Compression, Environment, ExportConfig, Headers, Protocol, Target, TlsFiles};
use crate::{Aggregation, FoldSettings, Signal, Temporality};
use std::{path::PathBuf, time::Duration};
use url::Url;

/// An export cannot be read from what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An endpoint is no URL.
    #[error(
        "{from}: the endpoint is no URL that we can send to ({why}); write it like http://127.0.0.1:4318"
    )]
    Endpoint {
        /// The variable, or the argument.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// A protocol is none that we speak.
    #[error("{from}: we speak `grpc` and `http/protobuf`, not `{value}`")]
    Protocol {
        /// The variable.
        from: String,
        /// What it holds.
        value: String,
    },
}

const TIMEOUT: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(60);

pub(super) fn read(
    endpoint: Option<&str>,
    environment: &Environment,
) -> Result<ExportConfig, ConfigError> {
    let mut reader = Reader {
        environment,
        warnings: Vec::new(),
    };
    let disabled = reader.is_true("OTEL_SDK_DISABLED");
    let mut target = |signal| match disabled || reader.is_off(signal) {
        true => Ok(None),
        false => reader.target(endpoint, signal).map(Some),
    };
    let (metrics, traces, logs) = (
        target(Signal::Metrics)?,
        target(Signal::Traces)?,
        target(Signal::Logs)?,
    );
    Ok(ExportConfig {
        metrics,
        traces,
        logs,
        interval: reader
            .millis("OTEL_METRIC_EXPORT_INTERVAL")
            .unwrap_or(INTERVAL),
        fold: reader.fold(),
        slots: false,
        warnings: reader.warnings,
    })
}

struct Reader<'a> {
    environment: &'a Environment,
    warnings: Vec<String>,
}

impl Reader<'_> {
    /// A variable that is set; an empty one counts as unset.
    fn get(&self, name: &str) -> Option<String> {
        let value = self.environment.get(name)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// A signal's own variable, or the one for all: its name and what it holds.
    fn of(&self, signal: Signal, name: &str) -> Option<(String, String)> {
        let upper = signal.as_str().to_uppercase();
        let own = format!("OTEL_EXPORTER_OTLP_{upper}_{name}");
        let all = format!("OTEL_EXPORTER_OTLP_{name}");
        [own, all]
            .into_iter()
            .find_map(|name| Some((name.clone(), self.get(&name)?)))
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn is_off(&mut self, signal: Signal) -> bool {
        let name = format!("OTEL_{}_EXPORTER", signal.as_str().to_uppercase());
        let value = self.get(&name);
        match value.as_deref() {
            Some("none") => true,
            None | Some("otlp") => false,
            Some(_) => {
                self.discard(&name, "`otlp` or `none`");
                false
            }
        }
    }

    fn discard(&mut self, name: &str, expected: &str) {
        self.warnings
            .push(format!("{name} is not {expected}, and is left aside"));
    }

    fn target(&mut self, endpoint: Option<&str>, signal: Signal) -> Result<Target, ConfigError> {
        let protocol = self.protocol(endpoint, signal)?;
        let url = match endpoint {
            Some(given) => self.base(given, "the endpoint given", protocol, signal)?,
            None => self.endpoint(protocol, signal)?,
        };
        Ok(Target {
            protocol,
            url,
            headers: self.headers(signal),
            timeout: self.timeout(signal),
            compression: self.compression(signal),
            tls: TlsFiles {
                ca: self.file(signal, "CERTIFICATE"),
                cert: self.file(signal, "CLIENT_CERTIFICATE"),
                key: self.file(signal, "CLIENT_KEY"),
            },
        })
    }

    fn protocol(&self, endpoint: Option<&str>, signal: Signal) -> Result<Protocol, ConfigError> {
        if endpoint.is_some_and(|url| url.starts_with("grpc://") || url.starts_with("grpcs://")) {
            return Ok(Protocol::Grpc);
        }
        if let Some((from, value)) = self.of(signal, "PROTOCOL") {
            return match value.as_str() {
                "grpc" => Ok(Protocol::Grpc),
                "http/protobuf" => Ok(Protocol::Http),
                _ => Err(ConfigError::Protocol { from, value }),
            };
        }
        let port = endpoint
            .and_then(|url| Url::parse(url).ok())
            .and_then(|url| url.port());
        Ok(match port {
            Some(4317) => Protocol::Grpc,
            _ => Protocol::Http,
        })
    }

    fn endpoint(&self, protocol: Protocol, signal: Signal) -> Result<Url, ConfigError> {
        let own = format!(
            "OTEL_EXPORTER_OTLP_{}_ENDPOINT",
            signal.as_str().to_uppercase()
        );
        if let Some(text) = self.get(&own) {
            // A signal's own endpoint is used as it is.
            return self.parse(&text, &own, protocol, signal);
        }
        let all = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let default = match protocol {
            Protocol::Http => "http://localhost:4318",
            Protocol::Grpc => "http://localhost:4317",
        };
        let text = self.get(all).unwrap_or_else(|| default.to_owned());
        self.base(&text, all, protocol, signal)
    }

    /// A base endpoint: over HTTP the signal's path is appended.
    fn base(
        &self,
        text: &str,
        from: &str,
        protocol: Protocol,
        signal: Signal,
    ) -> Result<Url, ConfigError> {
        let mut url = self.parse(text, from, protocol, signal)?;
        if protocol == Protocol::Http {
            let path = format!("{}/v1/{signal}", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        Ok(url)
    }

    fn parse(
        &self,
        text: &str,
        from: &str,
        protocol: Protocol,
        signal: Signal,
    ) -> Result<Url, ConfigError> {
        let wrong = |why: &str| ConfigError::Endpoint {
            from: from.to_owned(),
            why: why.to_owned(),
        };
        let text = match (text.split_once("://"), protocol) {
            (Some(("grpc", rest)), _) => format!("http://{rest}"),
            (Some(("grpcs", rest)), _) => format!("https://{rest}"),
            (Some(_), _) => text.to_owned(),
            (None, Protocol::Grpc) => format!("{}://{text}", self.scheme(signal)),
            (None, Protocol::Http) => return Err(wrong("it has no scheme")),
        };
        let url = Url::parse(&text).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(url),
            "http" | "https" => Err(wrong("it has no host")),
            _ => Err(wrong("its scheme is neither http nor https")),
        }
    }

    /// The scheme of a gRPC endpoint that has none.
    fn scheme(&self, signal: Signal) -> &'static str {
        match self.of(signal, "INSECURE") {
            Some((_, value)) if value.eq_ignore_ascii_case("true") => "http",
            _ => "https",
        }
    }

    /// `name=value,name=value`, percent-encoded (W3C Baggage); malformed is discarded whole.
    fn headers(&mut self, signal: Signal) -> Headers {
        let Some((from, text)) = self.of(signal, "HEADERS") else {
            return Headers::default();
        };
        match pairs(&text) {
            Some(headers) if headers.iter().all(|(name, value)| fits(name, value)) => {
                Headers::new(headers)
            }
            _ => {
                self.discard(&from, "`name=value,name=value` with values percent-encoded");
                Headers::default()
            }
        }
    }

    fn timeout(&mut self, signal: Signal) -> Duration {
        let Some((from, _)) = self.of(signal, "TIMEOUT") else {
            return TIMEOUT;
        };
        self.millis(&from).unwrap_or(TIMEOUT)
    }

    fn millis(&mut self, name: &str) -> Option<Duration> {
        let text = self.get(name)?;
        match text.parse::<u32>() {
            Ok(ms) if ms > 0 => Some(Duration::from_millis(ms.into())),
            _ => {
                self.discard(name, "a number of milliseconds above 0");
                None
            }
        }
    }

    fn compression(&mut self, signal: Signal) -> Compression {
        match self.of(signal, "COMPRESSION") {
            Some((_, value)) if value == "none" => Compression::None,
            Some((_, value)) if value == "gzip" => Compression::Gzip,
            None => Compression::Gzip,
            Some((from, _)) => {
                self.discard(&from, "`gzip` or `none`");
                Compression::Gzip
            }
        }
    }

    fn file(&self, signal: Signal, name: &str) -> Option<PathBuf> {
        self.of(signal, name).map(|(_, path)| path.into())
    }

    fn fold(&mut self) -> FoldSettings {
        FoldSettings {
            aggregation: self.aggregation(),
            temporality: self.temporality(),
            exemplars: self.exemplars(),
            ..FoldSettings::default()
        }
    }

    fn aggregation(&mut self) -> Aggregation {
        let name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
        match self.get(name).as_deref() {
            Some("explicit_bucket_histogram") => Aggregation::Explicit,
            None | Some("base2_exponential_bucket_histogram") => Aggregation::Exponential,
            Some(_) => {
                let known = "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`";
                self.discard(name, known);
                Aggregation::Exponential
            }
        }
    }

    /// `lowmemory` asks for delta in synchronous counters and histograms, which all of ours are.
    fn temporality(&mut self) -> Temporality {
        let name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
        match self.get(name).map(|it| it.to_ascii_lowercase()).as_deref() {
            None | Some("cumulative") => Temporality::Cumulative,
            Some("delta" | "lowmemory") => Temporality::Delta,
            Some(_) => {
                self.discard(name, "`cumulative`, `delta` or `lowmemory`");
                Temporality::Cumulative
            }
        }
    }

    fn exemplars(&mut self) -> bool {
        let name = "OTEL_METRICS_EXEMPLAR_FILTER";
        match self.get(name).as_deref() {
            None | Some("trace_based" | "always_on") => true,
            Some("always_off") => false,
            Some(_) => {
                self.discard(name, "`trace_based`, `always_on` or `always_off`");
                true
            }
        }
    }
}

/// `name=value,name=value`, values percent-decoded; `None` where it is malformed.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let entries = text
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (name, value) = entry.split_once('=')?;
            let decoded = percent_encoding::percent_decode_str(value.trim());
            let value = decoded.decode_utf8().ok()?.into_owned();
            let name = name.trim();
            (!name.is_empty()).then(|| (name.to_owned(), value))
        })
        .collect()
}

fn fits(name: &str, value: &str) -> bool {
    reqwest::header::HeaderName::try_from(name).is_ok()
        && reqwest::header::HeaderValue::try_from(value).is_ok()
}
