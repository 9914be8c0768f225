//! What processes have spent, as the kernel counts it.

use std::{fs, io, time::Duration};

/// CPU, user and system, of all threads that `process` has now.
///
/// By the scheduler's own nanoseconds (`/proc/PID/task/TID/schedstat`, first field). A thread that
/// has ended is gone from the sum; those measured here keep theirs.
pub(crate) fn of_process(process: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let spent = text.split(' ').next().and_then(|field| field.parse().ok());
        nanos += spent.unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// CPU of all children of this process that were waited for, in steps of 10 ms of their sum
/// (`cutime` and `cstime` of `/proc/self/stat`).
pub(crate) fn of_children() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/self/stat")?;
    Ok(ticks(behind_name(&text).skip(13).take(2)))
}

/// CPU, user and system, of all threads that `process` has and had, in steps of 10 ms
/// (`utime` and `stime` of `/proc/PID/stat`).
pub(crate) fn of_group(process: u32) -> io::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    Ok(ticks(behind_name(&text).skip(11).take(2)))
}

/// CPU of the whole machine that was not idle (`/proc/stat`, first line: user, nice, system; behind
/// idle and iowait: irq, softirq), in steps of 10 ms.
pub(crate) fn of_machine() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let first = text.lines().next().unwrap_or_default();
    let fields = first.split_whitespace().skip(1).take(7).enumerate();
    Ok(ticks(
        fields
            .filter(|(n, _)| !matches!(n, 3 | 4))
            .map(|(_, field)| field),
    ))
}

/// The fields behind the second, which is a name in brackets that may hold spaces.
fn behind_name(stat: &str) -> impl Iterator<Item = &str> {
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace()
}

/// `USER_HZ` is 100 on Linux.
fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
