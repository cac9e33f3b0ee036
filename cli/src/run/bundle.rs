//! The files that the traced process loads: embedded in this binary, and unpacked to the user's cache.

use std::fs::{DirBuilder, Permissions};
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use connie_wire::files;

const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connie_tracer.so"));
const SITECUSTOMIZE: &str = include_str!("../../../tracer/python/sitecustomize.py");
const START: &str = include_str!("../../../tracer/python/connie_start.py");
const PLUGIN: &str = include_str!("../../../python/connie/_tests.py");
/// The files to unpack.
const FILES: [(&str, &[u8]); 4] = [
    ("connie_tracer.so", LIBRARY),
    ("sitecustomize.py", SITECUSTOMIZE.as_bytes()),
    ("connie_start.py", START.as_bytes()),
    ("connie_pytest.py", PLUGIN.as_bytes()),
];

/// All users may read them: a child that runs as another user finds `sitecustomize` on its path, and would report an
/// error if it could not read it. The files contain no secrets.
const READABLE: u32 = 0o644;

/// A folder with the tracer and its `sitecustomize`.
pub struct Bundle {
    /// The folder; first on the program's PYTHONPATH while it starts.
    pub folder: PathBuf,
}

impl Bundle {
    /// Unpacks the files below the user's cache folder. If others could change that folder, unpacks them below
    /// `fallback`, which nobody else can change.
    ///
    /// # Errors
    /// If neither can be written.
    pub fn unpack(fallback: &Path) -> std::io::Result<Self> {
        let mut hasher = std::hash::DefaultHasher::new();
        FILES.hash(&mut hasher);
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
        let cached = cache.and_then(|cache| in_cache(&cache, &format!("tracer-{:016x}", hasher.finish())).ok());
        if let Some(folder) = cached {
            return Ok(Self { folder });
        }
        let folder = fallback.join("tracer");
        DirBuilder::new().mode(0o700).create(&folder)?;
        write_all(&folder)?;
        Ok(Self { folder })
    }
}

/// The folder of that name in the user's cache, with the files in it.
///
/// # Errors
/// If the folder cannot be made, or others can change it: Python runs what is in it.
fn in_cache(cache: &Path, name: &str) -> std::io::Result<PathBuf> {
    let mine = |folder: &Path| {
        let metadata = folder.symlink_metadata()?;
        let is_mine = metadata.is_dir() && files::is_private(&metadata);
        if is_mine { Ok(()) } else { Err(std::io::Error::other("others can change it")) }
    };
    // The cache folder itself may be reached through links.
    DirBuilder::new().recursive(true).mode(0o700).create(cache)?;
    let cache = cache.canonicalize()?;
    mine(&cache)?;
    if !files::is_safe_place(&cache) {
        return Err(std::io::Error::other("others can change it"));
    }
    let mut folder = cache;
    for name in ["connie", name] {
        folder.push(name);
        match DirBuilder::new().mode(0o755).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let metadata = folder.symlink_metadata()?;
        if name == "connie" && metadata.is_dir() && files::is_own(&metadata) && !files::is_private(&metadata) {
            // An earlier version created it under a umask that lets the group write.
            std::fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        }
        mine(&folder)?;
    }
    write_all(&folder)?;
    Ok(folder)
}

/// Whether a file has these bytes, belongs to this user, and cannot be changed by others.
fn is_there(path: &Path, bytes: &[u8]) -> bool {
    files::open_own(path).is_ok_and(|file| {
        file.metadata().is_ok_and(|metadata| {
            files::is_private(&metadata)
                && metadata.permissions().mode() & READABLE == READABLE
                && metadata.len() == bytes.len() as u64
        }) && files::all(&file, bytes.len() as u64).is_ok_and(|found| found == bytes)
    })
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        if is_there(&path, bytes) {
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
