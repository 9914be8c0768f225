//! What holds of every text that people write, whoever reads it.

use jaunt_text::{Diagnostic, Severity};

/// Whether a text made anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// A journey, a configuration, an agreement.
    Something,
    /// Nothing.
    Nothing,
}

/// Every finding lies within the text, and the text is refused with a reason or makes something.
pub(crate) fn is_sound(text: &str, found: &[Diagnostic], made: Made) {
    for one in found {
        assert!(
            text.get(one.span.clone()).is_some(),
            "[{}] lies at {:?} of a text of {} bytes",
            one.code,
            one.span,
            text.len()
        );
    }
    let refused = found.iter().any(|one| one.severity == Severity::Error);
    assert_eq!(
        refused,
        made == Made::Nothing,
        "a text is refused, with a reason, or makes something"
    );
}
