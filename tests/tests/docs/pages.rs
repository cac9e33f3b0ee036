//! The pages of the documentation, and the parts of each that are checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page of the documentation.
pub struct Page {
    /// Relative to the root of the repository.
    pub path: PathBuf,
    /// The fenced code blocks. An indented one has an empty language.
    pub blocks: Vec<Block>,
    /// The targets of its links and images.
    pub links: Vec<String>,
    /// The texts between backticks.
    pub codes: Vec<String>,
    /// The anchors that a link can name.
    pub anchors: BTreeSet<String>,
}

/// A code block.
pub struct Block {
    /// Its first line, from 1.
    pub line: usize,
    /// The first word of its info string.
    pub language: String,
    /// The other words: `norun=why`, `with=inventory`, `needs=pytest`, `status=1`, `file=main.py`, `words`.
    pub notes: Vec<String>,
    /// Its text.
    pub text: String,
}

impl Block {
    /// The value of a note. Empty if the note has no value, `None` if the block does not have the note.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.iter().find_map(|note| match note.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (note == name).then_some(""),
        })
    }

    /// Whether a test runs it. A block that cannot be run says why.
    pub fn runs(&self) -> bool {
        let console = ["console", "sh"].contains(&self.language.as_str()) || self.note("words").is_some();
        console && self.note("norun").is_none()
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").to_path_buf()
}

/// All pages.
pub fn pages() -> Vec<Page> {
    let mut found = Vec::new();
    for name in ["", "docs", "editors/vscode", "editors/neovim"] {
        let mut folders = vec![root().join(name)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() && name == "docs" {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "md") {
                    found.push(page(path.strip_prefix(root()).expect("a file of ours")));
                }
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn page(path: &Path) -> Page {
    let text = std::fs::read_to_string(root().join(path)).expect("a page");
    let mut page =
        Page { path: path.into(), blocks: Vec::new(), links: Vec::new(), codes: Vec::new(), anchors: BTreeSet::new() };
    let (mut block, mut heading) = (None, None);
    for (event, span) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let CodeBlockKind::Fenced(info) = kind else {
                    block = Some(started(&text, span.start, ""));
                    continue;
                };
                block = Some(started(&text, span.start, &info));
            }
            Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.anchors.extend(heading.take().map(|words| anchor(&words))),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.into_string())
            }
            Event::Text(words) => match (&mut block, &mut heading) {
                (Some(block), _) => block.text.push_str(&words),
                (None, Some(heading)) => heading.push_str(&words),
                (None, None) => {}
            },
            Event::Code(words) => {
                heading.iter_mut().for_each(|heading| heading.push_str(&words));
                page.codes.push(words.into_string());
            }
            _ => {}
        }
    }
    page
}

fn started(text: &str, at: usize, info: &str) -> Block {
    let mut words = info.split_whitespace().map(str::to_owned);
    let language = words.next().unwrap_or_default();
    Block { line: text[..at].matches('\n').count() + 1, language, notes: words.collect(), text: String::new() }
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
