//! Steps as they happen, on a terminal.

use crate::{
    output::Output,
    render::{self, Look},
};
use jaunt_record::Step;

/// What happens in a run.
pub(crate) enum Event {
    /// A step of this id has begun.
    Began(String),
    /// A step has ended.
    Ended(Box<Step>),
}

/// The lines that are redrawn while a run goes on, and taken away when it has ended.
pub(crate) struct Show<'o> {
    live: bool,
    look: Look,
    output: &'o mut Output,
    current: Option<String>,
    lines: usize,
    beat: usize,
}

/// More lines than this scroll out of small terminals and could not be taken away again.
const MOST_LINES: usize = 15;

impl<'o> Show<'o> {
    /// Shows on `output`, or does nothing where it is not `live`.
    pub(crate) fn new(live: bool, look: Look, output: &'o mut Output) -> Self {
        Self {
            live,
            look,
            output,
            current: None,
            lines: 0,
            beat: 0,
        }
    }

    /// Draws what happened.
    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::Began(id) => {
                self.current = Some(id.clone());
                self.spin();
            }
            Event::Ended(step) => {
                self.current = None;
                let line = render::ended(step, &self.look);
                if self.lines >= MOST_LINES {
                    self.draw(&format!("\r\u{1b}[K{line}"));
                } else {
                    self.draw(&format!("\r\u{1b}[K{line}\n"));
                    self.lines += 1;
                }
            }
        }
    }

    /// Turns the mark of the step that is going on.
    pub(crate) fn beat(&mut self) {
        self.beat += 1;
        self.spin();
    }

    /// Takes away what was drawn.
    pub(crate) fn clear(&mut self) {
        self.current = None;
        let up = match self.lines {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A"),
        };
        self.draw(&format!("\r{up}\u{1b}[J"));
        self.lines = 0;
    }

    fn spin(&mut self) {
        if let Some(id) = &self.current {
            let line = render::began(id, self.beat, &self.look);
            self.draw(&format!("\r\u{1b}[K{line}"));
        }
    }

    fn draw(&mut self, text: &str) {
        if self.live {
            self.output.cursor(text);
        }
    }
}
