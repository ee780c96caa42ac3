//! Changes of case.

/// Words that stay small inside a title.
const SMALL: [&str; 20] =
    ["a", "an", "and", "as", "at", "but", "by", "en", "for", "if", "in", "of", "on", "or", "the", "to", "v", "v.", "via", "vs"];

pub(super) fn uppercase_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().collect::<String>() + characters.as_str()
}

pub(super) fn lowercase_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_lowercase);
    first.into_iter().flatten().collect::<String>() + characters.as_str()
}

/// Every word with a capital and small letters behind it. An apostrophe does not end a word.
pub(super) fn capitalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        if inside {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
        inside = character.is_alphanumeric() || (inside && matches!(character, '\'' | '’'));
    }
    out
}

/// The first letter of each sentence as a capital, all others small.
pub(super) fn sentence_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut begins, mut ended) = (true, false);
    for character in text.chars() {
        if character.is_alphanumeric() {
            if begins {
                out.extend(character.to_uppercase());
            } else {
                out.extend(character.to_lowercase());
            }
            (begins, ended) = (false, false);
            continue;
        }
        out.push(character);
        begins |= ended && character.is_whitespace();
        ended = matches!(character, '.' | '!' | '?') || (ended && !character.is_whitespace());
    }
    out
}

/// Words with capitals, except small words inside a line. Words that have a capital or a dot inside stay as they are.
pub(super) fn title_case(text: &str) -> String {
    text.split_inclusive('\n').map(title_line).collect()
}

fn title_line(line: &str) -> String {
    // All in capitals is no writing of single words.
    let lowered = line.to_lowercase();
    let line = if line == line.to_uppercase() { lowered.as_str() } else { line };
    let parts: Vec<&str> = line.split_inclusive(char::is_whitespace).collect();
    let is_word = |part: &&&str| part.chars().any(char::is_alphanumeric);
    let words = parts.iter().filter(is_word).count();
    let mut out = String::with_capacity(line.len());
    let (mut number, mut begins) = (0, true);
    for part in &parts {
        let word = part.trim_end();
        if !is_word(&part) {
            out.push_str(part);
            continue;
        }
        number += 1;
        let bare = word.trim_matches(|character: char| !character.is_alphanumeric() && character != '.');
        let small = SMALL.contains(&bare.to_lowercase().as_str()) && !begins && number != words;
        begins = word.ends_with([':', '.', '!', '?']) && !SMALL.contains(&bare);
        if small {
            out.push_str(&part.to_lowercase());
        } else if has_own_form(bare) {
            out.push_str(part);
        } else {
            out.push_str(&capital(part));
        }
    }
    out
}

/// `iPhone`, `example.com`.
fn has_own_form(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next();
    characters.clone().any(char::is_uppercase) || characters.as_str().trim_end_matches('.').contains('.')
}

/// The word with its first letter as a capital, also behind each hyphen.
fn capital(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    let mut begins = true;
    for character in part.chars() {
        if begins && character.is_alphanumeric() {
            out.extend(character.to_uppercase());
            begins = false;
        } else {
            out.push(character);
            begins |= character == '-';
        }
    }
    out
}
