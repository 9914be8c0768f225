//! SLOs that another tool wrote, as YAML.

use crate::found::{self, Made};
use jaunt_openslo::import;

/// Any bytes as OpenSLO documents.
pub(crate) fn feed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let imported = import(&text);
    let made = imported
        .drafts
        .as_ref()
        .map_or(Made::Nothing, |_| Made::Something);
    found::is_sound(&text, &imported.diagnostics, made);
}
