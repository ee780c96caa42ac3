//! Reads number patterns: Unicode Technical Standard 35, part 3, “Number Format Patterns”.

/// Longest pattern, in bytes: nobody needs more, and what it makes stays small.
const MOST: usize = 200;

/// A number pattern.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pattern {
    pub(super) positive: Affixes,
    /// Of negative numbers; a minus before the positive ones when `None`.
    pub(super) negative: Option<Affixes>,
    /// The number is multiplied by ten to this power: 2 for percent, 3 for per mille.
    pub(super) scale: i32,
    pub(super) fewest_integers: usize,
    /// Signs before the point, optional ones included: what an exponent is a multiple of.
    pub(super) most_integers: usize,
    pub(super) fewest_decimals: usize,
    pub(super) most_decimals: usize,
    /// Fewest and most digits in all, by `@`.
    pub(super) significant: Option<(usize, usize)>,
    /// Digits in the group next to the point, and in the others.
    pub(super) groups: Option<(usize, usize)>,
    pub(super) exponent: Option<Exponent>,
    /// What the number is rounded to a multiple of.
    pub(super) step: Option<f64>,
    pub(super) padding: Option<Padding>,
}

/// The text around a number.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Affixes {
    pub(super) prefix: String,
    pub(super) suffix: String,
}

/// `E0` or `E+0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exponent {
    pub(super) digits: usize,
    pub(super) plus: bool,
}

/// A sign that fills a number up to a width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Padding {
    pub(super) sign: char,
    pub(super) place: Place,
    pub(super) width: usize,
}

/// Where a number is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    BeforePrefix,
    AfterPrefix,
    BeforeSuffix,
    AfterSuffix,
}

impl Pattern {
    /// The pattern of a text; `None` when it is none, or asks for a currency.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > MOST {
            return None;
        }
        let mut reader = Reader { rest: text, pattern: Self::default(), pad: None };
        let start = text.len();
        let prefix = reader.affix(Place::BeforePrefix)?;
        reader.number()?;
        let suffix = reader.affix(Place::BeforeSuffix)?;
        let width = text[..start - reader.rest.len()].chars().filter(|sign| *sign != '\'').count();
        if let Some((sign, place)) = reader.pad {
            reader.pattern.padding = Some(Padding { sign, place, width: width.saturating_sub(2) });
        }
        reader.pattern.positive = Affixes { prefix, suffix };
        if let Some(rest) = reader.rest.strip_prefix(';') {
            // Only the texts around the second number count.
            let mut second = Reader { rest, pattern: Self::default(), pad: None };
            let prefix = second.affix(Place::BeforePrefix)?;
            second.number()?;
            let suffix = second.affix(Place::BeforeSuffix)?;
            reader.pattern.negative = Some(Affixes { prefix, suffix });
            reader.rest = second.rest;
        }
        reader.rest.is_empty().then_some(reader.pattern)
    }
}

struct Reader<'a> {
    rest: &'a str,
    pattern: Pattern,
    pad: Option<(char, Place)>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// The text before or after the number; `place` is where a filling sign at its start stands.
    fn affix(&mut self, place: Place) -> Option<String> {
        let mut text = String::new();
        while let Some(next) = self.rest.chars().next() {
            match next {
                '#' | '0'..='9' | '@' | ',' | '.' if place == Place::BeforePrefix => break,
                '#' | '0'..='9' | '@' | ',' | '.' | '¤' => return None,
                ';' => break,
                '\'' => self.quoted(&mut text)?,
                '*' => {
                    self.next();
                    let sign = self.next()?;
                    let after = if place == Place::BeforePrefix { Place::AfterPrefix } else { Place::AfterSuffix };
                    let place = if text.is_empty() { place } else { after };
                    if self.pad.replace((sign, place)).is_some() {
                        return None;
                    }
                }
                '%' | '‰' => {
                    self.pattern.scale = if next == '%' { 2 } else { 3 };
                    text.push(next);
                    self.next();
                }
                _ => {
                    text.push(next);
                    self.next();
                }
            }
        }
        Some(text)
    }

    /// Text in quotes; two quotes are one.
    fn quoted(&mut self, text: &mut String) -> Option<()> {
        self.next();
        if self.rest.starts_with('\'') {
            self.next();
            text.push('\'');
            return Some(());
        }
        loop {
            match self.next()? {
                '\'' if self.rest.starts_with('\'') => {
                    self.next();
                    text.push('\'');
                }
                '\'' => return Some(()),
                other => text.push(other),
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let signs = self.rest.find(|sign: char| !matches!(sign, '#' | '0'..='9' | '@' | ',')).unwrap_or(self.rest.len());
        let (integers, rest) = self.rest.split_at(signs);
        self.rest = rest;
        self.integers(integers)?;
        let mut step: String = integers.chars().map(|sign| if sign.is_ascii_digit() { sign } else { '0' }).collect();
        if let Some(rest) = self.rest.strip_prefix('.') {
            let signs = rest.find(|sign: char| !matches!(sign, '#' | '0'..='9')).unwrap_or(rest.len());
            let (decimals, rest) = rest.split_at(signs);
            self.rest = rest;
            let needed = decimals.trim_end_matches('#');
            if needed.contains('#') || self.pattern.significant.is_some() {
                return None;
            }
            (self.pattern.fewest_decimals, self.pattern.most_decimals) = (needed.len(), decimals.len());
            step.push('.');
            step.push_str(needed);
        } else if integers.is_empty() {
            return None;
        }
        if step.contains(|digit: char| matches!(digit, '1'..='9')) && self.pattern.significant.is_none() {
            self.pattern.step = step.parse().ok();
        }
        if let Some(rest) = self.rest.strip_prefix('E') {
            let (plus, rest) = rest.strip_prefix('+').map_or((false, rest), |rest| (true, rest));
            let digits = rest.len() - rest.trim_start_matches('0').len();
            if digits == 0 || self.pattern.groups.is_some() {
                return None;
            }
            self.pattern.exponent = Some(Exponent { digits, plus });
            self.rest = &rest[digits..];
        }
        Some(())
    }

    /// Signs before the point: optional ones, then needed ones.
    fn integers(&mut self, text: &str) -> Option<()> {
        if let Some(comma) = text.rfind(',') {
            let first = text.len() - comma - 1;
            let second = text[..comma].rfind(',').map_or(first, |before| comma - before - 1);
            if first == 0 || second == 0 {
                return None;
            }
            self.pattern.groups = Some((first, second));
        }
        let signs: String = text.chars().filter(|sign| *sign != ',').collect();
        self.pattern.most_integers = signs.len();
        let needed = signs.trim_start_matches('#');
        if signs.contains('@') {
            let more = needed.trim_start_matches('@');
            if !more.chars().all(|sign| sign == '#') {
                return None;
            }
            self.pattern.significant = Some((needed.len() - more.len(), needed.len()));
            self.pattern.fewest_integers = 1;
            return Some(());
        }
        self.pattern.fewest_integers = needed.len();
        (!needed.contains('#')).then_some(())
    }
}
