//! A badge for a README or a wiki: one SLO in a line.

use crate::show;
use jaunt_slo::report::Said;
use maud::html;

/// The badge of an SLO as SVG; `remaining` is the share of the budget that is left.
pub fn badge(name: &str, said: Said, remaining: Option<f64>) -> String {
    let (colour, word) = match said {
        Said::Met => ("#00629b", "met"),
        Said::Violated => ("#94002c", "violated"),
        Said::CannotBeSaid => ("#806000", "cannot be said"),
        Said::NoData => ("#5a6270", "no data"),
    };
    let right = match remaining {
        Some(_) if said == Said::Met => format!("{word}, {} left", show::share(remaining)),
        _ => word.to_owned(),
    };
    let (left_width, right_width) = (width(name), width(&right));
    let whole = left_width + right_width;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(whole) height="20" role="img" aria-label={ (name) ": " (right) } {
            title { (name) ": " (right) }
            rect width=(whole) height="20" rx="3" fill="#3b4352" {}
            path d={ "M" (left_width) " 0h" (right_width - 3) "a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-" (right_width - 3) "z" } fill=(colour) {}
            g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle" {
                text x=(left_width / 2) y="14" textLength=(left_width - 14) { (name) }
                text x=(left_width + right_width / 2) y="14" textLength=(right_width - 14) { (right) }
            }
        }
    }
    .into_string()
}

/// About as wide as the text is in the badge's font; `textLength` makes it exact.
fn width(text: &str) -> usize {
    14 + text.chars().take(80).count() * 13 / 2
}
