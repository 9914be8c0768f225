//! What a command could not do: told to people or as JSON.

use crate::{args::Format, output::Output};
use serde_json::json;
use std::{error::Error, fmt::Write};

/// What kept a command from judging: an error with its chain.
///
/// Every error enum of the house becomes one by `?`; what was wrong with an author's text travels
/// as diagnostics instead.
#[derive(Debug)]
pub(crate) struct Report {
    error: Box<dyn Error + Send + Sync>,
}

impl<E: Error + Send + Sync + 'static> From<E> for Report {
    fn from(error: E) -> Self {
        Self {
            error: Box::new(error),
        }
    }
}

impl Report {
    /// Writes it to the diagnostics.
    pub(crate) fn tell(&self, format: Format, output: &mut Output) {
        output.diagnostic(&match format {
            Format::Human => self.for_people(),
            Format::Json => self.for_programs(),
        });
    }

    fn for_people(&self) -> String {
        let style = anstyle::AnsiColor::Red.on_default().bold();
        let mut text = format!("{style}error{style:#}: {}\n", self.error);
        for cause in self.causes() {
            let _ = writeln!(text, "  because: {cause}");
        }
        text
    }

    fn for_programs(&self) -> String {
        let causes: Vec<_> = self.causes().collect();
        let told = json!({
            "error": { "message": self.error.to_string(), "causes": causes },
        });
        format!("{told}\n")
    }

    fn causes(&self) -> impl Iterator<Item = String> {
        std::iter::successors(self.error.source(), |cause| (*cause).source())
            .map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the journal in `/var/lib/jaunt`")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_told_with_its_chain() {
        let report = Report {
            error: Box::new(Outer(std::io::Error::other("disk on fire"))),
        };
        assert_eq!(
            anstream::adapter::strip_str(&report.for_people()).to_string(),
            "error: cannot open the journal in `/var/lib/jaunt`\n  because: disk on fire\n"
        );
        assert_eq!(
            report.for_programs(),
            "{\"error\":{\"message\":\"cannot open the journal in `/var/lib/jaunt`\",\"causes\":[\"disk on fire\"]}}\n"
        );
    }
}
