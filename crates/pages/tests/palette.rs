//! Colours that tell states apart do so for colour-blind people, too.
//!
//! Each colour of the style sheet is turned into what a person without one of the three kinds of
//! cone sees (Machado, Oliveira and Fernandes, *A Physiologically-based Model for Simulation of
//! Color Vision Deficiency*, 2009, severity 1.0), and any two that stand for different states are
//! held apart by CIEDE2000 (Sharma, Wu and Dalal, 2005). A difference of 1 is one that a trained eye
//! just sees side by side; marks in a table are apart and small, so [`APART`] is asked for.
//! What a colour says is said by shape or word as well; this is for those who skim.

#![allow(
    clippy::expect_used,
    reason = "a test that cannot find a colour says which"
)]

use jaunt_pages::STYLE;
use jaunt_slo::report::Said;

/// The least CIEDE2000 between two states, for every eye.
const APART: f64 = 10.0;
/// The least contrast of text (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;

/// Colours that stand for different things side by side.
const GROUPS: [&[&str]; 3] = [
    // Verdicts of SLOs and of runs, as words with marks, meters and curves.
    &["good", "bad", "doubt", "soft"],
    // The cells of a slot map: passed, slow, failed, and those that are left open.
    &["good-wash", "slow", "bad", "paper"],
    // The phases of a waterfall, and its pauses.
    &[
        "resolve", "connect", "tls", "send", "wait", "receive", "line",
    ],
];
/// Those that are text, on these grounds.
const TEXT: [&str; 6] = ["ink", "soft", "good", "bad", "doubt", "link"];
const GROUNDS: [&str; 2] = ["paper", "wash"];

type Matrix = [[f64; 3]; 3];

const EYES: [(&str, Matrix); 4] = [
    (
        "all cones",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// Light, dark and paper: the blocks of the style sheet, each over the first.
const SCHEMES: [&str; 3] = ["light", "dark", "print"];

/// The linear RGB of a name in a scheme.
fn colour(scheme: &str, name: &str) -> [f64; 3] {
    let blocks: Vec<&str> = STYLE
        .split(":root {")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default())
        .collect();
    let own = SCHEMES.iter().position(|it| *it == scheme);
    let own = own.and_then(|at| blocks.get(at));
    let of = |block: &&str| {
        let (_, rest) = block.split_once(&format!("--{name}:"))?;
        rest.split(';').next().map(|value| value.trim().to_owned())
    };
    let found = own.and_then(of).or_else(|| blocks.first().and_then(of));
    linear(&found.unwrap_or_else(|| panic!("no --{name} in {scheme}")))
}

/// `#rgb` or `#rrggbb` as linear RGB (IEC 61966-2-1).
fn linear(hex: &str) -> [f64; 3] {
    let digits = hex.strip_prefix('#').expect("a colour begins with #");
    let wide: String = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => digits.to_owned(),
    };
    [0, 2, 4].map(|at| {
        let pair = wide.get(at..at + 2).expect("six digits");
        let value = f64::from(u8::from_str_radix(pair, 16).expect("hexadecimal")) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    })
}

fn seen(eye: &Matrix, colour: [f64; 3]) -> [f64; 3] {
    eye.map(|row| {
        let sum: f64 = row
            .iter()
            .zip(colour)
            .map(|(weight, part)| weight * part)
            .sum();
        sum.clamp(0.0, 1.0)
    })
}

/// CIE L*a*b* under D65.
fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let f = |t: f64| match t > 216.0 / 24_389.0 {
        true => t.cbrt(),
        false => (24_389.0 / 27.0 * t + 16.0) / 116.0,
    };
    let x = f((0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47);
    let y = f(0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b);
    let z = f((0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000, in the words and order of Sharma, Wu and Dalal, equations 2 to 22.
fn difference(one: [f64; 3], other: [f64; 3]) -> f64 {
    let ([l1, a1, b1], [l2, a2, b2]) = (one, other);
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2))));
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        d if d > 180.0 => d - 360.0,
        d if d < -180.0 => d + 360.0,
        d => d,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let turned = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let from_50 = (l - 50.0).powi(2);
    let sl = 1.0 + 0.015 * from_50 / (20.0 + from_50).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * turned).to_radians().sin() * 2.0 * seventh(c);
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + rt * c * h).sqrt()
}

/// WCAG 2.2's contrast ratio.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

/// What is too alike among these, for anyone.
fn too_alike(what: &str, colours: &[(&str, [f64; 3])]) -> Vec<String> {
    let mut found = Vec::new();
    for (eye, matrix) in &EYES {
        for (at, (one, a)) in colours.iter().enumerate() {
            for (other, b) in colours.iter().skip(at + 1) {
                let apart = difference(lab(seen(matrix, *a)), lab(seen(matrix, *b)));
                if apart < APART {
                    found.push(format!("{what}, {eye}: {one} and {other} {apart:.1} apart"));
                }
            }
        }
    }
    found
}

#[test]
fn colours_of_different_states_are_apart_for_every_eye() {
    let mut found = Vec::new();
    for scheme in SCHEMES {
        for group in GROUPS {
            let colours: Vec<_> = (group.iter())
                .map(|name| (*name, colour(scheme, name)))
                .collect();
            found.extend(too_alike(scheme, &colours));
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn badges_of_different_states_are_apart_for_every_eye_and_can_be_read() {
    let states = [Said::Met, Said::Violated, Said::CannotBeSaid];
    let drawn = states.map(|said| jaunt_pages::badge("can-buy", said, None));
    let fills = drawn.iter().map(|svg| {
        // The first rectangle is the name's ground, the second one the state's.
        let fill = svg.split("fill=\"#").nth(2).and_then(|rest| rest.get(..6));
        linear(&format!(
            "#{}",
            fill.unwrap_or_else(|| panic!("no fill in {svg}"))
        ))
    });
    let colours: Vec<_> = ["met", "violated", "doubt"]
        .into_iter()
        .zip(fills)
        .collect();
    assert_eq!(too_alike("badge", &colours), [""; 0]);
    for (state, fill) in colours {
        let ratio = contrast(fill, linear("#fff"));
        assert!(ratio >= CONTRAST, "{state} is {ratio:.1} under its text");
    }
}

#[test]
fn what_is_text_can_be_read_on_every_ground() {
    for scheme in SCHEMES {
        for (text, ground) in TEXT.iter().flat_map(|text| GROUNDS.map(|on| (text, on))) {
            let ratio = contrast(colour(scheme, text), colour(scheme, ground));
            assert!(ratio >= CONTRAST, "{scheme}: {text} on {ground} {ratio:.2}");
        }
    }
}

#[test]
fn differences_are_those_that_were_published() {
    // Table 1 of Sharma, Wu and Dalal: pairs 1, 7, 9, 17, 20 and 33.
    for (one, other, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
        (
            [6.7747, -0.2908, -2.4247],
            [5.8714, -0.0985, -2.2286],
            0.6377,
        ),
    ] {
        let found = difference(one, other);
        assert!(
            (found - expected).abs() < 1e-4,
            "{one:?} {other:?}: {found}"
        );
    }
}
