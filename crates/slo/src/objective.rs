//! An objective: an exact percentage.

/// An objective: a percentage of exact decimal text, 0 % < o < 100 %.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Objective {
    text: String,
    numerator: u128,
    denominator: u128,
}

/// Why a text is no objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    /// It has no percent sign.
    #[error("an objective carries a percent sign: `99.9%`")]
    Unit,
    /// It is no decimal number, or one of more than 12 decimals.
    #[error("no decimal number")]
    Number,
    /// It is not above 0 % and below 100 %.
    #[error(
        "an objective is above 0 % and below 100 %: 100 % has no budget, so every failure would break it"
    )]
    Range,
}

impl Objective {
    /// The objective of this text: `99.9%`.
    ///
    /// # Errors
    /// No percent sign, no decimal number, or not between 0 % and 100 %.
    pub fn parse(text: &str) -> Result<Self, ObjectiveError> {
        let number = text
            .strip_suffix('%')
            .ok_or(ObjectiveError::Unit)?
            .trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 12 || whole.len() > 12 {
            return Err(ObjectiveError::Number);
        }
        let scale = u32::try_from(fraction.len()).map_err(|_| ObjectiveError::Number)?;
        let denominator = 100 * 10_u128.pow(scale);
        let numerator = format!("{whole}{fraction}")
            .parse()
            .map_err(|_| ObjectiveError::Number)?;
        if numerator == 0 || numerator >= denominator {
            return Err(ObjectiveError::Range);
        }
        Ok(Self {
            text: format!("{number}%"),
            numerator,
            denominator,
        })
    }

    /// The objective as a decimal ratio, exactly and without needless zeros: `0.999`.
    pub fn decimal(&self) -> String {
        Self::ratio_text(self.numerator, self.denominator)
    }

    /// 1 − objective as a decimal ratio, exactly: `0.001`.
    pub fn budget_decimal(&self) -> String {
        Self::ratio_text(self.denominator - self.numerator, self.denominator)
    }

    /// `numerator / denominator` below 1, where the denominator is a power of ten.
    fn ratio_text(numerator: u128, denominator: u128) -> String {
        let places = denominator.ilog10() as usize;
        let digits = format!("{numerator:0places$}");
        format!("0.{}", digits.trim_end_matches('0'))
    }

    /// The objective as a fraction: (numerator, denominator).
    pub const fn ratio(&self) -> (u128, u128) {
        (self.numerator, self.denominator)
    }

    /// The error budget ratio, 1 − o, as a double: for what is shown, never for what is decided.
    pub fn budget_ratio(&self) -> f64 {
        let (numerator, denominator) = self.budget();
        quotient(numerator, denominator)
    }

    /// The error budget ratio, 1 − o, as a fraction.
    pub const fn budget(&self) -> (u128, u128) {
        (self.denominator - self.numerator, self.denominator)
    }
}

/// The quotient of two integers below 2^80, as a double.
#[expect(
    clippy::cast_precision_loss,
    reason = "an objective has at most 14 digits: exact in a double"
)]
fn quotient(numerator: u128, denominator: u128) -> f64 {
    numerator as f64 / denominator as f64
}

impl std::fmt::Display for Objective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
