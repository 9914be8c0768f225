//! Chromium without a window: pages in, what a person would see of them out.

use super::{place, skip};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A browser that can be asked to look.
pub(crate) struct Browser {
    chromium: PathBuf,
    node: PathBuf,
    axe: PathBuf,
}

impl Browser {
    /// `None`, said aloud, where what it takes is not installed.
    pub(crate) fn find() -> Option<Self> {
        Some(Self {
            chromium: skip::program("chromium")?,
            node: skip::program("node")?,
            axe: skip::tool("node/node_modules/axe-core/axe.min.js")?,
        })
    }

    /// Looks at each page, given as name and URL, and draws it into [`screens`].
    pub(crate) fn look(&self, pages: &[(&str, String)]) -> Vec<Value> {
        std::fs::create_dir_all(screens()).unwrap();
        let mut looking = Command::new(&self.node)
            .arg(place::fixture("browser.mjs"))
            .args([&self.chromium, &self.axe, &screens()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut asked = looking.stdin.take().unwrap();
        for (name, url) in pages {
            writeln!(asked, "{}", json!({ "name": name, "url": url })).unwrap();
        }
        drop(asked);
        let looked = looking.wait_with_output().unwrap();
        assert!(looked.status.success(), "the browser gave up");
        let text = String::from_utf8(looked.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Where pictures of the pages are put, for a person to look at.
pub(crate) fn screens() -> PathBuf {
    place::workspace().join("target/screens")
}
