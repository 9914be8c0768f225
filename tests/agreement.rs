//! An agreement from its first draft to what a pipeline is told, as both sides use it.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const AGREEMENT: &str = r#"agreement = "acme-2026"
customer  = "acme"
provider  = "example cloud"
in_force  = 2099-01-01T00:00:00Z   # after the last signature

[parties]
connect = "provider"

[[slo]]
journey   = "checkout"
name      = "checkout-availability"
objective = "99.9%"
window    = "28d"
allot     = { provider = "20%", customer = "80%" }

[[policy]]
at  = "30%"
do  = "risky changes wait for both to agree"
who = "both"
"#;

/// A folder with the journey of a worked case, beside an agreement about it.
struct Desk(TempDir);

impl Desk {
    fn new(agreement: &str) -> Self {
        let desk = Self(TempDir::new().unwrap());
        fs::copy(
            case("region_outage").join("journey.toml"),
            desk.path("checkout.toml"),
        )
        .unwrap();
        fs::write(desk.path("agreement.toml"), agreement).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn agreement(&self) -> String {
        fs::read_to_string(self.path("agreement.toml")).unwrap()
    }

    /// Exit code, standard output and standard error of `jaunt ARGS…`, run in the folder.
    fn jaunt(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_jaunt"))
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    }

    /// The same on the events of the worked case, which spend 33 % of the budget.
    fn judge(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let events = format!(
            "events:{}",
            case("region_outage").join("events.jsonl").display()
        );
        let rest = [
            "--from",
            &events,
            "--journeys",
            "checkout.toml",
            "--at",
            "2026-01-05T08:00:00Z",
        ];
        self.jaunt(&[args, &rest].concat())
    }

    fn sign(&self, side: &str) -> String {
        let (code, _, said) = self.jaunt(&["bundle", "keygen", side]);
        assert_eq!(code, Some(0), "{said}");
        let key = format!("{side}.key");
        let args = [
            "slo", "sign", "--party", side, "--key", &key, "--by", "A. Lead",
        ];
        let (code, told, said) = self.jaunt(&[&args[..], &["agreement.toml"]].concat());
        assert_eq!(code, Some(0), "{said}");
        told
    }
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/slo-examples")
        .join(name)
}

#[test]
fn both_sign_and_every_report_says_so() {
    let desk = Desk::new(AGREEMENT);
    assert!(
        desk.sign("provider")
            .contains("customer has not signed yet")
    );
    assert!(
        desk.sign("customer")
            .contains("agreed: provider (A. Lead) signed")
    );
    assert!(desk.agreement().starts_with(AGREEMENT.trim_end()));
    let agreement = ["--agreement", "agreement.toml"];
    let (code, text, _) = desk.judge(&[&["report"], &agreement[..]].concat());
    assert_eq!(code, Some(0));
    assert!(
        text.contains("agreement `acme-2026`, agreed: provider (A. Lead) signed"),
        "{text}"
    );
    assert!(
        text.contains("customer spent 0.0 of 80 %; provider spent 33 of 20 %, more than its share"),
        "{text}"
    );
    assert!(
        text.contains("agreed from 30% of the budget on: risky changes wait"),
        "{text}"
    );
    let (_, page, _) = desk.judge(&[&["report", "--format", "html"], &agreement[..]].concat());
    assert!(page.contains("agreed: provider (A. Lead) signed"));
    let (_, line, _) = desk.judge(&[&["report", "--format", "json"], &agreement[..]].concat());
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["agreement"]["standing"], "agreed");
    assert_eq!(
        line["attribution"]["by_party"],
        serde_json::json!({ "provider": 40 })
    );
    assert_eq!(line["shares"]["policy_row"]["gate"], "wait");
}

#[test]
fn what_changes_after_signing_is_told_everywhere() {
    let desk = Desk::new(AGREEMENT);
    desk.sign("provider");
    desk.sign("customer");
    let changed = desk.agreement().replacen("\"20%\"", "\"10%\"", 1);
    fs::write(desk.path("agreement.toml"), changed).unwrap();
    let what = "`slo.checkout/checkout-availability.allot.provider` was `20%`, is `10%`";
    let (code, _, said) = desk.jaunt(&["check", "."]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("changed-since-signed") && said.contains(what),
        "{said}"
    );
    let (_, text, _) = desk.judge(&["report", "--agreement", "agreement.toml"]);
    assert!(
        text.contains("changed since signed") && text.contains(what),
        "{text}"
    );
}

#[test]
fn check_reads_an_agreement_with_its_journeys_and_finds_where_they_differ() {
    let desk = Desk::new(
        &AGREEMENT
            .replace("99.9%", "99.95%")
            .replace("who =", "whom ="),
    );
    let (code, _, said) = desk.jaunt(&["check", "."]);
    assert_eq!(code, Some(2));
    assert!(said.contains("did you mean `who`?"), "{said}");
    let desk = Desk::new(&AGREEMENT.replace("99.9%", "99.95%"));
    let (code, told, said) = desk.jaunt(&["check", "."]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains(
            "agreed are 99.95%, and journey `checkout` judges `checkout-availability` by 99.9%"
        ),
        "{said}"
    );
    assert!(told.contains("checkout.toml: journey `checkout` of customer `acme` is sound"));
    let (_, json, _) = desk.jaunt(&["check", "--format", "json", "."]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["agreements"][0]["findings"][0]["code"],
        "agreement-differs"
    );
    assert_eq!(json["agreements"][0]["standing"], "proposed");
}

