//! What was measured, as a table.

use crate::kind::{Kind, Pace, Tool};
use std::{collections::BTreeMap, fmt, time::Duration};

/// CPU per probe, by round.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<(Pace, Kind, Tool), Vec<f64>>);

impl Table {
    /// Notes a round.
    pub(crate) fn add(&mut self, pace: Pace, kind: Kind, tool: Tool, spent: Duration) {
        let micros = spent.as_secs_f64() * 1e6;
        self.0.entry((pace, kind, tool)).or_default().push(micros);
    }

    fn of(&self, pace: Pace, kind: Kind, tool: Tool) -> &[f64] {
        self.0.get(&(pace, kind, tool)).map_or(&[], Vec::as_slice)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nCPU, user + system, per cold probe in µs: median of the rounds."
        )?;
        writeln!(
            f,
            "Ratios are medians of each round's, with the least and the greatest.\n"
        )?;
        writeln!(
            f,
            "| probe | jaunt | floor | peer | jaunt/peer | jaunt/floor |"
        )?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for pace in Pace::ALL.into_iter().rev() {
            for kind in Kind::ALL {
                let of = |tool| self.of(pace, kind, tool);
                let (jaunt, floor, peer) = (of(Tool::Jaunt), of(Tool::Floor), of(Tool::Peer));
                writeln!(
                    f,
                    "| {} {} | {} | {} | {} | {} | {} |",
                    pace.word(),
                    kind.word(),
                    micros(jaunt),
                    micros(floor),
                    micros(peer),
                    ratio(jaunt, peer),
                    ratio(jaunt, floor),
                )?;
            }
        }
        Ok(())
    }
}

fn micros(rounds: &[f64]) -> String {
    median(rounds).map_or("–".to_owned(), |micros| format!("{micros:.0}"))
}

/// The median of the rounds' ratios, with their range: a round's two were measured side by side.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> String {
    let mut ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    ratios.sort_by(f64::total_cmp);
    match (median(&ratios), ratios.first(), ratios.last()) {
        (Some(middle), Some(least), Some(most)) => {
            format!("{middle:.2} ({least:.2}–{most:.2})")
        }
        _ => "–".to_owned(),
    }
}

/// The middle one, or the upper of the middle two.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
