//! An agreement's file: read, told, and held against the journeys.

use crate::{args::Format, output::Output, sources};
use jaunt_agreement::{Agreement, compare, parse};
use jaunt_journey::Journey;
use jaunt_text::{Diagnostic, Finding, Severity, Source, decode, findings};
use std::path::Path;

/// An agreement's file that was read.
pub(crate) struct File {
    /// Its path as people gave it.
    pub(crate) name: String,
    /// What it says; `None` where it is refused.
    pub(crate) agreement: Option<Agreement>,
    pub(crate) text: String,
    diagnostics: Vec<Diagnostic>,
}

impl File {
    /// The file of this path.
    pub(crate) fn open(path: &Path) -> Result<Self, sources::SourceError> {
        let bytes = sources::bytes(path)?;
        Ok(Self::of(path.display().to_string(), &bytes))
    }

    /// What `bytes` say.
    pub(crate) fn of(name: String, bytes: &[u8]) -> Self {
        let (text, broken) = decode(bytes);
        let parsed = parse(&text);
        let sound = broken.is_none();
        let mut diagnostics: Vec<_> = broken.into_iter().collect();
        diagnostics.extend(parsed.diagnostics);
        Self {
            name,
            agreement: parsed.agreement.filter(|_| sound),
            text,
            diagnostics,
        }
    }

    /// Notes where the journeys say otherwise, and tells that in sentences.
    pub(crate) fn hold_against(&mut self, journeys: &[&Journey]) -> Vec<String> {
        let Some(agreement) = &self.agreement else {
            return Vec::new();
        };
        let found = compare(agreement, &self.text, journeys);
        let errors = found.iter().filter(|one| one.severity == Severity::Error);
        let told = errors.map(|one| one.message.clone()).collect();
        self.diagnostics.extend(found);
        told
    }

    /// Whether anything is wrong with it, beyond warnings.
    pub(crate) fn is_refused(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many problems of a kind it has.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        let alike = self
            .diagnostics
            .iter()
            .filter(|one| one.severity == severity);
        alike.count()
    }

    /// Its problems for programs.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        findings(&self.source(), &self.diagnostics)
    }

    /// Tells its problems.
    pub(crate) fn tell(&self, format: Format, output: &mut Output) {
        sources::tell(&self.source(), &self.diagnostics, format, output);
    }

    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}
