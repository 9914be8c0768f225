//! Journey text, whole; and a template alone, where a journey holds it.

use crate::found::{self, Made};
use jaunt_journey::{Options, parse};

/// Any bytes as a journey's file.
pub(crate) fn whole(bytes: &[u8]) {
    judge(&String::from_utf8_lossy(bytes));
}

/// Any bytes as a journey's URL, header and body.
pub(crate) fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let quoted: String = text.chars().flat_map(quote).collect();
    judge(&format!(
        "journey = \"fuzz\"\n[vars]\na = 1\nb = {{ pick = [\"x\", \"y\"] }}\n\
         [secrets]\ns = {{ from = \"env:S\" }}\n\
         [[step]]\nid = \"one\"\nrequest = \"GET https://a.example/\"\nstatus = 200\n\
         capture.c = {{ header = \"x\" }}\n\
         [[step]]\nid = \"two\"\nrequest = \"POST https://a.example/{quoted}\"\nstatus = 200\n\
         header.x-a = \"{quoted}\"\nbody.json = {{ a = \"{quoted}\" }}\n"
    ));
}

/// Every character as TOML's basic strings take it.
fn quote(letter: char) -> impl Iterator<Item = char> {
    let escaped = match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
        letter => letter.into(),
    };
    escaped.chars().collect::<Vec<_>>().into_iter()
}

fn judge(text: &str) {
    let parsed = parse(text, &Options::default());
    let made = match parsed.journeys.is_empty() {
        true => Made::Nothing,
        false => Made::Something,
    };
    found::is_sound(text, &parsed.diagnostics, made);
}
