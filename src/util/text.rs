//! Text from elsewhere, made safe to show on a terminal and in a log.

use std::borrow::Cow;

/// The text without what could move a cursor, change colours or reorder a line: C0 and C1 controls (tab and line ends become
/// spaces) and bidirectional controls. Borrowed when nothing had to go.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let clean = text.chars().filter_map(|letter| match letter {
        '\t' | '\n' | '\r' => Some(' '),
        letter if is_plain(letter) => Some(letter),
        _ => None,
    });
    Cow::Owned(clean.collect())
}

/// Sanitized, and cut to at most `most` characters, with an ellipsis in the last place when something was cut.
pub fn brief(text: &str, most: usize) -> String {
    let clean = sanitize(text);
    if clean.chars().count() <= most {
        return clean.into_owned();
    }
    let mut cut: String = clean.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

fn is_plain(letter: char) -> bool {
    let bidirectional =
        matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !letter.is_control() && !bidirectional
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_reordering_go_and_words_stay() {
        assert_eq!(sanitize("plain — ünïcode"), "plain — ünïcode");
        assert_eq!(sanitize("a\x1b]52;c;eA==\x07b\u{202e}c\u{9b}d\te\n"), "a]52;c;eA==bcd e ");
    }

    #[test]
    fn brief_counts_characters() {
        assert_eq!(brief("öäü", 3), "öäü");
        assert_eq!(brief("öäüß", 3), "öä…");
        assert_eq!(brief("x", 0), "…");
    }
}
