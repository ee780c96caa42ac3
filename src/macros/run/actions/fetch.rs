//! Get URL.

use std::time::Duration;

use url::Url;

use super::{
    super::{
        super::{
            data::Action,
            place::Place,
            portability::text_refusal,
            profile::Profile,
            table::{ActionType, Mode, run},
            tokens::Escapes,
        },
        Flow, Trouble,
        state::Runner,
    },
    results,
};

pub(super) const ACTIONS: &[ActionType] =
    &[run("GetURL", "over http and https, when the setting `allow` has the word network", check, get_url)];

/// How long a fetch may take when the action sets no limit of its own, in seconds.
const USUAL_LIMIT: f64 = 30.0;
/// The longest limit that counts, in seconds.
const LONGEST_LIMIT: f64 = 3600.0;

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let address = action.word("URL").unwrap_or_default();
    let reason = if !profile.network {
        Some("it fetches from the network, which the setting `allow` does not grant (add the word network)".into())
    } else if address.trim().is_empty() {
        Some("it names no address".into())
    } else if let Some(reason) = text_refusal(address, profile) {
        Some(reason)
    } else if address.contains('%') {
        // What its tokens give is known only when it runs.
        None
    } else {
        checked(address).err()
    };
    reason.map(|reason| (Mode::Refuse, reason)).or_else(|| results::check(action, profile))
}

/// An address in its plain form, when it is one that may be fetched.
fn checked(address: &str) -> Result<String, String> {
    let url = Url::parse(address.trim()).map_err(|error| format!("“{}” is no address: {error}", address.trim()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("only http and https are fetched, not {}", url.scheme()));
    }
    Ok(url.into())
}

fn get_url(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    if !runner.profile.network {
        return Err(Trouble::Failed("fetching from the network is not allowed by the settings".into()));
    }
    // Percent signs of an address are its own; only tokens are replaced.
    let address = runner.expand(&action.text("URL").unwrap_or_default(), Escapes::Keep)?;
    let address = checked(&address).map_err(Trouble::Failed)?;
    let seconds = match action.text("TimeOutPeriod") {
        Some(expression) => Some(runner.number(&expression)?).filter(|seconds| *seconds > 0.0).unwrap_or(USUAL_LIMIT),
        None => USUAL_LIMIT,
    };
    let text = runner.host.fetch(&address, Duration::from_secs_f64(seconds.min(LONGEST_LIMIT)))?;
    runner.deliver(action, results::trimmed(action, text))?;
    Ok(Flow::Next)
}
