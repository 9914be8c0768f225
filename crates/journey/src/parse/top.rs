//! The file itself: its head, and all its parts together.

use super::{
    Options, calendar,
    capture::optional,
    correction, matrix,
    names::{Names, step_item, steps},
    scope::{Scope, literal},
    slo::slos,
    step::Steps,
    vars, words,
};
use crate::{Journey, code, spec};
use jaunt_text::{Diagnostics, Item, Table, duration_text, nearest};
use std::{collections::BTreeMap, time::Duration};

/// Who runs a journey where no one says.
const CUSTOMER: &str = "default";
/// How often a journey runs where it does not say.
const EVERY: Duration = Duration::from_secs(60);
/// The longest that a run takes where it does not say.
const DEADLINE: Duration = Duration::from_secs(30);
/// A day: the longest distance of slots.
const DAY: Duration = Duration::from_secs(86_400);

/// What stands at the top of a file.
#[derive(Debug)]
pub(super) struct Head {
    name: Option<String>,
    customer: Option<String>,
    title: Option<String>,
    pub(super) every: Duration,
    deadline: Duration,
    slow: Option<Duration>,
    pub(super) regions: Vec<String>,
    quorum: Option<u32>,
    pub(super) weights: BTreeMap<String, String>,
}

/// Every journey of a file.
pub(super) fn journeys(
    root: &Table<'_>,
    names: &Names,
    options: &Options,
    found: &mut Diagnostics<'_>,
) -> Vec<Journey> {
    known_keys(root, found);
    let head = head(root, options, found);
    let nowhere = Scope { names, step: 0 };
    let combinations = matrix::combinations(root, found);
    let vars = vars::vars(root, nowhere, &options.vars, found);
    let secrets = vars::secrets(root, found);
    let defaults = defaults(root, found);
    let mut reader = Steps {
        names,
        defaults: defaults.as_ref(),
        addresses: Vec::new(),
        origins: Vec::new(),
    };
    let steps = all_steps(root, &mut reader, found);
    if steps.is_empty() && step_item(root).is_none() {
        found
            .error(code::NO_STEPS, 0..0, "a journey needs a step")
            .help("add `[[step]]` with a verb, such as `request = \"GET https://shop.example.net/\"` and `status = 200`");
    }
    let slos = slos(root, &head, &steps, found);
    let maintenance = calendar::maintenance(root, found);
    let maintenance_policy = calendar::policy(root, found);
    let corrections = correction::corrections(root, found);
    let felt = calendar::felt(root, found);
    let definition = definition(found.text());
    let mut journeys = Vec::new();
    for combination in &combinations {
        let vars = matrix::vars(&vars, combination);
        let values: BTreeMap<_, _> = combination.iter().cloned().collect();
        let mut origins = reader.origins.clone();
        for address in &reader.addresses {
            origins.extend(address.check(&vars, &values, found));
        }
        origins.sort();
        origins.dedup();
        let (Some(name), Some(customer)) = (&head.name, &head.customer) else {
            continue;
        };
        journeys.push(Journey {
            name: matrix::name(name, combination),
            customer: customer.clone(),
            title: head.title.clone(),
            every: head.every,
            deadline: head.deadline,
            slow: head.slow,
            regions: head.regions.clone(),
            quorum: head.quorum,
            weights: head.weights.clone(),
            vars,
            secrets: secrets.clone(),
            matrix: values,
            origins,
            steps: steps.clone(),
            slos: slos.clone(),
            maintenance: maintenance.clone(),
            maintenance_policy,
            corrections: corrections.clone(),
            felt: felt.clone(),
            definition,
        });
    }
    journeys
}

/// Notes the keys that no journey has.
fn known_keys(root: &Table<'_>, found: &mut Diagnostics<'_>) {
    let known = spec::key_names(spec::TOP);
    let below = below();
    for item in root.items().filter(|item| !known.contains(&item.key())) {
        match words::top(&item, root) {
            Some(help) => root.unknown_but(&item, help, found),
            None => root.unknown(&item, &known, &below, found),
        }
    }
}

fn all_steps<'d>(
    root: &Table<'d>,
    reader: &mut Steps<'_, 'd>,
    found: &mut Diagnostics<'_>,
) -> Vec<crate::Step> {
    if let Some(item) = step_item(root) {
        let items = item.list("a list of steps: `[[step]]`", found);
        if items.as_ref().is_some_and(Vec::is_empty) {
            found.error(code::NO_STEPS, item.span(), "a journey needs a step");
        }
        for item in items.unwrap_or_default() {
            item.table(found);
        }
    }
    steps(root)
        .iter()
        .enumerate()
        .filter_map(|(index, table)| reader.step(&table.clone().called("this step"), index, found))
        .collect()
}

