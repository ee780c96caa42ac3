//! Tests of filters: a table, and the laws of encodings.

use proptest::prelude::*;

use super::{Filter, filter, names, shuffle, split_path};

fn filtered(name: &str, text: &str) -> String {
    match filter(name) {
        Some(Filter::Text(filter)) => filter(text),
        Some(Filter::Home(filter)) => filter(text, "/home/u"),
        _ => panic!("{name} needs more than a text"),
    }
}

#[test]
fn filters_do_what_their_names_say() {
    let cases = [
        ("Lowercase", "ÄB c", "äb c"),
        ("Uppercase", "straße", "STRASSE"),
        ("LowercaseFirst", "ABC", "aBC"),
        ("UppercaseFirst", "éa b", "Éa b"),
        ("Capitalize", "o'neil's foo-bar BAZ", "O'neil's Foo-Bar Baz"),
        ("TitleCase", "the lord of the rings", "The Lord of the Rings"),
        ("TitleCase", "WHAT IT IS FOR", "What It Is For"),
        ("TitleCase", "use iPhone at example.com: a test-case", "Use iPhone at example.com: A Test-Case"),
        ("TitleCase", "a b\nan end", "A B\nAn End"),
        ("SentenceCase", "hELLO there. it works! 3.5 is ok", "Hello there. It works! 3.5 is ok"),
        ("TrimWhitespace", " \n a b\t\u{a0}", "a b"),
        ("RemoveStyles", "as is", "as is"),
        ("SmartQuotes", "\"a\" (\"b\") it's", "“a” (“b”) it's"),
        ("FrenchQuotes", "“a” b", "«a» b"),
        ("DumbQuotes", "“a” „b” ‘c’", "\"a\" \"b\" ‘c’"),
        ("PercentEncodeForURL", "a b/ä-._~%", "a%20b%2F%C3%A4-._~%25"),
        ("PercentDecode", "a%20b%C3%A4%zz+", "a bä%zz+"),
        ("PercentDecode", "%FF", "%FF"),
        ("EncodeHTMLEntities", "<a href=\"x\">&é", "&lt;a href=&quot;x&quot;&gt;&amp;é"),
        ("EncodeNonASCIIHTMLEntities", "é<ÿ—π\u{a0}", "&eacute;<&yuml;&mdash;&#960;&nbsp;"),
        ("EncodeHTMLNumericEntities", "é<", "&#233;&#60;"),
        ("DecodeHTMLEntities", "&lt;&eacute;&#960;&#x3c0;&amp;lt; &nothing;", "<éππ&lt; &nothing;"),
        ("CharacterCount", "añ\n", "3"),
        ("WordCount", " a b\nc ", "3"),
        ("LineCount", "", "1"),
        ("LineCount", "a\r\nb\rc\n", "3"),
        ("SortLines", "b\nA\na\nB\n", "A\na\nB\nb\n"),
        ("ReverseLines", "a\nb\nc", "c\nb\na"),
        ("UniqueLines", "a\nb\na\nA", "a\nb\nA"),
        ("UnixLineEndings", "a\r\nb\rc", "a\nb\nc"),
        ("MacLineEndings", "a\r\nb\n", "a\rb\r"),
        ("WindowsLineEndings", "a\r\nb\n", "a\r\nb\r\n"),
        ("DeleteControlCharacters", "a\u{7}\tb\u{1b}\n", "a\tb\n"),
        ("BulletControlCharacters", "a\u{7}b", "a•b"),
        ("ExpandTildeInPath", "~/a", "/home/u/a"),
        ("ExpandTildeInPath", "~", "/home/u"),
        ("ExpandTildeInPath", "~other/a", "~other/a"),
        ("AbbreviateWithTildeInPath", "/home/u/a", "~/a"),
        ("AbbreviateWithTildeInPath", "/home/us/a", "/home/us/a"),
        ("StandardizePath", "~/a/./b//../c/", "/home/u/a/c"),
        ("StandardizePath", "../a/../..", "../.."),
        ("DeleteLastPathComponent", "/a/b/", "/a"),
        ("DeleteLastPathComponent", "/a", "/"),
        ("LastPathComponent", "/a/b.c/", "b.c"),
        ("PathExtension", "/a.b/c.tar.gz", "gz"),
        ("DeletePathExtension", "/a.b/c.tar.gz", "/a.b/c.tar"),
        ("DeletePathExtension", "/a.b/.profile", "/a.b/.profile"),
    ];
    for (name, text, expected) in cases {
        assert_eq!(filtered(name, text), expected, "{name} of {text:?}");
    }
    assert!(filter("Nothing").is_none());
}

#[test]
fn names_stand_once() {
    let mut all: Vec<&str> = names().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn paths_are_split() {
    let parts = |path| {
        let parts = split_path(path);
        [parts.parent, parts.name, parts.base, parts.extension]
    };
    assert_eq!(parts("/Users/me/a.tar.gz"), ["/Users/me", "a.tar.gz", "a.tar", "gz"]);
    assert_eq!(parts("/Users/me/"), ["/Users", "me", "me", ""]);
    assert_eq!(parts("/a"), ["/", "a", "a", ""]);
    assert_eq!(parts("a.b"), ["/Nowhere", "a.b", "a", "b"]);
    assert_eq!(parts("x/a.b"), ["/Nowhere", "a.b", "a", "b"]);
    assert_eq!(parts("/.profile"), ["/", ".profile", ".profile", ""]);
}

#[test]
fn chance_mixes_lines() {
    assert_eq!(shuffle("a\nb\nc\n", || 0.0), "b\nc\na\n");
    assert_eq!(shuffle("a\nb\nc", || 0.999), "a\nb\nc");
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(text in ".{0,60}") {
        prop_assert_eq!(filtered("PercentDecode", &filtered("PercentEncodeForURL", &text)), text.clone());
        for encoder in ["EncodeHTMLEntities", "EncodeHTMLNumericEntities"] {
            prop_assert_eq!(filtered("DecodeHTMLEntities", &filtered(encoder, &text)), text.clone());
        }
    }

    #[test]
    fn filters_twice_are_filters_once(text in "(?s).{0,60}") {
        for name in ["Lowercase", "TrimWhitespace", "DumbQuotes", "DeleteControlCharacters", "UnixLineEndings", "WindowsLineEndings",
            "SortLines", "UniqueLines", "StandardizePath", "ExpandTildeInPath"]
        {
            let once = filtered(name, &text);
            prop_assert_eq!(filtered(name, &once), once, "{}", name);
        }
        let text = format!("a{text}b");
        prop_assert_eq!(filtered("ReverseLines", &filtered("ReverseLines", &text)), filtered("UnixLineEndings", &text));
    }

    #[test]
    fn no_filter_panics(text in "(?s).{0,80}") {
        for name in names() {
            if !matches!(filter(name), Some(Filter::Calculate | Filter::Shuffle)) {
                let _ = filtered(name, &text);
            }
        }
    }
}
