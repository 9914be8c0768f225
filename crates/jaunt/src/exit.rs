//! Exit codes.

/// How a command ended; of several, the worst counts: the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: fine.
    Fine,
    /// 1: the thing judged is bad.
    Bad,
    /// 2: it could not be judged.
    Unjudged,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Bad => 1,
            Exit::Unjudged => 2,
        })
    }
}
