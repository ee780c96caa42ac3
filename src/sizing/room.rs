//! As many workers as the machine holds.

use super::numbers::{size, whole};

/// No more than so many, whatever the memory.
const MOST: u16 = 64;
/// Share of the available memory that workers may take.
const SHARE: f64 = 0.25;

/// The machine, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Machine {
    /// Memory that can be had without swapping, in bytes.
    pub available: Option<u64>,
    /// What a large worker holds: the 95th percentile, in bytes.
    pub worker: Option<u64>,
    /// Share of memory that is used, in percent, and from which on nothing is added.
    pub used_percent: Option<(f64, f64)>,
    /// Mean of the processes that ran in the last minute.
    pub load: Option<f64>,
    /// Processors.
    pub cores: u16,
}

/// As far as a pool of this many workers may grow: what a quarter of the memory holds beside those that are there, 64 at most; not at
/// all while memory is short or more than twice as many processes run as there are processors. What is not known forbids nothing, and
/// nothing is taken away: who is there stays.
pub fn room(machine: &Machine, there: u16) -> u16 {
    let short = machine.used_percent.is_some_and(|(used, most)| used >= most);
    let loaded = machine.load.is_some_and(|load| load > 2.0 * f64::from(machine.cores));
    if short || loaded {
        return there;
    }
    let held = machine.available.zip(machine.worker.filter(|bytes| *bytes > 0));
    let more = held.map_or(MOST, |(available, worker)| size(whole(SHARE * available as f64 / worker as f64)));
    there.max(MOST.min(there.saturating_add(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_load_and_pressure_hold_growth_back() {
        let calm = Machine {
            available: Some(1_000 << 20),
            worker: Some(50 << 20),
            used_percent: Some((60.0, 85.0)),
            load: Some(3.0),
            cores: 4,
        };
        assert_eq!(room(&calm, 0), 5);
        assert_eq!(room(&calm, 4), 9);
        assert_eq!(room(&Machine { load: Some(8.1), ..calm }, 4), 4);
        assert_eq!(room(&Machine { used_percent: Some((85.0, 85.0)), ..calm }, 4), 4);
        assert_eq!(room(&Machine { available: Some(1 << 20), ..calm }, 12), 12, "nothing is taken away");
        assert_eq!(room(&Machine { available: Some(1 << 40), ..calm }, 4), 64);
        assert_eq!(room(&Machine::default(), 4), 64, "what is not known forbids nothing");
    }
}
