//! Log messages: text with fields in braces, as in f-strings: `{word!r}`, `{n:>4}`, `{x=}`.

use std::borrow::Cow;
use std::fmt::Write;

use connie_recording::render::Bounds;
use connie_wire::Value;
use ruff_python_ast::{ConversionFlag, Expr, InterpolatedElement, InterpolatedStringElement};
use ruff_text_size::Ranged;

use super::Expression;
use super::evaluator::Evaluator;
use super::got::{Got, text, with_doubt};
use super::private;
use super::problem::Problem;
use super::scope::Scope;

/// The prefix with which a field's text is parsed. The space keeps a brace at the beginning of the field from being
/// read as an escape.
const BEFORE: &str = "f\"\"\"{ ";
/// The maximum number of closing brackets that are tried as the end of a field.
const ENDS: usize = 20;

/// A part of a log message.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A field: its text, and the parsed field or the reason why it is invalid.
    Field(String, Result<Box<Field>, Problem>),
}

/// A field of a log message.
#[derive(Clone, Debug)]
pub struct Field {
    source: String,
    element: InterpolatedElement,
    has_private: bool,
}

/// The parts of a log message.
#[must_use]
pub fn pieces(message: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = message;
    let mut literal = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        literal.push_str(before);
        let ends = after.match_indices('}').map(|(at, _)| at).take(ENDS);
        let parsed = ends.clone().find_map(|at| Some((at, Field::parse(&after[..at]).ok()?)));
        let first = ends.clone().next().filter(|at| !after[..*at].trim().is_empty());
        let (at, field) = match (parsed, first) {
            (Some((at, field)), _) => (at, Ok(Box::new(field))),
            (None, Some(at)) => (at, Field::parse(&after[..at]).map(Box::new)),
            (None, None) => {
                literal.push('{');
                rest = after;
                continue;
            }
        };
        if !literal.is_empty() {
            found.push(Piece::Text(std::mem::take(&mut literal)));
        }
        found.push(Piece::Field(after[..at].to_owned(), field));
        rest = &after[at + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        found.push(Piece::Text(literal));
    }
    found
}

impl Field {
    /// Parses the text between the braces.
    ///
    /// # Errors
    /// If it is not a field of an f-string.
    pub fn parse(inner: &str) -> Result<Self, Problem> {
        let source = format!("{BEFORE}{inner}}}\"\"\"");
        let parsed = Expression::parse(&source);
        let has_private = parsed.as_ref().is_ok_and(|parsed| parsed.has_private);
        let element = parsed.ok().and_then(|parsed| match parsed.ast {
            Expr::FString(string) => match string.value.f_strings().next()?.elements.iter().collect::<Vec<_>>()[..] {
                [InterpolatedStringElement::Interpolation(element)] => Some(element.clone()),
                _ => None,
            },
            _ => None,
        });
        match element {
            Some(element) => Ok(Self { source, element, has_private }),
            // Report the error of the expression alone.
            None => Err(match Expression::parse(inner) {
                Err(problem) => problem,
                Ok(_) => Problem::Syntax("the format of this field".into()),
            }),
        }
    }

    /// The field with private names as in the code of a scope.
    fn meant(&self, scope: &dyn Scope) -> Cow<'_, InterpolatedElement> {
        let class = if self.has_private { scope.class() } else { None };
        match class.and_then(|class| private::mangled_field(&self.element, class)) {
            Some(mangled) => Cow::Owned(mangled),
            None => Cow::Borrowed(&self.element),
        }
    }

    /// Its value in a scope, without conversion and format, and whether code that is not recorded may have changed the
    /// value since it was last read.
    ///
    /// # Errors
    /// If its value is unknown.
    pub fn value(&self, scope: &dyn Scope) -> Result<(Got, bool), Problem> {
        let evaluator = Evaluator::new(scope, &self.source);
        let got = evaluator.eval(&self.meant(scope).expression)?;
        Ok((got, evaluator.doubtful.get()))
    }

    /// Its text in a scope. Strings appear as when printed; a value that Python would run code to print is shown as it
    /// was recorded.
    ///
    /// # Errors
    /// If its value is unknown, or the format is invalid.
    pub fn text(&self, scope: &dyn Scope, bounds: Bounds) -> Result<String, Problem> {
        let evaluator = Evaluator::new(scope, &self.source);
        let element = self.meant(scope);
        if element.format_spec.is_none() {
            let got = evaluator.eval(&element.expression)?;
            return self.written(&evaluator, &element, &got, bounds);
        }
        let mut out = self.debug(&element);
        let undebugged = InterpolatedElement { debug_text: None, ..element.into_owned() };
        out.push_str(&evaluator.element(&undebugged)?);
        Ok(with_doubt(out, evaluator.doubtful.get()))
    }

    /// Like [`Self::value`] and [`Self::text`], evaluated once where possible.
    ///
    /// # Errors
    /// As for these two.
    pub fn value_and_text(&self, scope: &dyn Scope, bounds: Bounds) -> Result<(Got, bool, String), Problem> {
        let element = self.meant(scope);
        if element.format_spec.is_some() {
            let (got, doubtful) = self.value(scope)?;
            return Ok((got, doubtful, self.text(scope, bounds)?));
        }
        let evaluator = Evaluator::new(scope, &self.source);
        let got = evaluator.eval(&element.expression)?;
        let doubtful = evaluator.doubtful.get();
        let text = self.written(&evaluator, &element, &got, bounds)?;
        Ok((got, doubtful, text))
    }

    /// What `=` puts before the value.
    fn debug(&self, element: &InterpolatedElement) -> String {
        let mut out = String::new();
        if let Some(debug) = &element.debug_text {
            let written = self.source.get(element.expression.range().to_std_range()).unwrap_or_default();
            let leading = debug.leading();
            let _ = write!(out, "{}{written}{}", leading.strip_prefix(' ').unwrap_or(leading), debug.trailing());
        }
        out
    }

    /// The text of an evaluated field without a format.
    fn written(
        &self,
        evaluator: &Evaluator<'_>,
        element: &InterpolatedElement,
        got: &Got,
        bounds: Bounds,
    ) -> Result<String, Problem> {
        let mut out = self.debug(element);
        let is_plain = || evaluator.is_plain(got, 0).unwrap_or(false);
        let as_repr = element.debug_text.is_some() && element.conversion == ConversionFlag::None;
        match (got, element.conversion) {
            (Got::Value(Value::Str(text)), ConversionFlag::None | ConversionFlag::Str)
                if text.cut.is_none() && !as_repr =>
            {
                out.push_str(&String::from_utf8_lossy(&text.bytes));
            }
            (_, ConversionFlag::Ascii) => out.push_str(&evaluator.as_ascii(got)?),
            (_, ConversionFlag::Repr) if is_plain() => out.push_str(&evaluator.shown(got)?),
            (Got::Value(Value::Int(n)), ConversionFlag::None | ConversionFlag::Str) => {
                let _ = write!(out, "{n}");
            }
            _ => out.push_str(&text(evaluator.scope.world(), got, bounds)),
        }
        Ok(with_doubt(out, evaluator.doubtful.get()))
    }
}
