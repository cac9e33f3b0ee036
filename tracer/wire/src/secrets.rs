//! Which names hide secrets, and which values look like secrets.
//!
//! Names are compared by words, not by letters: `db_password`, `apiKey`, `DBPasswords` and `AUTH-TOKEN2` hide a secret;
//! `author`, `bypass` and `compass` do not.

mod look;
mod words;

pub use look::{looks_like_cookies, looks_secret};

/// Stands for the built-in words in a list of words.
pub const BUILT_IN: &str = "<built-in>";

/// The longest name that is examined, in bytes. A longer one is text, and hides nothing.
const LONGEST: usize = 128;
/// The largest number of words of a name that are joined to find a word of the list.
const JOINED: usize = 4;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It says nothing.
    #[default]
    Open,
    /// A str or bytes value with this name is a secret if it looks like one: see [`looks_secret`].
    Look,
    /// The value is a secret.
    Secret,
}

/// A list of secret words.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Words, joined and in lower case, sorted.
    words: Vec<(Vec<u8>, Verdict)>,
    /// Patterns with `*` and `?` that match whole names, in lower case.
    globs: Vec<String>,
    /// Whether the built-in words are among them.
    built_in: bool,
    /// The beginnings of words for secrets. They rule out most names quickly.
    secret: Starts,
    /// The beginnings of all words.
    any: Starts,
}

/// A set of word beginnings of three letters, case-insensitive, as bits.
#[derive(Clone)]
struct Starts(Box<[u64; 512]>);

impl std::fmt::Debug for Starts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Starts")
    }
}

impl Starts {
    fn of<'a>(words: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut bits = Box::new([0u64; 512]);
        for word in words {
            // A shorter word matches with any letters after it.
            let place = |n: usize| word.get(n).map_or(0..32, |byte| usize::from(byte & 31)..usize::from(byte & 31) + 1);
            for (a, b) in place(0).flat_map(|a| place(1).map(move |b| (a, b))) {
                for at in place(2).map(|c| a << 10 | b << 5 | c) {
                    bits[at >> 6] |= 1 << (at & 63);
                }
            }
        }
        Self(bits)
    }

    /// Whether a name may contain one of the words. One non-letter byte may be between the words.
    #[inline]
    fn meets(&self, name: &[u8]) -> bool {
        let mut at = 0usize;
        let mut letters = 0;
        for &byte in name {
            if !byte.is_ascii_alphabetic() && byte < 128 {
                continue;
            }
            at = (at << 5 | usize::from(byte & 31)) & 0x7fff;
            letters += 1;
            if letters >= 3 && self.0[at >> 6] & 1 << (at & 63) != 0 {
                return true;
            }
        }
        // A word of two letters at the end of the name.
        let last = (at & 0x3ff) << 5;
        letters >= 2 && (last..last + 32).all(|at| self.0[at >> 6] & 1 << (at & 63) != 0)
    }
}

impl Default for Secrets {
    /// A list in which nothing is a secret.
    fn default() -> Self {
        Self::new([""; 0])
    }
}

impl Secrets {
    /// Makes a list from words such as `customer_id`, patterns such as `card_*`, and [`BUILT_IN`].
    pub fn new<S: AsRef<str>>(given: impl IntoIterator<Item = S>) -> Self {
        let (mut words, mut globs, mut built_in): (Vec<(Vec<u8>, Verdict)>, _, _) = (Vec::new(), Vec::new(), false);
        for word in given {
            let word = word.as_ref();
            if word == BUILT_IN {
                built_in = true;
            } else if word.contains(['*', '?']) {
                globs.push(word.to_lowercase());
            } else {
                words.push((Words::of(word).letters().to_vec(), Verdict::Secret));
            }
        }
        if built_in {
            let of =
                |list: &[&str], verdict| list.iter().map(move |word| (word.as_bytes().to_vec(), verdict)).collect();
            let more: [Vec<_>; 2] = [of(words::SECRET, Verdict::Secret), of(words::LOOK, Verdict::Look)];
            words.extend(more.concat());
        }
        words.retain(|(word, _)| !word.is_empty());
        // Of two equal words, the one with the stronger verdict is kept.
        words.sort_by(|(a, strong), (b, other)| a.cmp(b).then(other.cmp(strong)));
        words.dedup_by(|later, first| later.0 == first.0);
        let starts = |least| Starts::of(words.iter().filter(move |word| word.1 >= least).map(|word| word.0.as_slice()));
        Self { secret: starts(Verdict::Secret), any: starts(Verdict::Look), words, globs, built_in }
    }

    /// The built-in list.
    pub fn built_in() -> Self {
        Self::new([BUILT_IN])
    }

