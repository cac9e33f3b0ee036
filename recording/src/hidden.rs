//! Names that are shown only on request.

/// Whether a variable was made by the compiler or by pytest's assertion rewriting: `.0` is the iterable of a
/// comprehension, `@py_assert1` a part of an assertion. Source code cannot name such a variable.
#[must_use]
pub fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '@'])
}

/// Whether a name is a dunder name (`__like_this__`): modules have many of them.
#[must_use]
pub fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sources_have_are_shown() {
        for name in [".0", ".1", ".type_params", "@py_assert12", "@py_format3", "@py_builtins", "@pytest_ar"] {
            assert!(is_hidden(name) && !is_dunder(name), "{name}");
        }
        for name in ["x", "_", "__x", "py_assert1", "été", ""] {
            assert!(!is_hidden(name) && !is_dunder(name), "{name}");
        }
        assert!(is_dunder("__name__") && !is_dunder("____"));
    }
}
