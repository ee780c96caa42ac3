//! What a measurement is set to do.

use std::time::Duration;

use super::{
    mix::Mix,
    run::{Load, Plan},
    schedule::{Arrivals, Stage, mean_rate},
    slo::Objective,
    target::{Address, ClientKind},
};

/// From this rate on rmcp's client would be part of what is measured, in calls per second.
const LEAN_FROM: f64 = 200.0;

/// How calls come.
#[derive(Debug, Clone, PartialEq)]
pub enum Arriving {
    /// By plan, in stages.
    Stages(Vec<Stage>, Arrivals),
    /// By a plan of its own: recorded arrivals.
    Recorded(Plan),
    /// So many clients in a closed loop.
    Clients {
        /// How many.
        clients: usize,
        /// How long they think.
        think: (Duration, Duration),
        /// For how long.
        length: Duration,
    },
}

/// Which client is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientChoice {
    /// The full one, unless its own cost would be measured.
    Auto,
    /// This one.
    Fixed(ClientKind),
}

/// What a measurement is set to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The scenario's name, if it is one.
    pub scenario: Option<String>,
    /// How calls come.
    pub arriving: Arriving,
    /// What is called.
    pub mix: Mix,
    /// What the random numbers begin from.
    pub seed: u64,
    /// Most calls under way in an open loop.
    pub in_flight: usize,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long warming up may take; nothing for none.
    pub warm_up: Duration,
    /// How long the target's recovery is watched; nothing for not at all.
    pub settle: Duration,
    /// What must hold.
    pub objectives: Vec<Objective>,
    /// After so long an objective that does not hold ends the measurement; `None` for never.
    pub abort_after: Option<Duration>,
    /// Which client makes the calls.
    pub client: ClientChoice,
    /// How many sessions share the calls of an open loop.
    pub sessions: usize,
}

impl Settings {
    /// Which client makes the calls, and why.
    #[must_use]
    pub fn client(&self, address: &Address) -> (ClientKind, &'static str) {
        let fast = match &self.arriving {
            Arriving::Clients { think, .. } => think.1.is_zero(),
            Arriving::Stages(stages, _) => stages.iter().any(|stage| stage.rate > LEAN_FROM),
            Arriving::Recorded(plan) => plan.times.len() as f64 > LEAN_FROM * plan.length.as_secs_f64(),
        };
        match self.client {
            ClientChoice::Fixed(kind) => (kind, "asked for"),
            // Its TLS would be missing, and so would the lean one's: the full one says so best.
            ClientChoice::Auto if matches!(address, Address::Url { url, .. } if !url.starts_with("http://")) => {
                (ClientKind::Full, "the lean one calls http:// only")
            }
            ClientChoice::Auto if fast => (ClientKind::Lean, "at this load rmcp's own cost would be measured"),
            ClientChoice::Auto => (ClientKind::Full, "its cost does not count at this load"),
        }
    }

    /// The load that is measured.
    #[must_use]
    pub fn load(&self) -> Load {
        match &self.arriving {
            Arriving::Stages(stages, arrivals) => {
                Load::Open { plan: Plan::new(stages, *arrivals, &self.mix, self.seed), in_flight: self.in_flight }
            }
            Arriving::Recorded(plan) => Load::Open { plan: plan.clone(), in_flight: self.in_flight },
            Arriving::Clients { clients, think, length } => Load::Closed { clients: *clients, think: *think, length: *length },
        }
    }

    /// The load before it, at the rate of its beginning; `None` for none.
    #[must_use]
    pub fn warm_up_load(&self) -> Option<Load> {
        let length = self.warm_up;
        let stage = |rate: f64| Stage { rate, length };
        let open = |rate: f64, arrivals| Load::Open {
            plan: Plan::new(&[stage(rate)], arrivals, &self.mix, self.seed ^ 0xaaaa),
            in_flight: self.in_flight,
        };
        if length.is_zero() {
            return None;
        }
        match &self.arriving {
            Arriving::Stages(stages, arrivals) => stages.first().map(|first| open(first.rate, *arrivals)),
            Arriving::Recorded(plan) => {
                let stage = Stage { rate: plan.times.len() as f64 / plan.length.as_secs_f64().max(1e-3), length: plan.length };
                Some(open(mean_rate(&[stage]).clamp(0.1, LEAN_FROM), Arrivals::Poisson))
            }
            Arriving::Clients { clients, think, .. } => {
                // A client that thinks longer than warming up takes would not call at all.
                let think = (think.0.min(length / 10), think.1.min(length / 5));
                Some(Load::Closed { clients: *clients, think, length })
            }
        }
    }

    /// How many ways to the target are opened.
    #[must_use]
    pub fn lines(&self) -> usize {
        match &self.arriving {
            Arriving::Clients { clients, .. } => *clients,
            Arriving::Stages(..) | Arriving::Recorded(_) => self.sessions,
        }
    }

    /// How long it takes without warming up.
    #[must_use]
    pub fn length(&self) -> Duration {
        match &self.arriving {
            Arriving::Stages(stages, _) => super::schedule::length(stages),
            Arriving::Recorded(plan) => plan.length,
            Arriving::Clients { length, .. } => *length,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Settings of a plain open load.
    pub(in crate::bench) fn plain(rate: f64, length: Duration) -> Settings {
        Settings {
            scenario: None,
            arriving: Arriving::Stages(vec![Stage { rate, length }], Arrivals::Constant),
            mix: super::super::mix::ready(&[("health".to_owned(), 1.0)]).expect("a mix"),
            seed: 1,
            in_flight: 1_000,
            timeout: Duration::from_secs(30),
            warm_up: Duration::ZERO,
            settle: Duration::ZERO,
            objectives: Vec::new(),
            abort_after: None,
            client: ClientChoice::Auto,
            sessions: 1,
        }
    }

    #[test]
    fn the_lean_client_is_used_where_the_full_one_would_be_measured() {
        let address = Address::Url { url: "http://127.0.0.1:1/mcp".to_owned(), token: None };
        let second = Duration::from_secs(1);
        assert_eq!(plain(50.0, second).client(&address).0, ClientKind::Full);
        assert_eq!(plain(500.0, second).client(&address).0, ClientKind::Lean);
        let clients = |think| Settings {
            arriving: Arriving::Clients { clients: 25, think: (think, think), length: second },
            ..plain(1.0, second)
        };
        assert_eq!(clients(Duration::ZERO).client(&address).0, ClientKind::Lean);
        assert_eq!(clients(second).client(&address).0, ClientKind::Full);
        let chosen = Settings { client: ClientChoice::Fixed(ClientKind::Full), ..clients(Duration::ZERO) };
        assert_eq!(chosen.client(&address), (ClientKind::Full, "asked for"));
        assert_eq!((clients(second).lines(), plain(1.0, second).lines()), (25, 1));
    }
}
