//! Text of a certain width. Every text that comes from elsewhere goes through here.

use unicode_width::UnicodeWidthStr;

use crate::util::text::sanitize;

/// The text made safe and at most `width` columns wide, with an ellipsis where it was cut.
pub(crate) fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    let clean = sanitize(text);
    if clean.width() <= width {
        return clean.into_owned();
    }
    let most = width.saturating_sub(1);
    let mut kept = String::with_capacity(clean.len().min(4 * width));
    // Letters change each other's width: a variation selector makes a narrow sign a wide one.
    for letter in clean.chars() {
        kept.push(letter);
        if kept.width() > most {
            kept.pop();
            break;
        }
    }
    if width > 0 {
        kept.push_str(ellipsis);
    }
    kept
}

/// Cut or filled up on the right to exactly `width` columns.
pub(crate) fn left(text: &str, width: usize, ellipsis: &str) -> String {
    let mut text = cut(text, width, ellipsis);
    let space = width.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', space));
    text
}

/// Filled up on the left to `width` columns; for numbers, which are never cut.
pub(crate) fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_made_safe() {
        assert_eq!(cut("km_run_macro", 12, "…"), "km_run_macro");
        assert_eq!(cut("km_run_macro", 8, "…"), "km_run_…");
        assert_eq!(cut("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(left("漢字漢字", 6, "…"), "漢字… ");
        assert_eq!(cut("a\u{202e}b\x1b[31m", 9, "…"), "ab[31m");
        assert_eq!(cut("abc", 0, "…"), "");
        for width in 1..9 {
            // A heart, an information sign and a keycap, wide by their variation selectors.
            let text = left("❤\u{fe0f}ℹ\u{fe0f}1\u{fe0f}\u{20e3} macro", width, "…");
            assert_eq!(text.width(), width, "{text}");
        }
        assert_eq!(right("9ms", 5), "  9ms");
    }
}
