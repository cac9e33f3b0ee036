//! f-strings, and whether the repr of a value is known.

use connie_wire::{Kind, Value};
use ruff_python_ast::{ConversionFlag, ExprFString, InterpolatedStringElement, InterpolatedStringElements};

use super::{Evaluator, Got, Outcome, Problem, text_value, unknown};
use connie_recording::ints;

/// How deep containers are looked into.
const DEEP: usize = 20;

impl Evaluator<'_> {
    /// Whether python's repr of a value is known: no code of the program's own makes a part of it.
    pub(super) fn is_plain(&self, value: &Got, depth: usize) -> bool {
        let value = match value {
            Got::List(items) | Got::Tuple(items) => {
                return depth < DEEP && items.iter().all(|item| self.is_plain(item, depth + 1));
            }
            Got::Set(items) => return items.len() < 2 && items.iter().all(|item| self.is_plain(item, depth + 1)),
            Got::Dict(pairs) => {
                let plain = |item: &Got| self.is_plain(item, depth + 1);
                return depth < DEEP && pairs.iter().all(|(key, value)| plain(key) && plain(value));
            }
            Got::Class(..) => return false,
            Got::Value(value) => value,
        };
        match value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::Ellipsis
            | Value::NotImplemented => true,
            Value::BigInt(_, magnitude) => !ints::is_huge(magnitude),
            Value::Str(text) | Value::Bytes(text) => text.cut.is_none(),
            Value::Tuple(items) => items.iter().all(|item| self.is_plain(&Got::Value(item.clone()), depth + 1)),
            Value::Object(object) => {
                let world = self.scope.world();
                let Some(entity) = world.entity(*object) else { return false };
                let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return false };
                depth < DEEP
                    && ty.module == "builtins"
                    && matches!(ty.kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::Frozenset)
                    && entity.items.len() as u64 == entity.length
                    && entity.items.iter().all(|item| self.is_plain(&Got::Value(item.clone()), depth + 1))
            }
            _ => false,
        }
    }

    /// An f-string.
    pub(super) fn formatted(&self, expr: &ExprFString) -> Outcome {
        let mut out = String::new();
        for part in &expr.value {
            match part {
                ruff_python_ast::FStringPart::Literal(literal) => out.push_str(&literal.value),
                ruff_python_ast::FStringPart::FString(string) => out.push_str(&self.elements(&string.elements)?),
            }
        }
        Ok(Got::Value(text_value(&out)))
    }

    fn elements(&self, elements: &InterpolatedStringElements) -> Result<String, Problem> {
        let mut out = String::new();
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => out.push_str(&literal.value),
                InterpolatedStringElement::Interpolation(inner) => {
                    if inner.debug_text.is_some() {
                        return unknown("`=` in f-strings");
                    }
                    let value = self.eval(&inner.expression)?;
                    let spec = match &inner.format_spec {
                        Some(spec) => self.elements(&spec.elements)?,
                        None => String::new(),
                    };
                    let conversion = match inner.conversion {
                        ConversionFlag::None => "",
                        ConversionFlag::Str => "s",
                        ConversionFlag::Ascii => "a",
                        ConversionFlag::Repr => "r",
                    };
                    out.push_str(&self.converted(&value, conversion, &spec)?);
                }
            }
        }
        Ok(out)
    }
}
