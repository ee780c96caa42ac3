//! Calls with the times at which they came and what they took: made up, recorded, or read from a file.

use std::sync::Arc;

/// Most calls of a trace: beyond it a file is more likely a mistake than a load.
const MOST: usize = 5_000_000;
/// Longest time of a trace, in seconds: 31 days.
const LONGEST: f64 = 31.0 * 86_400.0;
/// Longest service time, in seconds.
const LONGEST_SERVICE: f64 = 86_400.0;

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Arrival {
    /// When it comes, in seconds from the trace's beginning.
    pub at: f64,
    /// What it takes at a worker, in seconds.
    pub service: f64,
}

/// Calls in the order in which they come.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The calls.
    pub arrivals: Arc<[Arrival]>,
    /// How long it is, in seconds.
    pub length: f64,
}

/// What is wrong with a trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTrace {
    /// A line is no call.
    #[error("line {line}: {what}; a line is `arrival_s,service_s`, two numbers of seconds, for example `12.5,0.2`")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        what: String,
    },
    /// There are no calls.
    #[error("there is no call in it; a line is `arrival_s,service_s`, two numbers of seconds, for example `12.5,0.2`")]
    Empty,
}

impl Trace {
    /// These calls, in any order. The trace ends when the last of them could have been served.
    pub fn new(mut arrivals: Vec<Arrival>) -> Self {
        arrivals.sort_by(|one, other| one.at.total_cmp(&other.at).then(one.service.total_cmp(&other.service)));
        let length = arrivals.iter().map(|arrival| arrival.at + arrival.service).fold(1.0, f64::max);
        Self { arrivals: arrivals.into(), length }
    }

    /// The same calls over this time: a made-up load ends when it is said to.
    #[must_use]
    pub fn lasting(self, length: f64) -> Self {
        Self { length, ..self }
    }

    /// The calls of a CSV file with the columns `arrival_s,service_s`; a first line of names may stand before them.
    ///
    /// # Errors
    /// [`BadTrace`] with the line.
    pub fn read(text: &str) -> Result<Self, BadTrace> {
        let mut arrivals = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
            if line.is_empty() || (number == 1 && is_head(line)) {
                continue;
            }
            let arrival = call(line).map_err(|what| BadTrace::Line { line: number, what })?;
            if arrivals.len() == MOST {
                return Err(BadTrace::Line { line: number, what: format!("more than {MOST} calls") });
            }
            arrivals.push(arrival);
        }
        if arrivals.is_empty() { Err(BadTrace::Empty) } else { Ok(Self::new(arrivals)) }
    }

    /// Work that is offered, in erlang: so many workers would be busy all the time.
    pub fn offered(&self) -> f64 {
        self.arrivals.iter().map(|arrival| arrival.service).sum::<f64>() / self.length
    }
}

fn is_head(line: &str) -> bool {
    line.split(',').map(|name| name.trim().trim_matches('"')).eq(["arrival_s", "service_s"])
}

fn call(line: &str) -> Result<Arrival, String> {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let &[at, service] = fields.as_slice() else {
        return Err(format!("{} columns instead of 2", fields.len()));
    };
    Ok(Arrival { at: seconds("arrival_s", at, LONGEST)?, service: seconds("service_s", service, LONGEST_SERVICE)? })
}

fn seconds(name: &str, text: &str, most: f64) -> Result<f64, String> {
    let shown = crate::util::text::brief(text, 40);
    let number = text.parse::<f64>().map_err(|_| format!("{name} \"{shown}\" is no number"))?;
    if (0.0..=most).contains(&number) { Ok(number) } else { Err(format!("{name} {shown} is not within 0 to {most} seconds")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_in_any_order() {
        let trace = Trace::read("\u{feff}arrival_s,service_s\r\n2, 0.5\r\n\r\n1,3\n").expect("well formed");
        assert_eq!(*trace.arrivals, [Arrival { at: 1.0, service: 3.0 }, Arrival { at: 2.0, service: 0.5 }]);
        assert_eq!((trace.length, trace.offered()), (4.0, 0.875));
    }

    #[test]
    fn a_fault_is_named_with_its_line() {
        let fault = |text: &str| Trace::read(text).expect_err("a fault").to_string();
        assert!(fault("1,1\n2\n").starts_with("line 2: 1 columns instead of 2"));
        assert!(fault("arrival_s,service_s\n1,x\n").starts_with("line 2: service_s \"x\" is no number"));
        assert!(fault("-1,1").starts_with("line 1: arrival_s -1 is not within 0"));
        assert!(fault("NaN,1").contains("is not within"));
        assert!(fault("1,inf").contains("is not within"));
        assert!(fault("service_s,arrival_s\n1,1").starts_with("line 1: arrival_s \"service_s\""));
        assert!(fault("arrival_s,service_s\n").starts_with("there is no call"));
    }
}
