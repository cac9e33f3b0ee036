//! The names of functions and threads in pictures and in files for other tools.

use connie_history::call_tree::CallTree;
use connie_recording::Recording;
use connie_recording::plain::one_line;
use rustc_hash::FxHashMap;

use crate::failure::Failure;

/// The names of functions and threads, on one line each.
pub struct Labels {
    /// Qualified names, by code; those of modules with their files.
    names: Vec<String>,
    /// `shop.py:12`, relative to the project's root, by code.
    places: Vec<String>,
    /// Full paths and first lines, by code.
    files: Vec<(String, u32)>,
    threads: FxHashMap<u32, String>,
}

impl Labels {
    /// Reads the names of a recording.
    ///
    /// # Errors
    /// If the recording cannot be read.
    pub fn of(recording: &Recording) -> Result<Self, Failure> {
        let place = |function: &connie_recording::reader::Function| {
            one_line(&format!("{}:{}", without_library(recording.short(function.source)), function.line)).into_owned()
        };
        let name = |function: &connie_recording::reader::Function| match function.name.as_str() {
            // All modules have this name.
            "<module>" => {
                let path = without_library(recording.short(function.source));
                one_line(&format!("<module> {path}")).into_owned()
            }
            name => one_line(name).into_owned(),
        };
        let file = |function: &connie_recording::reader::Function| {
            let path = recording.sources.get(function.source as usize).map_or("?", |source| source.path.as_str());
            (one_line(path).into_owned(), function.line)
        };
        Ok(Self {
            names: recording.functions.iter().map(name).collect(),
            places: recording.functions.iter().map(place).collect(),
            files: recording.functions.iter().map(file).collect(),
            threads: recording.thread_names()?.into_iter().collect(),
        })
    }

    /// The qualified name of a function; for a module, with its file.
    pub fn name(&self, code: u32) -> &str {
        self.names.get(code as usize).map_or("?", String::as_str)
    }

    /// The qualified name of a function; all modules have the name `<module>`.
    pub fn plain_name(&self, code: u32) -> &str {
        let name = self.name(code);
        if name.starts_with("<module> ") { "<module>" } else { name }
    }

    /// The file of a function, relative to the project's root, and its first line.
    pub fn place(&self, code: u32) -> &str {
        self.places.get(code as usize).map_or("?", String::as_str)
    }

    /// The path of a function's file, and the function's first line.
    pub fn file(&self, code: u32) -> (&str, u32) {
        self.files.get(code as usize).map_or(("?", 0), |(path, line)| (path, *line))
    }

    /// The name of the thread of an outermost node; `None` if all calls are of one thread.
    pub fn thread(&self, tree: &CallTree, thread: u32) -> Option<String> {
        let mut threads = tree.nodes.iter().filter(|node| node.caller.is_none()).map(|node| node.thread);
        let first = threads.next()?;
        threads.any(|other| other != first).then(|| {
            let name = self.threads.get(&thread).map_or_else(|| format!("thread {thread}"), Clone::clone);
            one_line(&name).into_owned()
        })
    }
}

/// A path below the folder of installed packages or of the standard library; others are unchanged.
fn without_library(path: &str) -> &str {
    for folder in ["/site-packages/", "/dist-packages/"] {
        if let Some((_, rest)) = path.rsplit_once(folder) {
            return rest;
        }
    }
    match path.rsplit_once("/lib/python3.").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, rest)) if path.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::without_library;

    #[test]
    fn paths_of_libraries_are_short() {
        assert_eq!(without_library("/usr/lib/python3.12/re/_parser.py"), "re/_parser.py");
        assert_eq!(without_library("/venv/lib/python3.12/site-packages/flask/app.py"), "flask/app.py");
        assert_eq!(without_library("shop/lib/python3.py"), "shop/lib/python3.py");
        assert_eq!(without_library("shop.py"), "shop.py");
    }
}
