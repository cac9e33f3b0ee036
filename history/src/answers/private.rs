//! Private names: in the code of a class, `self.__x` means the attribute `_Class__x`.

use std::borrow::Cow;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Identifier};
use ruff_python_parser::parse_expression;
use ruff_text_size::Ranged;

/// An expression as code of a function means it, by the function's qualified name; `is_class`: it is a class's body.
#[must_use]
pub fn mangled<'t>(text: &'t str, function: &str, is_class: bool) -> Cow<'t, str> {
    if !text.contains("__") {
        return Cow::Borrowed(text);
    }
    let class =
        class_of(function, is_class).map(|class| class.trim_start_matches('_')).filter(|class| !class.is_empty());
    let (Some(class), Ok(parsed)) = (class, parse_expression(text)) else { return Cow::Borrowed(text) };
    let mut reader = Private(Vec::new());
    reader.visit_expr(parsed.expr());
    let mut found = reader.0;
    found.sort_unstable();
    let mut made = text.to_owned();
    for place in found.into_iter().rev() {
        made.insert_str(place, &format!("_{class}"));
    }
    Cow::Owned(made)
}

/// The innermost class around a function: what is followed by `<locals>` is a function.
fn class_of(function: &str, is_class: bool) -> Option<&str> {
    let parts: Vec<&str> = function.split('.').collect();
    let last = parts.len().checked_sub(1)?;
    let is_one = |n: usize| match parts.get(n + 1) {
        Some(next) => parts[n] != "<locals>" && *next != "<locals>",
        None => n == last && is_class,
    };
    (0..parts.len()).rev().find(|n| is_one(*n)).map(|n| parts[n])
}

struct Private(Vec<usize>);

impl Private {
    fn note(&mut self, name: &str, place: usize) {
        if name.starts_with("__") && !name.ends_with("__") {
            self.0.push(place);
        }
    }
}

impl<'s> Visitor<'s> for Private {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Name(name) => self.note(name.id.as_str(), usize::from(name.start())),
            Expr::Attribute(attribute) => {
                let name: &Identifier = &attribute.attr;
                self.note(name.as_str(), usize::from(name.start()));
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_bear_the_class() {
        let cases = [
            ("self.__x", "Box.walk", false, "self._Box__x"),
            ("self.__x + __y", "f.<locals>._Box.walk.<locals>.<lambda>", false, "self._Box__x + _Box__y"),
            ("__x", "Box", true, "_Box__x"),
            ("self.__x", "walk", false, "self.__x"),
            ("self.__x", "<module>", true, "self.__x"),
            ("a.__init__.__x", "A.B.c", false, "a.__init__._B__x"),
        ];
        for (text, function, is_class, wanted) in cases {
            assert_eq!(mangled(text, function, is_class && function != "<module>"), wanted, "{text} in {function}");
        }
    }
}
