//! A lossless ring buffer in shared memory, with one writer (the traced process) and one reader (the recorder).
//!
//! The file has one header page and `capacity` bytes of data. Both sides map the data twice in a row, so that a piece
//! that crosses the end is contiguous. `head` and `tail` count bytes since the start and never wrap. `head` moves only
//! past whole ops, so that after a writer was killed the ring is readable up to its last whole op.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::codec::Sink;
use crate::files;

mod reader;
mod room;

pub use reader::Reader;
pub use room::Room;

const MAGIC: u64 = u64::from_le_bytes(*b"connie\0r");
/// Bytes before the data: a multiple of every page size on the supported platforms.
const HEADER: usize = 65_536;
/// Size of the ring of a further process, in bytes.
const CHILD: usize = 2 << 20;
/// Size of the smallest ring, in bytes.
const LEAST: usize = 1 << 20;
/// Bytes of the data for which memory is requested at once.
const STRETCH: usize = 256 << 10;

/// The start of the file, which both sides map. All fields are atomics, as processes share them.
#[repr(C)]
pub struct Header {
    magic: AtomicU64,
    version: AtomicU32,
    /// Process id of the writer; 0 until it has attached.
    pub pid: AtomicU32,
    capacity: AtomicU64,
    /// Nanoseconds that the writer waited because the ring was full.
    pub waited: AtomicU64,
    /// Python's version: minor in the upper half, micro in the lower half.
    pub python: AtomicU64,
    /// In the ring of the first process: the next free block of numbers of frames and objects.
    blocks: AtomicU64,
    /// In the ring of the first process: how many other processes have announced a ring.
    pub children: AtomicU32,
    /// Process id of the recorder.
    recorder: AtomicU32,
    /// [`crate::ticks`] when the writer attached. The times in the stream count from here.
    pub started: AtomicU64,
    /// In the ring of the first process: how many forked processes could not make a ring.
    lost: AtomicU32,
    /// The error number of the last of them.
    lost_error: AtomicU32,
    /// Fields that are written often are kept on cache lines of their own.
    pad: [u64; 24],
    head: AtomicU64,
    pad2: [u64; 31],
    tail: AtomicU64,
    /// Set by the recorder when it stores nothing more: the writer then drops what it writes.
    pub closed: AtomicU32,
}

impl Header {
    /// How many forked processes could not make a ring, and the error of the last one.
    pub fn lost(&self) -> (u32, io::Error) {
        let error = io::Error::from_raw_os_error(self.lost_error.load(Ordering::Relaxed) as i32);
        (self.lost.load(Ordering::Acquire), error)
    }
}

/// One mapping of a ring.
struct Mapping {
    base: *mut u8,
    capacity: usize,
}

/// The numbers of frames and objects are assigned to processes in blocks of this size.
pub const BLOCK: u64 = 1 << 12;

/// Path of the ring of the n-th further process, beside that of the first process.
pub fn child_path(first: &Path, n: u32) -> std::path::PathBuf {
    let mut path = first.as_os_str().to_os_string();
    path.push(format!("-{n}"));
    path.into()
}

/// Path of the file that the recorder locks while it lives, beside the ring of the first process.
pub fn lock_path(first: &Path) -> std::path::PathBuf {
    first.with_file_name("lock")
}

/// The header of the first process's ring, as its descendants map it.
struct Shared(*mut u8);

// SAFETY: plain shared memory that lives as long as the value; only atomics.
unsafe impl Send for Shared {}

impl Shared {
    fn open(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        if file.metadata()?.len() < HEADER as u64 {
            return Err(not_a_ring());
        }
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: maps the header of an open file.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), HEADER, prot, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let shared = Self(base.cast());
        let header = shared.header();
        if header.magic.load(Ordering::Acquire) != MAGIC || header.version.load(Ordering::Relaxed) != crate::VERSION {
            return Err(not_a_ring());
        }
        Ok(shared)
    }

    fn header(&self) -> &Header {
        // SAFETY: mapped by `open`, and only atomics.
        unsafe { &*self.0.cast::<Header>() }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: exactly what `open` mapped.
        unsafe { libc::munmap(self.0.cast(), HEADER) };
    }
}

