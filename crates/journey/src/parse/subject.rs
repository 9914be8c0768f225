//! What an expectation or a capture looks at.

use super::{paths, scope::literal};
use crate::{
    AddressField, AnswerField, BodyText, CertField, CookieAttribute, DnsFlag, LatencyField,
    Subject, TlsField, TtlField, code,
    spec::{Compares, SubjectSpec, SubjectValue, VerbSpec},
};
use jaunt_text::{Diagnostics, Item, Table, list};

/// The subject of a table: its key is one of the verb's, and the only one.
pub(super) fn subject(
    table: &Table<'_>,
    verb: &'static VerbSpec,
    found: &mut Diagnostics<'_>,
) -> Option<(Subject, String)> {
    let named: Vec<(Item<'_>, &SubjectSpec)> = table
        .items()
        .filter_map(|item| SubjectSpec::named(item.key()).map(|spec| (item, spec)))
        .collect();
    let (item, spec) = match named.as_slice() {
        [] => {
            none(table, verb, found);
            return None;
        }
        [only] => only,
        [_, (second, _), ..] => {
            found
                .error(
                    code::SEVERAL_SUBJECTS,
                    second.key_span(),
                    format!("{} looks at more than one thing", table.name()),
                )
                .label("a second subject")
                .help("write one table for each");
            return None;
        }
    };
    if !verb.subjects.contains(&spec.name) {
        found
            .error(
                code::WRONG_SUBJECT,
                item.key_span(),
                format!("`{}` cannot be seen in a `{}` step", spec.name, verb.name),
            )
            .help(seen_by(verb));
        return None;
    }
    let attribute = table.item("attribute");
    if let Some(attribute) = &attribute
        && !matches!(spec.name, "cookie" | "css")
    {
        found
            .error(
                code::WRONG_SUBJECT,
                attribute.key_span(),
                format!("`{}` has no `attribute`", spec.name),
            )
            .help("`cookie` and `css` have");
    }
    let subject = read(item, spec, attribute.as_ref(), found)?;
    let text = text(item, spec, attribute.as_ref());
    Some((subject, text))
}

fn none(table: &Table<'_>, verb: &VerbSpec, found: &mut Diagnostics<'_>) {
    // A key that is unknown altogether is told by itself, and was probably meant.
    found
        .error(
            code::NO_SUBJECT,
            table.span(),
            format!("{} looks at nothing", table.name()),
        )
        .help(seen_by(verb));
}

fn seen_by(verb: &VerbSpec) -> String {
    if verb.subjects.is_empty() {
        return format!("a `{}` step has nothing to look at", verb.name);
    }
    let names = list(verb.subjects.iter().copied(), "and");
    format!("a `{}` step shows {names}", verb.name)
}

/// The subject as people read it: `json $.status`.
fn text(item: &Item<'_>, spec: &SubjectSpec, attribute: Option<&Item<'_>>) -> String {
    let value = item.as_text().unwrap_or("");
    match attribute.and_then(Item::as_text) {
        Some(attribute) => format!("{} {value} {attribute}", spec.name),
        None => format!("{} {value}", spec.name),
    }
}

fn read(
    item: &Item<'_>,
    spec: &SubjectSpec,
    attribute: Option<&Item<'_>>,
    found: &mut Diagnostics<'_>,
) -> Option<Subject> {
    let field = |found: &mut Diagnostics<'_>| one_of(item, spec, found);
    match spec.name {
        "header" => name(item, found).map(|name| Subject::Header(name.to_ascii_lowercase())),
        "cookie" => Some(Subject::Cookie {
            name: name(item, found)?.to_owned(),
            attribute: match attribute {
                None => None,
                Some(item) => {
                    Some(item.one_of(CookieAttribute::NAMES, CookieAttribute::from_name, found)?)
                }
            },
        }),
        "json" => paths::json(item, found).map(Subject::Json),
        "css" => Some(Subject::Css {
            selector: paths::css(item, found)?,
            attribute: match attribute {
                None => None,
                Some(item) => Some(name(item, found)?.to_owned()),
            },
        }),
        "xpath" => paths::xpath(item, found).map(Subject::Xpath),
        "body" => field(found).map(|_| Subject::Body(BodyText)),
        "received" => field(found).map(|_| Subject::Received),
        "size" => field(found).map(|_| Subject::Size),
        "redirects" => field(found).map(|_| Subject::Redirects),
        "status" => field(found).map(|_| Subject::Status),
        "sha256" => field(found).map(|_| Subject::Sha256),
        "url" => field(found).map(|_| Subject::Url),
        "version" => field(found).map(|_| Subject::Version),
        "rcode" => field(found).map(|_| Subject::Rcode),
        "address" => field(found)
            .and_then(AddressField::from_name)
            .map(Subject::Address),
        "cert" => field(found)
            .and_then(CertField::from_name)
            .map(Subject::Cert),
        "tls" => field(found).and_then(TlsField::from_name).map(Subject::Tls),
        "latency" => field(found)
            .and_then(LatencyField::from_name)
            .map(Subject::Latency),
        "flag" => field(found).and_then(DnsFlag::from_name).map(Subject::Flag),
        "answer" => field(found)
            .and_then(AnswerField::from_name)
            .map(Subject::Answer),
        "ttl" => field(found).and_then(TtlField::from_name).map(Subject::Ttl),
        // The table has no other; a test walks it.
        _ => None,
    }
}

/// One of the names that the table lists for this subject.
fn one_of<'d>(item: &Item<'d>, spec: &SubjectSpec, found: &mut Diagnostics<'_>) -> Option<&'d str> {
    let SubjectValue::OneOf(names) = spec.value else {
        return None;
    };
    if let [only] = names
        && item.as_text() != Some(only)
    {
        found
            .error(
                jaunt_text::code::UNKNOWN_NAME,
                item.span(),
                format!(
                    "{} is looked at as `{only}`, and compared by an operator",
                    item.name()
                ),
            )
            .help(format!(
                "write `{} = \"{only}\"`, and behind it what must hold, such as `{}`",
                spec.name,
                operator_such_as(spec)
            ));
        return None;
    }
    item.one_of(names, |text| names.contains(&text).then_some(()), found)?;
    item.as_text()
}

/// An operator as it might stand beside this subject.
fn operator_such_as(spec: &SubjectSpec) -> &'static str {
    match spec.name {
        "status" => "eq = 200",
        "size" => "lt = \"8KiB\"",
        "redirects" => "le = 1",
        "rcode" => "eq = \"NOERROR\"",
        _ => "contains = \"welcome\"",
    }
}

