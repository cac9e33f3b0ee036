//! Why code of a file is recorded, or not.

/// What the rules say about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is recorded.
    Recorded = 0,
    /// A pattern excludes it.
    Excluded = 1,
    /// It belongs to an installed package.
    SitePackages = 2,
    /// It belongs to the standard library.
    Stdlib = 3,
    /// It lies in a virtual environment below the project's root.
    Environment = 4,
    /// It lies outside the project's root.
    Outside = 5,
    /// Its code names a file that does not exist.
    Missing = 6,
    /// Its path is not valid text.
    NoText = 7,
}

impl Verdict {
    /// The verdict with this byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        const ALL: [Verdict; 8] = [
            Verdict::Recorded,
            Verdict::Excluded,
            Verdict::SitePackages,
            Verdict::Stdlib,
            Verdict::Environment,
            Verdict::Outside,
            Verdict::Missing,
            Verdict::NoText,
        ];
        ALL.get(usize::from(byte)).copied()
    }
}
