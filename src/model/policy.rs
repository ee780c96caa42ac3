//! How the server steers itself: what the owner chose, in words.

use serde::{Deserialize, Serialize};

use super::Autopilot;

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$each])* $variant),+ }

        impl $name {
            /// Each, in the order in which a key goes through them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// It as it is written in the settings.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// How careful the pool is with memory and with letting workers go. Its numbers are in `docs/optimizer.md`.
    Strategy {
        /// The settings' own numbers.
        #[default]
        None = "none",
        /// Few workers, let go soon.
        Conservative = "conservative",
        /// In between.
        Balanced = "balanced",
        /// Many workers, kept long.
        Aggressive = "aggressive",
    }
}

words! {
    /// What the pool is sized for. Its numbers are in `docs/optimizer.md`.
    Goal {
        /// Waits and workers alike.
        #[default]
        Balanced = "balanced",
        /// Short waits.
        Speed = "speed",
        /// Few workers.
        Efficiency = "efficiency",
        /// Hardly anybody waits long.
        Reliability = "reliability",
    }
}

words! {
    /// Where the server stands. Its numbers are in `docs/optimizer.md`.
    Profile {
        /// The settings' own numbers.
        #[default]
        None = "none",
        /// Somebody tries things out.
        Development = "development",
        /// As in production, but smaller.
        Staging = "staging",
        /// Many rely on it.
        Production = "production",
    }
}

impl Strategy {
    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|strategy| *strategy == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// All of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// What the controller of the pool's size may do by itself.
    pub autopilot: Autopilot,
    /// How careful it is.
    pub strategy: Strategy,
    /// What it is after.
    pub target: Goal,
    /// Where the server stands.
    pub profile: Profile,
}

/// A change of it; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyChange {
    /// `off`, `suggest` or `auto-safe`.
    #[schemars(with = "String")]
    pub autopilot: Option<Autopilot>,
    /// `none`, `conservative`, `balanced` or `aggressive`.
    #[schemars(with = "String")]
    pub strategy: Option<Strategy>,
    /// `balanced`, `speed`, `efficiency` or `reliability`.
    #[schemars(with = "String")]
    pub target: Option<Goal>,
    /// `none`, `development`, `staging` or `production`.
    #[schemars(with = "String")]
    pub profile: Option<Profile>,
}

impl Policy {
    /// It with this change.
    #[must_use]
    pub fn changed(self, change: PolicyChange) -> Self {
        Self {
            autopilot: change.autopilot.unwrap_or(self.autopilot),
            strategy: change.strategy.unwrap_or(self.strategy),
            target: change.target.unwrap_or(self.target),
            profile: change.profile.unwrap_or(self.profile),
        }
    }

    /// The change that makes it so.
    #[must_use]
    pub fn whole(self) -> PolicyChange {
        PolicyChange {
            autopilot: Some(self.autopilot),
            strategy: Some(self.strategy),
            target: Some(self.target),
            profile: Some(self.profile),
        }
    }

    /// What is different in `after`, for people.
    #[must_use]
    pub fn difference(self, after: Self) -> String {
        let parts = [
            ("autopilot", self.autopilot.word(), after.autopilot.word()),
            ("strategy", self.strategy.word(), after.strategy.word()),
            ("target", self.target.word(), after.target.word()),
            ("profile", self.profile.word(), after.profile.word()),
        ];
        let changed = parts.into_iter().filter(|(_, from, to)| from != to);
        changed.map(|(name, from, to)| format!("{name} {from} -> {to}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_settings() {
        let written = |value: serde_json::Value| value.as_str().map(str::to_owned).expect("a word");
        for strategy in Strategy::ALL {
            assert_eq!(written(serde_json::to_value(strategy).expect("plain")), strategy.word());
        }
        for autopilot in Autopilot::ALL {
            assert_eq!(written(serde_json::to_value(autopilot).expect("plain")), autopilot.word());
        }
        assert_eq!(Strategy::Aggressive.next(), Strategy::None);
    }

    #[test]
    fn a_change_can_be_told_and_taken_back() {
        let before = Policy::default();
        let change = PolicyChange { strategy: Some(Strategy::Aggressive), ..PolicyChange::default() };
        let after = before.changed(change);
        assert_eq!(before.difference(after), "strategy none -> aggressive");
        assert_eq!(after.changed(before.whole()), before);
    }
}
