//! Contacts, parties, objectives, policy and value.

use super::{below, said};
use crate::{
    Agreed, Contact, PolicyRow, Share, ShareError, Side, Value, Who, code, signature, spec,
};
use jaunt_journey::field::{identity, objective, optional, tables, window_of};
use jaunt_record::{FailureKind, FailurePhase};
use jaunt_text::{Diagnostics, Item, Table, nearest};
use std::collections::BTreeMap;

/// `[[contact]]`.
pub(super) fn contacts(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for table in tables(root, "contact", found) {
        table.only(&spec::key_names(spec::CONTACT), &below(), found);
        let party = table.required("party", found);
        let party = party.and_then(|item| item.one_of(spec::SIDES, Side::from_name, found));
        let name = table.required("name", found);
        let name = name.and_then(|item| said(&item, found));
        let page = optional(&table, "page", found, page);
        let key = optional(&table, "key", found, public_key);
        let (Some(party), Some(name)) = (party, name) else {
            continue;
        };
        let keyed = |contact: &Contact| contact.party == party && contact.key.is_some();
        if key.is_some() && contacts.iter().any(keyed) {
            found.error(
                code::AGREED_TWICE,
                table.span(),
                format!("`{party}` has two keys"),
            );
        }
        contacts.push(Contact {
            party,
            name,
            page,
            key,
        });
    }
    contacts
}

fn page(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = said(item, found)?;
    let known = ["https://", "http://", "mailto:", "tel:"];
    if known.iter().any(|scheme| text.starts_with(scheme)) && !text.contains(char::is_whitespace) {
        return Some(text);
    }
    found
        .error(
            code::BAD_CONTACT,
            item.span(),
            format!("`{text}` is no address to page"),
        )
        .help("such as `https://pager.example.net/acme` or `mailto:reliability@example.net`");
    None
}

fn public_key(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = item.text(found)?;
    if signature::is_public_key(text) {
        return Some(text.to_owned());
    }
    found
        .error(code::BAD_SIGNATURE, item.span(), "this is no public key")
        .help("`jaunt bundle keygen NAME` makes a pair; the line in `NAME.pub` goes here");
    None
}

/// `[parties]`.
pub(super) fn parties(root: &Table<'_>, found: &mut Diagnostics<'_>) -> BTreeMap<String, String> {
    let mut parties = BTreeMap::new();
    let table = root.item("parties").and_then(|item| item.table(found));
    for item in table.iter().flat_map(Table::items) {
        let names = || {
            let phases = FailurePhase::ALL.iter().map(|phase| phase.as_str());
            phases.chain(FailureKind::ALL.iter().map(|kind| kind.as_str()))
        };
        let known = names().any(|name| name == item.key());
        if !known {
            found
                .error(
                    code::BAD_PARTY,
                    item.key_span(),
                    format!("`{}` is neither a phase nor a kind of failure", item.key()),
                )
                .help(nearest(item.key(), names()).map_or_else(
                    || {
                        "write a phase such as `connect`, or a kind such as `\"http.5xx\"`"
                            .to_owned()
                    },
                    |near| format!("did you mean `{near}`?"),
                ));
        }
        if let Some(party) = said(&item, found) {
            parties.insert(item.key().to_owned(), party);
        }
    }
    parties
}

