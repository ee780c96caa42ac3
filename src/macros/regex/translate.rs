//! From ICU's form of a pattern to that of `fancy-regex`.

use std::{fmt::Write as _, iter::Peekable, str::Chars};

use super::class::class;

/// What ends a line in ICU.
pub(super) const TERMINATORS: [char; 7] = ['\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Inside a class: horizontal white space.
const HORIZONTAL: &str = r"\t\x{20}\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
/// Inside a class: what ends a line.
const VERTICAL: &str = r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}";
/// A character as people see it: with its accents and joined parts; flags are two letters.
const CLUSTER: &str =
    r"(?>\r\n|\p{Regional_Indicator}{2}|[^\p{M}](?:[\p{M}\x{1F3FB}-\x{1F3FF}]|\x{200D}\p{Extended_Pictographic})*|\p{M}+)";

pub(super) type Input<'p> = Peekable<Chars<'p>>;

/// Whether the translation holds for every text, or only for those without CRLF that do not end with a line terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Faithful {
    No,
    Yes,
}

/// Flags that change how a pattern is read.
#[derive(Clone, Copy, Default)]
struct Flags {
    multi_line: bool,
    comments: bool,
}

/// The pattern in the form of `fancy-regex`.
pub(super) fn translate(pattern: &str, faithful: Faithful) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut input = pattern.chars().peekable();
    let mut flags = Flags::default();
    let mut outer = Vec::new();
    while let Some(character) = input.next() {
        match character {
            '\\' => escape(&mut input, faithful, &mut out)?,
            '[' => class(&mut input, &mut out)?,
            '(' => group(&mut input, &mut flags, &mut outer, &mut out)?,
            ')' => {
                flags = outer.pop().unwrap_or(flags);
                out.push(')');
            }
            '$' if !flags.multi_line => out.push_str(end(faithful)),
            '#' if flags.comments => while input.next().is_some_and(|character| character != '\n') {},
            _ => out.push(character),
        }
    }
    Ok(out)
}

/// The end of the text, or before the terminator that ends it.
fn end(faithful: Faithful) -> &'static str {
    match faithful {
        Faithful::No => r"\z",
        Faithful::Yes => r"(?=(?:\r\n|(?<!\r)\n|[\r\x0B\x0C\x{85}\x{2028}\x{2029}])?\z)",
    }
}

fn escape(input: &mut Input<'_>, faithful: Faithful, out: &mut String) -> Result<(), String> {
    match input.next() {
        Some('Q') => quote(input, out),
        // An end without a beginning says nothing.
        Some('E') => {}
        Some('h') => bracketed("", HORIZONTAL, out),
        Some('H') => bracketed("^", HORIZONTAL, out),
        Some('v') => bracketed("", VERTICAL, out),
        Some('V') => bracketed("^", VERTICAL, out),
        Some('R') if faithful == Faithful::No => bracketed("", VERTICAL, out),
        Some('R') => {
            out.push_str(r"(?>\r\n|");
            bracketed("", VERTICAL, out);
            out.push(')');
        }
        Some('X') => out.push_str(CLUSTER),
        Some('Z') => out.push_str(end(faithful)),
        Some('N') => return Err("characters by name (\\N{…}) are not done here; use \\x{…}".into()),
        Some(character) => simple_escape(character, input, out)?,
        None => return Err("it ends with a single backslash".into()),
    }
    Ok(())
}

/// Escapes that mean the same inside and outside of a class.
pub(super) fn simple_escape(character: char, input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    match character {
        'e' => out.push_str(r"\x1B"),
        'c' => {
            let control = input.next().filter(char::is_ascii).ok_or("\\c is followed by no character")?;
            code(u32::from(control) & 0x1f, out);
        }
        '0' => {
            let mut value = 0;
            for _ in 0..3 {
                let Some(digit) = input.peek().and_then(|digit| digit.to_digit(8)).filter(|digit| value * 8 + digit <= 0o377)
                else {
                    break;
                };
                value = value * 8 + digit;
                input.next();
            }
            code(value, out);
        }
        // Any other sign stands for itself; as a number it means nothing else to anybody.
        _ if !character.is_ascii_alphanumeric() => code(u32::from(character), out),
        _ => {
            out.push('\\');
            out.push(character);
        }
    }
    Ok(())
}

/// Escapes that stand for a set of characters and may also stand inside a class.
pub(super) fn set(character: char) -> Option<(&'static str, bool)> {
    match character {
        'h' => Some((HORIZONTAL, false)),
        'H' => Some((HORIZONTAL, true)),
        'v' | 'R' => Some((VERTICAL, false)),
        'V' => Some((VERTICAL, true)),
        _ => None,
    }
}

fn code(value: u32, out: &mut String) {
    let _ = write!(out, "\\x{{{value:X}}}");
}

pub(super) fn bracketed(not: &str, set: &str, out: &mut String) {
    out.push('[');
    bracket(not, set, "]", out);
}

fn bracket(open: &str, inside: &str, close: &str, out: &mut String) {
    for part in [open, inside, close] {
        out.push_str(part);
    }
}

/// Text between `\Q` and `\E`, or the end, as it stands.
pub(super) fn quote(input: &mut Input<'_>, out: &mut String) {
    while let Some(character) = input.next() {
        if character == '\\' && input.peek() == Some(&'E') {
            input.next();
            return;
        }
        if character.is_alphanumeric() { out.push(character) } else { code(u32::from(character), out) }
    }
}

/// The opening of a group, whose flags may differ from those around it.
fn group(input: &mut Input<'_>, flags: &mut Flags, outer: &mut Vec<Flags>, out: &mut String) -> Result<(), String> {
    if input.peek() != Some(&'?') {
        outer.push(*flags);
        out.push('(');
        return Ok(());
    }
    input.next();
    match input.peek().copied() {
        Some('#') => {
            if !input.any(|character| character == ')') {
                return Err("a comment (?#…) does not end".into());
            }
        }
        Some(first) if first.is_ascii_alphabetic() && first != 'P' || first == '-' => {
            let before = *flags;
            let (mut on, mut written) = (true, String::new());
            loop {
                match input.next() {
                    Some('-') => {
                        on = false;
                        written.push('-');
                    }
                    Some('m') => {
                        flags.multi_line = on;
                        written.push('m');
                    }
                    Some('x') => {
                        flags.comments = on;
                        written.push('x');
                    }
                    Some(flag @ ('i' | 's')) => written.push(flag),
                    // Word boundaries by Unicode's rules are near enough to the usual ones.
                    Some('w') => {}
                    Some(close @ (')' | ':')) => {
                        let written = written.trim_end_matches('-');
                        match (close, written) {
                            (')', "") => {}
                            (')', _) => bracket("(?", written, ")", out),
                            _ => {
                                outer.push(before);
                                bracket("(?", written, ":", out);
                            }
                        }
                        return Ok(());
                    }
                    Some(flag) => return Err(format!("the flag “{flag}” is not known")),
                    None => return Err("a group (?…) does not end".into()),
                }
            }
        }
        _ => {
            outer.push(*flags);
            out.push_str("(?");
        }
    }
    Ok(())
}
