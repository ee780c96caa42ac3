//! The result as an HDR histogram log, which other tools read: one histogram a second, compressed V2, in microseconds, the maximum in
//! milliseconds.

use std::{
    io,
    time::{Duration, UNIX_EPOCH},
};

use hdrhistogram::serialization::{V2DeflateSerializer, interval_log::IntervalLogWriterBuilder};

use super::Report;
use crate::bench::BenchError;

/// The log's bytes.
///
/// # Errors
/// When a histogram cannot be written.
pub fn hdr_log(report: &Report) -> Result<Vec<u8>, BenchError> {
    let failed = |error: &dyn std::fmt::Debug| BenchError::new(format!("the histograms cannot be written: {error:?}"));
    let begin = UNIX_EPOCH + Duration::from_millis(report.began_ms);
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment(&format!(
            "[kmtop {} {} loop, microseconds from the planned time]",
            report.environment.version, report.r#loop
        ))
        .with_base_time(begin)
        .with_start_time(begin)
        .with_max_value_divisor(1_000.0)
        .begin_log_with(&mut bytes, &mut serializer)
        .map_err(|error: io::Error| failed(&error))?;
    let second = Duration::from_secs(1);
    for (place, histogram) in (0_u32..).zip(&report.histograms) {
        log.write_histogram(histogram, second * place, second, None).map_err(|error| failed(&error))?;
    }
    Ok(bytes)
}
