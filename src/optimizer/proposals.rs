//! What the controller of the pool's size would do and may not, as advice.

use crate::model::{Advice, AdviceState, Autopilot, Command, PoolStatus, Resize, RiskClass, SizeDecision};

/// Numbers of advice begin here, so that they are no other's.
const FIRST: u64 = 10_000;

/// Turns the controller's proposals into advice that keeps its number as long as it says the same.
#[derive(Debug, Default)]
pub struct Proposals {
    standing: Option<(u16, u16)>,
    count: u64,
}

impl Proposals {
    /// The advice that stands, with the controller's in the place of any other on the pool's size: two minds on one number would
    /// take each other back. With the autopilot off the others stand; with it on there is none on the size.
    pub fn place(&mut self, advice: Vec<Advice>, pool: &PoolStatus) -> Vec<Advice> {
        let sizing = &pool.sizing;
        if sizing.autopilot == Autopilot::Off {
            return advice;
        }
        let (on_size, mut advice): (Vec<_>, Vec<_>) = advice
            .into_iter()
            .partition(|advice| matches!(advice.change, Command::ResizePool(Resize::Target(_) | Resize::By(_))));
        let standing = sizing.proposal.as_ref().filter(|decision| decision.from == pool.target);
        if let Some(decision) = standing {
            let sizes = (decision.from, decision.to);
            if self.standing != Some(sizes) {
                self.standing = Some(sizes);
                self.count += 1;
            }
            let said = said(FIRST + self.count, decision);
            // Whoever modelled the same step knows what it would bring.
            let predicted = on_size.into_iter().find(|other| other.change == said.change).and_then(|other| other.predicted);
            advice.insert(0, Advice { predicted, ..said });
        } else {
            self.standing = None;
        }
        advice
    }
}

fn said(id: u64, decision: &SizeDecision) -> Advice {
    let SizeDecision { from, to, reason, inputs, .. } = decision;
    let grow = to > from;
    Advice {
        id,
        category: "pool".into(),
        priority: if grow { 1 } else { 3 },
        issue: reason.clone(),
        current: from.to_string(),
        target: to.to_string(),
        change: Command::ResizePool(Resize::Target(*to)),
        steps: vec![format!("pool {from} -> {to}"), "watch the wait for a worker".into()],
        predicted: None,
        cost: if grow { format!("{} more worker processes", to - from) } else { "none".into() },
        risk: if grow { "none if the machine has memory left".into() } else { "runs may wait again".into() },
        undo: format!("pool {to} -> {from}"),
        state: AdviceState::Open,
        risk_class: RiskClass::Safe,
        evidence: vec![
            format!("{:.1} calls/s of {:.0} ms: {:.2} erlang", inputs.rate_per_s, inputs.service_s * 1_000.0, inputs.load()),
            format!("{} waiting, {} at work, {} starting", inputs.queued, inputs.busy, inputs.starting),
            format!("{} keep the promised wait; growth goes to {} at most now", inputs.needed, inputs.limit),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DecisionInputs, DecisionPath, SizingStatus};

    fn pool(autopilot: Autopilot, proposal: Option<(u16, u16)>) -> PoolStatus {
        let decision = |(from, to)| SizeDecision {
            from,
            to,
            path: DecisionPath::Up,
            reason: "many come".into(),
            inputs: DecisionInputs::default(),
        };
        let sizing = SizingStatus { autopilot, proposal: proposal.map(decision), ..SizingStatus::default() };
        PoolStatus { target: 2, sizing, ..PoolStatus::default() }
    }

    #[test]
    fn a_proposal_is_the_only_advice_on_the_size_and_keeps_its_number() {
        let mut proposals = Proposals::default();
        let first = proposals.place(Vec::new(), &pool(Autopilot::Suggest, Some((2, 5))));
        assert_eq!((first.len(), first[0].issue.as_str()), (1, "many come"));
        assert_eq!(first[0].change, Command::ResizePool(Resize::Target(5)));
        let other = vec![Advice { id: 1, ..first[0].clone() }];
        let again = proposals.place(other.clone(), &pool(Autopilot::Suggest, Some((2, 5))));
        assert_eq!(again, first);
        let more = proposals.place(Vec::new(), &pool(Autopilot::Suggest, Some((2, 6))));
        assert!(more[0].id > first[0].id);
        assert_eq!(proposals.place(other.clone(), &pool(Autopilot::Off, None)), other);
        assert_eq!(proposals.place(other, &pool(Autopilot::AutoSafe, None)), []);
        assert_eq!(proposals.place(Vec::new(), &pool(Autopilot::Suggest, Some((3, 5)))), [], "made for another size");
    }
}
