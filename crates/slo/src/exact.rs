//! Exact rationals: what is decided is decided by these, and a double appears only where a number
//! is shown.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// An exact rational.
pub(crate) type Exact = BigRational;

/// `numerator / denominator`; `None` over nothing.
pub(crate) fn ratio(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Exact> {
    let denominator = denominator.into();
    (denominator != BigInt::ZERO).then(|| Exact::new(numerator.into(), denominator))
}

/// The whole number.
pub(crate) fn whole(value: impl Into<BigInt>) -> Exact {
    Exact::from_integer(value.into())
}

/// The nearest double, to be shown.
pub(crate) fn shown(value: &Exact) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

/// Nanoseconds as seconds, to be shown.
pub(crate) fn seconds(ns: u64) -> f64 {
    crate::beta::as_f64(ns) / 1e9
}
