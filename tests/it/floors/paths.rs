//! Which modules of the crate a source file names.

use std::path::{Component, Path};

use super::lexer::{Token, tokens};

/// A module that is named: `*` for a glob of the crate's root, `self` for the root itself under another name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) module: String,
    pub(super) line: usize,
}

/// The module path of a file, from the crate's root: `pool/actor.rs` is `pool::actor`, `pool/mod.rs` is `pool`, `main.rs` is
/// `main`, `lib.rs` the root itself.
pub(super) fn home(path: &Path) -> Vec<String> {
    let mut modules: Vec<String> = path
        .with_extension("")
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    if modules.last().is_some_and(|last| last == "mod" || (last == "lib" && modules.len() == 1)) {
        modules.pop();
    }
    modules
}

/// Every module of the crate that `source`, standing in `path`, names.
pub(super) fn named(path: &Path, source: &str) -> Vec<Named> {
    let tokens = tokens(source);
    let home = home(path);
    let mut scan = Scan { tokens: &tokens, depth: home.len(), inner: Vec::new(), braces: 0, found: Vec::new() };
    // The binary is a crate of its own: its `crate` and `super` name nothing of ours.
    let is_main = home == ["main"];
    let mut at = 0;
    while at < tokens.len() {
        at = scan.step(at, is_main);
    }
    scan.found
}

struct Scan<'t> {
    tokens: &'t [Token],
    /// How many modules down from the crate's root the file is.
    depth: usize,
    /// The brace depth at which each inline module around this token began.
    inner: Vec<usize>,
    braces: usize,
    found: Vec<Named>,
}

impl Scan<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    /// Looks at the token at `at`; returns where to go on.
    fn step(&mut self, at: usize, is_main: bool) -> usize {
        match self.text(at) {
            "{" => {
                if at >= 2 && self.text(at - 2) == "mod" {
                    self.inner.push(self.braces);
                }
                self.braces += 1;
            }
            "}" => {
                self.braces = self.braces.saturating_sub(1);
                if self.inner.last() == Some(&self.braces) {
                    self.inner.pop();
                }
            }
            "kmtop" if self.begins_path(at) && matches!(self.text(at + 1), "::" | "as") => return self.below_root(at + 1),
            "crate" if !is_main && self.begins_path(at) => return self.below_root(at + 1),
            "super" if !is_main && self.begins_path(at) => return self.upwards(at, 0),
            "self" if !is_main && self.begins_path(at) && self.text(at + 1) == "::" && self.text(at + 2) == "super" => {
                return self.upwards(at + 2, 0);
            }
            _ => {}
        }
        at + 1
    }

    /// A word after `name::` is a part of that path; one after a bare `::` begins an absolute path.
    fn begins_path(&self, at: usize) -> bool {
        at == 0
            || self.text(at - 1) != "::"
            || at == 1
            || !is_word(self.text(at - 2)) && self.text(at - 2) != ">"
            || is_keyword(self.text(at - 2))
    }

    /// A chain of `super`; matters when it ends at the crate's root.
    fn upwards(&mut self, at: usize, climbed: usize) -> usize {
        let climbed = climbed + 1;
        if self.text(at + 1) == "::" && self.text(at + 2) == "super" {
            return self.upwards(at + 2, climbed);
        }
        if climbed == self.depth + self.inner.len() { self.below_root(at + 1) } else { at + 1 }
    }

    /// After the crate's root: `::` and a name or a group, or `as`.
    fn below_root(&mut self, at: usize) -> usize {
        match self.text(at) {
            "::" => self.tree(at + 1),
            "as" => {
                self.find("self", at);
                at + 1
            }
            _ => at,
        }
    }

    /// One branch of a path below the root. In a group each branch counts; what is below a name does not.
    fn tree(&mut self, at: usize) -> usize {
        if self.text(at) != "{" {
            let name = self.text(at).to_owned();
            self.find(&name, at);
            return at + 1;
        }
        let mut at = at + 1;
        while at < self.tokens.len() && self.text(at) != "}" {
            at = self.tree(at);
            at = self.after_branch(at);
        }
        at + 1
    }

    /// The comma that ends a branch, over all groups in it, or the brace that ends the group.
    fn after_branch(&self, mut at: usize) -> usize {
        let mut groups = 0;
        while at < self.tokens.len() {
            match self.text(at) {
                "," if groups == 0 => return at + 1,
                "}" if groups == 0 => return at,
                "{" => groups += 1,
                "}" => groups -= 1,
                _ => {}
            }
            at += 1;
        }
        at
    }

    fn find(&mut self, module: &str, at: usize) {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        self.found.push(Named { module: module.to_owned(), line });
    }
}

fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
}

/// Words after which `::` begins a path instead of going on with one.
fn is_keyword(text: &str) -> bool {
    matches!(text, "use" | "in" | "as" | "return" | "else" | "match" | "if" | "impl" | "for" | "dyn" | "mut" | "where" | "extern")
}
