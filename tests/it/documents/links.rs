//! Links lead to files that are there, and to headings in them.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{Document, documents, root};

/// The names that a reader's browser gives to the headings, as GitHub makes them.
fn anchors(document: &Document) -> BTreeSet<String> {
    let (mut seen, mut anchors) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in document.events() {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = slug(&heading.take().unwrap_or_default());
                let again = seen.entry(name.clone()).or_default();
                anchors.insert(if *again == 0 { name } else { format!("{name}-{again}") });
                *again += 1;
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|character| character.is_alphanumeric() || [' ', '-', '_'].contains(character));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// What is wrong with a link of a document; nothing when it leads somewhere.
fn wrong(document: &Document, link: &str, anchors: &BTreeMap<std::path::PathBuf, BTreeSet<String>>) -> Option<String> {
    if link.starts_with("https://") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { document.path.clone() } else { document.path.with_file_name(path) };
    let place = root().join(&target);
    if !place.exists() {
        return Some(format!("{}: {link} is not there", document.path.display()));
    }
    let inside = place.canonicalize().unwrap();
    assert!(inside.starts_with(root().canonicalize().unwrap()), "{}: {link} leads out of the project", document.path.display());
    let known = anchors.get(inside.strip_prefix(root().canonicalize().unwrap()).unwrap());
    let missing = anchor.filter(|anchor| known.is_none_or(|known| !known.contains(*anchor)))?;
    Some(format!("{}: {link}: no heading is called {missing}", document.path.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let anchors: BTreeMap<_, _> = documents.iter().map(|document| (document.path.clone(), anchors(document))).collect();
    let mut links = 0;
    let mut faults = Vec::new();
    for document in &documents {
        for event in document.events() {
            if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
                links += 1;
                faults.extend(wrong(document, &dest_url, &anchors));
            }
        }
    }
    assert!(links > 20, "{links} links");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_link_that_leads_nowhere_would_be_found() {
    let document = Document { path: "docs/x.md".into(), text: "# One `two` & three\n\n# One\n\n# One".into() };
    let anchors = BTreeMap::from([(document.path.clone(), anchors(&document))]);
    let names: Vec<_> = anchors[&document.path].iter().map(String::as_str).collect();
    assert_eq!(names, ["one", "one-1", "one-two--three"]);
    assert_eq!(wrong(&document, "console.md", &anchors), None);
    assert!(wrong(&document, "no-such.md", &anchors).is_some());
    assert!(wrong(&document, "console.md#no-such-heading", &anchors).is_some());
}
