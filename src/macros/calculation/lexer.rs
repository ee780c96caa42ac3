//! Cuts an expression into words, numbers and signs.

use super::functions::text_function;

/// What a piece of an expression is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A number.
    Number(f64),
    /// A name: a function when `(` follows, else a variable. Words with spaces between them are one name.
    Name,
    /// What stands between the parentheses of a function that takes a text.
    Text,
    /// A field of a value: a dot and a word, `.width`.
    Field,
    /// An operator, bracket or comma, in one spelling: `≥` comes as `>=`, `AND` as `&&`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A piece of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
}

/// Longer spellings first: the first that fits is taken.
const SIGNS: [(&str, &str); 39] = [
    ("&&", "&&"),
    ("||", "||"),
    ("==", "="),
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("<<", "<<"),
    (">>", ">>"),
    ("≪", "<<"),
    ("≫", ">>"),
    ("√", "√"),
    ("°", "°"),
    ("=", "="),
    ("≠", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("<", "<"),
    (">", ">"),
    ("!", "!"),
    ("¬", "!"),
    ("&", "&"),
    ("|", "|"),
    ("+", "+"),
    ("-", "-"),
    ("−", "-"),
    ("*", "*"),
    ("×", "*"),
    ("/", "/"),
    ("÷", "/"),
    ("^", "^"),
    ("%", "%"),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    (",", ","),
    ("?", "?"),
    (":", ":"),
];

/// Operators that are words; only in capitals, as functions are.
const WORDS: [(&str, &str); 5] = [("MOD", "MOD"), ("XOR", "XOR"), ("AND", "&&"), ("OR", "||"), ("NOT", "!")];

/// Cuts the text into pieces, the last of which is the end; on failure gives the byte where nothing fits.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, usize> {
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            pieces.push(Piece { kind: Kind::End, start: at, end: at });
            return Ok(pieces);
        };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = piece(rest, first).ok_or(at)?;
        pieces.push(Piece { kind, start: at, end: at + length });
        at += length;
        if kind == Kind::Name && text_function(&rest[..length]).is_some() && text[at..].starts_with('(') {
            pieces.push(Piece { kind: Kind::Sign("("), start: at, end: at + 1 });
            let end = at + 1 + closing(&text[at + 1..]);
            pieces.push(Piece { kind: Kind::Text, start: at + 1, end });
            at = end;
        }
    }
}

/// Where the parenthesis closes that was opened before the text; its end when none does.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'(' => depth += 1,
            b')' if depth == 0 => return at,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn piece(rest: &str, first: char) -> Option<(Kind, usize)> {
    if first.is_ascii_digit() || first == '$' {
        return number(rest);
    }
    if first == '.' {
        let after = rest[1..].chars().next()?;
        if after.is_alphabetic() {
            return Some((Kind::Field, 1 + word(&rest[1..])));
        }
        return if after.is_ascii_digit() { number(rest) } else { None };
    }
    if first.is_alphabetic() || first == '_' {
        return Some(name(rest));
    }
    SIGNS.iter().find(|(spelling, _)| rest.starts_with(spelling)).map(|(spelling, sign)| (Kind::Sign(sign), spelling.len()))
}

/// A number: `1_000.5`, `1e3`, in another base `$5A`, `0x5A`, `0b101`, `0o17`, `8#017`.
fn number(rest: &str) -> Option<(Kind, usize)> {
    for (prefix, base) in [("$", 16), ("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)] {
        if let Some(digits) = rest.strip_prefix(prefix) {
            return in_base(digits, base).map(|(value, length)| (Kind::Number(value), prefix.len() + length));
        }
    }
    let bytes = rest.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'#') {
        let base = rest[..end].parse().ok().filter(|base| (2..=36).contains(base))?;
        return in_base(&rest[end + 1..], base).map(|(value, length)| (Kind::Number(value), end + 1 + length));
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + sign).min(bytes.len()));
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    rest[..end].replace('_', "").parse().ok().map(|value| (Kind::Number(value), end))
}

/// The digits at the start of a text, as a whole number, and how many bytes they take.
fn in_base(digits: &str, base: u32) -> Option<(f64, usize)> {
    let length = digits.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(digits.len());
    let value = u64::from_str_radix(&digits[..length].replace('_', ""), base).ok()?;
    Some((value as f64, length))
}

/// A name, with the words that follow it after spaces: variables may be called “Old Version Number”.
fn name(rest: &str) -> (Kind, usize) {
    let mut end = word(rest);
    if let Some((_, sign)) = WORDS.iter().find(|(spelling, _)| *spelling == &rest[..end]) {
        return (Kind::Sign(sign), end);
    }
    loop {
        let spaces = rest[end..].len() - rest[end..].trim_start_matches(' ').len();
        let next = word(&rest[end + spaces..]);
        let following = &rest[end + spaces..end + spaces + next];
        if spaces == 0 || next == 0 || WORDS.iter().any(|(spelling, _)| *spelling == following) {
            return (Kind::Name, end);
        }
        end += spaces + next;
    }
}

fn word(text: &str) -> usize {
    text.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(text.len())
}
