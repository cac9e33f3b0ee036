//! The source files of a crate.

use std::path::{Path, PathBuf};

use crate::shell::{Result, root};

/// A source file.
pub struct File {
    /// Path, relative to the root of the repository.
    pub path: PathBuf,
    /// Path of its module, from the crate's root.
    pub module: Vec<String>,
    /// Its parsed contents.
    pub syntax: syn::File,
}

/// Reads all files of a folder and its subfolders. `source` is the crate's `src`.
pub fn read(source: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(source, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(source)?.with_extension("");
            let mut module: Vec<String> =
                name.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            if module == ["lib"] || module == ["main"] {
                module.clear();
            }
            let syntax = syn::parse_file(&std::fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            files.push(File { path: path.strip_prefix(root())?.to_owned(), module, syntax });
        }
    }
    Ok(())
}

/// Whether an item is compiled for tests only.
pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}
