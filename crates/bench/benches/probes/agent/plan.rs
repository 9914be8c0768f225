//! What is measured, as the command line says it.

use crate::Trouble;

/// How many journeys run once a minute, and how many steps each has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) journeys: u32,
    pub(crate) steps: u32,
}

/// The loads, one after the other, and for how many minutes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) minutes: u32,
    pub(crate) loads: Vec<Load>,
}

const MINUTES: u32 = 10;
/// An agent's limit on journeys unless it is raised.
const MOST_JOURNEYS: u32 = 20_000;
const MOST_STEPS: u32 = 50;

impl Plan {
    /// `--agent [minutes]`: half load and whole load; `--sizing`: all of the sizing table;
    /// `--journeys N [--steps N]`: one load.
    ///
    /// # Errors
    /// A number is none.
    pub(crate) fn read(words: &[&str]) -> Result<Self, Trouble> {
        let minutes = number(words, "--agent")?.unwrap_or(MINUTES).clamp(1, 60);
        let load = |journeys, steps| Load { journeys, steps };
        let loads = match number(words, "--journeys")? {
            Some(journeys) => vec![load(
                journeys.clamp(1, MOST_JOURNEYS),
                number(words, "--steps")?.unwrap_or(1).clamp(1, MOST_STEPS),
            )],
            None if words.contains(&"--sizing") => [1, 5]
                .into_iter()
                .flat_map(|steps| [100, 1_000, 10_000].map(|journeys| load(journeys, steps)))
                .collect(),
            None => vec![load(5_000, 1), load(10_000, 1)],
        };
        Ok(Self { minutes, loads })
    }
}

/// The number behind `word`, where there is one before the next option.
fn number(words: &[&str], word: &str) -> Result<Option<u32>, Trouble> {
    let behind = words.iter().skip_while(|one| **one != word).nth(1);
    let given = behind.filter(|text| !text.starts_with("--"));
    Ok(given.map(|text| text.parse()).transpose()?)
}
