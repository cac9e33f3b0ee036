//! The files that the traced process loads: embedded in this binary, and unpacked to the user's cache.

use std::fs::{DirBuilder, Permissions};
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use connie_recording::cache;
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
        // Python runs what is in the folder: it is used only if nobody else can change it.
        let cached = cache::folder(&format!("tracer-{:016x}", hasher.finish()))
            .and_then(|folder| write_all(&folder).map(|()| folder))
            .ok();
        if let Some(folder) = cached {
            return Ok(Self { folder });
        }
        let folder = fallback.join("tracer");
        DirBuilder::new().mode(0o700).create(&folder)?;
        write_all(&folder)?;
        Ok(Self { folder })
    }
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
