//! What can be referred to, and what is certain to be set where: the first pass.

use crate::spec;
use jaunt_text::{Diagnostics, Item, Table, nearest};
use std::collections::BTreeSet;

/// A capture: the step's id and its name.
pub(super) type CaptureName = (String, String);

/// The names of a file.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) vars: Vec<String>,
    pub(super) secrets: Vec<String>,
    pub(super) matrix: Vec<String>,
    pub(super) steps: Vec<Outline>,
}

/// What other steps must know of a step.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) id: String,
    /// Names, and whether they are secret.
    pub(super) captures: Vec<(String, bool)>,
    pub(super) always: bool,
    when: Vec<CaptureName>,
    /// What is certainly set whenever this step runs.
    pub(super) certain: BTreeSet<CaptureName>,
}

impl Names {
    /// The names of this document. Nothing is noted: what is malformed is told by the second pass.
    pub(super) fn gather(root: &Table<'_>) -> Self {
        let keys = |name: &str| {
            let table = root.item(name).and_then(|item| item.as_table());
            table
                .map(|table| table.items().map(|item| item.key().to_owned()).collect())
                .unwrap_or_default()
        };
        let steps = steps(root);
        let lone = steps.len() == 1;
        let mut names = Self {
            vars: keys("vars"),
            secrets: keys("secrets"),
            matrix: keys("matrix"),
            steps: steps.iter().map(|step| outline(step, lone)).collect(),
        };
        names.prove();
        names
    }

    /// The index of the step of this id, and the step.
    pub(super) fn step(&self, id: &str) -> Option<(usize, &Outline)> {
        self.steps
            .iter()
            .enumerate()
            .find(|(_, step)| step.id == id)
    }

    /// What is certain at each step, in order.
    ///
    /// An ordinary step runs only if all before it passed, so what those capture is set, unless a
    /// `when` may have skipped one. An `always` step runs after any failure, and one that failed
    /// is forgiven: nothing is certain in it, nor of it, but what a `when` proves.
    fn prove(&mut self) {
        let mut so_far: BTreeSet<CaptureName> = BTreeSet::new();
        for index in 0..self.steps.len() {
            let Some(step) = self.steps.get(index) else {
                break;
            };
            let mut certain = if step.always {
                BTreeSet::new()
            } else {
                so_far.clone()
            };
            let surely_runs = step.when.iter().all(|capture| certain.contains(capture));
            for capture in &step.when {
                certain.extend(self.proven_by(capture, index));
            }
            if !step.always && surely_runs {
                let own = step.captures.iter();
                so_far.extend(own.map(|(name, _)| (step.id.clone(), name.clone())));
            }
            if let Some(step) = self.steps.get_mut(index) {
                step.certain = certain;
            }
        }
    }

    /// What must be set if this capture is: itself, and all that its step needed in order to run.
    fn proven_by(&self, capture: &CaptureName, before: usize) -> BTreeSet<CaptureName> {
        match self.step(&capture.0) {
            Some((index, step)) if index < before => {
                let mut proven = step.certain.clone();
                proven.insert(capture.clone());
                proven
            }
            _ => BTreeSet::new(),
        }
    }
}

/// What stands under `step`, else under a slip of it such as `steps`: the slip is told as an unknown
/// key, and what is wrong with the steps themselves is told beside it.
pub(super) fn step_item<'d>(root: &Table<'d>) -> Option<Item<'d>> {
    let slip = || {
        root.items()
            .find(|item| nearest(item.key(), ["step"]).is_some())
    };
    root.item("step").or_else(slip)
}

/// The `[[step]]` tables that are tables; a lone `[step]` is read as one.
pub(super) fn steps<'d>(root: &Table<'d>) -> Vec<Table<'d>> {
    // What is no list of tables is told by the second pass.
    let mut unheard = Diagnostics::new("");
    let item = step_item(root);
    if let Some(lone) = item.as_ref().and_then(Item::as_table) {
        return vec![lone];
    }
    item.and_then(|item| item.list("a list of steps: `[[step]]`", &mut unheard))
        .unwrap_or_default()
        .iter()
        .filter_map(Item::as_table)
        .collect()
}

/// The id of a step: what it says, else its verb where it is the only one.
pub(super) fn step_id(step: &Table<'_>, lone: bool) -> Option<String> {
    if let Some(id) = step.item("id") {
        return id.as_text().map(ToOwned::to_owned);
    }
    let verb = spec::VERBS.iter().find(|verb| step.has(verb.name));
    verb.filter(|_| lone).map(|verb| verb.name.to_owned())
}

fn outline(step: &Table<'_>, lone: bool) -> Outline {
    let captures = step.item("capture").and_then(|item| item.as_table());
    let is_true = |item: Option<Item<'_>>| {
        item.is_some_and(|item| matches!(item.value(), toml::de::DeValue::Boolean(true)))
    };
    Outline {
        id: step_id(step, lone).unwrap_or_default(),
        captures: captures
            .iter()
            .flat_map(Table::items)
            .map(|item| {
                let secret = item.as_table().and_then(|table| table.item("secret"));
                (item.key().to_owned(), is_true(secret))
            })
            .collect(),
        always: is_true(step.item("always")),
        when: when_names(step),
        certain: BTreeSet::new(),
    }
}

fn when_names(step: &Table<'_>) -> Vec<CaptureName> {
    let mut unheard = Diagnostics::new("");
    step.item("when")
        .and_then(|item| item.as_table())
        .and_then(|table| table.item("captured"))
        .and_then(|item| item.list("", &mut unheard))
        .unwrap_or_default()
        .iter()
        .filter_map(Item::as_text)
        .filter_map(|text| text.split_once('.'))
        .map(|(step, name)| (step.to_owned(), name.to_owned()))
        .collect()
}
