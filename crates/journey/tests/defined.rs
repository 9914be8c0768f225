//! What is referred to is certainly there: rule 7 of the language.

use jaunt_journey::{Options, code, parse};
use jaunt_text::{Colour, Severity, Source, render};

/// A step that captures `name`, with further lines.
fn step(id: &str, lines: &str) -> String {
    format!(
        "[[step]]\nid = \"{id}\"\nrequest = \"POST https://a.example/\"\nstatus = 200\n{lines}\n"
    )
}

fn file(steps: &[String]) -> String {
    format!("journey = \"a\"\n{}", steps.concat())
}

/// The errors of a file: code and the text that each underlines.
fn problems(text: &str) -> Vec<(&'static str, String)> {
    let parsed = parse(text, &Options::default());
    let errors = parsed.diagnostics.iter();
    errors
        .filter(|one| one.severity == Severity::Error)
        .map(|one| {
            let there = text.get(one.span.clone()).unwrap_or("outside");
            (one.code, there.to_owned())
        })
        .collect()
}

fn is(text: &str, expected: &[(&'static str, &str)]) {
    let parsed = parse(text, &Options::default());
    let source = Source {
        name: "a.toml",
        text,
    };
    let told = render(&source, &parsed.diagnostics, Colour::Never);
    let found = problems(text);
    let found: Vec<_> = found
        .iter()
        .map(|(code, at)| (*code, at.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}\n{told}");
}

const TOKEN: &str = "capture.token = { json = \"$.token\" }";
const USES: &str = "header.x = \"{{login.token}}\"";

#[test]
fn what_an_earlier_step_captured_is_there() {
    is(&file(&[step("login", TOKEN), step("b", USES)]), &[]);
    is(
        &file(&[step("login", TOKEN), step("b", ""), step("c", USES)]),
        &[],
    );
}

#[test]
fn what_is_undefined_is_refused_wherever_it_stands() {
    for (lines, at) in [
        ("header.x = \"{{vars.nope}}\"", "{{vars.nope}}"),
        ("header.x = \"{{secrets.nope}}\"", "{{secrets.nope}}"),
        ("header.x = \"{{matrix.nope}}\"", "{{matrix.nope}}"),
        ("header.x = \"{{run.nope}}\"", "{{run.nope}}"),
        ("header.x = \"{{nope.token}}\"", "{{nope.token}}"),
        ("header.x = \"{{login.nope}}\"", "{{login.nope}}"),
        ("header.x = [\"a\", \"b{{login.nope}}c\"]", "{{login.nope}}"),
        ("query = { a = \"{{login.nope}}\" }", "{{login.nope}}"),
        (
            "body.json = { a = [{ b = \"{{login.nope}}\" }] }",
            "{{login.nope}}",
        ),
        ("body.text = \"{{login.nope}}\"", "{{login.nope}}"),
        ("body.form = { a = \"{{login.nope}}\" }", "{{login.nope}}"),
        (
            "body.multipart = [{ name = \"a\", text = \"{{login.nope}}\" }]",
            "{{login.nope}}",
        ),
        ("auth.bearer = \"{{login.nope}}\"", "{{login.nope}}"),
        ("tls.server_name = \"{{login.nope}}\"", "{{login.nope}}"),
        (
            "expect = [{ json = \"$.a\", eq = \"{{login.nope}}\" }]",
            "{{login.nope}}",
        ),
        (
            "expect = [{ json = \"$.a\", one_of = [\"{{login.nope}}\"] }]",
            "{{login.nope}}",
        ),
        (
            "expect = [{ body = \"text\", contains = \"{{login.nope}}\" }]",
            "{{login.nope}}",
        ),
        (
            "poll = { every = \"1s\", for = \"2s\", stop = [{ json = \"$.a\", eq = \"{{login.nope}}\" }] }",
            "{{login.nope}}",
        ),
        ("when = { captured = [\"login.nope\"] }", "\"login.nope\""),
        ("when = { captured = [\"nope.token\"] }", "\"nope.token\""),
    ] {
        let text = file(&[step("login", TOKEN), step("b", lines)]);
        is(&text, &[(code::UNKNOWN_REFERENCE, at)]);
    }
    let line = file(&[step("login", TOKEN), step("b", "")]).replacen(
        "id = \"b\"\nrequest = \"POST https://a.example/\"",
        "id = \"b\"\nrequest = \"GET https://a.example/{{login.nope}}\"",
        1,
    );
    is(&line, &[(code::UNKNOWN_REFERENCE, "{{login.nope}}")]);
}

#[test]
fn what_comes_later_is_refused() {
    let later = file(&[step("b", USES), step("login", TOKEN)]);
    is(&later, &[(code::LATER_REFERENCE, "{{login.token}}")]);
    let own = file(&[step("a", ""), step("login", &format!("{TOKEN}\n{USES}"))]);
    is(&own, &[(code::LATER_REFERENCE, "{{login.token}}")]);
    let when = "when = { captured = [\"login.token\"] }";
    let when = file(&[step("b", when), step("login", TOKEN)]);
    is(&when, &[(code::LATER_REFERENCE, "\"login.token\"")]);
}

#[test]
fn an_expectation_cannot_use_what_its_own_step_captures() {
    let own = "expect = [{ json = \"$.b\", eq = \"{{login.token}}\" }]";
    let text = file(&[step("a", ""), step("login", &format!("{TOKEN}\n{own}"))]);
    is(&text, &[(code::LATER_REFERENCE, "{{login.token}}")]);
}

#[test]
fn a_clean_up_knows_only_what_its_when_proves() {
    let always = |lines: &str| {
        file(&[
            step("login", TOKEN),
            step("out", &format!("always = true\n{lines}")),
        ])
    };
    is(&always(USES), &[(code::UNSET_REFERENCE, "{{login.token}}")]);
    let proven = format!("when = {{ captured = [\"login.token\"] }}\n{USES}");
    is(&always(&proven), &[]);
}

#[test]
fn nothing_that_a_clean_up_captured_is_certain() {
    let steps = |lines: &str| {
        file(&[
            step("a", ""),
            step("login", &format!("always = true\n{TOKEN}")),
            step("b", lines),
        ])
    };
    is(&steps(USES), &[(code::UNSET_REFERENCE, "{{login.token}}")]);
    let proven = format!("when = {{ captured = [\"login.token\"] }}\n{USES}");
    is(&steps(&proven), &[]);
}

#[test]
fn a_when_proves_all_that_its_captures_needed() {
    let steps = |lines: &str| {
        file(&[
            step("login", TOKEN),
            step("cart", "capture.item = { json = \"$.item\" }"),
            step("pay", "capture.order = { json = \"$.order\" }"),
            step("out", &format!("always = true\n{lines}")),
        ])
    };
    // An order was paid: so its step ran, and all before it had passed.
    let proven = "when = { captured = [\"pay.order\"] }\nheader.x = \"{{login.token}}{{cart.item}}{{pay.order}}\"";
    is(&steps(proven), &[]);
    // There was an item in the cart: that there is an order does not follow.
    let short =
        "when = { captured = [\"cart.item\"] }\nheader.x = \"{{login.token}}{{pay.order}}\"";
    is(&steps(short), &[(code::UNSET_REFERENCE, "{{pay.order}}")]);
}

#[test]
fn a_when_proves_a_capture_and_not_its_sister() {
    let text = file(&[
        step(
            "login",
            "capture.a = { json = \"$.a\" }\ncapture.b = { json = \"$.b\" }",
        ),
        step(
            "out",
            "always = true\nwhen = { captured = [\"login.a\"] }\nheader.x = \"{{login.a}}{{login.b}}\"",
        ),
    ]);
    // The step may have found `a`, and failed over `b`.
    is(&text, &[(code::UNSET_REFERENCE, "{{login.b}}")]);
}

#[test]
fn a_when_chain_through_clean_ups_proves_the_first_link() {
    let text = file(&[
        step("login", TOKEN),
        step(
            "list",
            "always = true\nwhen = { captured = [\"login.token\"] }\ncapture.id = { json = \"$.id\" }",
        ),
        step(
            "delete",
            "always = true\nwhen = { captured = [\"list.id\"] }\nheader.x = \"{{login.token}}{{list.id}}\"",
        ),
    ]);
    is(&text, &[]);
}

#[test]
fn what_a_skipped_step_would_have_captured_may_be_unset_later() {
    let text = file(&[
        step("login", TOKEN),
        step(
            "probe",
            "always = true\ncapture.flag = { json = \"$.flag\" }",
        ),
        step(
            "extra",
            "when = { captured = [\"probe.flag\"] }\ncapture.more = { json = \"$.more\" }",
        ),
        step("end", "header.x = \"{{extra.more}}{{login.token}}\""),
    ]);
    is(&text, &[(code::UNSET_REFERENCE, "{{extra.more}}")]);
    // A `when` that always holds skips nothing.
    let text = file(&[
        step("login", TOKEN),
        step(
            "extra",
            "when = { captured = [\"login.token\"] }\ncapture.more = { json = \"$.more\" }",
        ),
        step("end", "header.x = \"{{extra.more}}\""),
    ]);
    is(&text, &[]);
}

#[test]
fn a_default_that_needs_a_capture_holds_from_the_step_after_it() {
    let text = |steps: &[String]| {
        format!(
            "journey = \"a\"\n[defaults]\nheader.x = \"{{{{login.token}}}}\"\n{}",
            steps.concat()
        )
    };
    let sound = text(&[step("a", ""), step("login", TOKEN), step("b", "")]);
    is(&sound, &[]);
    let parsed = parse(&sound, &Options::default());
    let headers: Vec<usize> = parsed
        .journeys
        .iter()
        .flat_map(|journey| &journey.steps)
        .filter_map(|step| match &step.verb {
            jaunt_journey::Verb::Request(request) => Some(request.headers.len()),
            _ => None,
        })
        .collect();
    assert_eq!(headers, [0, 0, 1]);
    // In a clean-up it may be unset as any reference may.
    let always = text(&[step("login", TOKEN), step("out", "always = true")]);
    is(&always, &[(code::UNSET_REFERENCE, "{{login.token}}")]);
    let proven = "always = true\nwhen = { captured = [\"login.token\"] }";
    is(&text(&[step("login", TOKEN), step("out", proven)]), &[]);
    // What no step captures is told, once for the file.
    let nowhere = text(&[step("login", ""), step("b", "")]);
    is(&nowhere, &[(code::UNKNOWN_REFERENCE, "{{login.token}}")]);
}
