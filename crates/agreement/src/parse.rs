//! From text to an agreement, or to everything that is wrong with it.

mod rows;
mod signed;

use crate::{Agreement, code, signature, spec, terms};
use jaunt_journey::field::{identity, instant, optional, policy_of};
use jaunt_slo::MaintenancePolicy;
use jaunt_text::{Diagnostic, Diagnostics, Item, Table, document};
use std::ops::Range;

/// What a text says, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The agreement; `None` where there is any error.
    pub agreement: Option<Agreement>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads an agreement. Never panics, whatever the text.
pub fn parse(text: &str) -> Parsed {
    let mut found = Diagnostics::new(text);
    let agreement = document(text, &mut found)
        .and_then(|document| agreement(&Table::root(&document, "an agreement"), &mut found));
    let refused = found.any_error();
    Parsed {
        agreement: agreement.filter(|_| !refused),
        diagnostics: found.finish(),
    }
}

fn agreement(root: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Agreement> {
    root.only(&spec::key_names(spec::TOP), &below(), found);
    let name = root.required("agreement", found);
    let name = name.and_then(|item| identity(&item, found));
    let customer = root.required("customer", found);
    let customer = customer.and_then(|item| identity(&item, found));
    let provider = root.required("provider", found);
    let provider = provider.and_then(|item| said(&item, found));
    let in_force = root.required("in_force", found);
    let in_force = in_force.and_then(|item| instant(&item, found));
    let contacts = rows::contacts(root, found);
    let parties = rows::parties(root, found);
    let slos = rows::slos(root, found);
    let policy = rows::policy(root, found);
    let maintenance = maintenance(root, found);
    let value = optional(root, "value", found, rows::value);
    let file = signed::File {
        text: signature::signed_text(found.text()),
        terms: terms::of(found.text()),
        contacts: &contacts,
        in_force,
    };
    let signed = signed::signed(root, &file, found);
    Some(Agreement {
        name: name?,
        customer: customer?,
        provider: provider?,
        in_force: in_force?,
        contacts,
        parties,
        slos,
        policy,
        maintenance,
        value,
        signed,
    })
}

/// A text that says something.
fn said(item: &Item<'_>, found: &mut Diagnostics<'_>) -> Option<String> {
    let text = item.text(found)?;
    if text.trim().is_empty() {
        found
            .error(
                code::BAD_CONTACT,
                item.span(),
                format!("{} is empty", item.name()),
            )
            .help("say who or what is meant");
        return None;
    }
    Some(text.to_owned())
}

fn maintenance(
    root: &Table<'_>,
    found: &mut Diagnostics<'_>,
) -> Option<(MaintenancePolicy, Range<usize>)> {
    let item = root.item("maintenance")?;
    let table = item.table(found)?.called("`[maintenance]`");
    Some((policy_of(&table, &below(), found), table.span()))
}

/// The keys of the file itself, for those who wrote one of them below a table.
fn below() -> Vec<(&'static str, &'static str)> {
    ["agreement", "customer", "provider", "in_force"]
        .map(|key| (key, "at the top of the file"))
        .into()
}
