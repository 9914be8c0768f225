//! The lines behind a restatement.

use crate::Event;

/// So many of them are kept to be shown.
const MOST: usize = 20;

/// Lines that came after what was known before.
#[derive(Clone, Debug, Default)]
pub struct Later {
    /// How many.
    pub count: u64,
    /// The first of them by when they were received.
    pub events: Vec<Event>,
}

impl Later {
    pub(super) fn note(&mut self, event: &Event) {
        self.count += 1;
        let key = |event: &Event| (event.recv_ns, event.start_ns);
        let at = self
            .events
            .partition_point(|other| (key(other), other) <= (key(event), event));
        if at < MOST {
            self.events.insert(at, event.clone());
            self.events.truncate(MOST);
        }
    }
}
