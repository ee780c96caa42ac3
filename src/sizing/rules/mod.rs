//! Controllers to compare with: what other pools do, and what knows more than one can.

mod imitations;
mod oracle;
mod plain;

use std::{fmt, str::FromStr};

use super::{controller::Controller, qsf::Qsf, qsf::Tuning, workload::Rate};
use crate::model::{DecisionInputs, DecisionPath, SizeDecision};

use imitations::{Aimd, Busyness, Fpm};
use oracle::Oracle;
use plain::{Doubling, Fixed, Hpa, Naive};

/// A controller by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// kmtop's own.
    Qsf,
    /// Always so many.
    Fixed(u16),
    /// One more or fewer each minute, by the mean latency.
    Naive,
    /// Twice as many or half of them, by the mean latency.
    Doubling,
    /// As Kubernetes' horizontal autoscaler, at a utilisation of 0.7.
    Hpa,
    /// As php-fpm's dynamic process manager with 2 to 6 spare ones.
    Fpm,
    /// A quarter more or one fewer, by the 95th percentile of waits.
    Aimd,
    /// As uWSGI's busyness algorithm.
    Busyness,
    /// Knows the rate that is coming, of a named workload.
    Oracle,
}

/// There is no such controller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no controller \"{0}\"; there are qsf, naive, doubling, fixed:N with N from 1 to 512, hpa, fpm, aimd, busyness, oracle"
)]
pub struct UnknownController(String);

impl Choice {
    /// The ones that need nothing but calls, the fixed one with twice the processors of the comparison and one.
    pub const COMPARED: [Self; 8] =
        [Self::Qsf, Self::Fixed(21), Self::Naive, Self::Doubling, Self::Hpa, Self::Fpm, Self::Aimd, Self::Busyness];

    /// A new one. `None` for the oracle without a rate to know.
    pub(super) fn build(self, tuning: Tuning, rate: Option<&Rate>) -> Option<Box<dyn Controller>> {
        Some(match self {
            Self::Qsf => Box::new(Qsf::new(tuning)),
            Self::Fixed(size) => Box::new(Fixed(size)),
            Self::Naive => Box::new(Naive),
            Self::Doubling => Box::new(Doubling::default()),
            Self::Hpa => Box::new(Hpa::default()),
            Self::Fpm => Box::new(Fpm::default()),
            Self::Aimd => Box::new(Aimd::default()),
            Self::Busyness => Box::new(Busyness::default()),
            Self::Oracle => Box::new(Oracle::new(rate?.clone(), tuning)),
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Fixed(size) => return write!(formatter, "fixed:{size}"),
            Self::Qsf => "qsf",
            Self::Naive => "naive",
            Self::Doubling => "doubling",
            Self::Hpa => "hpa",
            Self::Fpm => "fpm",
            Self::Aimd => "aimd",
            Self::Busyness => "busyness",
            Self::Oracle => "oracle",
        };
        formatter.write_str(word)
    }
}

impl FromStr for Choice {
    type Err = UnknownController;

    fn from_str(text: &str) -> Result<Self, UnknownController> {
        let unknown = || UnknownController(crate::util::text::brief(text, 40));
        if let Some(size) = text.strip_prefix("fixed:") {
            let size = size.parse().ok().filter(|size| (1..=crate::model::Resize::LARGEST).contains(size));
            return size.map(Self::Fixed).ok_or_else(unknown);
        }
        let mut all = Self::COMPARED.into_iter().chain([Self::Oracle]).filter(|choice| !matches!(choice, Self::Fixed(_)));
        all.find(|choice| choice.to_string() == text).ok_or_else(unknown)
    }
}

/// A rule's decision.
fn rule(from: u16, to: u16, reason: String) -> Option<SizeDecision> {
    (from != to).then(|| SizeDecision { from, to, path: DecisionPath::Rule, reason, inputs: DecisionInputs::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for choice in Choice::COMPARED.into_iter().chain([Choice::Oracle, Choice::Fixed(512)]) {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        for text in ["", "fixed", "fixed:0", "fixed:513", "fixed:x", "QSF"] {
            let error = text.parse::<Choice>().expect_err(text).to_string();
            assert!(error.contains("qsf, naive, doubling, fixed:N"), "{error}");
        }
    }
}
