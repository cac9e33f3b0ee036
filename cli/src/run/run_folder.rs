//! The folder that recorder and program share during the run: it contains the ring and the tracer's config.

use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use connie_wire::config::Config;
use connie_wire::{files, ring};
use tempfile::TempDir;

use super::Bundle;
use super::rings::Rings;

/// The size of the ring in bytes: enough for tens of milliseconds of the fastest program.
const RING: usize = 32 << 20;
const PREFIX: &str = "connie-";
const MEMORY: &str = "/dev/shm";
/// The age in seconds below which a folder may still be under construction.
const YOUNG: Duration = Duration::from_secs(60);

/// The folder; dropping this removes it.
pub(super) struct RunFolder {
    pub rings: Rings,
    pub bundle: Bundle,
    /// The file that the tracer reads.
    pub config: PathBuf,
    pub folder: TempDir,
    /// Locked as long as this process lives.
    lock: File,
}

impl RunFolder {
    /// Creates the folder, in memory if the system has a memory file system with enough space.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(super) fn new(config: &Config) -> std::io::Result<Self> {
        sweep(Path::new(MEMORY));
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        let in_memory = |size| with_ring(builder.tempdir_in(MEMORY), size);
        let ring = size();
        let (folder, lock, rings) = in_memory(ring)
            .or_else(|_| in_memory(ring.min(RING / 8)))
            .or_else(|_| with_ring(builder.tempdir(), ring))
            .or_else(|_| in_memory(RING / 32))?;
        let bundle = Bundle::unpack(folder.path())?;
        let mut config = config.clone();
        config.ring = ring_path(folder.path()).to_string_lossy().into_owned();
        config.exclude.extend([&bundle.folder, folder.path()].map(|path| path.to_string_lossy().into_owned()));
        let path = folder.path().join("config");
        std::fs::write(&path, config.to_text())?;
        Ok(Self { rings, bundle, config: path, folder, lock })
    }

    /// The lock file, locked as long as this process lives.
    pub(super) fn lock(&self) -> RawFd {
        self.lock.as_raw_fd()
    }

    /// The reason why the tracer refused to start, if it did.
    pub(super) fn refusal(&self) -> Option<String> {
        files::read_text(&self.folder.path().join("config.refused"), files::SMALL).ok()
    }
}

/// The size of the ring in bytes. The program maps the ring twice, so that it gets a small one if its address space is
/// limited (`ulimit -v`).
fn size() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills a plain struct.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) } == 0;
    match limit.rlim_cur {
        room if known && room < 1 << 29 => RING / 32,
        room if known && room < 1 << 32 => RING / 8,
        _ => RING,
    }
}

fn ring_path(folder: &Path) -> PathBuf {
    folder.join("ring")
}

fn with_ring(folder: std::io::Result<TempDir>, size: usize) -> std::io::Result<(TempDir, File, Rings)> {
    let folder = folder?;
    let lock = File::create_new(ring::lock_path(&ring_path(folder.path())))?;
    lock.lock()?;
    let rings = Rings::new(&ring_path(folder.path()), size)?;
    Ok((folder, lock, rings))
}

/// Removes folders that killed recorders left behind, because they take memory. A program that still runs keeps its
/// mapping.
fn sweep(memory: &Path) {
    let entries = std::fs::read_dir(memory).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        // All users may create files there.
        let is_ours = entry.metadata().is_ok_and(|metadata| metadata.is_dir() && files::is_own(&metadata));
        let Some(lock) = files::open_own(&entry.path().join("lock")).ok().filter(|_| is_ours) else { continue };
        let is_old = lock
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > YOUNG));
        if is_old && lock.try_lock().is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
