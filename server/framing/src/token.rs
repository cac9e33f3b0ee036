//! The secret with which a client is admitted.

use std::fmt;

use subtle::ConstantTimeEq;

/// The minimum length of a token that the user chose.
const SHORTEST: usize = 8;

/// A secret that the user who starts a server passes to the client.
#[derive(Clone)]
pub struct Token(String);

/// The reason why a text cannot be a token.
#[derive(Debug, thiserror::Error)]
#[error("a token needs at least {SHORTEST} characters, each of them a letter, a digit or one of - . _ ~")]
pub struct Unfit;

impl Token {
    /// Makes a new token: 128 random bits.
    ///
    /// # Errors
    /// If the system cannot give random bytes.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Checks a token chosen by the user.
    ///
    /// # Errors
    /// If it is too short, or has characters that cannot be typed everywhere.
    pub fn chosen(text: &str) -> Result<Self, Unfit> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if text.len() >= SHORTEST && text.bytes().all(fits) { Ok(Self(text.into())) } else { Err(Unfit) }
    }

    /// The text of the token, to show it to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares a text with the token, in constant time.
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
