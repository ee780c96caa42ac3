//! How a file's bytes are text.

use super::super::super::Trouble;

/// A way to write text as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// With a mark of the byte order.
    Utf16,
    /// ISO 8859-1.
    Latin1,
    Ascii,
}

impl Encoding {
    /// The encoding that a macro file names: `UTF8`, `UTF-16`, `ISOLatin1` …
    pub(super) fn named(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "" | "utf8" | "auto" | "automatic" | "default" => Some(Self::Utf8),
            "utf16" | "unicode" => Some(Self::Utf16),
            "isolatin1" | "latin1" | "iso88591" => Some(Self::Latin1),
            "ascii" | "usascii" => Some(Self::Ascii),
            _ => None,
        }
    }

    /// The bytes of a text.
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, Trouble> {
        let highest = match self {
            Self::Utf8 => return Ok(text.as_bytes().to_vec()),
            Self::Utf16 => {
                let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
                return Ok(units.flat_map(u16::to_be_bytes).collect());
            }
            Self::Latin1 => 0xFF,
            Self::Ascii => 0x7F,
        };
        text.chars()
            .map(|character| u8::try_from(u32::from(character)).ok().filter(|byte| *byte <= highest).ok_or(character))
            .collect::<Result<_, char>>()
            .map_err(|character| Trouble::Failed(format!("“{character}” cannot be written in the encoding that it asks for")))
    }

    /// The text of a file. A mark of the byte order counts more than what was asked for; without either it is UTF-8, and Latin 1
    /// when it is none.
    pub(super) fn decode(self, bytes: Vec<u8>) -> String {
        match (bytes.as_slice(), self) {
            ([0xEF, 0xBB, 0xBF, rest @ ..], _) => String::from_utf8_lossy(rest).into_owned(),
            ([0xFE, 0xFF, rest @ ..], _) => units(rest, u16::from_be_bytes),
            ([0xFF, 0xFE, rest @ ..], _) => units(rest, u16::from_le_bytes),
            (whole, Self::Utf16) => units(whole, u16::from_be_bytes),
            (whole, Self::Latin1) => latin(whole),
            _ => String::from_utf8(bytes).unwrap_or_else(|error| latin(error.as_bytes())),
        }
    }
}

fn units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Writes the ends of lines as an action asks for: `LF`, `CR`, `CRLF`; anything else leaves them.
pub(super) fn with_line_ends(text: String, wanted: &str) -> String {
    let plain = || text.replace("\r\n", "\n").replace('\r', "\n");
    match wanted.to_ascii_uppercase().as_str() {
        "LF" | "UNIX" => plain(),
        "CR" | "MAC" => plain().replace('\n', "\r"),
        "CRLF" | "DOS" | "WINDOWS" => plain().replace('\n', "\r\n"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Encoding, with_line_ends};

    #[test]
    fn texts_become_bytes() {
        assert_eq!(Encoding::Utf16.encode("é").ok(), Some(vec![0xFE, 0xFF, 0, 0xE9]));
        assert_eq!(Encoding::Latin1.encode("é").ok(), Some(vec![0xE9]));
        assert!(Encoding::Ascii.encode("é").is_err() && Encoding::Latin1.encode("€").is_err());
        assert_eq!(Encoding::Utf8.decode(vec![0xEF, 0xBB, 0xBF, b'a']), "a");
        assert_eq!(Encoding::Utf8.decode(vec![0xFF, 0xFE, b'a', 0]), "a");
        assert_eq!(Encoding::Utf8.decode(vec![b'a', 0xE9]), "aé");
        assert_eq!(Encoding::named("ISO-Latin-1"), Some(Encoding::Latin1));
        assert_eq!(Encoding::named("EBCDIC"), None);
        assert_eq!(with_line_ends("a\r\nb\rc\n".into(), "CRLF"), "a\r\nb\r\nc\r\n");
        assert_eq!(with_line_ends("a\r\nb".into(), ""), "a\r\nb");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "\\PC*") {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let bytes = encoding.encode(&text).unwrap_or_default();
                let marked = text.starts_with('\u{FEFF}');
                prop_assert!(marked || encoding.decode(bytes) == text);
            }
        }
    }
}
