//! What the documents say: every link leads somewhere, every command is one, and those that can be run here are run.

mod commands;
mod links;

use std::{
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A document of the project.
pub(super) struct Document {
    /// From the project's root.
    pub(super) path: PathBuf,
    text: String,
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document: those at the root, and those in `docs`.
pub(super) fn documents() -> Vec<Document> {
    let folder = |name: &str| fs::read_dir(root().join(name)).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut paths = [folder(""), folder("docs")].concat();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    assert!(paths.len() > 10, "{paths:?}");
    let read = |path: PathBuf| Document {
        text: fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(root()).unwrap().to_owned(),
    };
    paths.into_iter().map(read).collect()
}

impl Document {
    pub(super) fn events(&self) -> Parser<'_> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES)
    }

    /// Lines of blocks of code that say no language, and so are typed into a shell.
    pub(super) fn typed(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut inside = false;
        for event in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    inside = language.is_empty() || &*language == "sh";
                }
                Event::End(TagEnd::CodeBlock) => inside = false,
                Event::Text(text) if inside => lines.extend(text.replace("\\\n", " ").lines().map(str::to_owned)),
                _ => {}
            }
        }
        lines
    }

    /// What stands as code inside of sentences.
    pub(super) fn quoted(&self) -> Vec<String> {
        self.events().filter_map(|event| if let Event::Code(text) = event { Some(text.into_string()) } else { None }).collect()
    }
}
