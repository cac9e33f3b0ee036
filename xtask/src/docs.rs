//! Builds the documentation site with mdBook, from docs/ and other pages that its table of contents names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag};
use xshell::cmd;

use crate::shell::{self, Result, cache, cargo, root, shell};

const MDBOOK: &str = "0.5.4";

/// Builds the site into target/docs and checks its links.
pub fn run() -> Result<()> {
    let mdbook = mdbook()?;
    let folder = cache()?.join("book");
    stage(&folder)?;
    let shell = shell(root())?;
    cmd!(shell, "{mdbook} build {folder}").run()?;
    let site = root().join("target/docs");
    let dead = dead_links(&site)?;
    if !dead.is_empty() {
        return Err(format!("links that lead nowhere:\n{}", dead.join("\n")).into());
    }
    println!("{}", site.join("index.html").display());
    Ok(())
}

/// The pinned mdBook: the one on the PATH if it has that version, else one in target/xtask, which is installed once.
fn mdbook() -> Result<PathBuf> {
    let right = |path: &Path| {
        let version = Command::new(path).arg("--version").output();
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("mdbook v{MDBOOK}"))
    };
    let folder = cache()?.join("mdbook");
    let ours = folder.join("bin/mdbook");
    for path in [PathBuf::from("mdbook"), ours.clone()] {
        if right(&path) {
            return Ok(path);
        }
    }
    let install = ["install", "mdbook", "--locked", "--no-default-features", "--features", "search"];
    cargo(&shell(root())?, &install).args(["--version", MDBOOK, "--force", "--root"]).arg(&folder).run()?;
    Ok(ours)
}

/// Copies the pages into the book's source folder, each at its path in the repository, so that links between them work.
/// The table of contents moves to the top. Links to files that are not part of the site become plain text.
fn stage(folder: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    let source = folder.join("src");
    let docs = root().join("docs");
    shell::copy(&docs, &source.join("docs"))?;
    let contents = std::fs::read_to_string(docs.join("SUMMARY.md"))?;
    let mut summary = contents.clone();
    let mut pages = BTreeSet::new();
    for (link, _) in links(&contents).into_iter().rev() {
        let (page, place) = (normal(&Path::new("docs").join(&link.target)), link.span);
        summary.replace_range(place, &format!("[{}]({})", link.text, page.display()));
        pages.insert(page);
    }
    for page in &pages {
        let text =
            std::fs::read_to_string(root().join(page)).map_err(|error| format!("{}: {error}", page.display()))?;
        let target = source.join(page);
        std::fs::create_dir_all(target.parent().ok_or("a page has a folder")?)?;
        std::fs::write(target, within(&text, page, &pages))?;
    }
    std::fs::remove_file(source.join("docs/SUMMARY.md"))?;
    std::fs::write(source.join("SUMMARY.md"), summary)?;
    std::fs::rename(source.join("docs/book.toml"), folder.join("book.toml"))?;
    Ok(())
}

/// A page in which links to files outside the site are replaced by their texts.
fn within(text: &str, page: &Path, pages: &BTreeSet<PathBuf>) -> String {
    let mut text = text.to_owned();
    let parent = page.parent().unwrap_or(Path::new(""));
    for (link, image) in links(&text).into_iter().rev() {
        let path = link.target.split('#').next().unwrap_or_default();
        if path.is_empty() || link.target.contains("://") {
            continue;
        }
        let target = normal(&parent.join(path));
        let staged =
            pages.contains(&target) || target.starts_with("docs") && target.extension().is_none_or(|e| e != "md");
        if !staged && !image {
            text.replace_range(link.span, &link.text);
        }
    }
    text
}

struct Link {
    span: std::ops::Range<usize>,
    text: String,
    target: String,
}

/// The links and images of a page, and whether each is an image.
fn links(text: &str) -> Vec<(Link, bool)> {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    let found = parser.into_offset_iter().filter_map(|(event, span)| {
        let (target, image) = match event {
            Event::Start(Tag::Link { dest_url, .. }) => (dest_url.to_string(), false),
            Event::Start(Tag::Image { dest_url, .. }) => (dest_url.to_string(), true),
            _ => return None,
        };
        let whole = &text[span.clone()];
        let words = whole.trim_start_matches(['!', '[', '<']).rsplit_once("](").map_or("", |(words, _)| words);
        Some((Link { text: words.to_owned(), target, span }, image))
    });
    found.collect()
}

/// A relative path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name),
            _ => {}
        }
    }
    parts
}

/// Links between pages of the site, and to their anchors, whose targets do not exist.
fn dead_links(site: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    let mut folders = vec![site.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let text = std::fs::read_to_string(&path)?;
                pages.insert(normal(path.strip_prefix(site)?), text);
            }
        }
    }
    let values = |text: &str, name: &str| -> Vec<String> {
        let before = format!(" {name}=\"");
        let parts = text.split(&before).skip(1);
        parts.filter_map(|part| Some(part.split_once('"')?.0.replace("&amp;", "&"))).collect()
    };
    let ids: BTreeMap<_, BTreeSet<_>> =
        pages.iter().map(|(page, text)| (page, values(text, "id").into_iter().collect())).collect();
    let mut dead = Vec::new();
    // The page with everything, and the page for wrong addresses, have other rules.
    for (page, text) in pages.iter().filter(|(page, _)| !["print.html", "404.html"].iter().any(|it| page.ends_with(it)))
    {
        for link in values(text, "href").into_iter().chain(values(text, "src")) {
            let (path, place) = link.split_once('#').unwrap_or((&link, ""));
            if link.contains("://") || link.starts_with("data:") {
                continue;
            }
            let parent = page.parent().unwrap_or(Path::new(""));
            let target = if path.is_empty() { page.clone() } else { normal(&parent.join(path)) };
            let found = match ids.get(&target) {
                Some(ids) => place.is_empty() || ids.contains(place),
                None => site.join(&target).exists(),
            };
            if !found {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    Ok(dead)
}
