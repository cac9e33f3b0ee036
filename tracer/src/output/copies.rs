//! Descriptors that are copies of 1 or 2.

use std::os::raw::c_int;

/// 1 or 2, if a descriptor currently refers to the same pipe, terminal, socket or file; else -1.
pub fn of(descriptor: c_int) -> c_int {
    let Some(own) = place(descriptor) else { return -1 };
    [1, 2].into_iter().find(|standard| place(*standard) == Some(own)).unwrap_or(-1)
}

/// What identifies the target of a descriptor.
fn place(descriptor: c_int) -> Option<(libc::dev_t, libc::ino_t)> {
    if descriptor < 0 {
        return None;
    }
    let mut found = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the system fills in a struct of ours; one that it does not know stays zeroed.
    let (known, stat) = unsafe { (libc::fstat(descriptor, found.as_mut_ptr()) == 0, found.assume_init()) };
    // Many programs discard output by writing it to `/dev/null`, whatever 1 and 2 are.
    let is_device = stat.st_mode & libc::S_IFMT == libc::S_IFCHR;
    // SAFETY: only asks.
    let is_place = known && (!is_device || unsafe { libc::isatty(descriptor) } == 1);
    is_place.then_some((stat.st_dev, stat.st_ino))
}
