//! Folders, memory and limits: where recordings, the ring and the cache are kept.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use connie_recording::cache;

use super::check::Check;
use crate::folder;
use crate::style::size;

/// The space below which a recording of a long run may not fit.
const SPARSE: u64 = 1 << 30;
/// The shared memory that a run takes: the ring, and the tracer's files.
const RING: u64 = 40 << 20;
/// Where the ring is kept.
const MEMORY: &str = "/dev/shm";

pub(super) fn checks(root: &Path) -> Vec<Check> {
    vec![recordings(root), memory(), cached(), limits()]
}

/// The folder of recordings. It is not created here.
fn recordings(root: &Path) -> Check {
    const NAME: &str = "Recordings";
    let own = root.join(".connie");
    let place = if own.is_dir() { own.clone() } else { root.to_path_buf() };
    if !is_writable(&place) {
        let found = format!("{} cannot be written", place.display());
        return Check::bad(NAME, found, "make it writable, or record elsewhere with connie run --output FILE");
    }
    let all = folder::recordings(&own);
    let taken: u64 = all.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum();
    let count = match all.len() {
        0 => "no recordings yet".to_owned(),
        1 => format!("1 recording, {}", size(taken)),
        many => format!("{many} recordings, {}", size(taken)),
    };
    let Some(free) = free(&place) else { return Check::good(NAME, format!("{}: {count}", own.display())) };
    let found = format!("{}: {count}; {} free", own.display(), size(free));
    if free < SPARSE {
        return Check::note(NAME, found, "connie delete removes recordings; connie run --max-size MIB limits one");
    }
    Check::good(NAME, found)
}

/// The memory that program and recorder share.
fn memory() -> Check {
    const NAME: &str = "Shared memory";
    let advice = "a container gets more with docker run --shm-size 256m; without it, recording is slower";
    match free(Path::new(MEMORY)) {
        None => Check::note(NAME, format!("there is no {MEMORY}"), "recording uses files instead, which is slower"),
        Some(free) if free < RING || !is_writable(Path::new(MEMORY)) => {
            Check::note(NAME, format!("{MEMORY} has only {} free for this user", size(free)), advice)
        }
        Some(free) => Check::good(NAME, format!("{MEMORY} has {} free", size(free))),
    }
}

/// The cache folder, from which the tracer is loaded.
fn cached() -> Check {
    const NAME: &str = "Cache";
    match cache::folder("doctor") {
        Ok(folder) => {
            let shown = folder.parent().unwrap_or(&folder).display().to_string();
            let _ = std::fs::remove_dir(&folder);
            Check::good(NAME, shown)
        }
        Err(error) => Check::note(
            NAME,
            format!("there is no cache folder: {error}"),
            "set XDG_CACHE_HOME to a folder that only you can change; without it, each run unpacks the tracer",
        ),
    }
}

/// Limits of this process, which programs inherit.
fn limits() -> Check {
    const NAME: &str = "Limits";
    let small = [
        (libc::RLIMIT_FSIZE, "ulimit -f", SPARSE, "a recording ends when its file reaches this size"),
        (libc::RLIMIT_AS, "ulimit -v", 1 << 32, "the ring is smaller, so that programs wait more often"),
    ];
    for (resource, name, least, effect) in small {
        if let Some(limit) = limit(resource)
            && limit < least
        {
            return Check::note(
                NAME,
                format!("{name} is {}: {effect}", size(limit)),
                format!("raise it with {name} unlimited"),
            );
        }
    }
    Check::good(NAME, "none that matters")
}

/// A limit of this process; `None` if there is none.
fn limit(resource: libc::__rlimit_resource_t) -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills a plain struct.
    let known = unsafe { libc::getrlimit(resource, &raw mut limit) } == 0;
    (known && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Whether this user may create files in a folder.
fn is_writable(folder: &Path) -> bool {
    // No name: it disappears with its last descriptor, and needs no cleaning up.
    tempfile::tempfile_in(folder).is_ok()
}

/// The bytes that this user may still write to the file system of a folder.
fn free(folder: &Path) -> Option<u64> {
    let path = CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: all zeros are a valid value of this plain struct.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a path that ends with NUL, and a struct to fill.
    let known = unsafe { libc::statvfs(path.as_ptr(), &raw mut found) } == 0;
    known.then(|| found.f_bavail.saturating_mul(found.f_frsize))
}