/// Opens the file of a ring, but not any other kind of file that may be there.
fn open(path: &Path) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_a_ring()) }
}

fn not_a_ring() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not a ring of this version of connie")
}

// SAFETY: the mapping is plain shared memory that lives as long as the value; all shared fields
// are atomics and the data is handed over by release/acquire on `head` and `tail`.
unsafe impl Send for Mapping {}

impl Mapping {
    fn new(file: &File, capacity: usize) -> io::Result<Self> {
        let total = HEADER + 2 * capacity;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: reserves address space wherever there is some.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), total, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mapping = Self { base: base.cast(), capacity };
        let (fd, prot) = (file.as_raw_fd(), libc::PROT_READ | libc::PROT_WRITE);
        let fixed = libc::MAP_SHARED | libc::MAP_FIXED;
        // SAFETY: the reservation has room for the header and two copies of the data: each mapping of the file lies
        // inside of it.
        let mapped = unsafe {
            let second = base.cast::<u8>().add(HEADER + capacity).cast();
            [
                libc::mmap(base, HEADER + capacity, prot, fixed, fd, 0),
                libc::mmap(second, capacity, prot, fixed, fd, HEADER as libc::off_t),
            ]
        };
        if mapped.contains(&libc::MAP_FAILED) {
            return Err(io::Error::last_os_error());
        }
        Ok(mapping)
    }

    fn header(&self) -> &Header {
        // SAFETY: the first page is mapped, zeroed or initialised, and only holds atomics.
        unsafe { &*self.base.cast::<Header>() }
    }

    fn data(&self) -> *mut u8 {
        // SAFETY: inside the reservation.
        unsafe { self.base.add(HEADER) }
    }

    /// Makes the system provide the memory of a part of the data before it is written to, which is cheaper than one
    /// page at a time. Returns whether the system can do that.
    fn populate(&self, stretch: std::ops::Range<usize>) -> bool {
        // SAFETY: a stretch of what is mapped, which keeps what it holds.
        unsafe { libc::madvise(self.data().add(stretch.start).cast(), stretch.len(), libc::MADV_POPULATE_WRITE) == 0 }
    }
}

