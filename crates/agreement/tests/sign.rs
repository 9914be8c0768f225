//! Signing: what holds, what does not, and what is told of a change.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use data_encoding::BASE64;
use jaunt_agreement::{Agreement, Side, SignError, SigningKey, Standing, parse, sign};
use jiff::Timestamp;

const GOOD: &str = include_str!("good/agreement.toml");

fn key(seed: u8) -> SigningKey {
    SigningKey::parse(&format!(
        "jaunt-secret-key:{}\n",
        BASE64.encode(&[seed; 32])
    ))
    .unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn by_provider(text: &str) -> String {
    sign(
        text,
        Side::Provider,
        "A. Lead",
        at("2026-11-24T09:00:00Z"),
        &key(1),
    )
    .unwrap()
}

fn by_both(text: &str) -> String {
    let at = at("2026-11-25T10:30:00Z");
    sign(
        &by_provider(text),
        Side::Customer,
        "Ö \"B\" \\ Buyer",
        at,
        &key(2),
    )
    .unwrap()
}

fn read(text: &str) -> Agreement {
    let parsed = parse(text);
    parsed
        .agreement
        .unwrap_or_else(|| panic!("{:?}\n{text}", parsed.diagnostics))
}

#[test]
fn both_sign_and_the_file_keeps_its_own_form() {
    let text = by_both(GOOD);
    assert!(text.starts_with(GOOD.trim_end()));
    let agreement = read(&text);
    assert!(matches!(agreement.standing(), Standing::Agreed(_)));
    assert_eq!(
        agreement.standing().to_string(),
        "agreed: provider (A. Lead) signed 2026-11-24 09:00 UTC, customer (Ö \"B\" \\ Buyer) signed \
         2026-11-25 10:30 UTC; in force from 2026-12-01T00:00:00Z"
    );
}

#[test]
fn one_side_alone_proposes() {
    assert_eq!(
        read(GOOD).standing().to_string(),
        "proposed: nobody has signed it yet"
    );
    assert_eq!(
        read(&by_provider(GOOD)).standing().to_string(),
        "proposed: provider (A. Lead) signed 2026-11-24 09:00 UTC; customer has not signed yet"
    );
}

#[test]
fn a_change_after_signing_says_what_changed() {
    let told = |from: &str, to: &str| {
        let changed = by_provider(GOOD).replacen(from, to, 1);
        let parsed = parse(&changed);
        assert_eq!(parsed.diagnostics[0].code, "changed-since-signed");
        parsed.agreement.unwrap().standing().to_string()
    };
    let after = "changed since signed: after provider (A. Lead) signed 2026-11-24 09:00 UTC: ";
    for (from, to, expected) in [
        (
            "99.9%",
            "99%",
            "`slo.checkout/can-buy.objective` was `99.9%`, is `99%`",
        ),
        (
            "60%",
            "70%",
            "`slo.checkout/can-buy.allot.provider` was `60%`, is `70%`",
        ),
        (
            "cap    = \"8h\"\n",
            "",
            "`maintenance.cap` is gone, which was `8h`",
        ),
        ("[value]", "[value]#", "comments or layout, no term"),
        (
            "connect    =",
            "tls = \"customer\"\nconnect    =",
            "`parties.tls` came in: `customer`",
        ),
    ] {
        // The allotment of 70 % and 40 % would be refused.
        let to = if to == "70%" { "50%" } else { to };
        let expected = expected.replace("70%", "50%");
        assert_eq!(told(from, to), format!("{after}{expected}"), "{from}");
    }
}

#[test]
fn line_ends_and_blank_lines_around_a_signature_do_not_matter() {
    let text = by_both(GOOD);
    for text in [
        text.replace('\n', "\r\n"),
        format!("\n\n{text}\n\n"),
        text.replace("[[signed]]", "\n\n[[signed]]"),
    ] {
        assert!(
            matches!(read(&text).standing(), Standing::Agreed(_)),
            "{text}"
        );
    }
}

#[test]
fn signing_again_replaces_the_signature_and_keeps_the_other() {
    let text = by_provider(&by_both(GOOD));
    assert_eq!(text.matches("[[signed]]").count(), 2);
    assert!(matches!(read(&text).standing(), Standing::Agreed(_)));
}

#[test]
fn a_signature_in_the_midst_of_the_file_is_cut_out_to_the_next_table() {
    let signed = by_provider(GOOD);
    let (body, signature) = signed.split_once("[[signed]]").unwrap();
    let (head, tail) = body.split_once("[value]").unwrap();
    let text = format!("{head}[[signed]]{signature}[value]{}\n", tail.trim_end());
    assert!(
        matches!(read(&text).standing(), Standing::Proposed(_)),
        "{}",
        read(&text).standing()
    );
    assert_eq!(
        read(&text).signed[0].validity,
        jaunt_agreement::Validity::Holds
    );
}

#[test]
fn what_cannot_be_signed_says_why() {
    let sign = |text: &str, now: &str| sign(text, Side::Provider, "x", at(now), &key(1));
    assert_eq!(
        sign(GOOD, "2026-12-01T00:00:00Z"),
        Err(SignError::InForce(at("2026-12-01T00:00:00Z")))
    );
    assert_eq!(
        sign("agreement = 7", "2026-01-01T00:00:00Z"),
        Err(SignError::Unsound)
    );
    let own =
        |key: &SigningKey| GOOD.replace("page  =", &format!("key = \"{}\"\npage  =", key.public()));
    assert_eq!(
        sign(&own(&key(3)), "2026-11-01T00:00:00Z"),
        Err(SignError::OtherKey(Side::Provider))
    );
    assert!(sign(&own(&key(1)), "2026-11-01T00:00:00Z").is_ok());
}

#[test]
fn nobody_signs_for_both_sides() {
    let provider = by_provider(GOOD);
    let now = at("2026-11-02T00:00:00Z");
    let alone =
        |text: &str, key: &SigningKey| jaunt_agreement::sign(text, Side::Customer, "x", now, key);
    assert_eq!(
        alone(&provider, &key(1)),
        Err(SignError::SameKey(Side::Provider))
    );
    // Nor by putting two files together.
    let customer = alone(GOOD, &key(1)).unwrap();
    let signature = customer.split_once("[[signed]]").unwrap().1;
    let parsed = parse(&format!("{provider}\n[[signed]]{signature}"));
    assert!(parsed.agreement.is_none());
    let both = "both sides signed with one key: whoever holds it agreed with themselves";
    assert!(parsed.diagnostics.iter().any(|one| one.message == both));
}

#[test]
fn another_key_than_the_contacts_is_refused() {
    let stranger = by_provider(GOOD);
    let key = format!("key = \"{}\"\npage  =", key(3).public());
    let parsed = parse(&stranger.replace("page  =", &key));
    assert!(parsed.agreement.is_none());
    assert!(
        parsed
            .diagnostics
            .iter()
            .any(|one| one.code == "bad-signature")
    );
}
