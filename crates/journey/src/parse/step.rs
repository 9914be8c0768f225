//! A step: one verb, and what all verbs have.

use super::{
    address::Address,
    capture::{captures, free_id},
    given::Given,
    names::{Names, step_id},
    request::graphql_errors,
    scope::{Scope, is_word, literal},
    wait::wait,
    words,
};
use crate::{
    Family, Origin, Poll, Step, Verb, code,
    spec::{self, NOT_YET, VERBS, VerbSpec},
};
use jaunt_text::{Diagnostics, Item, Table, list, nearest};
use std::time::Duration;

/// How long an attempt may take by default.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest attempt, pause or poll.
const LONGEST: Duration = Duration::from_secs(86_400);

/// What all steps of a file share while they are read.
pub(super) struct Steps<'g, 'd> {
    pub(super) names: &'g Names,
    pub(super) defaults: Option<&'g Table<'d>>,
    pub(super) addresses: Vec<Address>,
    pub(super) origins: Vec<Origin>,
}

impl<'d> Steps<'_, 'd> {
    /// The step at `index`.
    pub(super) fn step(
        &mut self,
        table: &Table<'d>,
        index: usize,
        found: &mut Diagnostics<'_>,
    ) -> Option<Step> {
        let verb_spec = one_verb(table, found);
        let id = self.id(table, index, verb_spec.is_some(), found);
        let verb_spec = verb_spec?;
        known_keys(table, verb_spec, found);
        let scope = Scope {
            names: self.names,
            step: index,
        };
        let given = Given {
            step: table,
            defaults: self.defaults,
            verb: verb_spec,
            names: self.names,
            index,
        };
        let verb = self.verb(scope, &given, found);
        let timeout = given
            .item("timeout")
            .and_then(|item| item.duration_in(Duration::from_millis(1)..=LONGEST, found));
        let expect = table
            .item("expect")
            .map(|item| scope.expectations(&item, verb_spec, found));
        let captured = table
            .item("capture")
            .map(|item| captures(&item, verb_spec, found));
        let always = table.item("always").and_then(|item| item.boolean(found));
        let when = table.item("when").map(|item| when(scope, &item, found));
        let party = given.item("party").and_then(|item| party(&item, found));
        let family = given
            .item("family")
            .and_then(|item| item.one_of(Family::NAMES, Family::from_name, found));
        let poll = table
            .item("poll")
            .filter(|_| verb_spec.has_key("poll"))
            .map(|item| poll(scope, &item, verb_spec, found));
        self.more_origins(&given, found);
        let expect = expect.unwrap_or_default();
        let verb = verb?;
        if let Verb::Request(request) = &verb {
            graphql_errors(&given, request, &expect, found);
        }
        Some(Step {
            id: id?,
            verb,
            timeout: timeout.unwrap_or(TIMEOUT),
            expect,
            captures: captured.unwrap_or_default(),
            always: always.unwrap_or(false),
            when: when.unwrap_or_default(),
            party,
            family: family.unwrap_or(Family::Any),
            poll: poll.flatten(),
        })
    }

    fn verb(
        &mut self,
        scope: Scope<'_>,
        given: &Given<'_, '_>,
        found: &mut Diagnostics<'_>,
    ) -> Option<Verb> {
        let addresses = &mut self.addresses;
        match given.verb.name {
            "request" => scope
                .request(given, addresses, found)
                .map(|request| Verb::Request(Box::new(request))),
            "resolve" => scope.resolve(given, addresses, found).map(Verb::Resolve),
            "connect" => scope
                .connect(given, addresses, found)
                .map(|connect| Verb::Connect(Box::new(connect))),
            "handshake" => scope
                .handshake(given, addresses, found)
                .map(|handshake| Verb::Handshake(Box::new(handshake))),
            _ => given
                .step
                .item("wait")
                .and_then(|item| wait(&item, found))
                .map(Verb::Wait),
        }
    }

    fn id(
        &self,
        table: &Table<'_>,
        index: usize,
        has_verb: bool,
        found: &mut Diagnostics<'_>,
    ) -> Option<String> {
        let lone = self.names.steps.len() == 1;
        let Some(item) = table.item("id") else {
            if !lone && has_verb {
                table.required("id", found);
            }
            return step_id(table, lone);
        };
        let id = literal(&item, found)?;
        let problem = if !is_word(id) || id.len() > 100 {
            (
                code::BAD_NAME,
                "an id is 1 to 100 letters, digits, `-` and `_`",
            )
        } else if !free_id(id) {
            (
                code::BAD_NAME,
                "`vars`, `secrets`, `matrix`, `run` and `root` are taken",
            )
        } else if self.names.step(id).is_some_and(|(first, _)| first != index) {
            (
                code::DUPLICATE_NAME,
                "references and reports go by it: each step has its own",
            )
        } else {
            return Some(id.to_owned());
        };
        found
            .error(
                problem.0,
                item.span(),
                format!("a step cannot be called `{id}`"),
            )
            .help(problem.1);
        None
    }

    /// `origins`: further places that credentials may go to.
    fn more_origins(&mut self, given: &Given<'_, '_>, found: &mut Diagnostics<'_>) {
        let items = given.item("origins").and_then(|item| {
            item.list("a list of origins: `[\"https://api.example.net\"]`", found)
        });
        for item in items.unwrap_or_default() {
            let Some(text) = literal(&item, found) else {
                continue;
            };
            let filled = super::address::Filled {
                text: text.to_owned(),
                whole: true,
            };
            let bare = text
                .split_once("://")
                .is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains(['/', '?', '#']));
            match super::address::url(&filled) {
                Ok(Some(origin)) if bare => self.origins.push(origin),
                _ => {
                    found
                        .error(code::BAD_URL, item.span(), format!("`{text}` is no origin"))
                        .help("write scheme, host and port alone: `https://api.example.net`");
                }
            }
        }
    }
}

