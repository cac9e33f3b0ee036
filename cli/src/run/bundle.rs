//! The files that the traced process loads: carried by this binary, kept in the user's cache.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connie_tracer.so"));
const SITECUSTOMIZE: &str = include_str!("../../../tracer/python/sitecustomize.py");
const START: &str = include_str!("../../../tracer/python/connie_start.py");
const PLUGIN: &str = include_str!("../../../python/connie/_tests.py");

/// A folder with the tracer and its `sitecustomize`.
pub struct Bundle {
    /// The folder; first on the program's PYTHONPATH while it starts.
    pub folder: PathBuf,
}

impl Bundle {
    /// Puts the files in place: below the cache folder, else below `fallback`.
    ///
    /// # Errors
    /// Where neither can be written.
    pub fn unpack(fallback: &Path) -> std::io::Result<Self> {
        let mut hasher = std::hash::DefaultHasher::new();
        (LIBRARY, SITECUSTOMIZE, START, PLUGIN).hash(&mut hasher);
        let name = format!("connie/tracer-{:016x}", hasher.finish());
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
        if let Some(folder) = cache.map(|cache| cache.join(&name))
            && write_all(&folder).is_ok()
        {
            return Ok(Self { folder });
        }
        let folder = fallback.join("tracer");
        write_all(&folder)?;
        Ok(Self { folder })
    }
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let files = [
        ("connie_tracer.so", LIBRARY),
        ("sitecustomize.py", SITECUSTOMIZE.as_bytes()),
        ("connie_start.py", START.as_bytes()),
        ("connie_pytest.py", PLUGIN.as_bytes()),
    ];
    for (name, bytes) in files {
        let path = folder.join(name);
        if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64) {
            continue;
        }
        // Another connie may be doing the same: the last one wins, with the same bytes.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(&path).map_err(|error| error.error)?;
    }
    Ok(())
}
