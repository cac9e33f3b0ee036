//! Private names: in the code of a class, `self.__x` means the attribute `_Class__x`.

use ruff_python_ast::visitor::transformer::{self, Transformer};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Identifier, InterpolatedElement, name::Name};

/// The innermost class around the code of a function, from the function's qualified name. `is_class` says that the code
/// is the body of a class. `None` if there is no such class.
#[must_use]
pub fn class_of(function: &str, is_class: bool) -> Option<&str> {
    let parts: Vec<&str> = function.split('.').collect();
    let last = parts.len().checked_sub(1)?;
    // A name followed by `<locals>` is a function.
    let is_one = |n: usize| match parts.get(n + 1) {
        Some(next) => parts[n] != "<locals>" && *next != "<locals>",
        None => n == last && is_class,
    };
    (0..parts.len()).rev().find(|n| is_one(*n)).map(|n| parts[n])
}

/// Whether an expression has a private name.
pub(super) fn has_private(expr: &Expr) -> bool {
    let mut seen = Seen(false);
    seen.visit_expr(expr);
    seen.0
}

/// An expression with private names mangled as in a class; `None` if nothing changes.
pub(super) fn mangled(expr: &Expr, class: &str) -> Option<Expr> {
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return None;
    }
    let mut expr = expr.clone();
    Mangler { class }.visit_expr(&mut expr);
    Some(expr)
}

/// A field of a message with private names mangled as in a class; `None` if nothing changes.
pub(super) fn mangled_field(field: &InterpolatedElement, class: &str) -> Option<InterpolatedElement> {
    let expression = mangled(&field.expression, class)?;
    let mut field = InterpolatedElement { expression: Box::new(expression), ..field.clone() };
    let class = class.trim_start_matches('_');
    for element in field.format_spec.iter_mut().flat_map(|spec| spec.elements.iter_mut()) {
        Mangler { class }.visit_interpolated_string_element(element);
    }
    Some(field)
}

fn is_private(name: &str) -> bool {
    name.starts_with("__") && !name.ends_with("__")
}

struct Seen(bool);

impl<'s> Visitor<'s> for Seen {
    fn visit_expr(&mut self, expr: &'s Expr) {
        self.0 |= match expr {
            Expr::Name(name) => is_private(name.id.as_str()),
            Expr::Attribute(attribute) => is_private(attribute.attr.as_str()),
            _ => false,
        };
        visitor::walk_expr(self, expr);
    }
}

struct Mangler<'c> {
    class: &'c str,
}

impl Mangler<'_> {
    fn name(&self, name: &str) -> Option<Name> {
        is_private(name).then(|| Name::from(format!("_{}{name}", self.class)))
    }
}

impl Transformer for Mangler<'_> {
    fn visit_expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Name(name) => {
                if let Some(mangled) = self.name(name.id.as_str()) {
                    name.id = mangled;
                }
            }
            Expr::Attribute(attribute) => {
                if let Some(mangled) = self.name(attribute.attr.as_str()) {
                    attribute.attr = Identifier::new(mangled, attribute.attr.range);
                }
            }
            _ => {}
        }
        transformer::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    /// An expression as the code of a function means it.
    fn meant(text: &str, function: &str, is_class: bool) -> Option<Expr> {
        let parsed = Expression::parse(text).expect("an expression");
        mangled(&parsed.ast, class_of(function, is_class)?)
    }

    #[test]
    fn private_names_bear_the_class() {
        let cases = [
            ("self.__x", "Box.walk", false, "self._Box__x"),
            ("self.__x + __y", "f.<locals>._Box.walk.<locals>.<lambda>", false, "self._Box__x + _Box__y"),
            ("__x", "Box", true, "_Box__x"),
            ("self.__x", "_.walk", false, "self.__x"),
            ("[__x.__y() for __x in a]", "A.b", false, "[_A__x._A__y() for _A__x in a]"),
            ("f'{self.__x}'", "A.b", false, "f'{self._A__x}'"),
            ("a.__init__.__x", "A.B.c", false, "a.__init__._B__x"),
        ];
        for (text, function, is_class, wanted) in cases {
            let found = meant(text, function, is_class).unwrap_or_else(|| Expression::parse(text).unwrap().ast);
            let wanted = Expression::parse(wanted).unwrap().ast;
            let same = ruff_python_ast::comparable::ComparableExpr::from(&found)
                == ruff_python_ast::comparable::ComparableExpr::from(&wanted);
            assert!(same, "{text} in {function}");
        }
    }

    #[test]
    fn functions_and_modules_are_no_classes() {
        assert_eq!(class_of("walk", false), None);
        assert_eq!(class_of("f.<locals>.g", false), None);
        assert_eq!(class_of("Box.walk.<locals>.g", false), Some("Box"));
    }
}
