//! A piece of advice before it has a number.

use crate::model::{Advice, AdviceState, Command, Prediction, RiskClass};

/// What one part of the optimizer would have done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) category: &'static str,
    pub(super) priority: u8,
    pub(super) issue: String,
    pub(super) current: String,
    pub(super) target: String,
    pub(super) change: Command,
    pub(super) steps: Vec<String>,
    pub(super) predicted: Option<Prediction>,
    pub(super) cost: String,
    pub(super) risk: String,
    pub(super) undo: String,
    pub(super) risk_class: RiskClass,
    pub(super) evidence: Vec<String>,
}

impl Draft {
    /// A draft of middling urgency that needs a yes.
    pub(super) fn new(category: &'static str, issue: String, change: Command) -> Self {
        Self {
            category,
            priority: 2,
            issue,
            current: String::new(),
            target: String::new(),
            change,
            steps: Vec::new(),
            predicted: None,
            cost: "none".into(),
            risk: "none".into(),
            undo: String::new(),
            risk_class: RiskClass::NeedsApproval,
            evidence: Vec::new(),
        }
    }

    /// A line of the settings that should be another.
    pub(super) fn setting(category: &'static str, issue: String, key: &str, (is, should): (String, String)) -> Self {
        let line = format!("{key} = {should}");
        Self {
            steps: vec![format!("write into the settings: {line}"), "start the server anew".into()],
            undo: format!("write {key} = {is} again"),
            current: is,
            target: should,
            ..Self::new(category, issue, Command::ByHand(line))
        }
    }

    pub(super) fn predicting(self, predicted: Option<Prediction>) -> Self {
        Self { predicted, ..self }
    }

    /// What makes two drafts the same advice: what is to be done. Its numbers may have moved meanwhile.
    pub(super) fn is(&self, advice: &Advice) -> bool {
        self.category == advice.category && self.change == advice.change
    }

    /// The advice with its number.
    pub(super) fn numbered(self, id: u64) -> Advice {
        Advice {
            id,
            category: self.category.into(),
            priority: self.priority,
            issue: self.issue,
            current: self.current,
            target: self.target,
            change: self.change,
            steps: self.steps,
            predicted: self.predicted,
            cost: self.cost,
            risk: self.risk,
            undo: self.undo,
            state: AdviceState::Open,
            risk_class: self.risk_class,
            evidence: self.evidence,
        }
    }
}
