//! `[[signed]]`: who signed, and whether it still holds.

use super::{below, said};
use crate::{Contact, Side, Signed, Validity, code, signature, spec, terms};
use jaunt_journey::field::{instant, tables};
use jaunt_text::{Diagnostics, Item, Table};
use jiff::Timestamp;

/// What signatures are held against.
pub(super) struct File<'a> {
    /// What is signed.
    pub(super) text: String,
    /// Its terms.
    pub(super) terms: Vec<String>,
    pub(super) contacts: &'a [Contact],
    pub(super) in_force: Option<Timestamp>,
}

/// `[[signed]]`, in the file's order.
pub(super) fn signed(
    root: &Table<'_>,
    file: &File<'_>,
    found: &mut Diagnostics<'_>,
) -> Vec<Signed> {
    let mut signed: Vec<Signed> = Vec::new();
    for table in tables(root, "signed", found) {
        let Some(one) = one(&table, file, found) else {
            continue;
        };
        if signed.iter().any(|other| other.party == one.party) {
            found
                .error(
                    code::AGREED_TWICE,
                    table.span(),
                    format!("`{}` has signed twice", one.party),
                )
                .help("keep the last one: `jaunt slo sign` replaces an earlier one");
        } else if signed.iter().any(|other| other.key == one.key) {
            found
                .error(
                    code::BAD_SIGNATURE,
                    table.span(),
                    "both sides signed with one key: whoever holds it agreed with themselves",
                )
                .help("each side signs with a key of its own");
        }
        signed.push(one);
    }
    signed
}

fn one(table: &Table<'_>, file: &File<'_>, found: &mut Diagnostics<'_>) -> Option<Signed> {
    table.only(&spec::key_names(spec::SIGNED), &below(), found);
    let side = |item: Item<'_>, found: &mut Diagnostics<'_>| {
        item.one_of(spec::SIDES, Side::from_name, found)
    };
    let party = table.required("party", found);
    let party = party.and_then(|item| side(item, found));
    let by = table.required("by", found);
    let by = by.and_then(|item| said(&item, found));
    let at_item = table.required("at", found);
    let at = at_item.as_ref().and_then(|item| instant(item, found));
    let key_item = table.required("key", found);
    let key = key_item.as_ref().and_then(|item| item.text(found));
    let signature_item = table.required("signature", found);
    let signature = signature_item.as_ref().and_then(|item| item.text(found));
    let was = was(table, found);
    let (party, by, at, key) = (party?, by?, at?, key?);
    if file.in_force.is_some_and(|in_force| at >= in_force) {
        found
            .error(
                code::LATE_SIGNATURE,
                at_item?.span(),
                format!("`{party}` signed when the agreement was in force already"),
            )
            .help("`in_force` comes after the last signature: set a later one, and sign again");
    }
    own_key(party, key, &key_item?, file, found);
    let Some(holds) = signature::verify(&file.text, key, signature?) else {
        found
            .error(
                code::BAD_SIGNATURE,
                signature_item?.span(),
                "this is no ed25519 signature with its key",
            )
            .help("`jaunt slo sign` writes them");
        return None;
    };
    let validity = if holds {
        Validity::Holds
    } else {
        let changes = was.map(|was| terms::changes(&was, &file.terms));
        found
            .warning(
                code::CHANGED,
                signature_item?.span(),
                format!("the agreement is not what `{party}` signed"),
            )
            .label(match changes.as_ref().map(|changes| changes.first()) {
                Some(Some(change)) => change.to_string(),
                Some(None) => "comments or layout changed, no term".to_owned(),
                None => "the signature does not tell what changed".to_owned(),
            })
            .help("restore what was signed, or let both sides sign again");
        Validity::Changed(changes)
    };
    Some(Signed {
        party,
        by,
        at,
        key: key.to_owned(),
        validity,
    })
}

/// The terms as they were signed.
fn was(table: &Table<'_>, found: &mut Diagnostics<'_>) -> Option<Vec<String>> {
    let items = table.item("terms")?.list("a list of terms", found)?;
    let terms = items.iter().map(|item| item.text(found));
    terms.map(|term| term.map(ToOwned::to_owned)).collect()
}

/// A party whose contact names a key signs with that one.
fn own_key(party: Side, key: &str, item: &Item<'_>, file: &File<'_>, found: &mut Diagnostics<'_>) {
    let contact = file.contacts.iter().find(|contact| contact.party == party);
    let own = contact.and_then(|contact| contact.key.as_deref());
    if own.is_some_and(|own| own != key) {
        found
            .error(
                code::BAD_SIGNATURE,
                item.span(),
                format!("this is not the key that the `[[contact]]` of `{party}` names"),
            )
            .help("sign with that key, or let both sides agree on another");
    }
}
