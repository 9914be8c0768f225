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
/// (`cutime` and `cstime` of `/proc/self/stat`; `USER_HZ` is 100 on Linux).
pub(crate) fn of_children() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The second field is a name in brackets, which may hold spaces.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let fields = after.split_whitespace().skip(13).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
