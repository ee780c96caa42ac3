//! Numbers as people read them: fixed widths, so that columns hold still, and no digits that nobody needs.

/// A span of microseconds in at most 5 columns: `84us`, `9.3ms`, `184ms`, `1.48s`, `31.4s`, `2m05s`, `3h04m`, `3d04h`.
pub fn span(micros: u64) -> String {
    let millis = micros as f64 / 1_000.0;
    match micros {
        0..1_000 => format!("{micros}us"),
        1_000..9_950 => format!("{millis:.1}ms"),
        9_950..999_500 => format!("{millis:.0}ms"),
        999_500..9_995_000 => format!("{:.2}s", millis / 1_000.0),
        9_995_000..99_950_000 => format!("{:.1}s", millis / 1_000.0),
        _ => long_span((micros + 500_000) / 1_000_000),
    }
}

/// A span of whole seconds in at most 5 columns: `45s`, `2m05s`, `12m`, `3h04m`, `12h`, `3d04h`, `40d`.
pub fn long_span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..600 => format!("{minutes}m{:02}s", seconds % 60),
        600..3_600 => format!("{minutes}m"),
        3_600..36_000 => format!("{hours}h{:02}m", minutes % 60),
        36_000..86_400 => format!("{hours}h"),
        86_400..864_000 => format!("{days}d{:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

/// A time window: `90s`, `5m`, `1h`.
pub fn window(seconds: u64) -> String {
    match seconds {
        hours if hours >= 3_600 && hours.is_multiple_of(3_600) => format!("{}h", hours / 3_600),
        minutes if minutes >= 60 && minutes.is_multiple_of(60) => format!("{}m", minutes / 60),
        _ => format!("{seconds}s"),
    }
}

/// A count in at most 6 columns: `9999`, `11.2k`, `111.6k`, `1.12M`.
pub fn count(number: u64) -> String {
    let thousands = number as f64 / 1e3;
    match number {
        0..10_000 => number.to_string(),
        10_000..999_950 => format!("{thousands:.1}k"),
        _ => scaled(thousands, &["k", "M", "G", "T", "P", "E"], 1e3),
    }
}

/// Bytes in at most 5 columns, in steps of 1,024: `96B`, `1.4K`, `38M`, `1.2G`.
pub fn bytes(number: f64) -> String {
    if number < 1_000.0 {
        return format!("{:.0}B", number.max(0.0));
    }
    let (mut value, mut unit) = (number / 1_024.0, 0);
    let units = ["K", "M", "G", "T", "P", "E"];
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1}{}", units[unit]) } else { format!("{value:.0}{}", units[unit]) }
}

/// A rate per second in at most 5 columns: `0.05`, `0.6`, `12.4`, `380`, `14.2k`.
pub fn rate(per_second: f64) -> String {
    match per_second {
        zero if zero <= 0.0 => "0.0".to_owned(),
        low if low < 0.095 => format!("{low:.2}"),
        middle if middle < 99.95 => format!("{middle:.1}"),
        high if high < 9_999.5 => format!("{high:.0}"),
        huge => scaled(huge / 1e3, &["k", "M", "G"], 1e3),
    }
}

/// A share (0 to 1) in percent without its sign, in at most 4 columns: `0.42`, `12.5`, `100`.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        low if low < 9.995 => format!("{low:.2}"),
        middle if middle < 99.95 => format!("{middle:.1}"),
        all => format!("{all:.0}"),
    }
}

/// Three significant digits and the unit that fits.
fn scaled(mut value: f64, units: &[&str], step: f64) -> String {
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    match value {
        low if low < 9.995 => format!("{low:.2}{}", units[unit]),
        middle if middle < 99.95 => format!("{middle:.1}{}", units[unit]),
        high => format!("{high:.0}{}", units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_five_columns() {
        let table = [
            (0, "0us"),
            (84, "84us"),
            (9_312, "9.3ms"),
            (9_960, "10ms"),
            (184_200, "184ms"),
            (999_600, "1.00s"),
            (1_480_000, "1.48s"),
            (31_400_000, "31.4s"),
            (99_990_000, "1m40s"),
            (125_000_000, "2m05s"),
            (725_000_000, "12m"),
            (11_040_000_000, "3h04m"),
            (3 * 86_400_000_000 + 4 * 3_600_000_000, "3d04h"),
        ];
        for (micros, text) in table {
            assert_eq!(span(micros), text);
        }
        for power in 0..44 {
            assert!(span(1 << power).len() <= 5, "{}", span(1 << power));
        }
    }

    #[test]
    fn windows_are_whole() {
        assert_eq!([window(90), window(300), window(3_600), window(5_400)], ["90s", "5m", "1h", "90m"]);
    }

    #[test]
    fn counts_bytes_rates_and_shares() {
        assert_eq!([count(2_160), count(11_234), count(111_600), count(1_120_000)], ["2160", "11.2k", "111.6k", "1.12M"]);
        assert_eq!([bytes(96.0), bytes(1_434.0), bytes(39.9e6), bytes(1.3e9)], ["96B", "1.4K", "38M", "1.2G"]);
        assert_eq!([rate(0.0), rate(0.05), rate(12.44), rate(380.2), rate(14_210.0)], ["0.0", "0.05", "12.4", "380", "14.2k"]);
        assert_eq!([percent(0.0042), percent(0.125), percent(1.0)], ["0.42", "12.5", "100"]);
        for power in 0..64 {
            assert!(count(1 << power).len() <= 6, "{}", count(1 << power));
            assert!(bytes((1_u64 << power) as f64).len() <= 5, "{}", bytes((1_u64 << power) as f64));
        }
    }
}
