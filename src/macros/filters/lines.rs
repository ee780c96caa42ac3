//! Counting, and the order and ends of lines.

use std::collections::HashSet;

pub(super) fn characters(text: &str) -> String {
    text.chars().count().to_string()
}

pub(super) fn words(text: &str) -> String {
    text.split_whitespace().count().to_string()
}

/// At least one, even of an empty text.
pub(super) fn lines(text: &str) -> String {
    unix(text).lines().count().max(1).to_string()
}

pub(super) fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

pub(super) fn mac(text: &str) -> String {
    unix(text).replace('\n', "\r")
}

pub(super) fn windows(text: &str) -> String {
    unix(text).replace('\n', "\r\n")
}

pub(super) fn sort(text: &str) -> String {
    // By letters whatever their case, then by the texts themselves.
    rearranged(text, |lines| lines.sort_by_cached_key(|line| (line.to_lowercase(), (*line).to_owned())))
}

pub(super) fn reverse(text: &str) -> String {
    rearranged(text, |lines| lines.reverse())
}

/// The first of equal lines stays.
pub(super) fn unique(text: &str) -> String {
    rearranged(text, |lines| {
        let mut seen = HashSet::new();
        lines.retain(|line| seen.insert(*line));
    })
}

/// The lines in an order of chance; each number is from 0 to 1, without 1.
pub fn shuffle(text: &str, mut random: impl FnMut() -> f64) -> String {
    rearranged(text, |lines| {
        for place in (1..lines.len()).rev() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is from 0 to the place")]
            let other = (random() * (place + 1) as f64) as usize;
            lines.swap(place, other.min(place));
        }
    })
}

/// A line end behind the last line is none of a line of its own, and stays where it is.
fn rearranged(text: &str, change: impl FnOnce(&mut Vec<&str>)) -> String {
    let text = unix(text);
    let (body, end) = text.strip_suffix('\n').map_or((text.as_str(), ""), |body| (body, "\n"));
    let mut lines: Vec<&str> = body.split('\n').collect();
    change(&mut lines);
    lines.join("\n") + end
}
