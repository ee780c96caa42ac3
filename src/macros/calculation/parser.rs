//! Parses and evaluates in one go.

use super::{
    CalculationError, MAX_LENGTH, MAX_NESTING, Scope, Value, functions,
    lexer::{Kind, Piece, pieces},
    operators::{apply, factorial, number, strength, whole},
    parse_number,
};
use crate::macros::variables::{element, field};

pub(super) type Outcome = Result<Value, CalculationError>;

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
    pub(super) fn whole(&mut self) -> Outcome {
        let value = self.list()?;
        if self.peek().kind != Kind::End {
            return Err(self.unexpected("an operator or the end"));
        }
        if self.live && !value.numbers().iter().all(|number| number.is_finite()) {
            return Err(self.no_result("it is too large or undefined"));
        }
        Ok(value)
    }

    pub(super) fn peek(&self) -> Piece {
        self.pieces[self.at]
    }

    /// The piece behind the next one.
    pub(super) fn peek_further(&self) -> Piece {
        self.pieces[(self.at + 1).min(self.pieces.len() - 1)]
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

    fn deeper(&mut self) -> Result<(), CalculationError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.problem(format!("nested deeper than {MAX_NESTING}"), self.peek().start));
        }
        Ok(())
    }

    /// Expressions with commas between them, the weakest of all signs. Lists in a list are joined to it.
    pub(super) fn list(&mut self) -> Outcome {
        let first = self.expression()?;
        if self.peek().kind != Kind::Sign(",") {
            return Ok(first);
        }
        let mut numbers = first.numbers().to_vec();
        while self.take(",") {
            numbers.extend_from_slice(self.expression()?.numbers());
        }
        Ok(Value::list(numbers))
    }

    /// An expression with `? :`.
    pub(super) fn expression(&mut self) -> Outcome {
        self.deeper()?;
        let mut value = self.binary(1)?;
        if self.take("?") {
            let chosen = self.truth(&value)?;
            let first = self.branch(chosen)?;
            self.expect(":")?;
            let second = self.branch(!chosen)?;
            value = if chosen { first } else { second };
        }
        self.nesting -= 1;
        Ok(value)
    }

    /// An expression that must give one number.
    pub(super) fn single(&mut self) -> Result<f64, CalculationError> {
        let value = self.expression()?;
        self.only(&value)
    }

    fn only(&self, value: &Value) -> Result<f64, CalculationError> {
        value.number().ok_or_else(|| self.no_result(&format!("a list of {} numbers where one is needed", value.numbers().len())))
    }

    fn truth(&self, value: &Value) -> Result<bool, CalculationError> {
        Ok(self.only(value)? != 0.0)
    }

    fn branch(&mut self, taken: bool) -> Outcome {
        let live = self.live;
        self.live = live && taken;
        let value = self.expression();
        self.live = live;
        value
    }

    fn binary(&mut self, weakest: u8) -> Outcome {
        let mut left = self.power()?;
        loop {
            let Kind::Sign(sign) = self.peek().kind else {
                return Ok(left);
            };
            let Some(strength) = strength(sign).filter(|strength| *strength >= weakest) else {
                return Ok(left);
            };
            self.next();
            let decided = match sign {
                "&&" => !self.truth(&left)?,
                "||" => self.truth(&left)?,
                _ => false,
            };
            let live = self.live;
            self.live = live && !decided;
            let right = self.binary(strength + 1);
            self.live = live;
            left = self.apply(sign, &left, &right?)?;
        }
    }

    fn apply(&self, sign: &str, left: &Value, right: &Value) -> Outcome {
        if !self.live {
            return Ok(Value::from(0.0));
        }
        apply(sign, left, right).map_err(|problem| self.no_result(&problem))
    }

    /// Powers are weaker than the signs before a value, and are taken from the right: 2^3^2 is 512.
    fn power(&mut self) -> Outcome {
        let base = self.unary()?;
        if !self.take("^") {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.power()?;
        self.nesting -= 1;
        self.apply("^", &base, &exponent)
    }

    /// Signs before a value, the nearest one first.
    fn unary(&mut self) -> Outcome {
        let mut signs = Vec::new();
        while let Kind::Sign(sign @ ("-" | "+" | "!" | "√")) = self.peek().kind {
            signs.push(sign);
            self.next();
        }
        let mut value = self.postfix()?;
        for sign in signs.into_iter().rev() {
            value = match sign {
                "-" => value.map(|number| -number),
                "!" => value.map(|value| number(value == 0.0)),
                "√" => value.map(f64::sqrt),
                _ => value,
            };
        }
        Ok(value)
    }

    /// A value with the signs behind it.
    fn postfix(&mut self) -> Outcome {
        let mut value = self.primary()?;
        loop {
            if self.take("%") {
                value = value.map(|number| number / 100.0);
            } else if self.take("°") {
                value = value.map(f64::to_radians);
            } else if self.take("!") {
                if self.live && !value.numbers().iter().all(|number| factorial(*number).is_some()) {
                    return Err(self.no_result("a factorial is of a whole number from 0 to 170"));
                }
                value = value.map(|number| factorial(number).unwrap_or(0.0));
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Outcome {
        let piece = self.next();
        match piece.kind {
            Kind::Number(number) => Ok(number.into()),
            Kind::Sign("(") => {
                let value = self.list()?;
                self.expect(")")?;
                self.parts_of(value)
            }
            Kind::Name => self.name(piece),
            _ => Err(self.problem("a value expected", piece.start)),
        }
    }

    fn name(&mut self, piece: Piece) -> Outcome {
        let name = &self.text[piece.start..piece.end];
        if self.peek().kind == Kind::Sign("(") {
            self.next();
            let value = functions::call(self, name, piece)?;
            return self.parts_of(value);
        }
        if matches!(self.peek().kind, Kind::Sign("[") | Kind::Field) {
            // Elements are cut out of the text itself: not all of a list need be numbers.
            return self.part_of_variable(name);
        }
        if let Some(value) = functions::bare(self, name) {
            return value;
        }
        if !self.live {
            return Ok(Value::from(0.0));
        }
        Ok(match self.scope.variable(name)? {
            Some(text) => numbers_of(&text),
            None => functions::constant(name).unwrap_or(0.0).into(),
        })
    }

    fn part_of_variable(&mut self, name: &str) -> Outcome {
        let text = if self.live { self.scope.variable(name)?.unwrap_or_default() } else { String::new() };
        if let Some(part) = self.field()? {
            return Ok(field(&text, part).and_then(|text| parse_number(&text)).unwrap_or(0.0).into());
        }
        self.expect("[")?;
        let index = self.single()?;
        self.expect("]")?;
        Ok(parse_number(&element(&text, whole(index), ",")).unwrap_or(0.0).into())
    }

    /// Elements and fields of a value in brackets or of a function: `(1,2,3)[2]`.
    fn parts_of(&mut self, mut value: Value) -> Outcome {
        loop {
            if let Some(part) = self.field()? {
                value = field(&value.to_string(), part).and_then(|text| parse_number(&text)).unwrap_or(0.0).into();
            } else if self.take("[") {
                let index = whole(self.single()?);
                self.expect("]")?;
                value = parse_number(&element(&value.to_string(), index, ",")).unwrap_or(0.0).into();
            } else {
                return Ok(value);
            }
        }
    }

    /// The name behind a dot, when there is one.
    fn field(&mut self) -> Result<Option<&'a str>, CalculationError> {
        let piece = self.peek();
        if piece.kind != Kind::Field {
            return Ok(None);
        }
        self.next();
        let name = &self.text[piece.start + 1..piece.end];
        if crate::macros::desktop::Coordinate::named(name).is_none() {
            return Err(self.problem(format!("no field {name} (x, y, width, height, right, bottom, midx, midy)"), piece.start));
        }
        Ok(Some(name))
    }
}

/// A variable's text as numbers: one, a list with commas, or 0 when it is neither.
fn numbers_of(text: &str) -> Value {
    if let Some(number) = parse_number(text) {
        return number.into();
    }
    let numbers: Option<Vec<f64>> = text.split(',').map(parse_number).collect();
    Value::list(numbers.unwrap_or_default())
}

fn syntax(text: &str, problem: String, at: usize) -> CalculationError {
    let position = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    CalculationError::Syntax { expression: shortened(text), problem, position }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}
