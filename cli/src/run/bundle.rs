//! The files that the traced process loads: carried by this binary, kept in the user's cache.

use std::fs::Permissions;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connie_tracer.so"));
const SITECUSTOMIZE: &str = include_str!("../../../tracer/python/sitecustomize.py");
const START: &str = include_str!("../../../tracer/python/connie_start.py");
const PLUGIN: &str = include_str!("../../../python/connie/_tests.py");

/// Everybody may read them: a child that runs as another user finds `sitecustomize` on its path, and would complain
/// where it could not read it. There is nothing secret in them.
const READABLE: u32 = 0o644;

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
        if let Ok(metadata) = std::fs::metadata(&path)
            && metadata.len() == bytes.len() as u64
        {
            if metadata.permissions().mode() & READABLE != READABLE {
                let _ = std::fs::set_permissions(&path, Permissions::from_mode(READABLE));
            }
            continue;
        }
        // Another connie may be doing the same: the last one wins, with the same bytes.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(Permissions::from_mode(READABLE))?;
        file.persist(&path).map_err(|error| error.error)?;
    }
    Ok(())
}
