//! Character classes: `[a-z]`, `[[:alpha:]]`, `[\h\-]`, `[[a-z]&&[^aeiou]]`.

use super::translate::{Input, bracketed, quote, set, simple_escape};

/// Deepest nesting of classes.
const MAX_DEPTH: usize = 50;

/// Copies a class whose `[` has been read.
pub(super) fn class(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    nested(input, out, 1)
}

fn nested(input: &mut Input<'_>, out: &mut String, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("classes are nested deeper than {MAX_DEPTH}"));
    }
    if input.peek() == Some(&':') && posix(input, out)? {
        return Ok(());
    }
    out.push('[');
    if input.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(character) = input.next() {
        match character {
            ']' if !first => {
                out.push(']');
                return Ok(());
            }
            ']' => out.push_str(r"\]"),
            '[' => nested(input, out, depth + 1)?,
            '\\' => escape(input, out)?,
            // A sign that begins an operation only together with a second one.
            '&' | '-' if input.peek() == Some(&character) => {
                input.next();
                out.push(character);
                out.push(character);
            }
            '~' | '&' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
        first = false;
    }
    Err("a class […] does not end".into())
}

fn escape(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    let Some(character) = input.next() else { return Err("it ends with a single backslash".into()) };
    if let Some((members, negated)) = set(character) {
        bracketed(if negated { "^" } else { "" }, members, out);
    } else {
        match character {
            'Q' => quote(input, out),
            'E' => {}
            // Inside a class this is the backspace.
            'b' => out.push_str(r"\x08"),
            _ => simple_escape(character, input, out)?,
        }
        if matches!(character, 'p' | 'P') && input.peek() == Some(&'{') {
            for part in input.by_ref() {
                out.push(part);
                if part == '}' {
                    break;
                }
            }
        }
    }
    // After a set a dash is no range.
    let is_set = "hHvVRdDsSwWpP".contains(character);
    if is_set && input.peek() == Some(&'-') {
        let mut ahead = input.clone();
        ahead.next();
        if !matches!(ahead.peek(), Some('-' | '[' | ']')) {
            input.next();
            out.push_str(r"\-");
        }
    }
    Ok(())
}

/// `[:name:]`, whose `[` has been read; false when it is an ordinary class that begins with a colon.
fn posix(input: &mut Input<'_>, out: &mut String) -> Result<bool, String> {
    let mut ahead = input.clone();
    ahead.next();
    let mut name = String::new();
    while let Some(&character) = ahead.peek().filter(|character| character.is_ascii_alphabetic() || **character == '^') {
        name.push(character);
        ahead.next();
    }
    if ahead.next() != Some(':') || ahead.next() != Some(']') {
        return Ok(false);
    }
    let (not, plain) = match name.strip_prefix('^') {
        Some(plain) => ("^", plain),
        None => ("", name.as_str()),
    };
    let members = match plain.to_ascii_lowercase().as_str() {
        "alpha" => r"\p{Alphabetic}",
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "digit" => r"\p{Nd}",
        "lower" => r"\p{Lowercase}",
        "upper" => r"\p{Uppercase}",
        "punct" => r"\p{P}",
        "space" => r"\s",
        "blank" => r"\t\p{Zs}",
        "cntrl" => r"\p{Cc}",
        "xdigit" => r"\p{Nd}A-Fa-f",
        "word" => r"\w",
        "ascii" => r"\x00-\x7F",
        "graph" => r"[^\s\p{Cc}\p{Cs}\p{Cn}]",
        "print" => r"\p{Zs}[^\s\p{Cc}\p{Cs}\p{Cn}]",
        other => return Err(format!("the class [:{other}:] is not known")),
    };
    *input = ahead;
    bracketed(not, members, out);
    Ok(true)
}
