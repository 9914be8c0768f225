//! What a command could not do: told to people or as JSON.

use crate::{args::Format, output::Output};
use serde_json::json;
use std::{error::Error, fmt::Write};

/// What kept a command from judging: errors, each with its chain.
///
/// Every error enum of the house becomes one by `?`; what was wrong with an author's text travels
/// as diagnostics instead.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<Box<dyn Error + Send + Sync>>,
}

impl<E: Error + Send + Sync + 'static> From<E> for Report {
    fn from(error: E) -> Self {
        Self {
            errors: vec![Box::new(error)],
        }
    }
}

impl Report {
    /// Several errors of one attempt, none of which follows from another.
    pub(crate) fn of_all<E: Error + Send + Sync + 'static>(errors: Vec<E>) -> Self {
        Self {
            errors: errors.into_iter().map(|one| Box::new(one) as _).collect(),
        }
    }

    /// Adds what `other` says.
    pub(crate) fn add(&mut self, other: Self) {
        self.errors.extend(other.errors);
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Writes it to the diagnostics.
    pub(crate) fn tell(&self, format: Format, output: &mut Output) {
        for error in &self.errors {
            output.diagnostic(&match format {
                Format::Human => for_people(error.as_ref()),
                Format::Json => for_programs(error.as_ref()),
            });
        }
    }
}

fn for_people(error: &dyn Error) -> String {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let mut text = format!("{style}error{style:#}: {error}\n");
    for cause in causes(error) {
        let _ = writeln!(text, "  because: {cause}");
    }
    text
}

fn for_programs(error: &dyn Error) -> String {
    let causes: Vec<_> = causes(error).collect();
    let told = json!({
        "error": { "message": error.to_string(), "causes": causes },
    });
    format!("{told}\n")
}

fn causes(error: &dyn Error) -> impl Iterator<Item = String> {
    std::iter::successors(error.source(), |cause| (*cause).source()).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the journal in `/var/lib/jaunt`")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_told_with_its_chain() {
        let error = Outer(std::io::Error::other("disk on fire"));
        assert_eq!(
            anstream::adapter::strip_str(&for_people(&error)).to_string(),
            "error: cannot open the journal in `/var/lib/jaunt`\n  because: disk on fire\n"
        );
        assert_eq!(
            for_programs(&error),
            "{\"error\":{\"message\":\"cannot open the journal in `/var/lib/jaunt`\",\"causes\":[\"disk on fire\"]}}\n"
        );
    }
}
