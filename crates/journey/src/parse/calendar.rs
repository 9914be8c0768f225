//! Maintenance, and what users felt.

use super::{capture::optional, scope::literal};
use crate::{Felt, code, spec};
use jaunt_slo::{Maintenance, MaintenancePolicy, Weekly, When};
use jaunt_text::{Diagnostics, Item, Table};
use std::time::Duration;

/// An instant.
pub fn instant(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<jiff::Timestamp> {
    let text = item.instant(found)?;
    let instant = text.parse().ok();
    if instant.is_none() {
        found.error(
            code::BAD_CALENDAR,
            item.span(),
            format!("{} is no instant: there is no `{text}`", item.name()),
        );
    }
    instant
}

/// `[[maintenance]]`.
pub(super) fn maintenance(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Maintenance> {
    tables(root, "maintenance", found)
        .iter()
        .filter_map(|table| entry(table, found))
        .collect()
}

/// The tables under `[[key]]`.
pub fn tables<'d>(root: &Table<'d>, key: &str, found: &mut Diagnostics<'_>) -> Vec<Table<'d>> {
    root.item(key)
        .and_then(|item| item.list(&format!("a list of tables: `[[{key}]]`"), found))
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.table(found))
        .map(|table| table.called(format!("`[[{key}]]`")))
        .collect()
}

fn entry(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Maintenance> {
    table.only(&spec::key_names(spec::MAINTENANCE), &[], found);
    let when = when(table, found);
    let announced = optional(table, "announced", found, instant);
    let mut text = |key| optional(table, key, found, literal).map(ToOwned::to_owned);
    Some(Maintenance {
        by: text("by"),
        approved_by: text("approved_by"),
        reason: text("reason"),
        when: when?,
        announced,
    })
}

fn when(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<When> {
    let Some(on) = table.item("on") else {
        let (from, to) = span(table, found)?;
        return Some(When::Once { from, to });
    };
    for key in ["from", "to"] {
        if let Some(item) = table.item(key) {
            found
                .error(
                    code::BAD_CALENDAR,
                    item.key_span(),
                    format!("`{key}` and `on` contradict each other"),
                )
                .help("an entry is either once, `from` and `to`, or every week, `on`");
        }
    }
    match Weekly::parse(on.text(found)?) {
        Ok(weekly) => Some(When::Weekly(weekly)),
        Err(error) => {
            found
                .error(code::BAD_CALENDAR, on.span(), error.to_string())
                .help("write a day, a stretch of time and a zone: `Sun 02:00-04:00 Europe/Berlin`");
            None
        }
    }
}

/// `from` and `to`, in that order.
pub(super) fn span(
    table: &Table<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let from = table.required("from", found);
    let to_item = table.required("to", found);
    let from = from.and_then(|item| instant(&item, found));
    let to = to_item.as_ref().and_then(|item| instant(item, found));
    let (from, to) = (from?, to?);
    if to <= from {
        found
            .error(
                code::BAD_CALENDAR,
                to_item?.span(),
                format!("{} ends before it begins", table.name()),
            )
            .help("`to` comes after `from`");
        return None;
    }
    Some((from, to))
}

/// `[maintenance_policy]`.
pub(super) fn policy(root: &Table<'_>, found: &mut Diagnostics<'_>) -> MaintenancePolicy {
    let Some(table) = root
        .item("maintenance_policy")
        .and_then(|item| item.table(found))
    else {
        return MaintenancePolicy::default();
    };
    let table = table.called("`[maintenance_policy]`");
    policy_of(&table, &super::top::above(), found)
}

/// On which conditions maintenance is left out; `above` are keys that belong further up.
pub fn policy_of(
    table: &Table<'_>,
    above: &[(&str, &str)],
    found: &mut Diagnostics<'_>,
) -> MaintenancePolicy {
    let mut policy = MaintenancePolicy::default();
    table.only(&spec::key_names(spec::MAINTENANCE_POLICY), above, found);
    let range = Duration::ZERO..=Duration::from_secs(400 * 86_400);
    if let Some(notice) = optional(table, "notice", found, |item, found| {
        item.duration_in(range.clone(), found)
    }) {
        policy.notice = notice;
    }
    if let Some(cap) = optional(table, "cap", found, |item, found| {
        item.duration_in(range, found)
    }) {
        policy.cap = cap;
    }
    policy
}

/// `[[felt]]`.
pub(super) fn felt(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Vec<Felt> {
    let entry = |table: &Table<'_>, found: &mut Diagnostics<'_>| {
        table.only(&spec::key_names(spec::FELT), &[], found);
        let span = span(table, found);
        let tickets = optional(table, "tickets", found, |item, found| {
            item.whole(0..=1_000_000_000, found)
        });
        let note = optional(table, "note", found, literal).map(ToOwned::to_owned);
        let (from, to) = span?;
        Some(Felt {
            from,
            to,
            tickets,
            note,
        })
    };
    tables(root, "felt", found)
        .iter()
        .filter_map(|table| entry(table, found))
        .collect()
}
