//! What is refused or left out, each with its reason and its place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use jaunt_openslo::{code, import};
use jaunt_text::{Colour, Source, code as any, render};
use std::fmt::Write;

/// An SLO as others write it: the README's of OpenSLO v1, "An example of an SLO where SLI is
/// inlined", with what its notes call required.
const FOREIGN: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: foo-slo
  displayName: Foo SLO
spec:
  service: foo
  indicator:
    metadata:
      name: foo-error
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Datadog
            spec:
              query: sum:trace.http.request.hits.by_http_status{http.status_code:200}.as_count()
        total:
          metricSource:
            type: Datadog
            spec:
              query: sum:trace.http.request.hits.by_http_status{*}.as_count()
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: Foo Total Errors
      target: 0.98
";

const ROLLING: &str = "    - duration: 4w\n      isRolling: true\n";
const GOOD: &str = "        good:\n";
const TARGET: &str = "      target: 0.98\n";

/// The code, and the foreign SLO with one thing put in another's place.
const CASES: &[(&str, &str, &str)] = &[
    (
        code::COMPOSITE,
        TARGET,
        "      target: 0.98\n      compositeWeight: 2\n",
    ),
    (
        code::COMPOSITE,
        TARGET,
        "      target: 0.98\n      indicator: { metadata: { name: other } }\n",
    ),
    (
        code::THRESHOLD,
        "      ratioMetric:\n",
        "      thresholdMetric: { metricSource: { type: Redshift } }\n      ratioMetric:\n",
    ),
    (code::RAW, GOOD, "        rawType: success\n        raw:\n"),
    (code::INDICATOR, GOOD, "        bad: {}\n        good:\n"),
    (code::INDICATOR, "        total:\n", "        all:\n"),
    (
        code::INDICATOR,
        "  indicator:\n",
        "  indicatorRef: elsewhere\n  unused:\n",
    ),
    (
        code::TARGET,
        TARGET,
        "      target: 0.98\n      targetPercent: 98\n",
    ),
    (code::TARGET, TARGET, "      value: 3\n"),
    (code::TARGET, "0.98", "1.0"),
    (code::TARGET, "0.98", "0"),
    (code::TARGET, "0.98", "9.8e-1"),
    (code::TARGET, "target: 0.98", "targetPercent: 100"),
    (
        code::OBJECTIVES,
        TARGET,
        "      target: 0.98\n    - target: 0.99\n",
    ),
    (
        code::WINDOW,
        ROLLING,
        "    - duration: 1m\n      calendar: { startTime: 2024-01-01 00:00:00, timeZone: UTC }\n",
    ),
    (
        code::WINDOW,
        ROLLING,
        "    - duration: 1M\n      calendar: { startTime: 2022-01-01 12:00:00, timeZone: UTC }\n",
    ),
    (
        code::WINDOW,
        ROLLING,
        "    - duration: 1Q\n      calendar: { timeZone: Mars/Olympus }\n",
    ),
    (
        code::WINDOW,
        ROLLING,
        "    - duration: 1M\n      isRolling: true\n      calendar: { timeZone: UTC }\n",
    ),
    (code::WINDOW, "duration: 4w", "duration: 1M"),
    (code::WINDOW, "duration: 4w", "duration: 5m"),
    (code::WINDOW, "isRolling: true", "isRolling: false"),
    (
        code::WINDOW,
        ROLLING,
        "    - duration: 4w\n    - duration: 1w\n",
    ),
    (
        code::NO_WINDOW,
        "  timeWindow:\n    - duration: 4w\n      isRolling: true\n",
        "",
    ),
    (code::BUDGETING, "Occurrences", "RatioTimeslices"),
    (code::BUDGETING, "Occurrences", "Timeslice"),
    (
        code::BUDGETING,
        "Occurrences\n  objectives:\n    - displayName: Foo Total Errors\n",
        "Timeslices\n  objectives:\n    - timeSliceWindow: 5s\n",
    ),
    (
        code::SLICE_TARGET,
        "Occurrences\n  objectives:\n    - displayName: Foo Total Errors\n",
        "Timeslices\n  objectives:\n    - timeSliceWindow: 5\n      timeSliceTarget: 0.99\n",
    ),
    (
        code::ALERT,
        "  objectives:\n",
        "  alertPolicies:\n    - spec: { conditions: [{ spec: { condition: { kind: burnrate, op: lte, threshold: 2 } } }] }\n  objectives:\n",
    ),
    (
        code::ALERT,
        "  objectives:\n",
        "  alertPolicies:\n    - spec: { conditions: [{ spec: { condition: { op: lt, threshold: 2 } } }] }\n  objectives:\n",
    ),
    (
        code::NOT_TAKEN,
        "  objectives:\n",
        "  alertPolicies:\n    - alertPolicyRef: fast\n  objectives:\n",
    ),
    (code::OBJECT, "openslo/v1\n", "openslo/v2alpha1\n"),
    (code::OBJECT, "kind: SLO", "kind: Slow"),
    (code::NO_SLO, "kind: SLO", "kind: SLI"),
    (
        code::ANNOTATION,
        "  displayName: Foo SLO\n",
        "  annotations: { jaunt.dev/every: often, jaunt.dev/moon: full }\n",
    ),
    (code::NAME, "service: foo", "service: '…'"),
    (any::MISSING_KEY, "  service: foo\n", ""),
    (code::YAML, "kind: SLO\n", "kind: [SLO\n"),
    (code::YAML, "kind: SLO\n", "kind: SLO\nkind: SLI\n"),
    (code::ALIAS, "kind: SLO\n", "kind: &slo SLO\nagain: *slo\n"),
];