    /// Whether nothing is a secret.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.globs.is_empty()
    }

    /// Whether the built-in words are in the list.
    pub fn has_built_in(&self) -> bool {
        self.built_in
    }

    /// Whether a value with this name is a secret by the name alone.
    pub fn hides(&self, name: &str) -> bool {
        self.may_hide(name.as_bytes(), &self.secret) && self.judge(name) == Verdict::Secret
    }

    /// As [`Self::hides`], for ASCII names. A name that is not ASCII hides nothing.
    #[inline]
    pub fn hides_ascii(&self, name: &[u8]) -> bool {
        self.may_hide(name, &self.secret)
            && std::str::from_utf8(name).is_ok_and(|name| self.judge(name) == Verdict::Secret)
    }

    /// What a name says about its value.
    pub fn verdict(&self, name: &str) -> Verdict {
        if self.may_hide(name.as_bytes(), &self.any) { self.judge(name) } else { Verdict::Open }
    }

    /// What a function's name says about its result: `get_password` returns a secret, `check_password` does not.
    pub fn verdict_of_function(&self, name: &str) -> Verdict {
        let name = name.rsplit('.').next().unwrap_or(name);
        let found = self.verdict(name);
        let words = Words::of(name);
        match found {
            Verdict::Secret if words.count > 1 && is_in(words::CHECKS, words.word(0)) => Verdict::Look,
            found => found,
        }
    }

    #[inline]
    fn may_hide(&self, name: &[u8], starts: &Starts) -> bool {
        name.len() <= LONGEST && (starts.meets(name) || !self.globs.is_empty() || !name.is_ascii() && !self.is_empty())
    }

    fn judge(&self, name: &str) -> Verdict {
        let lower = || name.to_lowercase();
        if !self.globs.is_empty() && self.globs.iter().any(|glob| fast_glob::glob_match(glob, lower())) {
            return Verdict::Secret;
        }
        let words = Words::of(name);
        let (mut found, mut last) = (Verdict::Open, 0);
        for start in 0..words.count {
            for end in start + 1..=words.count.min(start + JOINED) {
                let verdict = self.word(words.joined(start, end)).max(self.compound(start, end, &words));
                if verdict > found || verdict == found && verdict != Verdict::Open {
                    (found, last) = (verdict, end);
                }
            }
        }
        let about = last < words.count && is_in(words::ABOUT, words.word(words.count - 1));
        let whether = words.count > 1 && is_in(words::WHETHER, words.word(0));
        if found == Verdict::Secret && self.built_in && (about || whether) { Verdict::Look } else { found }
    }

    /// The verdict for a word of the list, or its plural.
    fn word(&self, word: &[u8]) -> Verdict {
        let find = |word: &[u8]| self.words.binary_search_by(|known| known.0.as_slice().cmp(word)).ok();
        let found = find(word).or_else(|| word.strip_suffix(b"s").and_then(find));
        found.map_or(Verdict::Open, |at| self.words[at].1)
    }

    /// The verdict for a single word that ends with a word of the list, such as `clientsecret`, or begins with
    /// `password`.
    fn compound(&self, start: usize, end: usize, words: &Words) -> Verdict {
        let word = words.word(start);
        if !self.built_in || end != start + 1 {
            return Verdict::Open;
        }
        let one = word.strip_suffix(b"s").unwrap_or(word);
        let ends = words::ENDINGS.iter().any(|ending| one.ends_with(ending.as_bytes()) && one.len() > ending.len());
        let begins = word.starts_with(b"password") && !word.starts_with(b"passwordless");
        match ends || begins {
            true => Verdict::Secret,
            false if one.ends_with(b"token") => Verdict::Look,
            false => Verdict::Open,
        }
    }
}

/// Whether a name is that of cookies, whose values are pairs.
pub fn is_cookie(name: &str) -> bool {
    let name = name.as_bytes();
    name.len() >= 6 && name[name.len() - 6..].eq_ignore_ascii_case(b"cookie")
}

fn is_in(list: &[&str], word: &[u8]) -> bool {
    list.iter().any(|one| one.as_bytes() == word)
}

/// The words of a name in lower case, without separators and digits.
struct Words {
    letters: [u8; LONGEST],
    /// Where each word ends.
    ends: [u8; LONGEST],
    count: usize,
}

