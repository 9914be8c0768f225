//! A configuration, agent's or hub's: read, judged, and all that is wrong with it told.

use crate::{args::Format, exit::Exit, output::Output, trouble::Report};
use jaunt_text::{Colour, Diagnostic, Source, decode, findings, render};
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
pub(crate) struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

/// A configuration's text, and what it says.
pub(crate) struct Read<C> {
    name: String,
    text: String,
    config: Option<C>,
    diagnostics: Vec<Diagnostic>,
}

impl<C> Read<C> {
    /// Reads the file at `path` by `parse`, which gets its text and its folder. The folder is
    /// absolute, so that paths in the file mean the same wherever the program is started.
    pub(crate) fn of(
        path: &Path,
        parse: impl FnOnce(&str, &Path) -> (Option<C>, Vec<Diagnostic>),
    ) -> Result<Self, Unreadable> {
        let failed = |source| Unreadable {
            path: path.to_owned(),
            source,
        };
        let (text, broken) = decode(&fs::read(path).map_err(failed)?);
        let folder = std::path::absolute(path).map_err(failed)?;
        let (config, mut diagnostics) = parse(&text, folder.parent().unwrap_or(&folder));
        let config = config.filter(|_| broken.is_none());
        diagnostics.splice(0..0, broken);
        Ok(Self {
            name: path.display().to_string(),
            text,
            config,
            diagnostics,
        })
    }

    /// The configuration, if it is sound; all that is wrong with it is told.
    pub(crate) fn sound(self, format: Format, output: &mut Output) -> Option<C> {
        match format {
            Format::Human => output.diagnostic(&self.rendered()),
            Format::Json if self.config.is_none() => output.diagnostic(&self.told()),
            Format::Json => {}
        }
        self.config
    }

    /// Tells all that is wrong with it, or what it says: `explained` gets its name and it.
    pub(crate) fn check(
        self,
        format: Format,
        output: &mut Output,
        explained: impl FnOnce(&str, &C) -> String,
    ) -> Result<Exit, Report> {
        match format {
            Format::Human => {
                output.diagnostic(&self.rendered());
                if let Some(config) = &self.config {
                    output.result(&explained(&self.name, config))?;
                }
            }
            Format::Json => output.result(&self.told())?,
        }
        Ok(match self.config {
            Some(_) => Exit::Fine,
            None => Exit::Unjudged,
        })
    }

    fn rendered(&self) -> String {
        render(&self.source(), &self.diagnostics, Colour::Always)
    }

    fn told(&self) -> String {
        let findings = findings(&self.source(), &self.diagnostics);
        let ok = self.config.is_some();
        format!("{}\n", json!({ "ok": ok, "findings": findings }))
    }

    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}
