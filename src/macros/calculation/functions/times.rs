//! Functions of dates and times. A time is a number of seconds since the start of 1970, GMT; its parts are those of the run's time
//! zone.

use jiff::{Timestamp, Zoned, civil::DateTime};

use super::{
    super::{CalculationError, operators::whole, parser::Parser},
    plain::{DAY, EPOCH, MODIFIED},
};

/// Name, fewest and most values.
pub(super) const ALL: [(&str, usize, usize); 16] = [
    ("NOW", 0, 0),
    ("TIME", 0, 6),
    ("SECONDS", 0, 0),
    ("MICROSECONDS", 0, 0),
    ("YEAR", 0, 1),
    ("MONTH", 0, 1),
    ("DAY", 0, 1),
    ("DOW", 0, 1),
    ("DOY", 0, 1),
    ("WEEK", 0, 1),
    ("HOUR", 0, 1),
    ("MINUTE", 0, 1),
    ("SECOND", 0, 1),
    ("GMTOFFSET", 0, 1),
    ("JD", 0, 6),
    ("MJD", 0, 6),
];

pub(super) fn ask(parser: &mut Parser<'_>, name: &str, numbers: &[f64]) -> Result<f64, CalculationError> {
    let now = parser.scope.now();
    let date = || match numbers {
        [] => Ok(now.timestamp().as_second() as f64),
        _ => time(numbers, &now).ok_or_else(|| parser.no_result("there is no such date")),
    };
    match name {
        "NOW" => return Ok(now.timestamp().as_second() as f64),
        "SECONDS" => return Ok(now.timestamp().as_microsecond() as f64 / 1e6),
        "MICROSECONDS" => return Ok(now.timestamp().as_microsecond() as f64),
        "TIME" => return date(),
        "JD" => return Ok(date()? / DAY + EPOCH),
        "MJD" => return Ok(date()? / DAY + EPOCH - MODIFIED),
        _ => {}
    }
    let at = match numbers.first() {
        None => now,
        Some(seconds) => moment(*seconds, &now).ok_or_else(|| parser.no_result("the time is out of range"))?,
    };
    Ok(match name {
        "YEAR" => f64::from(at.year()),
        "MONTH" => f64::from(at.month()),
        "DAY" => f64::from(at.day()),
        "DOW" => f64::from(at.weekday().to_sunday_one_offset()),
        "DOY" => f64::from(at.day_of_year()),
        "WEEK" => f64::from(at.date().iso_week_date().week()),
        "HOUR" => f64::from(at.hour()),
        "MINUTE" => f64::from(at.minute()),
        "SECOND" => f64::from(at.second()),
        _ => f64::from(at.offset().seconds()),
    })
}

/// Seconds since 1970 as a time in the zone of `now`.
fn moment(seconds: f64, now: &Zoned) -> Option<Zoned> {
    Timestamp::from_second(whole(seconds.floor())).ok().map(|stamp| stamp.to_zoned(now.time_zone().clone()))
}

/// Year, month, day, hour, minute, second (those that are given) as seconds since 1970.
fn time(numbers: &[f64], now: &Zoned) -> Option<f64> {
    let part = |index: usize, missing: i64| numbers.get(index).map_or(missing, |number| whole(*number));
    let date = DateTime::new(
        i16::try_from(part(0, 1970)).ok()?,
        i8::try_from(part(1, 1)).ok()?,
        i8::try_from(part(2, 1)).ok()?,
        i8::try_from(part(3, 0)).ok()?,
        i8::try_from(part(4, 0)).ok()?,
        i8::try_from(part(5, 0)).ok()?,
        0,
    );
    let zoned = date.ok()?.to_zoned(now.time_zone().clone()).ok()?;
    Some(zoned.timestamp().as_second() as f64)
}
