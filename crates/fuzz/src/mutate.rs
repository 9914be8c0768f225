//! Small changes to known inputs, by a seed that is printed: what the gate has time for.

/// A source of mutations; the same seed gives the same ones.
#[derive(Clone, Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// A source that starts from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// A changed copy of one of `corpus`, at most 64 KiB long; empty where there is none.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let Some(parent) = self.choose(corpus) else {
            return Vec::new();
        };
        let mut bytes = parent.clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, corpus);
        }
        bytes.truncate(64 * 1024);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(16)).min(bytes.len());
        match self.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let twice = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, twice);
            }
            3 => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                bytes.insert(at, byte);
            }
            4 => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                if let Some(old) = bytes.get_mut(at) {
                    *old ^= byte;
                }
            }
            _ => {
                if let Some(other) = self.choose(corpus) {
                    let from = self.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend_from_slice(other.get(from..).unwrap_or_default());
                }
            }
        }
    }

    fn choose<'a>(&mut self, corpus: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
        corpus.get(self.below(corpus.len().max(1)))
    }

    /// A number below `end`, by xorshift64* (Vigna, "An experimental exploration of Marsaglia's
    /// xorshift generators"): good enough to spread bytes, and needs nothing.
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap_or(0) % end.max(1)
    }
}
