//! `[[contract]]` and `[[hook]]`: what tools are promised to do, and who is told of alerts and changes.

use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeValue, ValueDeserializer},
};

use crate::model::{Contract, NoticeKind};

/// One `[[hook]]`: a program or an address that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// What it is told of.
    pub on: Vec<NoticeKind>,
    /// Program and arguments; it gets the notice as JSON on stdin. Empty when there is a `url`.
    #[serde(default)]
    pub command: Vec<String>,
    /// An address that gets the notice as the body of a POST. Empty when there is a `command`.
    #[serde(default)]
    pub url: String,
}

impl Hook {
    /// Whether it names something to be told of, and one way to tell.
    fn is_whole(&self) -> bool {
        let address = url::Url::parse(&self.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let program = self.command.first().is_some_and(|program| !program.trim().is_empty());
        !self.on.is_empty() && if self.url.is_empty() { program } else { address && self.command.is_empty() }
    }
}

fn read<'i, T: Deserialize<'i>>(value: &Spanned<DeValue<'i>>) -> Option<Vec<T>> {
    Vec::deserialize(ValueDeserializer::from(value.clone())).ok()
}

/// Whether a value is a list of contracts, each for another tool and each sound.
pub(super) fn are_contracts(value: &Spanned<DeValue<'_>>) -> bool {
    read::<Contract>(value).is_some_and(|contracts| {
        let mut tools: Vec<&str> = contracts.iter().map(|contract| contract.tool.as_str()).collect();
        tools.sort_unstable();
        contracts.iter().all(|contract| contract.check().is_ok()) && tools.windows(2).all(|pair| pair[0] != pair[1])
    })
}

/// Whether a value is a list of hooks.
pub(super) fn are_hooks(value: &Spanned<DeValue<'_>>) -> bool {
    read::<Hook>(value).is_some_and(|hooks| hooks.iter().all(Hook::is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(check: fn(&Spanned<DeValue<'_>>) -> bool, text: &str) -> bool {
        let table = toml::de::DeTable::parse(text).expect("it is TOML");
        table.get_ref().values().all(check)
    }

    #[test]
    fn contracts_need_a_tool_and_limits_that_agree() {
        let one = |rest: &str| fits(are_contracts, &format!("[[contract]]\ntool = \"km_run_macro\"\n{rest}"));
        assert!(one("p95_ms = 80\nsuccess_percent = 99.5"));
        for bad in [
            "p95_ms = 0",
            "p50_ms = 9\np95_ms = 8",
            "success_percent = 100",
            "p90_ms = 5",
            "[[contract]]\ntool = \"km_run_macro\"",
        ] {
            assert!(!one(bad), "{bad}");
        }
        assert!(!fits(are_contracts, "[[contract]]\np95_ms = 5"));
        assert!(fits(are_contracts, "contract = []"));
    }

    #[test]
    fn hooks_need_events_and_one_way_to_tell() {
        let one = |rest: &str| fits(are_hooks, &format!("[[hook]]\n{rest}"));
        assert!(one("on = [\"alert_firing\"]\ncommand = [\"notify\", \"-t\"]"));
        assert!(one("on = [\"change_applied\", \"approval_needed\"]\nurl = \"https://example.org/hook\""));
        for bad in [
            "on = []\ncommand = [\"x\"]",
            "on = [\"alarm\"]\ncommand = [\"x\"]",
            "on = [\"alert_firing\"]",
            "on = [\"alert_firing\"]\ncommand = [\"x\"]\nurl = \"http://a\"",
            "on = [\"alert_firing\"]\nurl = \"ftp://a\"",
            "command = [\"x\"]",
        ] {
            assert!(!one(bad), "{bad}");
        }
    }
}