impl Words {
    /// Splits at anything but letters, and before a capital that begins a word: `DBPassword2` is `db` and `password`.
    fn of(name: &str) -> Self {
        let folded = if name.is_ascii() { None } else { Some(name.to_lowercase()) };
        let name = folded.as_deref().unwrap_or(name).as_bytes();
        let name = &name[..name.len().min(LONGEST)];
        let mut words = Self { letters: [0; LONGEST], ends: [0; LONGEST], count: 0 };
        let (mut length, mut begun) = (0, 0);
        let at = |n: usize| name.get(n).copied().unwrap_or(0);
        let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 128;
        for (n, &byte) in name.iter().enumerate() {
            let before = if n > 0 { at(n - 1) } else { 0 };
            let is_plural = at(n + 1) == b's' && !is_letter(at(n + 2));
            let begins = byte.is_ascii_uppercase()
                && (!before.is_ascii_uppercase() || at(n + 1).is_ascii_lowercase() && !is_plural);
            if (!is_letter(byte) || begins) && length > begun {
                words.ends[words.count] = length as u8;
                words.count += 1;
                begun = length;
            }
            if is_letter(byte) {
                words.letters[length] = byte.to_ascii_lowercase();
                length += 1;
            }
        }
        if length > begun {
            words.ends[words.count] = length as u8;
            words.count += 1;
        }
        words
    }

    fn letters(&self) -> &[u8] {
        self.joined(0, self.count)
    }

    fn word(&self, n: usize) -> &[u8] {
        self.joined(n, n + 1)
    }

    fn joined(&self, start: usize, end: usize) -> &[u8] {
        let place = |n: usize| if n == 0 { 0 } else { usize::from(self.ends[n - 1]) };
        &self.letters[place(start)..place(end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values, one a line: `hides NAME`, `open NAME`, `looks NAME` (depends on what the value looks like),
    /// `secret VALUE` and `plain VALUE`.
    const TABLE: &str = include_str!("secrets/table.txt");

    fn of(kind: &str) -> Vec<&'static str> {
        let lines = TABLE.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(first, _)| *first == kind).map(|(_, rest)| rest).collect()
    }

    #[test]
    fn the_table_is_as_large_as_it_should_be() {
        let redacted = of("hides").len() + of("secret").len();
        let shown = of("open").len() + of("looks").len() + of("plain").len();
        assert!(redacted >= 150 && shown >= 150, "{redacted} {shown}");
    }

    #[test]
    fn names_of_the_table() {
        let secrets = Secrets::built_in();
        let mut wrong = Vec::new();
        for (kind, verdict) in [("hides", Verdict::Secret), ("looks", Verdict::Look), ("open", Verdict::Open)] {
            for name in of(kind) {
                if secrets.verdict(name) != verdict
                    || secrets.hides(name) != (verdict == Verdict::Secret)
                    || name.is_ascii() && secrets.hides_ascii(name.as_bytes()) != secrets.hides(name)
                {
                    wrong.push((kind, name, secrets.verdict(name)));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn values_of_the_table() {
        let wrong = |kind, expected| {
            let all = of(kind);
            all.into_iter().filter(|value| looks_secret(value.as_bytes()) != expected).collect::<Vec<_>>()
        };
        assert_eq!(wrong("secret", true), [""; 0]);
        assert_eq!(wrong("plain", false), [""; 0]);
    }

    #[test]
    fn words_and_patterns_of_the_user() {
        let secrets = Secrets::new(["customer_id", "card_*"]);
        for name in ["customer_id", "CustomerID", "customerid2", "the_customer_ids", "card_number", "CARD_X"] {
            assert!(secrets.hides(name), "{name}");
        }
        for name in ["customer", "discard_x", "password", "token"] {
            assert_eq!(secrets.verdict(name), Verdict::Open, "{name}");
        }
        let both = Secrets::new([BUILT_IN, "token", "ssn"]);
        assert!(both.hides("token") && both.hides("SSN") && both.hides("password"));
        assert_eq!(Secrets::default().verdict("password"), Verdict::Open);
        assert!(Secrets::new(["é"]).hides("É") && Secrets::new(["ab"]).hides("ab"));
    }

    #[test]
    fn what_functions_return() {
        let secrets = Secrets::built_in();
        assert_eq!(secrets.verdict_of_function("Vault.get_password"), Verdict::Secret);
        assert_eq!(secrets.verdict_of_function("User.password"), Verdict::Secret);
        assert_eq!(secrets.verdict_of_function("check_password"), Verdict::Look);
        assert_eq!(secrets.verdict_of_function("Password.strip"), Verdict::Open);
    }

    #[test]
    fn cookies() {
        assert!(is_cookie("Cookie") && is_cookie("HTTP_COOKIE") && !is_cookie("cook"));
        assert!(looks_like_cookies(b"session=S3CR02") && looks_like_cookies(b"a=1; sid=abcdefgh"));
        assert!(!looks_like_cookies(b"chocolate chip") && !looks_like_cookies(b"a=1"));
    }

    proptest::proptest! {
        #[test]
        fn no_name_panics(name: String) {
            let _ = Secrets::new([BUILT_IN, &name]).verdict(&name);
        }
    }
}
