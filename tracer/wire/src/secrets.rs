//! Which names hide secrets.
//!
//! Names are compared by words, not by letters: `db_password`, `apiKey` and `AUTH-TOKEN` hide
//! something, `author`, `tokens` and `compass` do not.

/// The words that hide a value unless the user says otherwise.
pub const DEFAULT: [&str; 8] =
    ["password", "passwd", "secret", "api_key", "access_token", "auth_token", "private_key", "authorization"];

/// A list of secret words.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    patterns: Vec<Vec<String>>,
    /// By the first letter of a pattern, a bit for the second one, in either case: most names are passed over by these.
    starts: [u32; 32],
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
        Self { starts, patterns }
    }

    /// Whether a value under this name is a secret.
    pub fn hides(&self, name: &str) -> bool {
        if self.patterns.is_empty() || name.len() < 3 || name.len() > 128 {
            return false;
        }
        let begins = |pair: &[u8]| self.starts[place(pair[0])] & 1 << place(pair[1]) != 0;
        if name.is_ascii() && !name.as_bytes().windows(2).any(begins) {
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
            assert!(secrets.hides(name), "{name}");
        }
        for name in ["author", "span", "tokens", "token", "key", "compass", "secretary", "passwords_seen", "pass"] {
            assert!(!secrets.hides(name), "{name}");
        }
    }
}
