//! What a resource's URI names.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::tools::Change;

/// What stands in a URI as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Longest name that is taken, in bytes.
const LONGEST: usize = 1_024;

/// The URI of the frame.
pub(in crate::mcp) const FRAME: &str = "kmtop://frame";
/// The template of macros.
pub(in crate::mcp) const MACRO_TEMPLATE: &str = "macro://{uid}";
/// The template of variables.
pub(in crate::mcp) const VARIABLE_TEMPLATE: &str = "variable://{name}";

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mcp) enum Address {
    /// How the server is.
    Frame,
    /// The macro of this UUID.
    Macro(String),
    /// The global variable of this name.
    Variable(String),
}

impl Address {
    /// What a URI names; `None` when it is none of this server's.
    pub(in crate::mcp) fn parse(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        // Some clients end every URI with a slash.
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let name = percent_decode_str(rest).decode_utf8().ok()?.into_owned();
        if name.trim().is_empty() || name.len() > LONGEST {
            return None;
        }
        match scheme.to_ascii_lowercase().as_str() {
            "kmtop" => name.eq_ignore_ascii_case("frame").then_some(Self::Frame),
            "macro" => Some(Self::Macro(name.trim().to_uppercase())),
            "variable" => Some(Self::Variable(name)),
            _ => None,
        }
    }

    /// The URI.
    pub(in crate::mcp) fn uri(&self) -> String {
        match self {
            Self::Frame => FRAME.to_owned(),
            Self::Macro(uid) => format!("macro://{}", utf8_percent_encode(uid, PLAIN)),
            Self::Variable(name) => format!("variable://{}", utf8_percent_encode(name, PLAIN)),
        }
    }

    /// Whether a change is one of this resource.
    pub(in crate::mcp) fn is_of(&self, change: &Change) -> bool {
        match (self, change) {
            (Self::Macro(uid), Change::Macro(changed)) => **uid == **changed,
            (Self::Variable(name), Change::Variable(changed)) => name.trim().to_lowercase() == **changed,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_come_back_as_they_went() {
        for name in ["Plain", "My Variable", "a/b?c#d", "100 %", "Größe", "日本", "a:b@c[d]"] {
            let address = Address::Variable(name.into());
            let uri = address.uri();
            assert!(uri.is_ascii() && url::Url::parse(&uri).is_ok(), "{uri}");
            assert_eq!(Address::parse(&uri), Some(address.clone()), "{uri}");
            assert_eq!(Address::parse(&format!("{uri}/")), Some(address), "{uri}/");
        }
        assert_eq!(Address::parse("macro://5a3b-x"), Some(Address::Macro("5A3B-X".into())));
        assert_eq!(Address::parse("KMTOP://frame/"), Some(Address::Frame));
        for bad in
            ["", "frame", "kmtop://other", "macro://", "variable:///", "variable://%20", "variable://%ff", "file:///etc/passwd"]
        {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
        assert_eq!(Address::parse(&format!("variable://{}", "x".repeat(LONGEST + 1))), None);
    }

    #[test]
    fn a_change_concerns_whom_it_names() {
        let variable = Address::Variable("My Größe".into());
        assert!(variable.is_of(&Change::Variable("my größe".into())) && !variable.is_of(&Change::Variable("other".into())));
        assert!(Address::Macro("A".into()).is_of(&Change::Macro("A".into())));
        assert!(!Address::Frame.is_of(&Change::Library) && !variable.is_of(&Change::Macro("my größe".into())));
    }
}