/// A name that is not empty.
fn name<'d>(item: &Item<'d>, found: &mut Diagnostics<'_>) -> Option<&'d str> {
    let name = literal(item, found)?;
    if name.is_empty() || name.chars().any(char::is_control) {
        found.error(
            code::BAD_NAME,
            item.span(),
            format!("{} needs a name", item.name()),
        );
        return None;
    }
    Some(name)
}

/// What a subject compares as.
pub(crate) fn compares(subject: &Subject) -> Compares {
    match subject {
        Subject::Cookie {
            attribute: Some(attribute),
            ..
        } => match attribute {
            CookieAttribute::Domain | CookieAttribute::Path | CookieAttribute::SameSite => {
                Compares::Text
            }
            CookieAttribute::Expires => Compares::Instant,
            CookieAttribute::MaxAge => Compares::Duration,
            CookieAttribute::Secure | CookieAttribute::HttpOnly => Compares::Boolean,
        },
        Subject::Header(_)
        | Subject::Cookie {
            attribute: None, ..
        }
        | Subject::Css { .. }
        | Subject::Xpath(_)
        | Subject::Body(_)
        | Subject::Received
        | Subject::Sha256
        | Subject::Url
        | Subject::Version
        | Subject::Rcode
        | Subject::Address(AddressField::Port) => Compares::Text,
        Subject::Json(_) => Compares::Node,
        Subject::Size => Compares::Size,
        Subject::Redirects | Subject::Status => Compares::Whole,
        Subject::Address(AddressField::Ip) => Compares::Ip,
        Subject::Cert(field) => match field {
            CertField::ExpiresIn => Compares::Duration,
            CertField::ExpiresAt => Compares::Instant,
            CertField::Chain => Compares::Whole,
            CertField::Subject
            | CertField::Issuer
            | CertField::Names
            | CertField::Serial
            | CertField::Sha256
            | CertField::Key => Compares::Text,
        },
        Subject::Tls(TlsField::Resumed) | Subject::Flag(_) => Compares::Boolean,
        Subject::Tls(TlsField::Version | TlsField::Cipher | TlsField::Alpn | TlsField::Group) => {
            Compares::Text
        }
        Subject::Latency(_) | Subject::Ttl(_) => Compares::Duration,
        Subject::Answer(AnswerField::Preference) => Compares::Whole,
        Subject::Answer(
            AnswerField::Address | AnswerField::Text | AnswerField::Target | AnswerField::All,
        ) => Compares::Text,
    }
}