fn definition(text: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut definition = [0; 32];
    for (to, from) in definition.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    definition
}

/// The keys of the top, for those who wrote one of them further down.
pub(super) fn above() -> Vec<(&'static str, &'static str)> {
    // Names that also mean something further down are not misplaced there.
    let shared = [
        "vars",
        "secrets",
        "step",
        "slo",
        "correction",
        "felt",
        "maintenance",
        "matrix",
        "defaults",
    ];
    spec::key_names(spec::TOP)
        .into_iter()
        .filter(|name| !shared.contains(name))
        .map(|name| (name, "at the top of the file, above every table"))
        .collect()
}

/// The keys of steps, for those who wrote one of them at the top.
fn below() -> Vec<(&'static str, &'static str)> {
    let common = spec::key_names(spec::COMMON).into_iter();
    let verbs = spec::VERBS
        .iter()
        .flat_map(|verb| std::iter::once(verb.name).chain(spec::key_names(verb.keys)));
    common
        .chain(verbs)
        .map(|name| match spec::DEFAULTS.contains(&name) {
            true => (
                name,
                "below `[[step]]`, or below `[defaults]` for all steps",
            ),
            false => (name, "below `[[step]]`"),
        })
        .collect()
}

fn head(root: &Table<'_>, options: &Options, found: &mut Diagnostics<'_>) -> Head {
    let name = root.required("journey", found);
    let name = name.and_then(|item| identity(&item, found));
    let customer = customer(root, options, found);
    let title = optional(root, "title", found, literal).map(ToOwned::to_owned);
    let every = optional(root, "every", found, every).unwrap_or(EVERY);
    let deadline = optional(root, "deadline", found, |item, found| {
        deadline(item, every, found)
    })
    .unwrap_or(DEADLINE.min(every / 2));
    let slow = optional(root, "slow", found, |item, found| {
        item.duration_in(Duration::from_millis(1)..=DAY, found)
    });
    let regions = regions(root, found);
    let quorum = optional(root, "quorum", found, |item, found| {
        quorum(item, &regions, found)
    });
    let weights = weights(root, &regions, found);
    Head {
        name,
        customer,
        title,
        every,
        deadline,
        slow,
        regions,
        quorum,
        weights,
    }
}

