//! A lossless ring in shared memory: one writer (the traced process), one reader (the recorder).
//!
//! The file holds one header page and `capacity` bytes of data. Both sides map the data twice in a
//! row, so that whatever crosses the end lies in one piece. `head` and `tail` count bytes since the
//! start and never wrap; `head` moves only past whole ops, so what a killed writer leaves behind
//! is readable up to its last whole op.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::codec::Sink;

const MAGIC: u64 = u64::from_le_bytes(*b"connie\0r");
/// Bytes before the data; a multiple of every page size met on the supported platforms.
const HEADER: usize = 65_536;

/// What both sides see at the start of the file. Atomics: it is shared between processes.
#[repr(C)]
pub struct Header {
    magic: AtomicU64,
    version: AtomicU32,
    /// Process id of the writer; 0 until it has attached.
    pub pid: AtomicU32,
    capacity: AtomicU64,
    /// Nanoseconds the writer waited because the ring was full.
    pub waited: AtomicU64,
    /// Python's version: minor in the upper half, micro in the lower.
    pub python: AtomicU64,
    pad: [u64; 11],
    head: AtomicU64,
    pad2: [u64; 15],
    tail: AtomicU64,
    /// Set by the recorder when it no longer stores anything: the writer drops what it writes.
    pub closed: AtomicU32,
}

/// One mapping of a ring.
struct Mapping {
    base: *mut u8,
    capacity: usize,
}

// SAFETY: the mapping is plain shared memory that lives as long as the value; all shared fields
// are atomics and the data is handed over by release/acquire on `head` and `tail`.
unsafe impl Send for Mapping {}

impl Mapping {
    fn new(file: &File, capacity: usize) -> io::Result<Self> {
        let fd = file.as_raw_fd();
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: reserves address space for the header and two copies of the data, then maps the
        // file over it; every mapping lies inside the reservation.
        unsafe {
            let total = HEADER + 2 * capacity;
            let base = libc::mmap(
                std::ptr::null_mut(),
                total,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            );
            if base == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let mapping = Self { base: base.cast(), capacity };
            let fixed = libc::MAP_SHARED | libc::MAP_FIXED;
            let whole = libc::mmap(base, HEADER + capacity, prot, fixed, fd, 0);
            let again = libc::mmap(
                base.cast::<u8>().add(HEADER + capacity).cast(),
                capacity,
                prot,
                fixed,
                fd,
                HEADER as libc::off_t,
            );
            if whole == libc::MAP_FAILED || again == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            Ok(mapping)
        }
    }

    fn header(&self) -> &Header {
        // SAFETY: the first page is mapped, zeroed or initialised, and only holds atomics.
        unsafe { &*self.base.cast::<Header>() }
    }

