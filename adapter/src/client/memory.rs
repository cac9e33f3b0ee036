//! The bytes of `bytes` and `bytearray` values, by the names with which clients request them.

use connie_wire::Blob;

/// The number of values whose bytes are kept for a client.
const KEPT: usize = 256;

/// Bytes that the client may ask for.
#[derive(Default)]
pub struct Memory {
    kept: Vec<(String, Blob)>,
    /// Number of names that were assigned.
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

    /// The bytes with a name.
    pub fn get(&self, name: &str) -> Option<&Blob> {
        self.kept.iter().find(|(known, _)| known == name).map(|(_, blob)| blob)
    }
}