/// An identity: `[a-z0-9-]`.
pub fn identity(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = literal(item, found)?;
    // Nothing stands there at all: that is told as bad syntax.
    if item.span().is_empty() {
        return None;
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !text.is_empty() && text.len() <= 100 && text.bytes().all(allowed) {
        return Some(text.to_owned());
    }
    let better: String = text
        .to_lowercase()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(100)
        .collect();
    let better = better.trim_matches('-');
    let help = if better.is_empty() {
        "write 1 to 100 lower-case letters, digits and `-`".to_owned()
    } else {
        format!("1 to 100 lower-case letters, digits and `-`, such as `{better}`")
    };
    found
        .error(
            code::BAD_NAME,
            item.span(),
            format!("{} cannot be `{text}`", item.name()),
        )
        .help(help);
    None
}

fn customer(root: &Table<'_>, options: &Options, found: &mut Diagnostics<'_>) -> Option<String> {
    let Some(item) = root.item("customer") else {
        return Some(
            options
                .customer
                .clone()
                .unwrap_or_else(|| CUSTOMER.to_owned()),
        );
    };
    let named = identity(&item, found)?;
    match &options.customer {
        Some(pinned) if *pinned != named => {
            found
                .error(
                    code::OTHER_CUSTOMER,
                    item.span(),
                    format!("this file claims to be of customer `{named}`"),
                )
                .label(format!("its source is customer `{pinned}`'s"))
                .help("leave `customer` out, or move the file to its customer's source");
            None
        }
        _ => Some(named),
    }
}

fn every(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Duration> {
    let every = item.duration_in(Duration::from_secs(1)..=DAY, found)?;
    if every.subsec_nanos() != 0 {
        found
            .error(
                jaunt_text::code::DURATION_RANGE,
                item.span(),
                "`every` must be whole seconds",
            )
            .help("slots lie on the wall clock's seconds");
        return None;
    }
    Some(every)
}

fn deadline(item: &Item<'_>, every: Duration, found: &mut Diagnostics<'_>) -> Option<Duration> {
    let deadline = item.duration_in(Duration::from_millis(1)..=DAY, found)?;
    if deadline >= every {
        found
            .error(
                code::LATE_DEADLINE,
                item.span(),
                format!(
                    "a run could take as long as the next slot: `every` is `{}`",
                    duration_text(every)
                ),
            )
            .help("`deadline` must be below `every`");
        return None;
    }
    Some(deadline)
}

fn regions(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<String> {
    let Some(item) = root.item("regions") else {
        return Vec::new();
    };
    let items = item.list("a list of regions: `[\"fra\", \"iad\"]`", found);
    if items.as_ref().is_some_and(Vec::is_empty) {
        found
            .error(
                jaunt_text::code::OUT_OF_RANGE,
                item.span(),
                "`regions` names none",
            )
            .help("leave it out to run in every region");
    }
    let mut regions: Vec<String> = Vec::new();
    for item in items.unwrap_or_default() {
        let Some(region) = identity(&item.clone().called("a region"), found) else {
            continue;
        };
        if regions.contains(&region) {
            found
                .error(
                    code::DUPLICATE_NAME,
                    item.span(),
                    format!("region `{region}` is named twice"),
                )
                .help("name each region once");
            continue;
        }
        regions.push(region);
    }
    regions
}

fn quorum(item: &Item<'_>, regions: &[String], found: &mut Diagnostics<'_>) -> Option<u32> {
    let quorum = item.whole(1..=1_000, found)?;
    let count = u64::try_from(regions.len()).unwrap_or(u64::MAX);
    if count > 0 && quorum > count {
        found
            .error(
                code::QUORUM,
                item.span(),
                format!("a quorum of {quorum} is larger than the number of regions"),
            )
            .label(format!("`regions` names {count}"))
            .help(format!(
                "at most {count}: else no failure would ever be global"
            ));
        return None;
    }
    u32::try_from(quorum).ok()
}

fn weights(
    root: &Table<'_>,
    regions: &[String],
    found: &mut Diagnostics<'_>,
) -> BTreeMap<String, String> {
    let Some(item) = root.item("weights") else {
        return BTreeMap::new();
    };
    let table = item.table(found);
    let mut weights = BTreeMap::new();
    for item in table.iter().flat_map(Table::items) {
        if vars::misplaced(&item, "weights", found) {
            continue;
        }
        let known = || regions.iter().map(String::as_str);
        if !regions.is_empty() && !known().any(|region| region == item.key()) {
            found
                .error(
                    code::BAD_WEIGHT,
                    item.key_span(),
                    format!("`{}` is none of this journey's regions", item.key()),
                )
                .maybe_help(
                    nearest(item.key(), known()).map(|near| format!("did you mean `{near}`?")),
                );
        }
        if let Some(weight) = weight(&item, found) {
            weights.insert(item.key().to_owned(), weight);
        }
    }
    let weighed = |region: &str| table.as_ref().is_none_or(|table| table.has(region));
    if let Some(region) = regions.iter().find(|region| !weighed(region)) {
        found
            .error(
                code::BAD_WEIGHT,
                item.key_span(),
                format!("region `{region}` has no weight"),
            )
            .help("weigh every region, or none");
    }
    weights
}

/// A weight: decimal text above 0.
fn weight(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = item.text(found)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| {
        (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let above_zero = text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if digits(whole) && digits(fraction) && above_zero {
        return Some(text.to_owned());
    }
    found
        .error(
            code::BAD_WEIGHT,
            item.span(),
            format!("`{text}` is no weight"),
        )
        .help("write a decimal number above 0, of at most 9 digits on either side: `\"0.7\"`");
    None
}

/// `[defaults]`: keys of steps, for all of them.
fn defaults<'d>(root: &Table<'d>, found: &mut Diagnostics<'_>) -> Option<Table<'d>> {
    let table = root.item("defaults")?.table(found)?.called("`[defaults]`");
    for item in table
        .items()
        .filter(|item| !spec::DEFAULTS.contains(&item.key()))
    {
        let of_steps = spec::COMMON.iter().any(|key| key.name == item.key())
            || spec::VERBS
                .iter()
                .any(|verb| verb.name == item.key() || verb.has_key(item.key()));
        if of_steps {
            found
                .error(
                    jaunt_text::code::MISPLACED_KEY,
                    item.key_span(),
                    format!("`{}` is each step's own, and has no default", item.key()),
                )
                .label("belongs in `[[step]]`")
                .help("move it to the steps that it is meant for");
        } else {
            table.unknown(&item, spec::DEFAULTS, &above(), found);
        }
    }
    Some(table)
}
