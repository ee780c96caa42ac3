//! Texts with places to fill: `--count={count}`. Two braces stand for one.

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stays.
    Text(String),
    /// A place, by name.
    Place(String),
}

/// The pieces of a template.
///
/// # Errors
/// In words, when a brace has no partner.
pub fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.peek() == Some(&character) => {
                rest.next();
                text.push(character);
            }
            '{' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some('{') | None => return Err(format!("a brace in \"{template}\" has no partner")),
                        Some(other) => name.push(other),
                    }
                }
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Place(name));
            }
            '}' => return Err(format!("a brace in \"{template}\" has no partner")),
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_texts_and_braces() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let place = |name: &str| Piece::Place(name.to_owned());
        assert_eq!(pieces("--count={count}"), Ok(vec![text("--count="), place("count")]));
        assert_eq!(pieces("{a}{b}"), Ok(vec![place("a"), place("b")]));
        assert_eq!(pieces("{{}} {{a}}"), Ok(vec![text("{} {a}")]));
        assert_eq!(pieces(""), Ok(Vec::new()));
        for wrong in ["{", "}", "{a", "a}", "{a{b}}"] {
            assert!(pieces(wrong).is_err(), "{wrong}");
        }
    }
}
