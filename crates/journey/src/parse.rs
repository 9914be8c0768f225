//! From text to journeys, or to everything that is wrong with it.
//!
//! Two passes: the first gathers what can be referred to (variables, secrets, steps and what they
//! capture), so that the second can judge every reference where it stands.

mod address;
mod auth;
mod body;
mod calendar;
mod capture;
mod connect;
mod correction;
mod cost;
mod expect;
mod given;
mod header;
mod matrix;
mod names;
mod operator;
mod paths;
mod request;
mod resolve;
mod scope;
mod slo;
mod step;
mod subject;
mod tls;
mod top;
mod value;
mod vars;
mod wait;
mod words;

pub(crate) use address::{Filled, fill};
pub(crate) use slo::nominal;

/// Fields that other files have in common with a journey, read and complained of alike.
pub mod field {
    pub use super::{
        calendar::{instant, policy_of, tables},
        capture::optional,
        slo::{objective, window_of},
        top::identity,
    };
}

use crate::Journey;
use jaunt_text::{Diagnostic, Diagnostics, Table, document};
use names::Names;
use std::collections::BTreeMap;

/// What is known beside a journey's text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values that replace `[vars]` of the same name; whom a name that the file lacks was meant for
    /// is for those to say who know all files ([`Parsed::vars`]).
    pub vars: BTreeMap<String, String>,
    /// The customer whom the file's source is pinned to.
    pub customer: Option<String>,
}

/// What a text says, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The journeys: one, or one per combination of the matrix; empty where there is any error.
    pub journeys: Vec<Journey>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of `[vars]`, also where there is an error.
    pub vars: Vec<String>,
}

/// Reads a journey. Never panics, whatever the text.
pub fn parse(text: &str, options: &Options) -> Parsed {
    let mut found = Diagnostics::new(text);
    let (journeys, vars) = document(text, &mut found)
        .map(|document| {
            let root = Table::root(&document, "a journey");
            let names = Names::gather(&root);
            (
                top::journeys(&root, &names, options, &mut found),
                names.vars,
            )
        })
        .unwrap_or_default();
    let refused = found.any_error();
    Parsed {
        journeys: if refused { Vec::new() } else { journeys },
        diagnostics: found.finish(),
        vars,
    }
}