#[test]
fn maintenance_is_left_out_as_the_agreement_has_it() {
    let desk = Desk::new(&AGREEMENT.replace(
        "[[policy]]",
        "[maintenance]\nnotice = \"24h\"\ncap = \"30m\"\n\n[[policy]]",
    ));
    fs::copy(
        case("maintenance").join("journey.toml"),
        desk.path("checkout.toml"),
    )
    .unwrap();
    let events = format!(
        "events:{}",
        case("maintenance").join("events.jsonl").display()
    );
    let report = |more: &[&str]| {
        let asked = ["report", "--from", &events, "--journeys", "checkout.toml"];
        let at = ["--at", "2026-01-05T10:00:00Z", "--format", "json"];
        let (_, text, said) = desk.jaunt(&[&asked[..], &at, more].concat());
        (serde_json::from_str::<Value>(&text).unwrap(), said)
    };
    let (alone, _) = report(&[]);
    assert_eq!(alone["period"]["maintenance_s"], 3_600.0);
    // The agreed cap is half of what the journey says.
    let (agreed, said) = report(&["--agreement", "agreement.toml"]);
    assert_eq!(agreed["period"]["maintenance_s"], 1_800.0);
    let excluded = |report: &Value| report["ingest"]["excluded_maintenance"].as_u64().unwrap();
    assert!(excluded(&agreed) < excluded(&alone) && excluded(&agreed) > 0);
    assert!(
        said.contains("agreed are 1d of notice and a cap of 30m"),
        "{said}"
    );
    // It speaks of no other SLO.
    let other = desk
        .agreement()
        .replace("name      = \"checkout-availability\"", "name = \"fast\"");
    fs::write(desk.path("agreement.toml"), other).unwrap();
    let (unnamed, _) = report(&["--agreement", "agreement.toml"]);
    assert_eq!(unnamed["period"], alone["period"]);
}

#[test]
fn the_gate_answers_by_the_row_in_force() {
    let gate = |agreement: &str| {
        let desk = Desk::new(agreement);
        let (code, told, _) = desk.judge(&[
            "slo",
            "gate",
            "checkout/checkout-availability",
            "--agreement",
            "agreement.toml",
        ]);
        (code, told)
    };
    let (code, told) = gate(AGREEMENT);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.starts_with("wait: acme/checkout/checkout-availability: 33 % of the budget is spent: risky changes wait for both to agree (both, from 30% of the budget on)\n"), "{told}");
    assert!(
        told.contains("proposed: nobody has signed it yet"),
        "{told}"
    );
    assert_eq!(gate(&AGREEMENT.replace("30%", "34%")).0, Some(0));
    assert_eq!(
        gate(&AGREEMENT.replace("who = \"both\"", "who = \"both\"\ngate = \"go\"")).0,
        Some(0)
    );
}

#[test]
fn the_gate_says_what_it_cannot_say() {
    let desk = Desk::new(AGREEMENT);
    let (code, _, said) = desk.judge(&["slo", "gate", "can-buy"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("no SLO here is called `can-buy`; there is `checkout/checkout-availability`"),
        "{said}"
    );
    fs::write(desk.path("none.jsonl"), "").unwrap();
    let args = [
        "slo",
        "gate",
        "checkout-availability",
        "--from",
        "events:none.jsonl",
    ];
    let args = [
        &args[..],
        &[
            "--journeys",
            "checkout.toml",
            "--at",
            "2026-01-05T08:00:00Z",
        ],
    ]
    .concat();
    let (code, told, _) = desk.jaunt(&args);
    assert_eq!(code, Some(2));
    assert!(
        told.starts_with("cannot be said: acme/checkout/checkout-availability: none of"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_signed_says_why_and_leaves_the_file_alone() {
    let past = AGREEMENT.replace("2099", "2020");
    for (agreement, key, why) in [
        (
            past.as_str(),
            "provider.key",
            "it is in force since 2020-01-01T00:00:00Z",
        ),
        (
            AGREEMENT,
            "provider.pub",
            "is no secret key of `jaunt bundle keygen`",
        ),
        (AGREEMENT, "missing.key", "cannot read `missing.key`"),
        (
            "agreement = \"a\"\n",
            "provider.key",
            "an agreement needs `customer`",
        ),
    ] {
        let desk = Desk::new(agreement);
        desk.jaunt(&["bundle", "keygen", "provider"]);
        let (code, _, said) = desk.jaunt(&[
            "slo",
            "sign",
            "--party",
            "provider",
            "--key",
            key,
            "--by",
            "x",
            "agreement.toml",
        ]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(why), "{said}");
        assert_eq!(desk.agreement(), agreement);
    }
}

#[test]
fn alerts_say_what_is_agreed_at_what_is_spent_and_whether_both_stand_behind_it() {
    let desk = Desk::new(AGREEMENT);
    let args = ["slo", "rules", "checkout.toml"];
    let (code, rules, _) = desk.jaunt(&args);
    assert_eq!(code, Some(0));
    assert!(rules.contains("Proposed at 75 %: both sides get a ticket."));
    let with = [args.as_slice(), &["--agreement", "agreement.toml"]].concat();
    let (code, rules, told) = desk.jaunt(&with);
    assert_eq!(code, Some(0), "{told}");
    assert!(rules.contains("Proposed at 30 %: risky changes wait for both to agree."));
    assert!(!rules.contains("both sides get a ticket"));
    desk.sign("provider");
    desk.sign("customer");
    let (_, rules, told) = desk.jaunt(&with);
    assert!(
        rules.contains("Agreed at 30 %: risky changes wait for both to agree."),
        "{told}"
    );
}
