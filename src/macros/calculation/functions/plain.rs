//! Functions of numbers alone.

/// A function of numbers alone.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    name: &'static str,
    pub(super) fewest: usize,
    /// With one, the function is done for each number of a list.
    pub(super) most: usize,
    pub(super) function: fn(&[f64]) -> f64,
}

const MANY: usize = 10_000;

const fn plain(name: &'static str, fewest: usize, most: usize, function: fn(&[f64]) -> f64) -> Plain {
    Plain { name, fewest, most, function }
}

const ALL: [Plain; 43] = [
    plain("ABS", 1, 1, |n| n[0].abs()),
    plain("MIN", 1, MANY, |n| n.iter().copied().fold(f64::INFINITY, f64::min)),
    plain("MAX", 1, MANY, |n| n.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    plain("SUM", 1, MANY, |n| n.iter().sum()),
    plain("AVERAGE", 1, MANY, |n| n.iter().sum::<f64>() / n.len() as f64),
    plain("MEDIAN", 1, MANY, median),
    plain("ROUND", 1, 1, |n| n[0].round()),
    plain("TRUNC", 1, 1, |n| n[0].trunc()),
    plain("INT", 1, 1, |n| n[0].trunc()),
    plain("FRACT", 1, 1, |n| n[0].fract()),
    plain("FLOOR", 1, 1, |n| n[0].floor()),
    plain("CEIL", 1, 1, |n| n[0].ceil()),
    plain("SIGN", 1, 1, |n| if n[0] == 0.0 { 0.0 } else { n[0].signum() }),
    plain("SQR", 1, 1, |n| n[0] * n[0]),
    plain("SQRT", 1, 1, |n| n[0].sqrt()),
    plain("POW", 2, 2, |n| n[0].powf(n[1])),
    plain("HYPOT", 2, 2, |n| n[0].hypot(n[1])),
    plain("EXP", 1, 1, |n| n[0].exp()),
    plain("LN", 1, 1, |n| n[0].ln()),
    plain("LOG", 1, 2, |n| if n.len() == 2 { n[0].log(n[1]) } else { n[0].log10() }),
    plain("LOG10", 1, 1, |n| n[0].log10()),
    plain("LOG2", 1, 1, |n| n[0].log2()),
    plain("SIN", 1, 1, |n| n[0].sin()),
    plain("COS", 1, 1, |n| n[0].cos()),
    plain("TAN", 1, 1, |n| n[0].tan()),
    plain("ASIN", 1, 1, |n| n[0].asin()),
    plain("ACOS", 1, 1, |n| n[0].acos()),
    plain("ATAN", 1, 2, |n| if n.len() == 2 { n[0].atan2(n[1]) } else { n[0].atan() }),
    plain("ATAN2", 2, 2, |n| n[0].atan2(n[1])),
    plain("SINH", 1, 1, |n| n[0].sinh()),
    plain("COSH", 1, 1, |n| n[0].cosh()),
    plain("TANH", 1, 1, |n| n[0].tanh()),
    plain("ASINH", 1, 1, |n| n[0].asinh()),
    plain("ACOSH", 1, 1, |n| n[0].acosh()),
    plain("ATANH", 1, 1, |n| n[0].atanh()),
    plain("PI", 0, 0, |_| std::f64::consts::PI),
    plain("E", 0, 0, |_| std::f64::consts::E),
    // Julian dates: days since noon of 1 January 4713 BC; modified ones since midnight of 17 November 1858.
    plain("TIME2JD", 1, 1, |n| n[0] / DAY + EPOCH),
    plain("JD2TIME", 1, 1, |n| (n[0] - EPOCH) * DAY),
    plain("TIME2MJD", 1, 1, |n| n[0] / DAY + EPOCH - MODIFIED),
    plain("MJD2TIME", 1, 1, |n| (n[0] + MODIFIED - EPOCH) * DAY),
    plain("JD2MJD", 1, 1, |n| n[0] - MODIFIED),
    plain("MJD2JD", 1, 1, |n| n[0] + MODIFIED),
];

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;
/// The Julian date of the start of 1970, GMT.
pub(super) const EPOCH: f64 = 2_440_587.5;
/// The Julian date where modified ones begin.
pub(super) const MODIFIED: f64 = 2_400_000.5;

pub(super) fn find(name: &str) -> Option<Plain> {
    ALL.iter().find(|known| known.name == name).copied()
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}
