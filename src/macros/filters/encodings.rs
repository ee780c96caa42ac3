//! Encodings of texts, quotation marks, control characters.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands in a URL as it is (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names of the characters from U+00A0 to U+00FF.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy", "reg",
    "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14",
    "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml",
    "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth",
    "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute",
    "thorn", "yuml",
];

/// Names of some characters beyond those.
const NAMED: [(char, &str); 14] = [
    ('–', "ndash"),
    ('—', "mdash"),
    ('‘', "lsquo"),
    ('’', "rsquo"),
    ('‚', "sbquo"),
    ('“', "ldquo"),
    ('”', "rdquo"),
    ('„', "bdquo"),
    ('•', "bull"),
    ('…', "hellip"),
    ('€', "euro"),
    ('™', "trade"),
    ('←', "larr"),
    ('→', "rarr"),
];

pub(super) fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// What is not encoded, or gives no UTF-8, stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

/// The characters that mean something in HTML.
pub(super) fn encode_html(text: &str) -> String {
    encode(text, |character| match character {
        '&' => Some("&amp;".into()),
        '<' => Some("&lt;".into()),
        '>' => Some("&gt;".into()),
        '"' => Some("&quot;".into()),
        _ => None,
    })
}

pub(super) fn encode_non_ascii(text: &str) -> String {
    encode(text, |character| {
        let latin = u32::from(character).checked_sub(0xa0).and_then(|index| LATIN.get(usize::try_from(index).ok()?));
        let name = latin.or_else(|| NAMED.iter().find(|(known, _)| *known == character).map(|(_, name)| name));
        name.map(|name| format!("&{name};")).or_else(|| (!character.is_ascii()).then(|| numeric(character)))
    })
}

pub(super) fn encode_numeric(text: &str) -> String {
    encode(text, |character| (!character.is_ascii() || "&<>\"".contains(character)).then(|| numeric(character)))
}

fn numeric(character: char) -> String {
    format!("&#{};", u32::from(character))
}

fn encode(text: &str, entity: impl Fn(char) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match entity(character) {
            Some(entity) => out.push_str(&entity),
            None => out.push(character),
        }
    }
    out
}

pub(super) fn decode_html(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}

pub(super) fn smart_quotes(text: &str) -> String {
    quoted(text, '“', '”')
}

pub(super) fn french_quotes(text: &str) -> String {
    quoted(text, '«', '»')
}

pub(super) fn dumb_quotes(text: &str) -> String {
    text.chars().map(|character| if is_double_quote(character) { '"' } else { character }).collect()
}

fn is_double_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

/// Double quotation marks of one kind. One at the start, behind a space or behind an opening bracket opens.
fn quoted(text: &str, opening: char, closing: char) -> String {
    let mut before = None;
    let mark = |character: char| {
        let opens = before.is_none_or(|before: char| before.is_whitespace() || "([{<-–—/'‘".contains(before));
        before = Some(character);
        match is_double_quote(character) {
            true if opens => opening,
            true => closing,
            false => character,
        }
    };
    text.chars().map(mark).collect()
}

/// Line ends and tabs stay.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

pub(super) fn delete_control(text: &str) -> String {
    text.chars().filter(|character| !is_control(*character)).collect()
}

pub(super) fn bullet_control(text: &str) -> String {
    text.chars().map(|character| if is_control(character) { '•' } else { character }).collect()
}
