//! Translates file names to the client's names, which may contain symbolic links.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use connie_wire::paths;

/// The known names of the client.
#[derive(Default)]
pub struct Names {
    /// The client's name of a file, by its resolved path.
    files: HashMap<PathBuf, String>,
    /// Resolved folders with the client's names of them; the latest last.
    folders: Vec<(PathBuf, PathBuf)>,
}

impl Names {
    /// Learns a name that the client used for a file or a folder.
    pub fn learn(&mut self, path: &str) {
        if !path.starts_with('/') {
            return;
        }
        let clean = paths::Names::of(path).given;
        let given = Path::new(&clean);
        let Ok(real) = given.canonicalize() else { return };
        if real == given {
            // The resolved name is the client's name, whatever name it used before.
            self.files.remove(&real);
            return self.folders.retain(|(_, folder)| !given.starts_with(folder));
        }
        if real.is_file() {
            self.files.insert(real.clone(), clean.clone());
        }
        // The names differ only above their common end.
        let (mut real, mut given) = (real.as_path(), given);
        while let (Some(a), Some(b)) = (real.file_name(), given.file_name())
            && a == b
            && let (Some(above), Some(client)) = (real.parent(), given.parent())
        {
            (real, given) = (above, client);
        }
        let pair = (real.to_path_buf(), given.to_path_buf());
        if real.is_dir() && !self.folders.contains(&pair) {
            self.folders.push(pair);
        }
    }

    /// The client's name of a file that ran.
    pub fn of(&self, path: &str) -> String {
        if self.files.is_empty() && self.folders.is_empty() {
            return path.to_owned();
        }
        let real = Path::new(path).canonicalize().unwrap_or_else(|_| path.into());
        if let Some(known) = self.files.get(&real) {
            return known.clone();
        }
        let mut names = self.folders.iter().rev().filter(|(_, client)| !Path::new(path).starts_with(client));
        let named = names.find_map(|(folder, client)| Some(client.join(real.strip_prefix(folder).ok()?)));
        // A link below the folder may lead elsewhere.
        let is_it = |named: &PathBuf| named.canonicalize().is_ok_and(|found| found == real);
        named.filter(is_it).map_or_else(|| path.to_owned(), |named| named.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_names_that_the_client_gave() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("the folder");
        std::fs::create_dir_all(top.join("real/sub")).expect("a folder");
        for name in ["a.py", "sub/b.py", "c.py"] {
            std::fs::write(top.join("real").join(name), "").expect("a file");
        }
        std::os::unix::fs::symlink("real", top.join("link")).expect("a link");
        std::os::unix::fs::symlink("real/c.py", top.join("other.py")).expect("a link");
        let path = |name: &str| top.join(name).to_string_lossy().into_owned();
        let mut names = Names::default();
        assert_eq!(names.of(&path("real/a.py")), path("real/a.py"));
        names.learn(&path("link/sub/b.py"));
        assert_eq!(names.of(&path("real/a.py")), path("link/a.py"), "its folder's name is the client's");
        assert_eq!(names.of(&path("link/a.py")), path("link/a.py"));
        assert_eq!(names.of("<string>"), "<string>");
        names.learn(&path("other.py"));
        assert_eq!(names.of(&path("real/c.py")), path("other.py"));
        names.learn(&path("real/c.py"));
        assert_eq!(names.of(&path("real/c.py")), path("link/c.py"));
    }
}
