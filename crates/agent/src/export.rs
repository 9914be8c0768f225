//! Exports: what the configuration says of one, as delivery wants it.

use crate::config::{Endpoint, Export, ExportTls, Process, Protocol, Temporality, Text};
use jaunt_otlp::{
    ConfigError, Environment, ExportConfig, Headers, Resource, Target, TlsFiles,
    deliver::{DeliverySettings, FreshHeaders, Pace},
};
use std::{path::Path, sync::Arc};

/// The export as delivery wants it.
///
/// The environment governs an export that names no endpoint, and no other.
///
/// # Errors
/// The endpoint that the environment names is none.
pub(crate) fn settings(
    export: &Export,
    environment: &Environment,
    resource: &Resource,
    (region, data_dir): (&str, &Path),
) -> Result<DeliverySettings, ConfigError> {
    let (mut config, headers) = match &export.endpoint {
        Endpoint::Environment => (ExportConfig::from_environment(None, environment)?, None),
        Endpoint::Here {
            url,
            protocol,
            headers,
            tls,
        } => here(url, *protocol, headers, tls)?,
    };
    let off = |target: &mut Option<Target>, sent: bool| *target = target.take().filter(|_| sent);
    off(&mut config.metrics, export.signals.metrics);
    off(&mut config.traces, export.signals.traces);
    off(&mut config.logs, export.signals.logs);
    config.interval = export.interval.unwrap_or(config.interval);
    config.slots = export.slots;
    config.fold.journey_histograms = export.journeys;
    config.fold.step_histograms = export.steps;
    config.fold.phase_histograms = export.phases;
    config.fold.pass_ratio = export.pass_ratio;
    if let Some(temporality) = export.temporality {
        config.fold.temporality = match temporality {
            Temporality::Cumulative => jaunt_otlp::Temporality::Cumulative,
            Temporality::Delta | Temporality::LowMemory => jaunt_otlp::Temporality::Delta,
        };
    }
    Ok(DeliverySettings {
        name: export.name.clone(),
        config,
        customers: export.customers.clone(),
        resource: resource.clone(),
        region: region.to_owned(),
        headers,
        refused: data_dir.join("refused"),
        pace: Pace::default(),
    })
}

/// An export whose endpoint stands in the configuration.
fn here(
    url: &url::Url,
    protocol: Protocol,
    headers: &[(String, Text)],
    tls: &ExportTls,
) -> Result<(ExportConfig, Option<FreshHeaders>), ConfigError> {
    let spoken = match protocol {
        Protocol::Http => "http/protobuf",
        Protocol::Grpc => "grpc",
    };
    let alone = Environment::from([("OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(), spoken.to_owned())]);
    let mut config = ExportConfig::from_environment(Some(url.as_str()), &alone)?;
    let (cert, key) = tls.identity.clone().unzip();
    let files = TlsFiles {
        ca: tls.ca.clone(),
        cert,
        key,
    };
    let fresh = fresh(headers);
    let targets = [&mut config.metrics, &mut config.traces, &mut config.logs];
    for target in targets.into_iter().flatten() {
        target.tls = files.clone();
        target.headers = fresh();
    }
    Ok((config, (!headers.is_empty()).then_some(fresh)))
}

/// Headers as they are at each try: a token's file may change. One that cannot be read is left out,
/// and the endpoint says so.
fn fresh(headers: &[(String, Text)]) -> FreshHeaders {
    let headers = headers.to_vec();
    Arc::new(move || {
        Headers::new(headers.iter().filter_map(|(name, text)| {
            let value = text.expose(&Process).ok()?;
            Some((name.clone(), value))
        }))
    })
}
