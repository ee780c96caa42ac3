//! Parses and evaluates in one go.

use super::{
    CalculationError, MAX_LENGTH, MAX_NESTING, Scope, functions,
    lexer::{Kind, Piece, pieces},
    parse_number,
};

type Number = Result<f64, CalculationError>;

/// Binding strength of an operator between two values; a higher one binds tighter.
fn strength(sign: &str) -> Option<u8> {
    Some(match sign {
        "||" => 1,
        "&&" => 2,
        "|" => 3,
        "&" => 4,
        "=" | "!=" | "<" | "<=" | ">" | ">=" => 5,
        "+" | "-" => 6,
        "*" | "/" | "MOD" => 7,
        _ => return None,
    })
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pieces: Vec<Piece>,
    at: usize,
    pub(super) scope: &'a mut dyn Scope,
    /// False in a branch that is not taken: nothing is looked up, nothing fails for its value.
    pub(super) live: bool,
    pub(super) nesting: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, scope: &'a mut dyn Scope, live: bool, nesting: usize) -> Result<Self, CalculationError> {
        if text.len() > MAX_LENGTH {
            return Err(syntax(text, format!("the expression is longer than {MAX_LENGTH} bytes"), 0));
        }
        let pieces = pieces(text).map_err(|at| syntax(text, "a character that means nothing here".into(), at))?;
        Ok(Self { text, pieces, at: 0, scope, live, nesting })
    }

    /// The whole text as one expression.
    pub(super) fn whole(&mut self) -> Number {
        let value = self.expression()?;
        if self.peek().kind != Kind::End {
            return Err(self.unexpected("an operator or the end"));
        }
        if self.live && !value.is_finite() {
            return Err(self.no_result("it is too large or undefined"));
        }
        Ok(value)
    }

    pub(super) fn peek(&self) -> Piece {
        self.pieces[self.at]
    }

    pub(super) fn next(&mut self) -> Piece {
        let piece = self.peek();
        if piece.kind != Kind::End {
            self.at += 1;
        }
        piece
    }

    pub(super) fn take(&mut self, sign: &'static str) -> bool {
        let found = self.peek().kind == Kind::Sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &'static str) -> Result<(), CalculationError> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(sign)) }
    }

    pub(super) fn unexpected(&self, expected: &str) -> CalculationError {
        syntax(self.text, format!("{expected} expected"), self.peek().start)
    }

    pub(super) fn problem(&self, problem: impl Into<String>, at: usize) -> CalculationError {
        syntax(self.text, problem.into(), at)
    }

    pub(super) fn no_result(&self, problem: &str) -> CalculationError {
        CalculationError::Value { expression: shortened(self.text), problem: problem.into() }
    }

    /// An expression with `? :`, the weakest operator.
    pub(super) fn expression(&mut self) -> Number {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.problem(format!("nested deeper than {MAX_NESTING}"), self.peek().start));
        }
        let mut value = self.binary(1)?;
        if self.take("?") {
            let chosen = truth(value);
            let first = self.branch(chosen)?;
            self.expect(":")?;
            let second = self.branch(!chosen)?;
            value = if chosen { first } else { second };
        }
        self.nesting -= 1;
        Ok(value)
    }

    fn branch(&mut self, taken: bool) -> Number {
        let live = self.live;
        self.live = live && taken;
        let value = self.expression();
        self.live = live;
        value
    }

    fn binary(&mut self, weakest: u8) -> Number {
        let mut left = self.unary()?;
        loop {
            let Kind::Sign(sign) = self.peek().kind else {
                return Ok(left);
            };
            let Some(strength) = strength(sign).filter(|strength| *strength >= weakest) else {
                return Ok(left);
            };
            self.next();
            let decided = (sign == "&&" && !truth(left)) || (sign == "||" && truth(left));
            let live = self.live;
            self.live = live && !decided;
            let right = self.binary(strength + 1);
            self.live = live;
            left = self.apply(sign, left, right?)?;
        }
    }

    fn apply(&self, sign: &str, left: f64, right: f64) -> Number {
        if !self.live {
            return Ok(0.0);
        }
        if right == 0.0 && matches!(sign, "/" | "MOD") {
            return Err(self.no_result("division by zero"));
        }
        Ok(match sign {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "MOD" => left % right,
            "=" => number(same(left, right)),
            "!=" => number(!same(left, right)),
            "<" => number(left < right),
            "<=" => number(left <= right),
            ">" => number(left > right),
            ">=" => number(left >= right),
            "&&" => number(truth(left) && truth(right)),
            "||" => number(truth(left) || truth(right)),
            "&" => (whole(left) & whole(right)) as f64,
            _ => (whole(left) | whole(right)) as f64,
        })
    }

    /// Signs before a value. Powers bind tighter: -2^2 is -4.
    fn unary(&mut self) -> Number {
        let mut negative = false;
        let mut inverted = Vec::new();
        loop {
            if self.take("-") {
                negative = !negative;
            } else if self.take("!") {
                inverted.push(negative);
                negative = false;
            } else if !self.take("+") {
                break;
            }
        }
        let mut value = self.power()?;
        if negative {
            value = -value;
        }
        for minus in inverted.into_iter().rev() {
            value = number(!truth(value));
            if minus {
                value = -value;
            }
        }
        Ok(value)
    }

    fn power(&mut self) -> Number {
        let base = self.primary()?;
        if !self.take("^") {
            return Ok(base);
        }
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.problem(format!("nested deeper than {MAX_NESTING}"), self.peek().start));
        }
        let exponent = self.unary()?;
        self.nesting -= 1;
        Ok(base.powf(exponent))
    }

    fn primary(&mut self) -> Number {
        let piece = self.next();
        let mut value = match piece.kind {
            Kind::Number(number) => number,
            Kind::Sign("(") => {
                let value = self.expression()?;
                self.expect(")")?;
                value
            }
            Kind::Name => self.name(piece)?,
            _ => {
                let at = piece.start;
                return Err(self.problem("a value expected", at));
            }
        };
        while self.take("%") {
            value /= 100.0;
        }
        Ok(value)
    }

    fn name(&mut self, piece: Piece) -> Number {
        let name = &self.text[piece.start..piece.end];
        if self.peek().kind == Kind::Sign("(") {
            self.next();
            return functions::call(self, name, piece.start);
        }
        if let Some(value) = functions::bare(self, name) {
            return value;
        }
        let element = if self.take("[") {
            let index = self.expression()?;
            self.expect("]")?;
            Some(index)
        } else {
            None
        };
        self.variable(name, element)
    }

    fn variable(&mut self, name: &str, element: Option<f64>) -> Number {
        if !self.live {
            return Ok(0.0);
        }
        let text = self.scope.variable(name)?.unwrap_or_default();
        Ok(match element {
            None => parse_number(&text).unwrap_or(0.0),
            Some(index) => parse_number(&crate::macros::variables::element(&text, whole(index), ",")).unwrap_or(0.0),
        })
    }
}

pub(super) fn number(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

fn truth(value: f64) -> bool {
    value != 0.0
}

/// Equal as people see it: 0.1 + 0.2 is 0.3.
fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= f64::EPSILON * 4.0 * left.abs().max(right.abs())
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is the best a whole number can do")]
pub(super) fn whole(value: f64) -> i64 {
    value as i64
}

fn syntax(text: &str, problem: String, at: usize) -> CalculationError {
    let position = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    CalculationError::Syntax { expression: shortened(text), problem, position }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}
