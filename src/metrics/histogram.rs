//! Latency histograms: 3 significant digits, microseconds from 1 µs to 1 h.

use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2Serializer},
};

use crate::model::SparseHistogram;

/// Longest latency kept apart, in microseconds; longer ones count as this.
const LONGEST_US: u64 = 3_600_000_000;

/// Bytes of a histogram that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a V2 histogram: {0}")]
pub struct HistogramError(String);

/// An empty latency histogram. It grows as values come, so that a tool that takes milliseconds does not pay for hours.
///
/// # Panics
/// Never: 3 digits are within what the histogram allows.
#[must_use]
pub fn latency() -> Histogram<u32> {
    Histogram::new(3).expect("3 significant digits are allowed")
}

/// Records a latency in microseconds. A value of 0 counts as 1 µs, one over an hour as an hour.
pub fn record(histogram: &mut Histogram<u32>, micros: u64) {
    if let Err(error) = histogram.record(micros.clamp(1, LONGEST_US)) {
        tracing::error!(%error, "a latency could not be recorded");
    }
}

/// The histogram as sparse V2 bytes; nothing at all for an empty one.
#[must_use]
pub fn encode(histogram: &Histogram<u32>) -> SparseHistogram {
    if histogram.is_empty() {
        return SparseHistogram::default();
    }
    let mut bytes = Vec::new();
    match V2Serializer::new().serialize(histogram, &mut bytes) {
        Ok(_) => SparseHistogram(bytes),
        Err(error) => {
            tracing::error!(%error, "a histogram could not be encoded; its interval shows none");
            SparseHistogram::default()
        }
    }
}

/// The histogram back from its bytes; `None` stands for an empty one.
///
/// # Errors
/// When the bytes are not a V2 histogram, or count more than 32 bits hold.
pub fn decode(bytes: &SparseHistogram) -> Result<Option<Histogram<u32>>, HistogramError> {
    if bytes.0.is_empty() {
        return Ok(None);
    }
    let histogram =
        Deserializer::new().deserialize(&mut bytes.0.as_slice()).map_err(|error| HistogramError(error.to_string()))?;
    Ok(Some(histogram))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_the_same_histogram() {
        let mut histogram = latency();
        for micros in [0, 1, 250, 250, 48_000, 7_200_000_000] {
            record(&mut histogram, micros);
        }
        let back = decode(&encode(&histogram)).expect("own bytes").expect("not empty");
        assert_eq!(back.len(), 6);
        assert_eq!(back.count_at(250), 2);
        assert_eq!(back.max(), histogram.max());
        assert!(back.max() >= LONGEST_US, "over an hour counts as an hour");
    }

    #[test]
    fn empty_and_foreign_bytes() {
        assert_eq!(encode(&latency()), SparseHistogram::default());
        assert!(decode(&SparseHistogram::default()).expect("empty").is_none());
        assert!(decode(&SparseHistogram(vec![1, 2, 3])).is_err());
    }
}