impl Mapping {
    fn unmap(&mut self) {
        let base = std::mem::replace(&mut self.base, std::ptr::null_mut());
        if !base.is_null() {
            // SAFETY: exactly what `new` reserved, once.
            unsafe { libc::munmap(base.cast(), HEADER + 2 * self.capacity) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.unmap();
    }
}

/// Creates the file of a ring. `capacity` is rounded up to a power of two of at least 1 MiB.
///
/// # Errors
/// If the file cannot be created.
pub fn create(path: &Path, capacity: usize) -> io::Result<Reader> {
    let mapping = make(path, capacity, std::process::id())?;
    Ok(Reader::of(mapping))
}

fn make(path: &Path, capacity: usize, recorder: u32) -> io::Result<Mapping> {
    let capacity = capacity.max(LEAST).next_power_of_two();
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    file.set_len((HEADER + capacity) as u64)?;
    if !has_room(&file, HEADER + capacity) {
        let _ = std::fs::remove_file(path);
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    let mapping = Mapping::new(&file, capacity)?;
    let header = mapping.header();
    header.version.store(crate::VERSION, Ordering::Relaxed);
    header.capacity.store(capacity as u64, Ordering::Relaxed);
    header.recorder.store(recorder, Ordering::Relaxed);
    header.magic.store(MAGIC, Ordering::Release);
    Ok(mapping)
}

/// Whether the disk has room for a file's bytes. If it has not, a write to the mapping would kill the program. Small
/// files are allocated at once. For a large file that would take long, so twice its size has to be free.
fn has_room(file: &File, length: usize) -> bool {
    // SAFETY: an open file of ours, and a plain struct to fill.
    unsafe {
        if length <= HEADER + CHILD {
            return libc::posix_fallocate(file.as_raw_fd(), 0, length as libc::off_t) != libc::ENOSPC;
        }
        let mut room: libc::statvfs = std::mem::zeroed();
        libc::fstatvfs(file.as_raw_fd(), &raw mut room) != 0 || room.f_bavail * room.f_frsize >= 2 * length as u64
    }
}

/// Opens the ring that a further process has made.
///
/// # Errors
/// If the ring does not exist (yet), or is not of this version.
pub fn open_child(path: &Path) -> io::Result<Reader> {
    let file = open(path)?;
    let length = file.metadata()?.len() as usize;
    if length < HEADER + (1 << 20) || !(length - HEADER).is_power_of_two() {
        return Err(not_a_ring());
    }
    let mapping = Mapping::new(&file, length - HEADER)?;
    let header = mapping.header();
    if header.magic.load(Ordering::Acquire) != MAGIC || header.version.load(Ordering::Relaxed) != crate::VERSION {
        return Err(not_a_ring());
    }
    Ok(Reader::of(mapping))
}

/// The tracer's side of a ring. Ops are written at `cursor`, and become visible to the recorder by [`Writer::publish`].
pub struct Writer {
    mapping: Mapping,
    /// The address of the next byte.
    cursor: *mut u8,
    /// The address up to which the cursor may move, as far as the recorder had read when last checked.
    limit: *mut u8,
    /// How much of the data is backed by memory so far.
    populated: usize,
    /// The number of bytes written minus the cursor's address.
    origin: u64,
    /// The address after the first copy of the data.
    end: *mut u8,
    /// The address of the shared head.
    head: *const AtomicU64,
    /// The address of the number of further processes.
    children: *const AtomicU32,
    /// The file that the recorder locks while it lives.
    lock: std::path::PathBuf,
    abandoned: bool,
    /// The header of the first process's ring; `None` if this is that ring.
    first: Option<Shared>,
}

// SAFETY: as for `Mapping`; `cursor` points into it.
unsafe impl Send for Writer {}

impl Writer {
    /// Attaches to a ring made by [`create`].
    ///
    /// # Errors
    /// If the file is not a ring of this version.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        let length = file.metadata()?.len() as usize;
        if length < HEADER + (1 << 20) || !(length - HEADER).is_power_of_two() {
            return Err(not_a_ring());
        }
        let mapping = Mapping::new(&file, length - HEADER)?;
        let header = mapping.header();
        if header.magic.load(Ordering::Acquire) != MAGIC || header.version.load(Ordering::Relaxed) != crate::VERSION {
            return Err(not_a_ring());
        }
        let free = header.pid.compare_exchange(0, std::process::id(), Ordering::AcqRel, Ordering::Relaxed);
        if free.is_err() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "another process writes to this ring already"));
        }
        Ok(Self::attach(mapping, None, path))
    }

    /// Creates a ring for a further process of the recording whose first ring is at `first`.
    ///
    /// # Errors
    /// If the recording has ended, or there is no room for the ring.
    pub fn child(first: &Path) -> io::Result<Self> {
        let shared = Shared::open(first)?;
        let header = shared.header();
        if header.closed.load(Ordering::Acquire) != 0 {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the recording has ended"));
        }
        let n = header.children.fetch_add(1, Ordering::AcqRel) + 1;
        let path = child_path(first, n);
        let mut making = path.clone().into_os_string();
        making.push(".new");
        let recorder = header.recorder.load(Ordering::Relaxed);
        let making = Path::new(&making);
        let mapping = make(making, CHILD, recorder).or_else(|_| make(making, LEAST, recorder))?;
        mapping.header().pid.store(std::process::id(), Ordering::Relaxed);
        let writer = Self::attach(mapping, Some(shared), first);
        std::fs::rename(making, &path)?;
        Ok(writer)
    }

    fn attach(mapping: Mapping, first: Option<Shared>, path: &Path) -> Self {
        mapping.header().started.store(crate::ticks(), Ordering::Release);
        let cursor = mapping.data();
        let lock = lock_path(path);
        let head = &raw const mapping.header().head;
        let children = &raw const first.as_ref().map_or_else(|| mapping.header(), Shared::header).children;
        // SAFETY: within what is mapped.
        let end = unsafe { cursor.add(mapping.capacity) };
        let origin = (cursor as u64).wrapping_neg();
        let (limit, populated, abandoned) = (cursor, 0, false);
        Self { mapping, cursor, limit, populated, origin, end, head, children, lock, abandoned, first }
    }

    fn family(&self) -> &Header {
        self.first.as_ref().map_or_else(|| self.mapping.header(), Shared::header)
    }

    /// Takes a block of [`BLOCK`] numbers for frames and objects that no other process has. Returns the first number.
    pub fn block(&self) -> u64 {
        self.family().blocks.fetch_add(1, Ordering::Relaxed) * BLOCK
    }

    /// Notes that a process that was forked from this one could not make a ring. The mapping still exists in the forked
    /// process.
    pub fn tell_lost(&self, error: &io::Error) {
        let header = self.family();
        if header.closed.load(Ordering::Acquire) == 0 {
            header.lost_error.store(error.raw_os_error().unwrap_or(0) as u32, Ordering::Relaxed);
            header.lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Whether several processes were recorded so far.
    #[inline(always)]
    pub fn has_siblings(&self) -> bool {
        // SAFETY: in the header of this ring or of the first one, which are mapped as long as this lives.
        unsafe { (*self.children).load(Ordering::Relaxed) != 0 }
    }

    /// Whether it is the ring of the first process.
    pub fn is_first(&self) -> bool {
        self.first.is_none()
    }

    /// The header of the ring.
    pub fn header(&self) -> &Header {
        self.mapping.header()
    }

    /// Number of bytes written since the start, up to the cursor.
    #[inline(always)]
    fn written(&self) -> u64 {
        (self.cursor as u64).wrapping_add(self.origin)
    }

    /// Makes sure that `n` bytes fit; waits for the recorder if they do not. Must be called at the start of an op: if
    /// it waits, the ops before become visible. `n` must be less than half of the capacity.
    #[inline(always)]
    pub fn reserve(&mut self, n: usize) {
        if self.cursor as usize + n > self.limit as usize {
            self.wait(n);
        }
    }

    /// Writes an op of at most `n` bytes; see [`Self::reserve`].
    #[inline(always)]
    pub fn write(&mut self, n: usize, op: impl FnOnce(&mut Room)) {
        self.reserve(n);
        let mut room = Room::at(self.cursor);
        op(&mut room);
        self.cursor = room.end();
    }

    /// Room for an op of at most `n` bytes that may turn out not to be writable here. It is written by [`Self::commit`];
    /// without that, nothing is.
    ///
    /// # Safety
    /// Nothing else may be written to the ring while the room is used, and at most `n` bytes may be put into it.
    #[inline(always)]
    pub unsafe fn room(&mut self, n: usize) -> Room {
        self.reserve(n);
        Room::at(self.cursor)
    }

    /// Writes what was put into the room.
    ///
    /// # Safety
    /// It is the result of the last call of [`Self::room`], and nothing else was written since.
    #[inline(always)]
    pub unsafe fn commit(&mut self, room: Room) {
        self.cursor = room.end();
    }

    #[cold]
    #[inline(never)]
    fn wait(&mut self, n: usize) {
        let fits = |writer: &mut Self| {
            let tail = writer.mapping.header().tail.load(Ordering::Acquire);
            let room = writer.mapping.capacity - (writer.written() - tail) as usize;
            writer.limit = writer.cursor.wrapping_add(writer.backed(n, room));
            n <= room
        };
        if fits(self) {
            return;
        }
        self.publish();
        let start = std::time::Instant::now();
        let mut spins = 0u32;
        while !fits(self) {
            if spins.is_multiple_of(64) && self.is_orphan() || self.header().closed.load(Ordering::Acquire) != 0 {
                // Nobody reads any more: the program continues and overwrites what was written.
                self.abandoned = true;
                self.header().closed.store(1, Ordering::Release);
                self.header().tail.store(self.written(), Ordering::Release);
                continue;
            }
            spins += 1;
            if spins < 64 {
                std::hint::spin_loop();
            } else {
                std::thread::sleep(std::time::Duration::from_micros(50));
            }
        }
        self.header().waited.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    /// How much of the room may be used before this is called again. In the first pass through the data, this depends
    /// on the memory provided so far, of which `n` bytes are needed.
    fn backed(&mut self, n: usize, room: usize) -> usize {
        let capacity = self.mapping.capacity;
        if self.populated == capacity {
            return room;
        }
        let at = self.cursor as usize - self.mapping.data() as usize;
        let wanted = (at + n.min(room)).div_ceil(STRETCH).saturating_mul(STRETCH).clamp(STRETCH, capacity);
        if wanted > self.populated {
            let done = self.mapping.populate(self.populated..wanted);
            self.populated = if done { wanted } else { capacity };
        }
        if self.populated == capacity { room } else { room.min(self.populated - at) }
    }

    /// Whether the recorder is gone, so that nobody holds its lock. A recorder that was killed, but was not waited for,
    /// still has its process id. So the id is used only if the lock cannot be seen.
    fn is_orphan(&self) -> bool {
        if let Ok(lock) = files::open_unlinked(&self.lock) {
            return lock.try_lock_shared().is_ok();
        }
        let recorder = self.header().recorder.load(Ordering::Relaxed) as libc::pid_t;
        // SAFETY: signal 0 only asks.
        unsafe { libc::kill(recorder, 0) != 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH) }
    }

    /// Makes everything written so far visible to the recorder.
    #[inline(always)]
    pub fn publish(&mut self) {
        // SAFETY: in the header, which is mapped as long as this lives.
        unsafe { (*self.head).store(self.written(), Ordering::Release) };
        if self.cursor >= self.end {
            self.wrap();
        }
    }

    /// Moves the cursor back to the first copy of the data.
    #[cold]
    #[inline(never)]
    fn wrap(&mut self) {
        let capacity = self.mapping.capacity;
        self.cursor = self.cursor.wrapping_sub(capacity);
        self.limit = self.limit.wrapping_sub(capacity);
        self.origin = self.origin.wrapping_add(capacity as u64);
    }

    /// Whether [`Self::reserve`] has found that nobody reads any more. Does not access shared memory.
    #[inline(always)]
    pub fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Whether nobody reads any more.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.header().closed.load(Ordering::Relaxed) != 0
    }

    /// The size of the largest op in bytes: half of the ring. A larger op might wait for ever.
    pub fn largest_op(&self) -> usize {
        self.mapping.capacity / 2
    }

    /// Unmaps the ring. Used by a forked process, which does not use its parent's ring.
    ///
    /// # Safety
    /// The writer must not be used afterwards.
    pub unsafe fn release(&mut self) {
        self.mapping.unmap();
        self.first = None;
    }
}

impl Sink for Writer {
    /// The caller must have called [`Writer::reserve`] for the whole op.
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        let mut room = Room::at(self.cursor);
        room.put(byte);
        self.cursor = room.end();
    }
    #[inline(always)]
    fn put_all(&mut self, bytes: &[u8]) {
        let mut room = Room::at(self.cursor);
        room.put_all(bytes);
        self.cursor = room.end();
    }
    #[inline(always)]
    fn varint(&mut self, n: u64) {
        let mut room = Room::at(self.cursor);
        room.varint(n);
        self.cursor = room.end();
    }
}

#[cfg(test)]
mod tests;
