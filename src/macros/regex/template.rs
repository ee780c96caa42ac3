//! What replaces a match: text with groups, characters by escape, and changes of case.

use super::Found;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
    Case(Case),
}

/// A change of case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    NextUpper,
    NextLower,
    End,
}

/// A replacement, read once for all matches.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// `names` are those of the groups, the whole match first.
    pub(super) fn new(replacement: &str, names: &[Option<&str>]) -> Self {
        let mut reader = Reader { rest: replacement, names, text: String::new(), pieces: Vec::new() };
        while let Some(character) = reader.rest.chars().next() {
            reader.rest = &reader.rest[character.len_utf8()..];
            match character {
                '\\' => reader.escape(),
                '$' => reader.dollar(),
                _ => reader.text.push(character),
            }
        }
        reader.flush();
        Self { pieces: reader.pieces }
    }

    /// Appends what replaces a match of `text`.
    pub(super) fn append(&self, found: &Found, text: &str, out: &mut String) {
        let (mut lasting, mut next) = (Case::End, Case::End);
        for piece in &self.pieces {
            let part = match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Group(number) => found.group(*number, text),
                Piece::Case(case @ (Case::NextUpper | Case::NextLower)) => {
                    next = *case;
                    continue;
                }
                Piece::Case(case) => {
                    lasting = *case;
                    continue;
                }
            };
            let mut characters = part.chars();
            if next != Case::End
                && let Some(first) = characters.next()
            {
                if next == Case::NextUpper {
                    out.extend(first.to_uppercase());
                } else {
                    out.extend(first.to_lowercase());
                }
                next = Case::End;
            }
            match lasting {
                Case::Upper => out.push_str(&characters.as_str().to_uppercase()),
                Case::Lower => out.push_str(&characters.as_str().to_lowercase()),
                _ => out.push_str(characters.as_str()),
            }
        }
    }
}

struct Reader<'r> {
    rest: &'r str,
    names: &'r [Option<&'r str>],
    text: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn piece(&mut self, piece: Piece) {
        self.flush();
        self.pieces.push(piece);
    }

    fn escape(&mut self) {
        let Some(character) = self.rest.chars().next() else {
            self.text.push('\\');
            return;
        };
        if character.is_ascii_digit() {
            self.number();
            return;
        }
        self.rest = &self.rest[character.len_utf8()..];
        let case = match character {
            'n' => return self.text.push('\n'),
            't' => return self.text.push('\t'),
            'r' => return self.text.push('\r'),
            'a' => return self.text.push('\u{7}'),
            'e' => return self.text.push('\u{1b}'),
            'f' => return self.text.push('\u{c}'),
            'u' => match self.code() {
                Some(character) => return self.text.push(character),
                None => Case::NextUpper,
            },
            'U' => Case::Upper,
            'L' => Case::Lower,
            'l' => Case::NextLower,
            'E' => Case::End,
            other => return self.text.push(other),
        };
        self.piece(Piece::Case(case));
    }

    /// The character of the four hexadecimal digits that follow, if they do.
    fn code(&mut self) -> Option<char> {
        let digits = self.rest.get(..4).filter(|digits| digits.chars().all(|digit| digit.is_ascii_hexdigit()))?;
        let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        self.rest = &self.rest[4..];
        Some(character)
    }

    fn dollar(&mut self) {
        if self.rest.starts_with(|digit: char| digit.is_ascii_digit()) {
            return self.number();
        }
        let named = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let group = named.and_then(|(name, rest)| {
            let by_name = self.names.iter().position(|known| *known == Some(name));
            by_name.or_else(|| name.parse().ok()).map(|group| (group, rest))
        });
        match group {
            Some((group, rest)) => {
                self.rest = rest;
                self.piece(Piece::Group(group));
            }
            None => self.text.push('$'),
        }
    }

    /// The number of a group: as many digits as there are groups for, at least one.
    fn number(&mut self) {
        let mut number = 0;
        let mut taken = 0;
        for digit in self.rest.bytes().take_while(u8::is_ascii_digit) {
            let longer = number * 10 + usize::from(digit - b'0');
            if taken > 0 && longer >= self.names.len() {
                break;
            }
            number = longer;
            taken += 1;
        }
        self.rest = &self.rest[taken..];
        self.piece(Piece::Group(number));
    }
}
