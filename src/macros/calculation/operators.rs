//! The operators: how strong they bind and what they do.

use super::Value;

/// Binding strength of an operator between two values; a higher one binds tighter. From weak to strong as Keyboard Maestro's
/// manual lists them: `?:`, bitwise, comparisons, shifts, sums, products, powers, signs before a value, signs behind it. `||` and
/// `&&` are kmtop's own and weaker than the bitwise ones.
pub(super) fn strength(sign: &str) -> Option<u8> {
    Some(match sign {
        "||" => 1,
        "&&" => 2,
        "|" | "&" | "XOR" => 3,
        "=" | "!=" | "<" | "<=" | ">" | ">=" => 4,
        "<<" | ">>" => 5,
        "+" | "-" => 6,
        "*" | "/" | "MOD" => 7,
        _ => return None,
    })
}

/// What an operator makes of two values; otherwise why it cannot.
pub(super) fn apply(sign: &str, left: &Value, right: &Value) -> Result<Value, String> {
    if matches!(sign, "/" | "MOD") && right.numbers().contains(&0.0) {
        return Err("division by zero".into());
    }
    if matches!(sign, "=" | "!=") {
        let (left, right) = (left.numbers(), right.numbers());
        let equal = left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(*left, *right));
        return Ok(number(equal == (sign == "=")).into());
    }
    let function: fn(f64, f64) -> f64 = match sign {
        "+" => |left, right| left + right,
        "-" => |left, right| left - right,
        "*" => |left, right| left * right,
        "/" => |left, right| left / right,
        "MOD" => |left, right| left % right,
        "^" => f64::powf,
        "<" => |left, right| number(left < right && !same(left, right)),
        "<=" => |left, right| number(left <= right || same(left, right)),
        ">" => |left, right| number(left > right && !same(left, right)),
        ">=" => |left, right| number(left >= right || same(left, right)),
        "&&" => |left, right| number(left != 0.0 && right != 0.0),
        "||" => |left, right| number(left != 0.0 || right != 0.0),
        "&" => |left, right| (whole(left) & whole(right)) as f64,
        "XOR" => |left, right| (whole(left) ^ whole(right)) as f64,
        "<<" => |left, right| shift(left, whole(right)),
        ">>" => |left, right| shift(left, whole(right).saturating_neg()),
        _ => |left, right| (whole(left) | whole(right)) as f64,
    };
    left.zip(right, function)
        .ok_or_else(|| format!("the lists have {} and {} numbers", left.numbers().len(), right.numbers().len()))
}

pub(super) fn number(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

/// Equal as people see it: 0.1 + 0.2 is 0.3.
fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= f64::EPSILON * 4.0 * left.abs().max(right.abs())
}

/// Shifts a whole number to the left, or to the right by a negative number of places. What goes beyond 64 bits is lost.
fn shift(value: f64, places: i64) -> f64 {
    let value = whole(value);
    let by = u32::try_from(places.unsigned_abs()).unwrap_or(u32::MAX);
    let shifted = match places {
        0.. => value.checked_shl(by).unwrap_or(0),
        _ => value.checked_shr(by).unwrap_or(if value < 0 { -1 } else { 0 }),
    };
    shifted as f64
}

/// The product of all whole numbers up to this one; `None` when it is no whole number, negative, or too large.
pub(super) fn factorial(value: f64) -> Option<f64> {
    let fits = value.fract() == 0.0 && (0.0..=170.0).contains(&value);
    fits.then(|| (1..=whole(value)).map(|factor| factor as f64).product())
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is the best a whole number can do")]
pub(super) fn whole(value: f64) -> i64 {
    value as i64
}
