//! Who sends: the resource, from what the machine and its environment say.

use crate::{
    Environment,
    config::pairs,
    names::{Attribute, attribute as a},
    value::entry,
};
use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value},
    resource::v1::Resource as Proto,
};
use std::collections::BTreeMap;

/// What is known of this process beyond its environment variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The instance id, stable over restarts; a manual run's is its own.
    pub instance: String,
    /// The host's name, where known.
    pub host: Option<String>,
    /// The text of `/proc/self/cgroup` and `/proc/self/mountinfo`, where a container's id may stand.
    pub container_hints: String,
}

/// Who sends, as attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    attributes: BTreeMap<String, String>,
    /// What was malformed and discarded, for people.
    pub warnings: Vec<String>,
}

/// Variables that tell where a process runs: the first that is set counts.
///
/// The Kubernetes ones are those that the deployment files set by the downward API.
const DETECTED: &[(Attribute, &[&str])] = &[
    (a::CLOUD_PROVIDER, &["CLOUD_PROVIDER"]),
    (
        a::CLOUD_REGION,
        &[
            "CLOUD_REGION",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "GOOGLE_CLOUD_REGION",
        ],
    ),
    (
        a::CLOUD_ZONE,
        &["CLOUD_AVAILABILITY_ZONE", "AWS_AVAILABILITY_ZONE"],
    ),
    (a::K8S_NAMESPACE, &["K8S_NAMESPACE_NAME", "POD_NAMESPACE"]),
    (a::K8S_POD, &["K8S_POD_NAME", "POD_NAME"]),
    (a::K8S_NODE, &["K8S_NODE_NAME", "NODE_NAME"]),
];

impl Resource {
    /// What `environment` and `process` say.
    ///
    /// `OTEL_RESOURCE_ATTRIBUTES` goes before what was detected, `OTEL_SERVICE_NAME` before all for
    /// the name. Malformed text is discarded whole, and said so.
    pub fn detect(environment: &Environment, process: &Process) -> Self {
        let mut found = Self {
            attributes: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let version = env!("CARGO_PKG_VERSION");
        found.set(a::SERVICE_NAME, "jaunt-agent");
        found.set(a::SERVICE_VERSION, version);
        found.set(a::SERVICE_INSTANCE, &process.instance);
        found.set(a::SDK_NAME, "jaunt");
        found.set(a::SDK_LANGUAGE, "rust");
        found.set(a::SDK_VERSION, version);
        found.set(a::OS_TYPE, std::env::consts::OS);
        found.set(a::HOST_ARCH, architecture(std::env::consts::ARCH));
        if let Some(host) = &process.host {
            found.set(a::HOST_NAME, host);
        }
        if let Some(id) = container_id(&process.container_hints) {
            found.set(a::CONTAINER_ID, id);
        }
        for (attribute, names) in DETECTED {
            if let Some(value) = names.iter().find_map(|name| set(environment, name)) {
                found.set(*attribute, value);
            }
        }
        if !found.attributes.contains_key(a::CLOUD_PROVIDER.name)
            && (environment.keys()).any(|name| name == "AWS_REGION" || name == "AWS_DEFAULT_REGION")
        {
            found.set(a::CLOUD_PROVIDER, "aws");
        }
        found.override_by(environment);
        found
    }

    fn override_by(&mut self, environment: &Environment) {
        if let Some(text) = set(environment, "OTEL_RESOURCE_ATTRIBUTES") {
            match pairs(text) {
                Some(pairs) => self.attributes.extend(pairs),
                None => self.warnings.push(
                    "OTEL_RESOURCE_ATTRIBUTES is not `name=value,name=value` with values \
                     percent-encoded, and is left aside"
                        .to_owned(),
                ),
            }
        }
        if let Some(name) = set(environment, "OTEL_SERVICE_NAME") {
            self.set(a::SERVICE_NAME, name);
        }
    }

    /// Sets one attribute; an empty value is none.
    pub fn set(&mut self, attribute: Attribute, value: &str) {
        if !value.is_empty() {
            self.attributes
                .insert(attribute.name.to_owned(), value.to_owned());
        }
    }

    /// The attributes: names and values.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn to_proto(&self) -> Proto {
        let pair = |(name, value): (&str, &str)| -> KeyValue {
            entry(name, Value::StringValue(value.to_owned()))
        };
        Proto {
            attributes: self.attributes().map(pair).collect(),
            ..Proto::default()
        }
    }
}

fn set<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment
        .get(name)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

/// The name that the conventions have for it.
fn architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "x86",
        "arm" => "arm32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The first word of 64 hex digits behind a container runtime's mark.
fn container_id(hints: &str) -> Option<&str> {
    const MARKS: [&str; 6] = [
        "docker",
        "containerd",
        "kubepods",
        "crio",
        "libpod",
        "/containers/",
    ];
    let marked = hints
        .lines()
        .filter(|line| MARKS.iter().any(|mark| line.contains(mark)));
    marked
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()))
        .find(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(environment: &[(&str, &str)], hints: &str) -> Resource {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let process = Process {
            instance: "fra-1".into(),
            host: Some("probe-7".into()),
            container_hints: hints.into(),
        };
        Resource::detect(&environment.iter().map(pair).collect(), &process)
    }

    fn value<'a>(resource: &'a Resource, name: &str) -> Option<&'a str> {
        resource.attributes.get(name).map(String::as_str)
    }

    #[test]
    fn a_service_name_of_its_own_variable_wins() {
        let found = detect(
            &[
                ("OTEL_SERVICE_NAME", "probes"),
                (
                    "OTEL_RESOURCE_ATTRIBUTES",
                    "service.name=other,team=a%20b,host.name=x",
                ),
            ],
            "",
        );
        assert_eq!(value(&found, "service.name"), Some("probes"));
        assert_eq!(value(&found, "team"), Some("a b"));
        assert_eq!(value(&found, "host.name"), Some("x"));
        assert_eq!(value(&found, "service.instance.id"), Some("fra-1"));
    }

    #[test]
    fn malformed_attributes_are_discarded_whole_and_said_so() {
        let found = detect(&[("OTEL_RESOURCE_ATTRIBUTES", "team=a,novalue")], "");
        assert_eq!(value(&found, "team"), None);
        assert_eq!(found.warnings.len(), 1);
        assert_eq!(value(&found, "service.name"), Some("jaunt-agent"));
    }

    #[test]
    fn a_container_is_known_by_its_control_group_or_its_mounts() {
        let id = "ab".repeat(32);
        let docker = format!("0::/system.slice/docker-{id}.scope\n");
        let mounts = format!("1 2 8:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw\n");
        for hints in [docker, mounts] {
            assert_eq!(
                value(&detect(&[], &hints), "container.id"),
                Some(id.as_str())
            );
        }
        assert_eq!(
            value(&detect(&[], "0::/user.slice\n"), "container.id"),
            None
        );
    }

    #[test]
    fn cluster_and_cloud_come_from_the_environment() {
        let found = detect(
            &[("POD_NAME", "jaunt-0"), ("AWS_REGION", "eu-central-1")],
            "",
        );
        assert_eq!(value(&found, "k8s.pod.name"), Some("jaunt-0"));
        assert_eq!(value(&found, "cloud.region"), Some("eu-central-1"));
        assert_eq!(value(&found, "cloud.provider"), Some("aws"));
        assert_eq!(value(&found, "k8s.node.name"), None);
    }
}