/// `[[slo]]`.
pub(super) fn slos(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Agreed> {
    let mut slos: Vec<Agreed> = Vec::new();
    for table in tables(root, "slo", found) {
        let Some(slo) = slo(&table, found) else {
            continue;
        };
        let same = |other: &Agreed| other.journey == slo.journey && other.name == slo.name;
        if slos.iter().any(same) {
            found
                .error(
                    code::AGREED_TWICE,
                    table.span(),
                    format!("`{}` of `{}` is agreed on twice", slo.name, slo.journey),
                )
                .help("keep one of them");
        }
        slos.push(slo);
    }
    slos
}

fn slo(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Agreed> {
    table.only(&spec::key_names(spec::SLO), &below(), found);
    let journey = table.required("journey", found);
    let journey = journey.and_then(|item| said(&item, found));
    let name = table.required("name", found);
    let name = name.and_then(|item| identity(&item, found));
    let objective_item = table.required("objective", found);
    let objective = objective_item
        .as_ref()
        .and_then(|item| objective(item, found));
    let window_item = table.required("window", found);
    let window = window_item.as_ref().and_then(|item| window_of(item, found));
    let allot = optional(table, "allot", found, allot);
    Some(Agreed {
        journey: journey?,
        name: name?,
        objective: objective?,
        window: window?,
        allot: allot.unwrap_or_default(),
        span: table.span(),
        objective_span: objective_item?.span(),
        window_span: window_item?.span(),
    })
}

fn allot(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<BTreeMap<String, Share>> {
    let table = item.table(found)?;
    let mut shares = BTreeMap::new();
    for entry in table.items() {
        if let Some(share) = share(&entry, found) {
            shares.insert(entry.key().to_owned(), share);
        }
    }
    let sum: u64 = shares.values().map(Share::millionths).sum();
    if sum > 1_000_000 {
        found
            .error(
                code::BAD_SHARE,
                item.span(),
                "more of the budget is allotted than there is",
            )
            .label(format!("together {} %", sum / 10_000))
            .help("shares are of the whole budget: together 100 % at most");
    }
    Some(shares)
}

fn share(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Share> {
    let Some(text) = item.as_text() else {
        item.wrong("a percentage in quotes, such as `\"75%\"`", found);
        return None;
    };
    let help = match Share::parse(text) {
        Ok(share) => return Some(share),
        Err(ShareError::Unit) if text.parse::<f64>().is_ok() => {
            format!("did you mean `{text}%`?")
        }
        Err(ShareError::Unit | ShareError::Number) => {
            "write a percentage of at most 4 decimals: `75%`".to_owned()
        }
        Err(ShareError::Range) => "shares are from 0 % to 10000 %".to_owned(),
    };
    found
        .error(
            code::BAD_SHARE,
            item.span(),
            format!("`{text}` is no share of a budget"),
        )
        .help(help);
    None
}

/// `[[policy]]`, ascending.
pub(super) fn policy(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<PolicyRow> {
    let mut rows: Vec<PolicyRow> = Vec::new();
    for table in tables(root, "policy", found) {
        table.only(&spec::key_names(spec::POLICY), &below(), found);
        let at_item = table.required("at", found);
        let at = at_item.as_ref().and_then(|item| share(item, found));
        let action = table.required("do", found);
        let action = action.and_then(|item| said(&item, found));
        let who = table.required("who", found);
        let who = who.and_then(|item| item.one_of(spec::WHO, Who::from_name, found));
        let gate = optional(&table, "gate", found, |item, found| {
            item.one_of(
                spec::GATES,
                |text| match text {
                    "wait" => Some(true),
                    "go" => Some(false),
                    _ => None,
                },
                found,
            )
        });
        let (Some(at), Some(action), Some(who)) = (at, action, who) else {
            continue;
        };
        if rows.iter().any(|row| row.at == at) {
            let span = at_item.map_or(table.span(), |item| item.span());
            found
                .error(
                    code::AGREED_TWICE,
                    span,
                    format!("two rows of the policy are at {at}"),
                )
                .help("say in one row what happens there");
        }
        rows.push(PolicyRow {
            waits: gate.unwrap_or_else(|| speaks_of_waiting(&action)),
            at,
            action,
            who,
        });
    }
    rows.sort_by_key(|row| row.at.millionths());
    rows
}

/// Whether a row's words ask a pipeline to wait; `gate` says so without words.
fn speaks_of_waiting(action: &str) -> bool {
    let action = action.to_lowercase();
    action.split(|c: char| !c.is_alphabetic()).any(|word| {
        ["wait", "stop", "halt", "hold", "froze", "freez"]
            .iter()
            .any(|stem| word.starts_with(stem))
    })
}

/// `[value]`.
pub(super) fn value(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<Value> {
    let table = item.table(found)?.called("`[value]`");
    table.only(&spec::key_names(spec::VALUE), &below(), found);
    let per_bad_run = table.required("per_bad_run", found);
    let per_bad_run = per_bad_run.and_then(|item| money(&item, found));
    let per_nine = table.required("per_nine", found);
    let per_nine = per_nine.and_then(|item| money(&item, found));
    Some(Value {
        per_bad_run: per_bad_run?,
        per_nine: per_nine?,
    })
}

/// A sum above 0, as decimal text.
fn money(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<f64> {
    let Some(text) = item.as_text() else {
        item.wrong("a sum in quotes, such as `\"12\"`", found);
        return None;
    };
    let plain = text.len() <= 20
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
    let sum = text.parse::<f64>().ok().filter(|sum| plain && *sum > 0.0);
    if sum.is_none() {
        found
            .error(
                code::BAD_MONEY,
                item.span(),
                format!("`{text}` is no sum above 0"),
            )
            .help("write digits alone, without a currency: `\"40000\"` or `\"0.25\"`");
    }
    sum
}