/// The one verb of a step.
fn one_verb(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<&'static VerbSpec> {
    for (name, about) in NOT_YET {
        if let Some(item) = table.item(name) {
            let names = list(VERBS.iter().map(|verb| verb.name), "and");
            found
                .error(
                    code::NOT_YET,
                    item.key_span(),
                    format!("`{name}`, {about}, is not built yet"),
                )
                .help(format!("{names} are"));
            return None;
        }
    }
    let mut verbs = table
        .items()
        .filter_map(|item| VerbSpec::named(item.key()).map(|verb| (item, verb)));
    let Some((_, first)) = verbs.next() else {
        no_verb(table, found);
        return None;
    };
    if let Some((second, _)) = verbs.next() {
        found
            .error(
                code::SEVERAL_VERBS,
                second.key_span(),
                format!("this step already has the verb `{}`", first.name),
            )
            .label("a second verb")
            .help("write one step for each");
        return None;
    }
    Some(first)
}

fn no_verb(table: &Table<'_>, found: &mut Diagnostics<'_>) {
    let names = || VERBS.iter().map(|verb| verb.name);
    let near = |item: Item<'_>| {
        let near = nearest(item.key(), names())?;
        Some((
            item.key_span(),
            item.key().to_owned(),
            format!("did you mean `{near}`?"),
        ))
    };
    let meant = table.items().find_map(near).or_else(|| {
        words::verb(table).map(|(item, help)| (item.key_span(), item.key().to_owned(), help))
    });
    match meant {
        Some((span, key, help)) => found
            .error(code::NO_VERB, span, format!("unknown verb `{key}`"))
            .help(help),
        None => found
            .error(code::NO_VERB, table.span(), "this step does nothing")
            .label("its verb is missing")
            .help(format!("give it one of {}", list(names(), "or"))),
    };
}

/// Notes keys that are not this verb's.
fn known_keys(table: &Table<'_>, verb: &'static VerbSpec, found: &mut Diagnostics<'_>) {
    let mut known = vec![verb.name];
    known.extend(spec::key_names(verb.keys));
    known.extend(spec::key_names(spec::COMMON));
    let name = format!("a `{}` step", verb.name);
    let table = table.clone().called(name);
    for item in table.items().filter(|item| !known.contains(&item.key())) {
        let owners: Vec<&str> = VERBS
            .iter()
            .filter(|other| other.has_key(item.key()))
            .map(|other| other.name)
            .collect();
        if owners.is_empty() {
            match words::step(&item) {
                Some(help) => table.unknown_but(&item, help, found),
                None => table.unknown(&item, &known, &super::top::above(), found),
            }
            continue;
        }
        let mut own = spec::key_names(verb.keys);
        own.extend(spec::key_names(spec::COMMON));
        found
            .error(
                jaunt_text::code::UNKNOWN_KEY,
                item.key_span(),
                format!("a `{}` step has no `{}`", verb.name, item.key()),
            )
            .label(format!("a key of {}", list(owners, "and")))
            .help(format!("it takes {}", list(own, "and")));
    }
}

fn when(scope: Scope<'_>, item: &Item<'_>, found: &mut Diagnostics<'_>) -> Vec<(String, String)> {
    let Some(table) = item.table(found) else {
        return Vec::new();
    };
    table.only(&spec::key_names(spec::WHEN), &[], found);
    let items = table
        .required("captured", found)
        .and_then(|item| item.list("a list of captures: `[\"login.csrf\"]`", found));
    items
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            let text = literal(item, found)?;
            let Some((step, name)) = text.split_once('.') else {
                found
                    .error(
                        code::UNKNOWN_REFERENCE,
                        item.span(),
                        format!("`{text}` is no capture"),
                    )
                    .help("write the step's id and the capture's name: `login.csrf`");
                return None;
            };
            scope.capture(step, name, item.span(), super::scope::Use::Sealed, found)?;
            Some((step.to_owned(), name.to_owned()))
        })
        .collect()
}

fn party(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = literal(item, found)?;
    if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
        found
            .error(code::BAD_NAME, item.span(), "`party` needs a short name")
            .help("such as `provider:payments`");
        return None;
    }
    Some(text.to_owned())
}

fn poll(
    scope: Scope<'_>,
    item: &Item<'_>,
    verb: &'static VerbSpec,
    found: &mut Diagnostics<'_>,
) -> Option<Poll> {
    let table = item.table(found)?.called("`poll`");
    let mut above: Vec<(&str, &str)> = spec::key_names(spec::COMMON)
        .into_iter()
        .chain(spec::key_names(verb.keys))
        .map(|key| (key, "above `[step.poll]`"))
        .collect();
    above.push((verb.name, "above `[step.poll]`"));
    table.only(&spec::key_names(spec::POLL), &above, found);
    let range = Duration::from_millis(1)..=LONGEST;
    let every = table.required("every", found);
    let every = every.and_then(|item| item.duration_in(range.clone(), found));
    let within = table.required("for", found);
    let within = within.and_then(|item| item.duration_in(range, found));
    let stop = table
        .item("stop")
        .map(|item| scope.expectations(&item, verb, found));
    Some(Poll {
        every: every?,
        within: within?,
        stop: stop.unwrap_or_default(),
    })
}
