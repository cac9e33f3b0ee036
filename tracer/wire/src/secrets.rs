//! Which names hide secrets.
//!
//! Names are compared by words, not by letters: `db_password`, `apiKey` and `AUTH-TOKEN` hide
//! something, `author`, `tokens` and `compass` do not.

/// The words that hide a value unless the user says otherwise.
pub const DEFAULT: [&str; 8] =
    ["password", "passwd", "secret", "api_key", "access_token", "auth_token", "private_key", "authorization"];

/// Bytes of a name; longer ones are text, and hide nothing.
const LONGEST: usize = 128;

/// A list of secret words.
#[derive(Clone, Debug)]
pub struct Secrets {
    patterns: Vec<Vec<String>>,
    /// By the first letter of a pattern, a bit for the second one, in either case: most names are passed over by these.
    starts: [u32; 32],
    /// Letters of the shortest pattern.
    shortest: usize,
}

impl Default for Secrets {
    /// Nothing is a secret.
    fn default() -> Self {
        Self::new([""; 0])
    }
}

impl Secrets {
    /// Makes a list from words such as `api_key`.
    pub fn new<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Self {
        let patterns = words.into_iter().map(|word| split(word.as_ref())).filter(|w| !w.is_empty());
        let patterns: Vec<Vec<String>> = patterns.collect();
        let mut starts = [0; 32];
        for start in patterns.iter().filter_map(|words| words.concat().as_bytes().first_chunk::<2>().copied()) {
            starts[place(start[0])] |= 1 << place(start[1]);
        }
        let shortest = patterns.iter().map(|words| words.iter().map(String::len).sum()).min().unwrap_or(usize::MAX);
        Self { starts, shortest, patterns }
    }

    /// As [`Self::hides`], of ASCII; what is none hides nothing.
    #[inline]
    pub fn hides_ascii(&self, name: &[u8]) -> bool {
        self.may_hide(name) && std::str::from_utf8(name).is_ok_and(|name| self.hides(name))
    }

    /// Whether ASCII has the beginning of a pattern: most names have not.
    #[inline]
    fn may_hide(&self, name: &[u8]) -> bool {
        name.len() >= self.shortest
            && name.len() <= LONGEST
            && name.windows(2).any(|pair| self.starts[place(pair[0])] & 1 << place(pair[1]) != 0)
    }

    /// Whether a value under this name is a secret.
    pub fn hides(&self, name: &str) -> bool {
        if name.len() > LONGEST || name.is_ascii() && !self.may_hide(name.as_bytes()) {
            return false;
        }
        let words = split(name);
        let joined = |words: &[String]| words.concat();
        self.patterns.iter().any(|pattern| {
            words.windows(pattern.len()).any(|window| window == pattern.as_slice())
                || words.iter().any(|word| pattern.len() > 1 && *word == joined(pattern))
        })
    }
}

/// Where a letter stands in the alphabet, in either case; other bytes share the places of letters.
#[inline(always)]
fn place(letter: u8) -> usize {
    usize::from(letter & 31)
}

/// The words of a name: split at anything but letters and digits, and where a capital begins.
fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if (!c.is_alphanumeric() || (c.is_uppercase() && previous_lower)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase() || c.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_not_letters() {
        let secrets = Secrets::new(DEFAULT);
        for name in
            ["password", "db_password", "userPassword", "API_KEY", "apiKey", "apikey", "X-Auth-Token", "Authorization"]
        {
            assert!(secrets.hides(name) && secrets.hides_ascii(name.as_bytes()), "{name}");
        }
        for name in ["author", "span", "tokens", "token", "key", "compass", "secretary", "passwords_seen", "pass"] {
            assert!(!secrets.hides(name) && !secrets.hides_ascii(name.as_bytes()), "{name}");
        }
    }
}
