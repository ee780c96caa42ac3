//! How often somebody may call, as people write it: `10/s`, `600/m`, `1000/h`.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// The most calls of a rate.
const MOST: u32 = 1_000_000;

/// A rate: so many calls in a span, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rate {
    calls: NonZeroU32,
    unit: Unit,
    burst: NonZeroU32,
}

/// What a rate is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

/// A rate in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rate: String,
    burst: u32,
}

impl Rate {
    /// What a token gets that asks for nothing else: 50 calls a second, 100 at once.
    pub const USUAL: Self =
        Self { calls: NonZeroU32::MIN.saturating_add(49), unit: Unit::Second, burst: NonZeroU32::MIN.saturating_add(99) };

    /// The same rate with another number of calls at once; `None` for 0.
    #[must_use]
    pub fn with_burst(self, burst: u32) -> Option<Self> {
        NonZeroU32::new(burst.min(MOST)).map(|burst| Self { burst, ..self })
    }

    /// Calls that may come at once after a while without any.
    pub fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// How long it takes until there is one more call.
    pub fn pause(self) -> Duration {
        let span = match self.unit {
            Unit::Second => Duration::from_secs(1),
            Unit::Minute => Duration::from_mins(1),
            Unit::Hour => Duration::from_hours(1),
        };
        (span / self.calls.get()).max(Duration::from_nanos(1))
    }

    /// The rate so many times as fast.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        let more = |number: NonZeroU32| number.saturating_mul(NonZeroU32::new(factor).unwrap_or(NonZeroU32::MIN));
        Self { calls: more(self.calls), burst: more(self.burst), ..self }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// `10/s`; at once come twice as many.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("write it like 10/s, 600/m or 1000/h, with 1 to {MOST} calls");
        let (calls, unit) = text.split_once('/').ok_or_else(wanted)?;
        let unit = match unit.trim() {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            _ => return Err(wanted()),
        };
        let calls = calls.trim().parse().ok().filter(|calls| *calls <= MOST).and_then(NonZeroU32::new).ok_or_else(wanted)?;
        let two = NonZeroU32::MIN.saturating_add(1);
        Ok(Self { calls, unit, burst: calls.saturating_mul(two).min(NonZeroU32::new(MOST).unwrap_or(calls)) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        };
        write!(formatter, "{}/{unit}", self.calls)
    }
}

impl From<Rate> for Written {
    fn from(rate: Rate) -> Self {
        Self { rate: rate.to_string(), burst: rate.burst.get() }
    }
}

impl TryFrom<Written> for Rate {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let rate: Self = written.rate.parse()?;
        rate.with_burst(written.burst).ok_or_else(|| "a burst is 1 or more".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_as_they_are_written() {
        for (text, pause, burst) in [("10/s", 100, 20), ("600/m", 100, 1_200), ("3600/h", 1_000, 7_200), (" 1 / s", 1_000, 2)] {
            let rate: Rate = text.parse().expect(text);
            assert_eq!((rate.pause(), rate.burst().get()), (Duration::from_millis(pause), burst), "{text}");
        }
        for bad in ["", "10", "0/s", "-1/s", "10/d", "1.5/s", "99999999/s"] {
            assert!(bad.parse::<Rate>().expect_err(bad).contains("10/s"), "{bad}");
        }
        let rate = "10/s".parse::<Rate>().expect("good").with_burst(3).expect("not 0");
        let json = serde_json::to_value(rate).expect("plain");
        assert_eq!(json, serde_json::json!({ "rate": "10/s", "burst": 3 }));
        assert_eq!(serde_json::from_value::<Rate>(json).expect("own"), rate);
    }
}
