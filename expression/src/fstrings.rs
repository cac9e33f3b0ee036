//! f-strings.

use std::fmt::Write;

use connie_wire::value::text_value;
use ruff_python_ast::{
    ConversionFlag, ExprFString, InterpolatedElement, InterpolatedStringElement, InterpolatedStringElements,
};
use ruff_text_size::Ranged;

use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::Problem;

impl Evaluator<'_> {
    /// Evaluates an f-string.
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
                InterpolatedStringElement::Interpolation(inner) => out.push_str(&self.element(inner)?),
            }
        }
        Ok(out)
    }

    /// Evaluates a field of an f-string.
    pub(super) fn element(&self, inner: &InterpolatedElement) -> Result<String, Problem> {
        let mut out = String::new();
        let value = self.eval(&inner.expression)?;
        let spec = match &inner.format_spec {
            Some(spec) => self.elements(&spec.elements)?,
            None => String::new(),
        };
        if let Some(debug) = &inner.debug_text {
            let written = self.source.get(inner.expression.range().to_std_range()).unwrap_or_default();
            let _ = write!(out, "{}{written}{}", debug.leading(), debug.trailing());
        }
        let conversion = match inner.conversion {
            // With `=` and nothing else, the field is the repr.
            ConversionFlag::None if inner.debug_text.is_some() && inner.format_spec.is_none() => "r",
            ConversionFlag::None => "",
            ConversionFlag::Str => "s",
            ConversionFlag::Ascii => "a",
            ConversionFlag::Repr => "r",
        };
        out.push_str(&self.converted(&value, conversion, &spec)?);
        Ok(out)
    }
}
