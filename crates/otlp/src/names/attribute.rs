//! Attributes of data points, spans, logs and the resource.

use super::names;

/// An attribute's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    /// As it goes out.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
}

names! { Attribute:
    /// The customer whose journey it is.
    CUSTOMER = "jaunt.customer";
    /// The journey's name, its matrix part included.
    JOURNEY = "jaunt.journey";
    /// The region it was measured in.
    REGION = "jaunt.region";
    /// A step's id.
    STEP = "jaunt.step";
    /// A slot's or step's verdict: `pass` `slow` `fail` `void` `missed`, for a step `skipped` too.
    VERDICT = "jaunt.verdict";
    /// The name of an SLO.
    SLO = "jaunt.slo";
    /// How an SLO counts a run (`good` `bad` `excluded` `invalid` `ineligible`), or how a reload went (`ok` `refused`).
    OUTCOME = "jaunt.outcome";
    /// Where it struck or what was timed: `resolve` `connect` `tls` `send` `wait` `receive`, for failures `expect` and `capture` too.
    PHASE = "jaunt.phase";
    /// Whom a failure points at: `resolver` `network` `service`, or a name that journey or agreement gives.
    PARTY = "jaunt.party";
    /// Why we could not measure, or why nothing ran; both lists are closed.
    CAUSE = "jaunt.cause";
    /// The name of the egress rule that refused a connection.
    RULE = "jaunt.rule";
    /// The name of a journal's cursor.
    CURSOR = "jaunt.cursor";
    /// What kind of telemetry: `metrics` `traces` `logs`.
    SIGNAL = "jaunt.signal";
    /// Why records were dropped: `journal-full` `journal-age` `journal-corrupt` `disk-refused` `queue-full` `unreadable` `refused` `rejected`.
    REASON = "jaunt.reason";
    /// The run's id, which is its trace id.
    RUN_ID = "jaunt.run.id";
    /// The slot's nominal time, Unix seconds.
    SLOT = "jaunt.slot";
    /// How many slots a missed range stands for.
    COUNT = "jaunt.count";
    /// How far apart the slots of a missed range lie, seconds.
    EVERY = "jaunt.every";
    /// Start of the run against its slot, seconds.
    LATENESS = "jaunt.lateness";
    /// The longest that the runtime kept a measured phase waiting, seconds.
    LAG = "jaunt.lag";
    /// SHA-256 of the file that defined the journey, in hex.
    DEFINITION = "jaunt.definition.hash";
    /// Why the run took place: `scheduled` or `manual`.
    KIND = "jaunt.kind";
    /// The instance id of the agent.
    AGENT = "jaunt.agent";
    /// When the run started, Unix ns.
    START = "jaunt.start";
    /// When the run ended, Unix ns.
    END = "jaunt.end";
    /// What the user waited for, seconds.
    DURATION = "jaunt.duration";
    /// Steps by id, each with its `verdict` and how long it took (`ms`).
    STEPS = "jaunt.steps";
    /// A step's verb.
    VERB = "jaunt.verb";
    /// How many attempts a step made.
    ATTEMPTS = "jaunt.attempts";
    /// The attempt of a poll that an exchange belongs to, from 1.
    ATTEMPT = "jaunt.attempt";
    /// How many exchanges of a step were made but not kept.
    LEFT_OUT = "jaunt.exchanges.left_out";
    /// What an expectation looks at.
    SUBJECT = "jaunt.subject";
    /// What was expected.
    EXPECTED = "jaunt.expected";
    /// What was seen; redacted and bounded.
    ACTUAL = "jaunt.actual";
    /// What it means where an expectation does not hold: `fail` `slow` `warn`.
    ELSE = "jaunt.else";
    /// A bounded, redacted piece of what came back.
    EXCERPT = "jaunt.excerpt";
    /// Whether a kept connection was used.
    REUSED = "jaunt.reused";
    /// How long resolving took, seconds.
    TOOK_RESOLVE = "jaunt.took.resolve";
    /// How long connecting took, seconds.
    TOOK_CONNECT = "jaunt.took.connect";
    /// How long the TLS handshake took, seconds.
    TOOK_TLS = "jaunt.took.tls";
    /// How long sending took, seconds.
    TOOK_SEND = "jaunt.took.send";
    /// How long the first byte took, seconds.
    TOOK_WAIT = "jaunt.took.wait";
    /// How long receiving took, seconds.
    TOOK_RECEIVE = "jaunt.took.receive";
    /// The failure's kind from the closed list; on an exchange the status code of a 4xx or 5xx that was not expected.
    ERROR_TYPE = "error.type";
    /// The request's method.
    HTTP_METHOD = "http.request.method";
    /// The redirect hop, from 1; absent on the first request.
    HTTP_RESEND = "http.request.resend_count";
    /// The response's status code.
    HTTP_STATUS = "http.response.status_code";
    /// The URL; secrets and signature parameters redacted.
    URL = "url.full";
    /// The host that was named.
    SERVER_ADDRESS = "server.address";
    /// The port.
    SERVER_PORT = "server.port";
    /// The address that was used.
    PEER_ADDRESS = "network.peer.address";
    /// The port that was used.
    PEER_PORT = "network.peer.port";
    /// The application protocol: `http`, `dns`.
    PROTOCOL_NAME = "network.protocol.name";
    /// Its version: `1.1`, `2`.
    PROTOCOL_VERSION = "network.protocol.version";
    /// `tcp` or `udp`.
    TRANSPORT = "network.transport";
    /// `ipv4` or `ipv6`.
    NETWORK_TYPE = "network.type";
    /// What the probe called itself.
    USER_AGENT = "user_agent.original";
    /// `test`: a synthetic request.
    USER_AGENT_TYPE = "user_agent.synthetic.type";
    /// `tls`.
    TLS_NAME = "tls.protocol.name";
    /// `1.2` or `1.3`.
    TLS_VERSION = "tls.protocol.version";
    /// The protocol agreed on by ALPN.
    TLS_NEXT = "tls.next_protocol";
    /// The cipher suite.
    TLS_CIPHER = "tls.cipher";
    /// When the earliest certificate of the chain expires, ISO 8601.
    TLS_NOT_AFTER = "tls.server.not_after";
    /// Whether the session was resumed.
    TLS_RESUMED = "tls.resumed";
    /// The name that was asked for.
    DNS_QUESTION = "dns.question.name";
    /// `user` or `system`.
    CPU_MODE = "cpu.mode";
    /// `jaunt-agent`, or what OTEL_SERVICE_NAME says.
    SERVICE_NAME = "service.name";
    /// jaunt's version.
    SERVICE_VERSION = "service.version";
    /// The instance, stable over restarts.
    SERVICE_INSTANCE = "service.instance.id";
    /// The namespace of the service, where given.
    SERVICE_NAMESPACE = "service.namespace";
    /// The deployment environment, where given.
    DEPLOYMENT_ENVIRONMENT = "deployment.environment.name";
    /// The cloud's provider, where known.
    CLOUD_PROVIDER = "cloud.provider";
    /// The cloud's region, where known.
    CLOUD_REGION = "cloud.region";
    /// The cloud's availability zone, where known.
    CLOUD_ZONE = "cloud.availability_zone";
    /// The host's name.
    HOST_NAME = "host.name";
    /// The processor's architecture.
    HOST_ARCH = "host.arch";
    /// The operating system.
    OS_TYPE = "os.type";
    /// The Kubernetes namespace, where known.
    K8S_NAMESPACE = "k8s.namespace.name";
    /// The Kubernetes pod, where known.
    K8S_POD = "k8s.pod.name";
    /// The Kubernetes node, where known.
    K8S_NODE = "k8s.node.name";
    /// The container's id, where known.
    CONTAINER_ID = "container.id";
    /// `jaunt`: the messages are built by jaunt itself.
    SDK_NAME = "telemetry.sdk.name";
    /// `rust`.
    SDK_LANGUAGE = "telemetry.sdk.language";
    /// jaunt's version.
    SDK_VERSION = "telemetry.sdk.version";
}
