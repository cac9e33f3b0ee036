//! Evaluates `print`, whose output is collected.

use connie_wire::Value;

use super::arguments::Arguments;
use super::blob;
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{raised, unknown};

impl Evaluator<'_> {
    /// Evaluates `print(…)`, and collects the output.
    pub(super) fn print(&self, mut arguments: Arguments<'_>) -> Outcome {
        if self.lazy.get() > 0 {
            return unknown("print() where Python may stop before it comes there");
        }
        let mut text_given = |keyword: &str, default: &str| match arguments.keyword(keyword) {
            None => Ok(default.to_owned()),
            Some(value) => match self.value(&value)? {
                Got::Value(Value::None) => Ok(default.to_owned()),
                Got::Value(Value::Str(text)) => blob::whole(&text).map(std::borrow::Cow::into_owned),
                _ => raised(format!("TypeError: {keyword} must be None or a string")),
            },
        };
        let (separator, end) = (text_given("sep", " ")?, text_given("end", "\n")?);
        arguments.keyword("flush");
        arguments.no_more("print")?;
        let values = self.evaluated(&arguments.positional)?;
        let texts = values.iter().map(|value| self.as_text(value)).collect::<Result<Vec<_>, _>>()?;
        let printed = texts.join(&separator) + &end;
        self.charge(printed.len())?;
        self.printed.borrow_mut().push_str(&printed);
        Ok(Got::Value(Value::None))
    }
}
