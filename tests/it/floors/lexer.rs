//! Rust source as words and marks, without comments and literals.

/// A word or mark and its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// The tokens of `source`: identifiers (a raw one without its `r#`), `::`, and every other mark by itself.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'s> {
    rest: &'s str,
    line: usize,
    tokens: Vec<Token>,
}

impl<'s> Lexer<'s> {
    fn step(&mut self) {
        let first = self.rest.chars().next().unwrap_or_default();
        let length = match first {
            '/' if self.rest.starts_with("//") => self.rest.find('\n').unwrap_or(self.rest.len()),
            '/' if self.rest.starts_with("/*") => block_comment(self.rest),
            '"' => quoted(self.rest, '"'),
            '\'' => character_or_lifetime(self.rest),
            _ if first.is_alphabetic() || first == '_' => return self.word(),
            _ if first.is_ascii_digit() => word_length(self.rest),
            _ if first.is_whitespace() => first.len_utf8(),
            _ => return self.mark(first),
        };
        self.skip(length);
    }

    /// An identifier, or a literal with a letter before its quotes.
    fn word(&mut self) {
        let length = word_length(self.rest);
        let (word, after) = self.rest.split_at(length);
        match word {
            "r" | "br" | "cr" if after.starts_with(['"', '#']) => {
                let hashes = after.chars().take_while(|character| *character == '#').count();
                if after[hashes..].starts_with('"') {
                    let close = format!("\"{}", "#".repeat(hashes));
                    let body = &after[hashes + 1..];
                    let end = body.find(&close).map_or(body.len(), |end| end + close.len());
                    self.skip(length + hashes + 1 + end);
                } else {
                    self.skip(length + 1);
                }
            }
            "b" | "c" if after.starts_with('"') => self.skip(length + quoted(after, '"')),
            "b" if after.starts_with('\'') => self.skip(length + quoted(after, '\'')),
            _ => self.push(word, length),
        }
    }

    fn mark(&mut self, first: char) {
        let length = if self.rest.starts_with("::") { 2 } else { first.len_utf8() };
        self.push(&self.rest[..length], length);
    }

    fn push(&mut self, text: &'s str, length: usize) {
        self.tokens.push(Token { text: text.to_owned(), line: self.line });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at(length);
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }
}

fn word_length(text: &str) -> usize {
    text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len())
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// From the opening to the closing quote, over escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `'x'` and `'\n'` are characters, `'name` is a lifetime.
fn character_or_lifetime(text: &str) -> usize {
    let mut characters = text.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(text, '\''),
        _ => 1 + word_length(&text[1..]),
    }
}
