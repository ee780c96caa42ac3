//! Regular expressions as Keyboard Maestro has them, which are ICU's: translated into those of `fancy-regex`, bounded in time, and
//! with ICU's templates for what replaces a match. Plain searches go the same way, so that both count and replace alike.

mod class;
mod template;
mod translate;

use std::{
    fmt,
    ops::Range,
    time::{Duration, Instant},
};

use fancy_regex::RegexBuilder;
use translate::{Faithful, translate};

/// Most steps back in one search for one match. A pattern that needs more has a form that never ends on longer texts.
const MOST_BACKTRACKS: usize = 3_000_000;
/// Longest search for all matches of one text. Matches that are each found with many steps would else add up to hours.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 64 * 1024;
/// Most of a pattern that an error quotes, in characters.
const QUOTED: usize = 80;

/// Why a search failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// The pattern is no regular expression, or one that is not done here.
    #[error("the regular expression “{pattern}” is wrong: {reason}")]
    Wrong {
        /// The pattern, shortened.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// The search took too many steps.
    #[error(
        "the regular expression “{pattern}” takes too long on this text; avoid repeats inside repeats such as (a+)+, or use (?>…)"
    )]
    GaveUp {
        /// The pattern, shortened.
        pattern: String,
    },
    /// The result would be too long.
    #[error("the text with its replacements would be longer than {0} bytes")]
    TooLong(usize),
}

/// Which matches are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Every one.
    All,
    /// The first.
    First,
    /// The last.
    Last,
}

/// A match: the bytes of the whole and of each group, group 0 being the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    groups: Vec<Option<Range<usize>>>,
}

impl Found {
    /// The bytes of the whole match.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.groups.first().cloned().flatten().unwrap_or(0..0)
    }

    /// What a group matched; empty when it took no part or there is none.
    #[must_use]
    pub fn group<'t>(&self, number: usize, text: &'t str) -> &'t str {
        self.groups.get(number).and_then(Option::as_ref).and_then(|range| text.get(range.clone())).unwrap_or_default()
    }

    /// How many groups there are, the whole match included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Never: a match has at least the whole.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// A pattern, ready to search with.
#[derive(Debug)]
pub struct Regex {
    pattern: String,
    literal: bool,
    /// For texts without CRLF that do not end with a line terminator: there, the short translations mean the same and never go
    /// back.
    plain: fancy_regex::Regex,
    /// For all other texts, when that differs.
    faithful: Option<fancy_regex::Regex>,
}

impl Regex {
    /// A regular expression in ICU's form.
    ///
    /// # Errors
    /// [`RegexError::Wrong`] when it is none, is too big, or has a form that is not done here.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<Self, RegexError> {
        let wrong = |reason: String| RegexError::Wrong { pattern: shortened(pattern), reason };
        if pattern.len() > MAX_PATTERN {
            return Err(wrong(format!("it is longer than {MAX_PATTERN} bytes")));
        }
        let build = |pattern: &str| {
            let built =
                RegexBuilder::new(pattern).case_insensitive(ignore_case).crlf(true).backtrack_limit(MOST_BACKTRACKS).build();
            built.map_err(|error| wrong(error.to_string()))
        };
        let plain = translate(pattern, Faithful::No).map_err(wrong)?;
        let faithful = translate(pattern, Faithful::Yes).map_err(wrong)?;
        let faithful = if faithful == plain { None } else { Some(build(&faithful)?) };
        Ok(Self { pattern: pattern.to_owned(), literal: false, plain: build(&plain)?, faithful })
    }

    /// A text that is searched for as it stands.
    ///
    /// # Errors
    /// [`RegexError::Wrong`] when it is too long.
    pub fn literal(text: &str, ignore_case: bool) -> Result<Self, RegexError> {
        let built = RegexBuilder::new(&fancy_regex::escape(text)).case_insensitive(ignore_case).build();
        let plain = built.map_err(|error| RegexError::Wrong { pattern: shortened(text), reason: error.to_string() })?;
        Ok(Self { pattern: text.to_owned(), literal: true, plain, faithful: None })
    }

    /// Whether the pattern is found anywhere in a text.
    ///
    /// # Errors
    /// [`RegexError::GaveUp`] when that takes too long.
    pub fn is_match(&self, text: &str) -> Result<bool, RegexError> {
        self.fit(text).is_match(text).map_err(|_| self.gave_up())
    }

    /// The first match.
    ///
    /// # Errors
    /// [`RegexError::GaveUp`] when finding it takes too long.
    pub fn find(&self, text: &str) -> Result<Option<Found>, RegexError> {
        self.find_iter(text).next().transpose()
    }

    /// All matches, one after the other, none inside another. After an error there are no more.
    pub fn find_iter<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Result<Found, RegexError>> + use<'t> {
        let started = Instant::now();
        self.fit(text).captures_iter(text).map(move |captures| {
            let captures = captures.map_err(|_| self.gave_up())?;
            if started.elapsed() > MOST_TIME {
                return Err(self.gave_up());
            }
            Ok(Found { groups: captures.iter().map(|group| group.map(|group| group.range())).collect() })
        })
    }

    /// The text with matches replaced, and how many were. In a regular expression's `replacement`, `$1`, `\1` and `${name}` stand
    /// for groups, `\n` and its kin for characters, `\U \L \E \u \l` change the case of what follows.
    ///
    /// # Errors
    /// [`RegexError::GaveUp`] when finding takes too long; [`RegexError::TooLong`] when the result would be longer than `limit`
    /// bytes.
    pub fn replace(&self, text: &str, replacement: &str, which: Which, limit: usize) -> Result<(String, usize), RegexError> {
        let names: Vec<Option<&str>> = self.plain.capture_names().collect();
        let template = (!self.literal).then(|| template::Template::new(replacement, &names));
        let mut out = String::new();
        let (mut end, mut count) = (0, 0);
        let mut put = |found: &Found| {
            let range = found.range();
            out.push_str(&text[end..range.start]);
            match &template {
                Some(template) => template.append(found, text, &mut out),
                None => out.push_str(replacement),
            }
            end = range.end;
            count += 1;
            if out.len() > limit { Err(RegexError::TooLong(limit)) } else { Ok(()) }
        };
        match which {
            Which::All => self.find_iter(text).try_for_each(|found| put(&found?))?,
            Which::First => self.find(text)?.iter().try_for_each(&mut put)?,
            Which::Last => {
                let last = self.find_iter(text).try_fold(None, |_, found| found.map(Some))?;
                last.iter().try_for_each(&mut put)?;
            }
        }
        out.push_str(&text[end..]);
        if out.len() > limit { Err(RegexError::TooLong(limit)) } else { Ok((out, count)) }
    }

    fn fit(&self, text: &str) -> &fancy_regex::Regex {
        match &self.faithful {
            Some(faithful) if text.ends_with(translate::TERMINATORS) || text.contains("\r\n") => faithful,
            _ => &self.plain,
        }
    }

    fn gave_up(&self) -> RegexError {
        RegexError::GaveUp { pattern: shortened(&self.pattern) }
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shortened(&self.pattern))
    }
}

fn shortened(pattern: &str) -> String {
    match pattern.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &pattern[..end]),
        None => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests;