    fn data(&self) -> *mut u8 {
        // SAFETY: inside the reservation.
        unsafe { self.base.add(HEADER) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` reserved.
        unsafe { libc::munmap(self.base.cast(), HEADER + 2 * self.capacity) };
    }
}

/// Makes the file of a ring; `capacity` is rounded up to a power of two of at least 1 MiB.
///
/// # Errors
/// Where the file cannot be made.
pub fn create(path: &Path, capacity: usize) -> io::Result<Reader> {
    let capacity = capacity.max(1 << 20).next_power_of_two();
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    file.set_len((HEADER + capacity) as u64)?;
    let mapping = Mapping::new(&file, capacity)?;
    let header = mapping.header();
    header.version.store(crate::VERSION, Ordering::Relaxed);
    header.capacity.store(capacity as u64, Ordering::Relaxed);
    header.magic.store(MAGIC, Ordering::Release);
    Ok(Reader { mapping, at: 0 })
}

/// The recorder's side.
pub struct Reader {
    mapping: Mapping,
    at: u64,
}

impl Reader {
    /// What is shared beside the data.
    pub fn header(&self) -> &Header {
        self.mapping.header()
    }

    /// What was written and not yet consumed: whole ops.
    pub fn available(&self) -> &[u8] {
        let head = self.header().head.load(Ordering::Acquire);
        let length = head.saturating_sub(self.at).min(self.mapping.capacity as u64) as usize;
        // SAFETY: the writer does not touch [tail, head) and the second copy makes it contiguous.
        unsafe {
            let start = self.mapping.data().add(self.at as usize & (self.mapping.capacity - 1));
            std::slice::from_raw_parts(start, length)
        }
    }

    /// Gives `n` bytes back to the writer.
    pub fn consume(&mut self, n: usize) {
        self.at += n as u64;
        self.header().tail.store(self.at, Ordering::Release);
    }

    /// Tells the writer that nothing is stored any more.
    pub fn close(&self) {
        self.header().closed.store(1, Ordering::Release);
    }
}

/// The tracer's side. Ops are written at `at` and become visible at [`Writer::publish`].
pub struct Writer {
    mapping: Mapping,
    cursor: *mut u8,
    /// Bytes published.
    head: u64,
    /// `tail` when it was last read.
    tail: u64,
    recorder: libc::pid_t,
    abandoned: bool,
}

// SAFETY: as for `Mapping`; `cursor` points into it.
unsafe impl Send for Writer {}

impl Writer {
    /// Attaches to a ring made by [`create`].
    ///
    /// # Errors
    /// Where the file is no ring of this version.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let length = file.metadata()?.len() as usize;
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "not a ring of this version of connie");
        if length < HEADER + (1 << 20) || !(length - HEADER).is_power_of_two() {
            return Err(bad());
        }
        let mapping = Mapping::new(&file, length - HEADER)?;
        let header = mapping.header();
        if header.magic.load(Ordering::Acquire) != MAGIC
            || header.version.load(Ordering::Relaxed) != crate::VERSION
            || header.pid.load(Ordering::Relaxed) != 0
        {
            return Err(bad());
        }
        header.pid.store(std::process::id(), Ordering::Release);
        let cursor = mapping.data();
        // SAFETY: getppid has no preconditions.
        let recorder = unsafe { libc::getppid() };
        Ok(Self { mapping, cursor, head: 0, tail: 0, recorder, abandoned: false })
    }

    /// What is shared beside the data.
    pub fn header(&self) -> &Header {
        self.mapping.header()
    }

    fn written(&self) -> usize {
        let start = self.mapping.data() as usize + (self.head as usize & (self.mapping.capacity - 1));
        self.cursor as usize - start
    }

    /// Makes sure that `n` bytes fit, waiting for the recorder where they do not. Call it at the
    /// start of an op: what was written before becomes visible when it has to wait. `n` must be
    /// below half the capacity.
    #[inline(always)]
    pub fn reserve(&mut self, n: usize) {
        let needed = self.head + (self.written() + n) as u64;
        if needed > self.tail + self.mapping.capacity as u64 {
            self.wait(n);
        }
    }

    #[cold]
    #[inline(never)]
    fn wait(&mut self, n: usize) {
        let capacity = self.mapping.capacity as u64;
        let fits = |writer: &mut Self| {
            writer.tail = writer.mapping.header().tail.load(Ordering::Acquire);
            writer.head + (writer.written() + n) as u64 <= writer.tail + capacity
        };
        if fits(self) {
            return;
        }
        self.publish();
        let start = std::time::Instant::now();
        let mut spins = 0u32;
        while !fits(self) {
            // SAFETY: getppid has no preconditions.
            let orphaned = unsafe { libc::getppid() } != self.recorder;
            if orphaned || self.header().closed.load(Ordering::Acquire) != 0 {
                // Nobody reads any more: let the program go on over what was written.
                self.abandoned = true;
                self.header().closed.store(1, Ordering::Release);
                self.header().tail.store(self.head, Ordering::Release);
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

    /// Makes everything written so far visible to the recorder.
    #[inline(always)]
    pub fn publish(&mut self) {
        self.head += self.written() as u64;
        let offset = self.head as usize & (self.mapping.capacity - 1);
        // SAFETY: `offset` is below the capacity.
        self.cursor = unsafe { self.mapping.data().add(offset) };
        self.header().head.store(self.head, Ordering::Release);
    }

    /// Whether it was found, when there was no more room, that nobody reads any more. Costs no look at shared memory.
    #[inline(always)]
    pub fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Whether nobody reads any more.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.header().closed.load(Ordering::Relaxed) != 0
    }

    /// Half the capacity: no op may be larger.
    pub fn largest_op(&self) -> usize {
        self.mapping.capacity / 2
    }
}

impl Sink for Writer {
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        // SAFETY: `reserve` was called for the whole op; the second copy covers what crosses the end.
        unsafe {
            *self.cursor = byte;
            self.cursor = self.cursor.add(1);
        }
    }
    #[inline(always)]
    fn put_all(&mut self, bytes: &[u8]) {
        // SAFETY: as in `put`.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.cursor, bytes.len());
            self.cursor = self.cursor.add(bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn path() -> std::path::PathBuf {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        std::env::temp_dir().join(format!("connie-ring-test-{}-{n}", std::process::id()))
    }

    #[test]
    fn nothing_is_lost_when_it_is_full() {
        let path = path();
        let mut reader = create(&path, 1 << 20).unwrap();
        let mut writer = Writer::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let total = 5_000_000u32;
        let thread = std::thread::spawn(move || {
            for n in 0..total {
                writer.reserve(4);
                writer.put_all(&n.to_le_bytes());
                if n % 7 == 0 {
                    writer.publish();
                }
            }
            writer.publish();
        });
        let mut expected = 0u32;
        while expected < total {
            let bytes = reader.available();
            let n = bytes.len();
            assert_eq!(n % 4, 0);
            for word in bytes.chunks_exact(4) {
                assert_eq!(u32::from_le_bytes(word.try_into().unwrap()), expected);
                expected += 1;
            }
            reader.consume(n);
        }
        thread.join().unwrap();
    }

    #[test]
    fn a_closed_ring_never_blocks() {
        let path = path();
        let reader = create(&path, 1 << 20).unwrap();
        let mut writer = Writer::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        reader.close();
        for _ in 0..3_000_000 {
            writer.reserve(1);
            writer.put(1);
        }
        assert!(writer.is_closed());
    }

    #[test]
    fn other_files_are_refused() {
        let path = path();
        std::fs::write(&path, vec![0; HEADER + (1 << 20)]).unwrap();
        assert!(Writer::open(&path).is_err());
        std::fs::write(&path, b"short").unwrap();
        assert!(Writer::open(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
