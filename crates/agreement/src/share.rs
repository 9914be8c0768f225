//! A share of a budget: an exact percentage.

/// A share: a percentage of exact decimal text, from 0 % to 10 000 %.
#[derive(Clone, Debug)]
pub struct Share {
    text: String,
    millionths: u64,
}

/// Why a text is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareError {
    /// It has no percent sign.
    Unit,
    /// Before it stands no decimal number of at most four decimals.
    Number,
    /// It is above 10 000 %.
    Range,
}

/// One per cent, in millionths.
const PERCENT: u64 = 10_000;

impl Share {
    /// The share of this text: `75%`.
    ///
    /// # Errors
    /// No percent sign, no decimal number of at most four decimals, or above 10 000 %.
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let number = text.strip_suffix('%').ok_or(ShareError::Unit)?.trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 4 {
            return Err(ShareError::Number);
        }
        let whole: u64 = whole.parse().map_err(|_| ShareError::Range)?;
        let parts: u64 = format!("{fraction:0<4}")
            .parse()
            .map_err(|_| ShareError::Number)?;
        if whole > 10_000 || whole == 10_000 && parts > 0 {
            return Err(ShareError::Range);
        }
        Ok(Self {
            text: format!("{number}%"),
            millionths: whole * PERCENT + parts,
        })
    }

    /// In millionths of the whole: 75 % is 750 000.
    pub const fn millionths(&self) -> u64 {
        self.millionths
    }

    /// As a ratio, for what is shown: 75 % is 0.75.
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most 10^8: exact in a double"
    )]
    pub fn ratio(&self) -> f64 {
        self.millionths as f64 / 1e6
    }
}

/// Two spellings of one number are the same share: `75%` and `75.0%`.
impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.millionths == other.millionths
    }
}

impl Eq for Share {}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_an_exact_percentage() {
        for (text, expected) in [
            ("75%", Ok(750_000)),
            ("0.0001%", Ok(1)),
            ("12.5 %", Ok(125_000)),
            ("150%", Ok(1_500_000)),
            ("10000%", Ok(100_000_000)),
            ("10000.1%", Err(ShareError::Range)),
            ("99999999999999999999999%", Err(ShareError::Range)),
            ("75", Err(ShareError::Unit)),
            ("-5%", Err(ShareError::Number)),
            ("0.00001%", Err(ShareError::Number)),
            ("%", Err(ShareError::Number)),
        ] {
            let share = Share::parse(text).map(|share| share.millionths());
            assert_eq!(share, expected, "{text}");
        }
        assert_eq!(Share::parse("75%"), Share::parse("75.0%"));
    }
}
