//! A change on trial, as anyone may see it.

use serde::{Deserialize, Serialize};

/// How a change is tried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialKind {
    /// Off and on in blocks of time.
    #[default]
    Blocks,
    /// On part of the workers, beside the others.
    Canary,
}

/// What is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialArm {
    /// As it was: A.
    #[default]
    Present,
    /// With the change: B.
    Changed,
}

impl TrialArm {
    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Present => 'A',
            Self::Changed => 'B',
        }
    }
}

/// By how much waits are other with the change, in percent: -20 are a fifth shorter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialEffect {
    /// Most likely.
    pub percent: f64,
    /// Low end of the interval that holds it with 95 %.
    pub low: f64,
    /// High end.
    pub high: f64,
}

impl TrialEffect {
    /// In words: `-23% [-35 to -9]`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{:+.0}% [{:+.0} to {:+.0}]", self.percent, self.low, self.high.min(9_999.0))
    }
}

/// A trial as it runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialStatus {
    /// The journal's number of the change.
    pub change: u64,
    /// What is changed.
    pub text: String,
    /// Who asked for it.
    pub by: String,
    /// How it is tried out.
    pub kind: TrialKind,
    /// When it began, milliseconds since 1970.
    pub began_ms: u64,
    /// Whose turn it is.
    pub arm: TrialArm,
    /// Whether the change is only given time to take hold: the first block is still to come.
    pub settling: bool,
    /// The block that is under way, from 1.
    pub block: usize,
    /// Blocks that it has at most.
    pub blocks: usize,
    /// Seconds of a block.
    pub block_s: f64,
    /// Blocks that did not count: too few calls, or something else happened in them.
    pub void: usize,
    /// The effect so far; `None` before there are blocks enough to say.
    pub effect: Option<TrialEffect>,
    /// 95th percentile of what is compared, without and with the change; `None` before both have calls enough.
    pub p95_ms: Option<(f64, f64)>,
    /// What would end it, for people.
    pub ends: String,
}

impl TrialStatus {
    /// The same in as few words as there are: `6/16 B -23% [-35 to -9] pool 8 -> 12`.
    #[must_use]
    pub fn short(&self) -> String {
        let turn =
            if self.settling { "begins".to_owned() } else { format!("{}/{} {}", self.block, self.blocks, self.arm.letter()) };
        let effect = self.effect.map(|effect| format!(" {}", effect.words())).unwrap_or_default();
        format!("{turn}{effect} {}", self.text)
    }

    /// One line for people: which block of how many, whose turn, the effect so far.
    #[must_use]
    pub fn line(&self) -> String {
        let turn = match (self.settling, self.kind, self.arm) {
            (true, ..) => "taking hold".to_owned(),
            (false, TrialKind::Canary, _) => format!("pair {} of {} on half of the workers", self.block, self.blocks),
            (false, TrialKind::Blocks, arm) => {
                let what = if arm == TrialArm::Changed { "with it" } else { "as before" };
                format!("block {} of {}, {} {what}", self.block, self.blocks, arm.letter())
            }
        };
        let effect = self.effect.map_or_else(|| "no effect known yet".to_owned(), |effect| format!("waits {}", effect.words()));
        format!("{}: {turn}, {effect}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_block_turn_and_effect() {
        let status = TrialStatus { text: "pool 2 -> 3".into(), block: 5, blocks: 16, ..TrialStatus::default() };
        assert_eq!(status.line(), "pool 2 -> 3: block 5 of 16, A as before, no effect known yet");
        let effect = Some(TrialEffect { percent: -23.4, low: -35.2, high: -8.9 });
        let status = TrialStatus { arm: TrialArm::Changed, effect, ..status };
        assert_eq!(status.line(), "pool 2 -> 3: block 5 of 16, B with it, waits -23% [-35 to -9]");
        assert_eq!(status.short(), "5/16 B -23% [-35 to -9] pool 2 -> 3");
        let status = TrialStatus { settling: true, effect: None, ..status };
        assert_eq!(status.line(), "pool 2 -> 3: taking hold, no effect known yet");
    }
}
