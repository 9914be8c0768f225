//! Resident memory over time.

use crate::Trouble;
use std::time::Instant;

/// What was seen: seconds since the first look, and MiB.
#[derive(Default)]
pub(super) struct Resident {
    begun: Option<Instant>,
    seen: Vec<(f64, f64)>,
}

impl Resident {
    /// Looks at `process` (`VmRSS`, proc_pid_status(5)).
    pub(super) fn look(&mut self, process: u32) -> Result<(), Trouble> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let mut lines = status.lines();
        let kib = lines.find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kib: u32 = kib.ok_or("the kernel says nothing of memory")?.parse()?;
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let at = begun.elapsed().as_secs_f64();
        self.seen.push((at, f64::from(kib) / 1024.0));
        Ok(())
    }

    /// MiB at the first look.
    pub(super) fn first(&self) -> f64 {
        self.seen.first().map_or(0.0, |(_, mib)| *mib)
    }

    /// MiB at the last look.
    pub(super) fn last(&self) -> f64 {
        self.seen.last().map_or(0.0, |(_, mib)| *mib)
    }

    /// The most MiB at any look.
    pub(super) fn most(&self) -> f64 {
        self.seen.iter().map(|(_, mib)| *mib).fold(0.0, f64::max)
    }

    /// MiB per hour, by least squares over all looks.
    pub(super) fn slope(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred looks")]
        let count = self.seen.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| self.seen.iter().map(of).sum::<f64>() / count;
        let (at, mib) = (mean(|seen| seen.0), mean(|seen| seen.1));
        let (mut both, mut square) = (0.0, 0.0);
        for seen in &self.seen {
            both += (seen.0 - at) * (seen.1 - mib);
            square += (seen.0 - at).powi(2);
        }
        if square > 0.0 {
            both / square * 3_600.0
        } else {
            0.0
        }
    }
}
