//! The bytes of `bytes` and `bytearray` values, under names that clients ask for.

use connie_wire::Blob;

/// Values whose bytes are kept for a client at a time.
const KEPT: usize = 256;

/// Bytes that the client may ask for.
#[derive(Default)]
pub struct Memory {
    kept: Vec<(String, Blob)>,
    /// Names given out.
    given: u64,
}

impl Memory {
    /// The name of these bytes.
    pub fn name(&mut self, blob: &Blob) -> String {
        if let Some((name, _)) = self.kept.iter().find(|(_, known)| known == blob) {
            return name.clone();
        }
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.given += 1;
        let name = format!("bytes-{}", self.given);
        self.kept.push((name.clone(), blob.clone()));
        name
    }

    /// The bytes of a name.
    pub fn get(&self, name: &str) -> Option<&Blob> {
        self.kept.iter().find(|(known, _)| known == name).map(|(_, blob)| blob)
    }
}
