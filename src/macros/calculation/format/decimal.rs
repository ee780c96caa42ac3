//! The digits of a number, rounded in decimal: 2.675 has a 5 at its end, whatever the nearest float is.

/// A number that is not negative, as digits: 0.d₁d₂d₃… times ten to the power of `point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Without zeros at either end; empty for 0.
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// The shortest digits that mean this float; its sign is left out.
    pub(super) fn of(number: f64) -> Self {
        let text = format!("{:e}", number.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The power of ten of the first digit.
    pub(super) fn exponent(&self) -> i32 {
        self.point - 1
    }

    /// The number times ten to a power.
    pub(super) fn shifted(&self, places: i32) -> Self {
        Self { digits: self.digits.clone(), point: self.point + places }.trimmed()
    }

    /// Rounded to so many digits behind the point, halves to the even digit.
    pub(super) fn rounded(&self, places: i32) -> Self {
        self.kept(self.point.saturating_add(places))
    }

    /// Rounded to so many digits in all.
    pub(super) fn rounded_to_digits(&self, count: i32) -> Self {
        self.kept(count)
    }

    /// The first digits, rounded by those that follow.
    fn kept(&self, count: i32) -> Self {
        let Ok(count) = usize::try_from(count) else {
            return Self { digits: Vec::new(), point: 0 };
        };
        let Some(next) = self.digits.get(count) else {
            return self.clone();
        };
        let mut digits = self.digits[..count].to_vec();
        let odd = digits.last().is_some_and(|digit| digit % 2 == 1);
        // No zero stands at the end, so anything behind a five is more than a half.
        let up = *next > 5 || (*next == 5 && (self.digits.len() > count + 1 || odd));
        let mut point = self.point;
        if up {
            let nines = digits.iter().rev().take_while(|digit| **digit == 9).count();
            digits.truncate(count - nines);
            if let Some(digit) = digits.last_mut() {
                *digit += 1;
            } else {
                digits.push(1);
                point += 1;
            }
        }
        Self { digits, point }.trimmed()
    }

    /// The digits before the point; none when there are none but zeros.
    pub(super) fn integer(&self) -> String {
        let count = usize::try_from(self.point).unwrap_or(0);
        let digits = self.digits.iter().copied().chain(std::iter::repeat(0));
        digits.take(count).map(|digit| char::from(b'0' + digit)).collect()
    }

    /// The digits behind the point, without zeros at the end.
    pub(super) fn fraction(&self) -> String {
        let zeros = usize::try_from(-self.point).unwrap_or(0);
        let skipped = usize::try_from(self.point).unwrap_or(0);
        let digits = self.digits.iter().skip(skipped).map(|digit| char::from(b'0' + digit));
        if skipped >= self.digits.len() { String::new() } else { std::iter::repeat_n('0', zeros).chain(digits).collect() }
    }
}
