//! The secret that lets a client in.

use std::fmt;

use subtle::ConstantTimeEq;

/// The fewest characters of a token that a user chose.
const SHORTEST: usize = 8;

/// A secret that whoever started a server knows, and tells its client.
#[derive(Clone)]
pub struct Token(String);

/// Why a text cannot be a token.
#[derive(Debug, thiserror::Error)]
#[error("a token has at least {SHORTEST} characters, all of them letters, digits or one of - . _ ~")]
pub struct Unfit;

impl Token {
    /// A new one: 128 random bits.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// One that the user chose.
    ///
    /// # Errors
    /// Where it is too short, or holds what cannot be typed everywhere.
    pub fn chosen(text: &str) -> Result<Self, Unfit> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if text.len() >= SHORTEST && text.bytes().all(fits) { Ok(Self(text.into())) } else { Err(Unfit) }
    }

    /// The text, for the one who may know it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is this one; the time that takes does not tell where they differ.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_alone() {
        let token = Token::chosen("secret-1").unwrap();
        assert!(token.is("secret-1"));
        for other in ["", "secret", "secret-12", "Secret-1"] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token");
        let random = Token::random().unwrap();
        assert!(random.reveal().len() == 32 && !random.is(Token::random().unwrap().reveal()));
    }

    #[test]
    fn short_and_strange_tokens_are_refused() {
        for text in ["", "short", "two words here", "tab\tbetween", "quote\"quote", "längeres"] {
            assert!(Token::chosen(text).is_err(), "{text}");
        }
    }
}
