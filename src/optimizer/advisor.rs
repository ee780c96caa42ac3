//! Collects what the parts advise, and numbers it.

use std::sync::Arc;

use super::{Cost, Draft, Predict, bounds, caches, clients, context, flow, size::Size, strategy, upkeep};
use crate::{
    analysis::Trace,
    config::Settings,
    model::{Advice, Alert, Bottleneck, CacheFrame, Cause, Interval, Policy, PoolStatus, SystemSample},
};

/// Seconds between two looks of the parts but the first, which looks each second.
const LOOK_EACH: u64 = 10;
/// Most pieces of advice at a time: who reads more does none.
const MOST: usize = 8;

/// What is known when advice is given.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The newest second.
    pub interval: &'a Arc<Interval>,
    /// The pool.
    pub pool: &'a PoolStatus,
    /// The machine.
    pub system: &'a SystemSample,
    /// The calls of the last ten minutes.
    pub trace: &'a Trace,
    /// What holds the server back.
    pub bottleneck: Option<&'a Bottleneck>,
    /// What is over its limit.
    pub alerts: &'a [Alert],
    /// How the server was set at its start.
    pub settings: &'a Settings,
    /// What it may do by itself now, and what it is after.
    pub policy: Policy,
    /// The caches.
    pub caches: &'a [CacheFrame],
    /// What answers have cost in the last hour, the dearest first.
    pub costs: &'a [Cost],
    /// Estimated tokens of the list of tools.
    pub tools_list: u64,
    /// Says what a change would bring.
    pub predict: &'a dyn Predict,
}

impl Facts<'_> {
    /// Whether an alert of this rule stands.
    pub(super) fn alert(&self, rule: &str) -> Option<&Alert> {
        self.alerts.iter().find(|alert| alert.rule == rule)
    }
}

/// Keeps the advice that stands.
#[derive(Debug, Default)]
pub struct Advisor {
    size: Size,
    slow: Vec<Draft>,
    standing: Vec<Advice>,
    looked: u64,
    target: u16,
    cause: Option<Cause>,
    last_id: u64,
}

impl Advisor {
    /// Takes in the newest second and says what advice stands, most urgent first.
    pub fn advise(&mut self, facts: &Facts<'_>) -> Vec<Advice> {
        let size = self.size.advise(facts.interval, facts.pool, facts.trace, facts.predict);
        // What was advised for another size holds no longer.
        let resized = facts.pool.target != self.target;
        self.target = facts.pool.target;
        let cause = facts.bottleneck.map(|bottleneck| bottleneck.cause);
        let news = resized || cause != self.cause;
        self.cause = cause;
        if news || self.looked.is_multiple_of(LOOK_EACH) {
            let parts = [
                bounds::advise,
                strategy::advise,
                flow::advise,
                clients::advise,
                caches::advise,
                upkeep::advise,
                context::advise,
            ];
            self.slow = parts.iter().flat_map(|advise| advise(facts)).collect();
        }
        self.looked += 1;
        let mut drafts: Vec<Draft> = size.into_iter().chain(self.slow.iter().cloned()).collect();
        drafts.sort_by_key(|draft| draft.priority);
        drafts.truncate(MOST);
        let standing = std::mem::take(&mut self.standing);
        self.standing = drafts
            .into_iter()
            .map(|draft| {
                // The same advice keeps its number: whoever reads it may apply it a while later.
                let id = standing.iter().find(|advice| draft.is(advice)).map_or_else(
                    || {
                        self.last_id += 1;
                        self.last_id
                    },
                    |advice| advice.id,
                );
                draft.numbered(id)
            })
            .collect();
        self.standing.clone()
    }
}
