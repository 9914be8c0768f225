//! The incomplete beta function, its inverse, and binomial tails, to about 1e-13.
//!
//! The prefactor is written by Stirling's series and deviances (C. Loader, *Fast and Accurate
//! Computation of Binomial Probabilities*, 2000), since a difference of three `ln Γ` of a million
//! would lose nine digits.

use std::f64::consts::PI;

/// P(Bin(n, p) ≤ k).
pub(crate) fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    incomplete(as_f64(n - k), as_f64(k) + 1.0, 1.0 - p, p)
}

/// P(Bin(n, p) ≥ k).
pub(crate) fn binomial_at_least(k: u64, n: u64, p: f64) -> f64 {
    match k {
        0 => 1.0,
        _ if k > n => 0.0,
        _ => incomplete(as_f64(k), as_f64(n - k) + 1.0, p, 1.0 - p),
    }
}

/// The x at which Beta(a, b) has `probability` at or below it; a, b > 0.
pub(crate) fn quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Bisection: 200 halvings end where no double lies between; monotone, so never lost. It works
    // on x near 0 and on 1 − x near 1 alike through the choice of side below.
    let mirrored = a > b;
    let (a, b, target) = if mirrored {
        (b, a, 1.0 - probability)
    } else {
        (a, b, probability)
    };
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if incomplete(a, b, middle, 1.0 - middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    let x = f64::midpoint(low, high);
    if mirrored { 1.0 - x } else { x }
}

/// The regularised incomplete beta function I_x(a, b), with y = 1 − x given apart so that neither
/// loses its digits.
fn incomplete(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let density = prefactor(a, b, x, y);
    // The fraction converges quickly on the near side of the mean; the other side is its mirror.
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        density * fraction(a, b, x) / a
    } else {
        1.0 - density * fraction(b, a, y) / b
    };
    value.clamp(0.0, 1.0)
}

/// x^a · y^b / B(a, b).
fn prefactor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let log = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * y);
    // Γ(n+1)/(Γ(a+1)Γ(b+1)) x^a y^b, times ab/n.
    (n / (2.0 * PI * a * b)).sqrt() * log.exp() * (a * b / n)
}

/// ln Γ(n+1) − (n + ½) ln n + n − ½ ln 2π, for n > 0.
fn stirling_error(n: f64) -> f64 {
    // Shift up by the recurrence until the series has settled.
    let mut at = n;
    let mut shift = 0.0;
    while at < 16.0 {
        // δ(n) = δ(n+1) + (n + ½) ln((n+1)/n) − 1, for n > 0
        shift += (at + 0.5) * (1.0 / at).ln_1p() - 1.0;
        at += 1.0;
    }
    let square = at * at;
    let series = (1.0 / 12.0
        - (1.0 / 360.0
            - (1.0 / 1_260.0 - (1.0 / 1_680.0 - 1.0 / (1_188.0 * square)) / square) / square)
            / square)
        / at;
    series + shift
}

/// x ln(x/m) + m − x, without loss where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() < 0.1 * (x + m) {
        let v = difference / (x + m);
        let mut sum = difference * v;
        let mut term = 2.0 * x * v;
        let square = v * v;
        for j in 1..1_000 {
            term *= square;
            let next = sum + term / f64::from(2 * j + 1);
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * (x / m).ln() + m - x
}

/// The continued fraction of I_x(a, b) (Numerical Recipes §6.4, Lentz's method).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    // It needs O(√max(a, b)) terms: 100 000 suffice beyond a, b of 1e9.
    for m in 1..100_000_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        value *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// A count as a double; counts below 2^53 are exact, and no window holds more.
#[expect(
    clippy::cast_precision_loss,
    reason = "the one place where a count becomes a number to show"
)]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(Bin(n, p) ≤ k) by adding up, for small n.
    fn sum_at_most(k: u64, n: u64, p: f64) -> f64 {
        let mut term = (1.0 - p).powi(i32::try_from(n).unwrap());
        let mut sum = term;
        for i in 0..k {
            term *= as_f64(n - i) / as_f64(i + 1) * p / (1.0 - p);
            sum += term;
        }
        sum
    }

    #[test]
    fn tails_agree_with_adding_up() {
        for (n, p) in [(10, 0.3), (60, 0.001), (180, 0.01), (500, 0.5)] {
            for k in [0, 1, 2, 5, 9] {
                let exact = sum_at_most(k, n, p);
                let by_beta = binomial_at_most(k, n, p);
                assert!((by_beta - exact).abs() < 1e-13, "{k} of {n} at {p}");
                let above = binomial_at_least(k + 1, n, p);
                assert!((above + exact - 1.0).abs() < 1e-13, "{k} of {n} at {p}");
            }
        }
    }

    #[test]
    fn quantiles_are_where_the_distribution_says() {
        // Beta(1, n): 1 − (1 − q)^(1/n); Beta(n, 1): q^(1/n).
        for n in [1.0, 5.0, 300.0, 120_000.0] {
            let lower = quantile(0.95, 1.0, n);
            assert!((lower - -(0.05_f64.ln() / n).exp_m1()).abs() < 1e-12, "{n}");
            let upper = quantile(0.05, n, 1.0);
            assert!((upper - (0.05_f64.ln() / n).exp()).abs() < 1e-12, "{n}");
        }
    }

    #[test]
    fn stirling_holds_for_small_and_fractional_arguments() {
        // δ(1) = 1 − ½ ln 2π
        let one = 1.0 - 0.5 * (2.0 * PI).ln();
        assert!((stirling_error(1.0) - one).abs() < 1e-14);
        // Γ(1.5) = √π / 2
        let half = (PI.sqrt() / 2.0).ln() - 0.5_f64.ln() + 0.5 - 0.5 * (2.0 * PI).ln();
        assert!((stirling_error(0.5) - half).abs() < 1e-13);
    }
}
