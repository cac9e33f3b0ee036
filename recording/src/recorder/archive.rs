//! Reads the sources of modules that are imported from zip files.

use std::io::Read;
use std::path::Path;

use crate::files;

/// The source at a path, in the file system or in a zip file that is part of the path.
pub fn read(path: &str) -> Option<Vec<u8>> {
    // A pipe is not opened: its data belongs to the program.
    files::read(path.as_ref(), files::SOURCE).ok().or_else(|| read_member(path))
}

fn read_member(path: &str) -> Option<Vec<u8>> {
    // The archive is the longest prefix of the path that is a file.
    let archive = Path::new(path).ancestors().skip(1).find(|folder| folder.is_file())?;
    let name = Path::new(path).strip_prefix(archive).ok()?;
    let file = files::open(archive).ok()?;
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(file)).ok()?;
    let member = archive.by_name(name.to_str()?).ok()?;
    let mut text = Vec::new();
    // A longer text is ignored, not cut.
    member.take(files::SOURCE + 1).read_to_end(&mut text).ok().filter(|read| (*read as u64) <= files::SOURCE)?;
    Some(text)
}
