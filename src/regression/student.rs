//! Student's t.

/// Terms of the continued fraction at most; it needs about the root of the larger parameter.
const TERMS: u32 = 300;
const TINY: f64 = 1e-300;
const PRECISE: f64 = 1e-14;

/// The chance that a t of so many degrees of freedom is above `t`.
///
/// P(T > t) = I(ν/(ν+t²); ν/2, 1/2)/2 for t ≥ 0, with I the regularised incomplete beta function (NIST Digital Library of Mathematical
/// Functions, 8.17).
pub(super) fn above(t: f64, freedom: f64) -> f64 {
    let half = 0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The t that is passed with this chance, under one half.
pub(super) fn quantile_above(chance: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while above(high, freedom) > chance && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if above(middle, freedom) > chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// I(x; a, b), by the continued fraction of DLMF 8.17.22 on the side where it converges quickly.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) { front * fraction(x, a, b) / a } else { 1.0 - front * fraction(1.0 - x, b, a) / b }
}

/// The continued fraction by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let away = |number: f64| if number.abs() < TINY { TINY } else { number };
    let mut upper = 1.0;
    let mut lower = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = lower;
    for term in 1..=TERMS {
        let term = f64::from(term);
        let even = term * (b - term) * x / ((a + 2.0 * term - 1.0) * (a + 2.0 * term));
        lower = 1.0 / away(1.0 + even * lower);
        upper = away(1.0 + even / upper);
        value *= lower * upper;
        let odd = -(a + term) * (a + b + term) * x / ((a + 2.0 * term) * (a + 2.0 * term + 1.0));
        lower = 1.0 / away(1.0 + odd * lower);
        upper = away(1.0 + odd / upper);
        value *= lower * upper;
        if (lower * upper - 1.0).abs() < PRECISE {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0, by Lanczos with g = 5 and six terms (error under 2·10⁻¹⁰).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let shifted = x + 5.5;
    let (sum, _) = TERMS.iter().fold((1.000_000_000_190_015, x), |(sum, at), term| (sum + term / (at + 1.0), at + 1.0));
    (x + 0.5) * shifted.ln() - shifted + (2.506_628_274_631_000_5 * sum / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of W. S. Gosset's distribution, one-sided, as every book has it.
    #[test]
    fn critical_values_are_those_of_the_table() {
        for (chance, freedom, expected) in [
            (0.025, 1.0, 12.706),
            (0.005, 7.0, 3.499),
            (0.005, 9.0, 3.250),
            (0.005, 19.0, 2.861),
            (0.0005, 19.0, 3.883),
            (0.05, 30.0, 1.697),
            (0.025, 1_000.0, 1.962),
        ] {
            let found = quantile_above(chance, freedom);
            assert!((found - expected).abs() < 6e-4, "{chance} {freedom}: {found}, not {expected}");
        }
    }

    #[test]
    fn both_sides_add_up() {
        for t in [0.0, 0.3, 2.0, 9.0] {
            assert!((above(t, 5.0) + above(-t, 5.0) - 1.0).abs() < 1e-12);
        }
        assert!((above(1.0, 1.0) - 0.25).abs() < 1e-9, "Cauchy's quarter");
        assert!(above(80.0, 19.0) < 1e-20 && above(f64::INFINITY, 3.0).abs() < 1e-300);
    }
}
