//! What filters make of a text. Pure: filters that ask for more than the text are done where they are run.

mod cases;
mod encodings;
mod lines;
mod paths;

/// A filter.
#[derive(Clone, Copy)]
pub enum Filter {
    /// It needs only the text.
    Text(fn(&str) -> String),
    /// It calculates the text as an expression.
    Calculate,
    /// It calls for the home folder: the text, the folder.
    Home(fn(&str, &str) -> String),
    /// It mixes lines by chance: each number is from 0 to 1, without 1.
    Shuffle,
}

/// Filters by Keyboard Maestro's name. The first group is known from macro files; of the others only what they do is documented, and
/// their names are the obvious ones. A name that is not here is refused, so a wrong guess does no harm.
const FILTERS: &[(&str, Filter)] = &[
    ("Calculate", Filter::Calculate),
    ("Capitalize", Filter::Text(cases::capitalize)),
    ("CharacterCount", Filter::Text(lines::characters)),
    ("DumbQuotes", Filter::Text(encodings::dumb_quotes)),
    ("EncodeHTMLEntities", Filter::Text(encodings::encode_html)),
    ("ExpandTildeInPath", Filter::Home(paths::expand_tilde)),
    ("LineCount", Filter::Text(lines::lines)),
    ("Lowercase", Filter::Text(str::to_lowercase)),
    ("LowercaseFirst", Filter::Text(cases::lowercase_first)),
    ("PercentEncodeForURL", Filter::Text(encodings::percent_encode)),
    ("RemoveStyles", Filter::Text(str::to_owned)),
    ("SmartQuotes", Filter::Text(encodings::smart_quotes)),
    ("TitleCase", Filter::Text(cases::title_case)),
    ("TrimWhitespace", Filter::Text(trim)),
    ("Uppercase", Filter::Text(str::to_uppercase)),
    ("UppercaseFirst", Filter::Text(cases::uppercase_first)),
    ("WordCount", Filter::Text(lines::words)),
    // By what they do.
    ("AbbreviateWithTildeInPath", Filter::Home(paths::abbreviate)),
    ("BulletControlCharacters", Filter::Text(encodings::bullet_control)),
    ("DecodeHTMLEntities", Filter::Text(encodings::decode_html)),
    ("DeleteControlCharacters", Filter::Text(encodings::delete_control)),
    ("DeleteLastPathComponent", Filter::Text(paths::parent)),
    ("DeletePathExtension", Filter::Text(paths::without_extension)),
    ("EncodeNonASCIIHTMLEntities", Filter::Text(encodings::encode_non_ascii)),
    ("EncodeHTMLNumericEntities", Filter::Text(encodings::encode_numeric)),
    ("FrenchQuotes", Filter::Text(encodings::french_quotes)),
    ("LastPathComponent", Filter::Text(paths::file_name)),
    ("PathExtension", Filter::Text(paths::extension)),
    ("PercentDecode", Filter::Text(encodings::percent_decode)),
    ("PercentDecodeForURL", Filter::Text(encodings::percent_decode)),
    ("ReverseLines", Filter::Text(lines::reverse)),
    ("SentenceCase", Filter::Text(cases::sentence_case)),
    ("ShuffleLines", Filter::Shuffle),
    ("SortLines", Filter::Text(lines::sort)),
    ("StandardizePath", Filter::Home(paths::standardize)),
    ("UniqueLines", Filter::Text(lines::unique)),
    ("UnixLineEndings", Filter::Text(lines::unix)),
    ("MacLineEndings", Filter::Text(lines::mac)),
    ("WindowsLineEndings", Filter::Text(lines::windows)),
];

/// The filter of this name; `None` when it is not done here.
#[must_use]
pub fn filter(name: &str) -> Option<Filter> {
    FILTERS.iter().find(|(known, _)| *known == name).map(|(_, filter)| *filter)
}

/// The names of all filters that are done here.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|(name, _)| *name)
}

fn trim(text: &str) -> String {
    text.trim().to_owned()
}

pub use lines::shuffle;
pub use paths::{PathParts, split_path};

#[cfg(test)]
mod tests;