#[test]
fn each_refusal_has_its_reason_and_its_place() {
    let mut told = String::new();
    for (code, old, new) in CASES {
        assert!(FOREIGN.contains(old), "{old}");
        let text = FOREIGN.replacen(old, new, 1);
        let imported = import(&text);
        let alike = |one: &&jaunt_text::Diagnostic| one.code == *code;
        let found = imported.diagnostics.iter().find(alike);
        let found = found.unwrap_or_else(|| panic!("{code}: {:?}", imported.diagnostics));
        let source = Source {
            name: "slo.yaml",
            text: &text,
        };
        let shown = render(&source, std::slice::from_ref(found), Colour::Never);
        writeln!(told, "{shown}").unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn every_code_has_a_case() {
    // Of two SLOs: below.
    let elsewhere = [code::DIFFERS];
    for code in code::ALL {
        let tried = CASES.iter().any(|(case, ..)| case == code) || elsewhere.contains(code);
        assert!(tried, "{code}");
    }
}

#[test]
fn what_others_wrote_becomes_the_part_of_a_journey_that_it_holds() {
    let imported = import(FOREIGN);
    let drafts = imported.drafts.unwrap();
    insta::assert_snapshot!(drafts[0].toml(), @r#"
    journey = "foo"

    [[slo]]
    name = "foo-slo"
    objective = "98%"
    window = "28d"
    "#);
    let codes: Vec<_> = imported.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, [code::NOT_TAKEN]);
}

#[test]
fn an_indicator_may_stand_in_the_same_file() {
    let sli = "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: { name: seen }\nspec: { ratioMetric: { bad: {}, total: {} } }\n";
    let slo = FOREIGN.replace("  indicator:\n", "  indicatorRef: seen\n  unused:\n");
    assert!(import(&format!("{slo}{sli}")).drafts.is_some());
}

#[test]
fn two_slos_of_one_name_are_refused() {
    let imported = import(&format!("{FOREIGN}---\n{FOREIGN}"));
    assert!(imported.drafts.is_none());
    assert!(
        imported
            .diagnostics
            .iter()
            .any(|one| one.code == code::DIFFERS)
    );
}

#[test]
fn hostile_yaml_ends_at_a_bound() {
    let nested = |depth| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
    let blocks: String = (0..500)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let wide = format!("[{}]", "a,".repeat(200_000));
    let keys: String = (0..40_000).map(|key| format!("k{key}: 1\n")).collect();
    let laughs = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n".to_owned();
    let large = "#".repeat((1 << 20) + 1);
    for (text, code) in [
        (nested(100), any::TOO_DEEP),
        // The grammar's own bound comes first.
        (nested(5_000), code::YAML),
        (blocks, any::TOO_DEEP),
        (wide, any::TOO_LARGE),
        (laughs, code::ALIAS),
        (large, any::TOO_LARGE),
        (keys, any::MISSING_KEY),
    ] {
        let imported = import(&text);
        assert!(imported.drafts.is_none());
        assert_eq!(imported.diagnostics[0].code, code);
    }
}
