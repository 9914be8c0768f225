//! What a subject is in what came back: nodes, or why there can be none.
//!
//! A missing key, `null`, an empty list and a body that is not JSON are four findings: no node, a
//! node, a node, and [`Found::Broken`]. Text, JSON, HTML and XML are read at most once per answer,
//! and only if something looks.

mod body;
mod bulk;
mod charset;
mod cookie;
mod facts;

use crate::{
    seen::{Answer, Seen},
    value::Node,
};
use body::Body;
use jaunt_journey::Subject;
use jaunt_record::FailureKind;

/// What a subject is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// Its nodes, in order; none: it is not there.
    Nodes(Vec<Node>),
    /// The answer is nothing that such a subject could be looked up in.
    Broken(Broken),
}

/// Why a subject cannot be looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken {
    /// A kind of its own, where there is one.
    pub(crate) kind: Option<FailureKind>,
    /// What is wrong: `the body is not JSON: …`.
    pub(crate) message: String,
}

impl Broken {
    fn new(message: impl Into<String>) -> Self {
        Self {
            kind: None,
            message: message.into(),
        }
    }
}

impl Found {
    fn one(node: Node) -> Self {
        Self::Nodes(vec![node])
    }

    fn of(node: Option<Node>) -> Self {
        Self::Nodes(node.into_iter().collect())
    }
}

impl From<Result<Vec<Node>, Broken>> for Found {
    fn from(result: Result<Vec<Node>, Broken>) -> Self {
        match result {
            Ok(nodes) => Self::Nodes(nodes),
            Err(broken) => Self::Broken(broken),
        }
    }
}

/// A reading of what an attempt brought.
pub(crate) struct Reading<'a> {
    seen: &'a Seen,
    body: Body<'a>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(seen: &'a Seen) -> Self {
        Self {
            seen,
            body: Body::new(&seen.answer),
        }
    }

    /// What `subject` is. `latency` is not: it is of a whole step, and judged there.
    pub(crate) fn find(&self, subject: &Subject) -> Found {
        match subject {
            Subject::Header(name) => self.header(name),
            Subject::Cookie { name, attribute } => match &self.seen.answer {
                Answer::Http(response) => cookie::find(&response.headers, name, *attribute),
                Answer::Dns(_) | Answer::Received(_) | Answer::Done => Found::Nodes(Vec::new()),
            },
            Subject::Json(path) => self.body.json(path).into(),
            Subject::Css {
                selector,
                attribute,
            } => self.body.css(selector, attribute.as_deref()).into(),
            Subject::Xpath(path) => self.body.xpath(path).into(),
            Subject::Body(_) | Subject::Received => {
                self.body.text().map(|text| vec![Node::text(text)]).into()
            }
            Subject::Size => Found::one(Node::whole(self.body.bytes().len() as u64)),
            Subject::Sha256 => Found::one(Node::text(self.body.sha256())),
            Subject::Redirects => Found::one(Node::whole(self.seen.redirects.into())),
            Subject::Status => Found::of(self.response(|r| Node::whole(r.status.into()))),
            Subject::Version => Found::of(self.response(|r| Node::text(r.version))),
            Subject::Url => Found::of(self.seen.url.as_ref().map(|url| Node::text(url.as_str()))),
            Subject::Address(field) => Found::of(facts::address(&self.seen.facts, *field)),
            Subject::Cert(field) => {
                Found::Nodes(facts::cert(&self.seen.facts, *field, self.seen.at))
            }
            Subject::Tls(field) => Found::of(facts::tls(&self.seen.facts, *field)),
            Subject::Latency(_) => Found::Nodes(Vec::new()),
            Subject::Rcode => Found::of(self.dns(|dns| Some(Node::text(&*dns.rcode)))),
            Subject::Flag(flag) => Found::of(self.dns(|dns| Some(facts::flag(dns, *flag)))),
            Subject::Answer(field) => match &self.seen.answer {
                Answer::Dns(dns) => Found::Nodes(facts::answer(dns, *field)),
                Answer::Http(_) | Answer::Received(_) | Answer::Done => Found::Nodes(Vec::new()),
            },
            Subject::Ttl(field) => Found::of(self.dns(|dns| facts::ttl(dns, *field))),
        }
    }

    /// What was searched for `subject`, as text.
    pub(crate) fn searched(&self, subject: &Subject) -> Option<String> {
        match (subject, &self.seen.answer) {
            (Subject::Header(_) | Subject::Cookie { .. }, Answer::Http(response)) => {
                let names: Vec<&str> = response.headers.keys().map(|name| name.as_str()).collect();
                Some(format!("headers: {}", names.join(", ")))
            }
            (_, Answer::Dns(dns)) => {
                let texts: Vec<&str> = dns.answers.iter().take(20).map(|a| &*a.text).collect();
                Some(format!("{} {}", dns.rcode, texts.join(", ")))
            }
            _ => self.excerpt(),
        }
    }

    /// The beginning of what came back, as text; `None` where nothing with a text came.
    pub(crate) fn excerpt(&self) -> Option<String> {
        self.body.beginning()
    }

    fn header(&self, name: &str) -> Found {
        let Answer::Http(response) = &self.seen.answer else {
            return Found::Nodes(Vec::new());
        };
        let values = response.headers.get_all(name).iter();
        // Header bytes beyond ASCII have no charset of their own (RFC 9110 §5.5).
        let text = |value: &http::HeaderValue| match value.to_str() {
            Ok(text) => Node::text(text),
            Err(_) => Node::text(String::from_utf8_lossy(value.as_bytes())),
        };
        Found::Nodes(values.map(text).collect())
    }

    fn response(&self, read: impl Fn(&jaunt_probe::Response) -> Node) -> Option<Node> {
        match &self.seen.answer {
            Answer::Http(response) => Some(read(response)),
            Answer::Dns(_) | Answer::Received(_) | Answer::Done => None,
        }
    }

    fn dns(&self, read: impl Fn(&jaunt_probe::Answers) -> Option<Node>) -> Option<Node> {
        match &self.seen.answer {
            Answer::Dns(answers) => read(answers),
            Answer::Http(_) | Answer::Received(_) | Answer::Done => None,
        }
    }
}
