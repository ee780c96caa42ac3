//! `kmtop token` and `kmtop approve`: what may be asked, and the answers as text.

use std::{fmt::Write as _, time::Duration};

use clap::{Args, Subcommand};

use crate::{
    access::{Rate, tokens::Stored},
    config::AccessClass,
    model::{Approval, HeldCall},
    util::text::sanitize,
};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create(NewToken),
    /// Every token: what it may do, and how long it is valid
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// End a token; a running server takes it at once
    Revoke {
        /// Its name
        name: String,
    },
    /// Print another text for a token; the one before stays valid for a while
    Rotate {
        /// Its name
        name: String,
        /// For how long the one before stays valid, like 30m, 24h or 7d; 0s ends it at once
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
        keep: Duration,
    },
}

/// A token to be made.
#[derive(Debug, Args)]
pub struct NewToken {
    /// Its name: letters, digits, and - _ . @
    pub name: String,
    /// The classes that it may use, as far as the settings allow them; without it, those of the settings
    #[arg(long, value_name = "CLASSES", value_delimiter = ',', value_parser = class)]
    pub allow: Option<Vec<AccessClass>>,
    /// How often it may call, like 10/s, 600/m or 1000/h; `none` for as often as it likes
    #[arg(long, value_name = "RATE", default_value = "50/s")]
    pub rate: RateChoice,
    /// Calls that may come at once; without it, twice the number in the rate
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub burst: Option<u32>,
    /// Calls that it may have under way
    #[arg(long, value_name = "N", default_value_t = crate::access::tokens::USUAL_CONCURRENT, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub concurrent: u32,
    /// How long it is valid, like 12h or 30d; without it, until it is revoked
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub expires: Option<Duration>,
}

/// A rate, or none.
#[derive(Debug, Clone, Copy)]
pub struct RateChoice(Option<Rate>);

impl std::str::FromStr for RateChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|rate| Self(Some(rate))) }
    }
}

impl NewToken {
    /// The rate with its burst.
    pub fn rate(&self) -> Option<Rate> {
        let rate = self.rate.0?;
        self.burst.and_then(|burst| rate.with_burst(burst)).or(Some(rate))
    }
}

/// Which call to answer, and how. Without a number: the only one that waits.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Approve {
    /// The call's number, as `--list` shows it
    pub id: Option<u64>,
    /// Yes, and the same from the same caller until the server ends
    #[arg(long, conflicts_with_all = ["no", "list", "forget"])]
    pub always: bool,
    /// No
    #[arg(long, conflicts_with_all = ["list", "forget"])]
    pub no: bool,
    /// Show the calls that wait, and the answers that hold until the server ends
    #[arg(long, conflicts_with_all = ["id", "forget"])]
    pub list: bool,
    /// With --list: as JSON
    #[arg(long, requires = "list")]
    pub json: bool,
    /// Take back an answer that holds until the server ends
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub forget: Option<u64>,
}

fn class(word: &str) -> Result<AccessClass, String> {
    let words = || AccessClass::ALL.map(AccessClass::word).join(", ");
    let found = AccessClass::ALL.into_iter().find(|class| class.word() == word);
    found.ok_or_else(|| format!("there is no class {word}; classes: {}", words()))
}

/// A span like `90s`, `30m`, `12h`, `30d`.
fn span(text: &str) -> Result<Duration, String> {
    let wanted = || "write a whole number and s, m, h or d, like 12h or 30d, up to ten years".to_owned();
    let unit = text.chars().last().ok_or_else(wanted)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wanted()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wanted())?;
    let span = number.checked_mul(seconds).filter(|span| *span <= 10 * 366 * 86_400).ok_or_else(wanted)?;
    Ok(Duration::from_secs(span))
}

/// Tokens as a table, with the classes that the settings leave them.
pub fn token_table(tokens: &[Stored], ceiling: &[AccessClass], now_ms: u64) -> String {
    if tokens.is_empty() {
        return "no tokens besides the owner's; make one with: kmtop token create NAME --allow read,run".to_owned();
    }
    let mut text = format!("{:<24} {:<28} {:>10} {:>6} {:>6}  {}\n", "NAME", "CLASSES", "RATE", "BURST", "ATONCE", "VALID");
    for token in tokens {
        let wanted = token.allow.as_deref().unwrap_or(ceiling);
        let words = wanted
            .iter()
            .map(|class| if ceiling.contains(class) { class.word().to_owned() } else { format!("({})", class.word()) });
        let classes = words.collect::<Vec<_>>().join(",");
        let or_any = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let rate = token.rate.map_or_else(|| "-".to_owned(), |rate| rate.to_string());
        let burst = or_any(token.rate.map(|rate| rate.burst().get()));
        let _ = writeln!(
            text,
            "{:<24} {classes:<28} {rate:>10} {burst:>6} {:>6}  {}",
            sanitize(&token.name),
            or_any(token.concurrent),
            validity(token, now_ms)
        );
    }
    text.trim_end().to_owned()
}

fn validity(token: &Stored, now_ms: u64) -> String {
    let day = |time_ms: u64| {
        let time = i64::try_from(time_ms).ok().and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
        time.map(|time| time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
    };
    let whole = match token.expires_ms {
        Some(end) if end <= now_ms => format!("expired {}", day(end)),
        Some(end) => format!("until {}", day(end)),
        None => "until revoked".to_owned(),
    };
    let old = token.keys.iter().filter_map(|key| key.until_ms).filter(|until| now_ms < *until).max();
    old.map_or_else(|| whole.clone(), |until| format!("{whole}; the one before until {}", day(until)))
}

/// Calls that wait, and standing answers.
pub fn held_text(held: &[HeldCall], approvals: &[Approval], now_ms: u64) -> String {
    let mut text = String::new();
    for call in held {
        let left = call.until_ms.saturating_sub(now_ms).div_ceil(1_000);
        let HeldCall { id, who, client, tool, rule, .. } = call;
        let _ = writeln!(text, "{id}  {tool}  by {who} ({}), {left} s left, held by {rule:?}", sanitize(client));
        for line in &call.arguments {
            let _ = writeln!(text, "     {}", sanitize(line));
        }
        for line in &call.outline {
            let _ = writeln!(text, "     | {}", sanitize(line));
        }
    }
    if held.is_empty() {
        text.push_str("no call waits\n");
    }
    for approval in approvals {
        let _ = writeln!(text, "standing {}  {}", approval.id, sanitize(&approval.text));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_rates() {
        assert_eq!(span("30d"), Ok(Duration::from_hours(30 * 24)));
        assert_eq!(span("0s"), Ok(Duration::ZERO));
        for bad in ["", "d", "1w", "-1d", "1.5h", "99999999d", "ü"] {
            assert!(span(bad).is_err(), "{bad}");
        }
        assert!("none".parse::<RateChoice>().is_ok_and(|choice| choice.0.is_none()));
        assert!("soon".parse::<RateChoice>().is_err());
        assert!(class("erase").expect_err("none").contains("files-write"));
    }
}
