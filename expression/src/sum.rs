//! `sum`, which adds floats with less rounding error from Python 3.12 on.

use connie_wire::Value;
use ruff_python_ast::Operator;

use super::got::{Got, Outcome};
use super::numbers;
use super::problem::{raised, unknown};
use super::stream::Stream;
use super::values::Values;

impl Values<'_> {
    /// `sum(values, start)`
    pub(super) fn sum_of(&self, values: Stream, start: Got) -> Outcome {
        let sum = self.sum(&values.found, start)?;
        values.then.map_or(Ok(sum), Err)
    }

    fn sum(&self, values: &[Got], start: Got) -> Outcome {
        match &start {
            Got::Value(Value::Str(_)) => return raised("TypeError: sum() can't sum strings"),
            Got::Value(Value::Bytes(_)) => return raised("TypeError: sum() can't sum bytes"),
            _ => {}
        }
        let mut sum = start;
        let mut rest = values;
        while let Some((value, others)) = rest.split_first() {
            if self.scope.world().minor() >= 12 && matches!(sum, Got::Value(Value::Float(_))) {
                return self.sum_of_floats(&sum, rest);
            }
            sum = self.operate(Operator::Add, &sum, value)?;
            self.charge_operands(&sum, value)?;
            rest = others;
        }
        Ok(sum)
    }

    /// Adds floats, and ints among them, to a float by Neumaier's method. Versions of Python differ in how they add
    /// ints: if that affects the result, it is unknown.
    fn sum_of_floats(&self, start: &Got, values: &[Got]) -> Outcome {
        let Some(start) = numbers::float(start) else { return unknown("this sum") };
        let (mut high, mut low) = (start, 0.0f64);
        let (mut plain_high, mut plain_low) = (start, 0.0f64);
        let add = |high: &mut f64, low: &mut f64, x: f64| {
            let sum = *high + x;
            *low += if high.abs() >= x.abs() { (*high - sum) + x } else { (x - sum) + *high };
            *high = sum;
        };
        for value in values {
            match value {
                Got::Value(Value::Float(bits)) => {
                    let x = f64::from_bits(*bits);
                    add(&mut high, &mut low, x);
                    add(&mut plain_high, &mut plain_low, x);
                }
                Got::Value(Value::Int(_) | Value::Bool(_)) => {
                    let x = numbers::float(value).unwrap_or(0.0);
                    add(&mut high, &mut low, x);
                    plain_high += x;
                }
                _ => return unknown("the sum of floats and other values"),
            }
        }
        let total = |high: f64, low: f64| if low != 0.0 && low.is_finite() { high + low } else { high };
        let (one, other) = (total(high, low), total(plain_high, plain_low));
        if one.to_bits() != other.to_bits() {
            return unknown("the last digit of a sum of floats and ints depends on the version of Python");
        }
        numbers::give_float(one)
    }
}
