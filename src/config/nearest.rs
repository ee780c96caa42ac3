//! The known word that a mistyped one was meant to be.

/// Two measures, as each misses what the other sees: a common beginning, and few edits of a short word. Below both of these
/// a hint would puzzle more than help.
const LIKE_BEGINNING: f64 = 0.8;
const FEW_EDITS: f64 = 0.6;

/// The one of `known` that is most like `word`, if any is like it at all. Case does not count.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .filter_map(|candidate| likeness(&word, candidate).map(|likeness| (likeness, candidate)))
        // The first of equals: the table's order is the reader's order.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

fn likeness(word: &str, candidate: &str) -> Option<f64> {
    let beginning = strsim::jaro_winkler(word, candidate);
    let edits = strsim::normalized_damerau_levenshtein(word, candidate);
    (beginning >= LIKE_BEGINNING || edits >= FEW_EDITS).then(|| beginning.max(edits))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["read", "run", "write", "files-write"];
        assert_eq!(nearest("raed", known), Some("read"));
        assert_eq!(nearest("Write", known), Some("write"));
        assert_eq!(nearest("mx", ["min", "max"]), Some("max"));
        assert_eq!(nearest("zebra", known), None);
    }
}
