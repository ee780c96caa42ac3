use std::collections::HashMap;

use proptest::prelude::*;

use super::{super::host::HostError, CalculationError, Scope, calculate, check, evaluate};

#[derive(Default)]
struct Fixed(HashMap<String, String>);

impl Scope for Fixed {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok(self.0.get(&name.to_lowercase()).cloned())
    }

    fn now(&mut self) -> jiff::Zoned {
        "2024-03-05T14:07:09[UTC]".parse().expect("a time")
    }

    fn random(&mut self) -> f64 {
        0.5
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(7)
    }
}

fn scope() -> Fixed {
    let pairs = [
        ("old version number", "41"),
        ("size", "10,20,30"),
        ("text", "two words\nand lines"),
        ("sum", "1 + 2"),
        ("loop", "CALCULATE(loop) + 1"),
    ];
    Fixed(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

#[test]
fn calculates() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-2^2", "4"),
        ("2^3^2", "512"),
        ("2^-1", "0.5"),
        ("7 MOD 4", "3"),
        ("10 / 4", "2.5"),
        ("1/3", "0.3333333333"),
        ("0.1 + 0.2", "0.3"),
        ("0.1 + 0.2 = 0.3", "1"),
        ("1 < 2 && 2 ≥ 2 && 3 ≠ 4", "1"),
        ("1 > 2 || 0", "0"),
        ("NOT 0 AND 1 OR 0", "1"),
        ("!5", "0"),
        ("!-5", "0"),
        ("6 & 3", "2"),
        ("HOUR()≥7 & HOUR()≤18", "1"),
        ("1 ? 2 : 3", "2"),
        ("0 ? 1/0 : 0 ? 4 : 5", "5"),
        ("1 || 1/0", "1"),
        ("200*50%", "100"),
        (".05", "0.05"),
        ("1e3", "1000"),
        ("0xff + 0b101", "260"),
        ("Old Version Number + 1", "42"),
        ("nobody knows", "0"),
        ("Size[2] + size[-1]", "50"),
        ("Size[0]", "3"),
        ("MIN(3,1,2) + MAX(3,1,2)", "4"),
        ("ROUND(2.5) + TRUNC(-1.5) + FLOOR(-1.5) + CEIL(1.2)", "2"),
        ("SQRT(16) + ABS(-1) + POW(2, 3)", "13"),
        ("LOG(1000) + LN(EXP(2))", "5"),
        ("RANDOM(10)", "5"),
        ("RAND(10)", "5"),
        ("RANDOM(1, 6)", "3.5"),
        ("RAND(1, 6)", "4"),
        ("RAND() + RANDOM()", "1"),
        ("NOW() = TIME(2024,3,5,14,7,9)", "1"),
        ("YEAR() * 10000 + MONTH() * 100 + DAY()", "20240305"),
        ("DOW()", "3"),
        ("HOUR(0) + MINUTE(60) + SECOND(61)", "2"),
        ("CHARACTERS(it's #1 (really))", "16"),
        ("WORDS(two words) + LINES(a)", "3"),
        ("HEX(FF) + OCT(17) + BIN(101) + HEX(1F)", "306"),
        ("CALCULATE(Sum)", "3"),
        ("Size", "10,20,30"),
        ("Size * 2 + (1,2,3)", "21,42,63"),
        ("Size.y + Size.width", "50"),
        ("(1,2,3,4).bottom", "6"),
        ("MAX(Size)", "30"),
        ("CLIPBOARDSEED()", "7"),
    ];
    for (expression, expected) in cases {
        let result = evaluate(expression, &mut scope()).map(|value| value.to_string());
        assert_eq!(result.as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn refuses_what_has_no_result() {
    let cases = [
        ("", "a value expected at character 1"),
        ("1 +", "a value expected at character 4"),
        ("(1", ") expected"),
        ("1 2", "an operator or the end expected at character 3"),
        ("1/0", "division by zero"),
        ("10^400", "too large"),
        ("SQRT(-1)", "too large or undefined"),
        ("min(1)", "capitals, MIN"),
        ("NOPE(1)", "no function NOPE"),
        ("MIN()", "takes 1 to 10000 values"),
        ("FLOOR(SCREENVISIBLE(Front,Width)*50%)", "SCREENVISIBLE needs macOS, or a desktop"),
        ("SCREENCOUNT > 1", "SCREENCOUNT needs macOS"),
        ("CALCULATE(loop)", "too often"),
        ("#", "means nothing"),
        ("(1,2) + (1,2,3)", "2 and 3 numbers"),
        ("(1,2) ? 3 : 4", "a list of 2 numbers where one is needed"),
        ("1, 2", "the list 1,2 where one number is needed"),
        ("3.5!", "factorial"),
        ("Size.depth", "no field depth"),
        ("BATTERY()", "BATTERY needs macOS"),
    ];
    for (expression, expected) in cases {
        let error = calculate(expression, &mut scope()).expect_err(expression).to_string();
        assert!(error.contains(expected), "{expression}: {error}");
    }
}

#[test]
fn checks_without_calculating() {
    assert_eq!(check("1/0 + unset", None), Ok(()));
    assert_eq!(check("0 ? WINDOW(0,Width) : 1", None), Err(CalculationError::NeedsDesktop("WINDOW")));
}

#[test]
fn deep_nesting_is_an_error_and_long_sums_are_not() {
    for deep in ["(", "-(", "2^", "1?", "CALCULATE("] {
        assert!(calculate(&deep.repeat(20_000), &mut scope()).is_err(), "{deep}");
    }
    let minus = format!("{}1", "-".repeat(60_000));
    assert_eq!(calculate(&minus, &mut scope()), Ok(1.0));
    let sum = format!("1{}", "+1".repeat(30_000));
    assert_eq!(calculate(&sum, &mut scope()), Ok(30_001.0));
}

/// An expression whose value is known, written with the brackets that precedence asks for and no others.
#[derive(Debug, Clone)]
enum Tree {
    Number(u32),
    Minus(Box<Tree>),
    Two(&'static str, u8, Box<Tree>, Box<Tree>),
    Choice(Box<Tree>, Box<Tree>, Box<Tree>),
}

impl Tree {
    fn print(&self, weakest: u8) -> String {
        let (text, strength) = match self {
            Self::Number(number) => (number.to_string(), 9),
            Self::Minus(inner) => (format!("-{}", inner.print(9)), 8),
            Self::Two(sign, strength, left, right) => {
                (format!("{} {sign} {}", left.print(*strength), right.print(strength + 1)), *strength)
            }
            Self::Choice(test, yes, no) => (format!("{} ? {} : {}", test.print(1), yes.print(0), no.print(0)), 0),
        };
        if strength < weakest { format!("({text})") } else { text }
    }

    fn value(&self) -> f64 {
        let truth = |value: bool| f64::from(u8::from(value));
        match self {
            Self::Number(number) => f64::from(*number),
            Self::Minus(inner) => -inner.value(),
            Self::Choice(test, yes, no) => {
                if test.value() == 0.0 {
                    no.value()
                } else {
                    yes.value()
                }
            }
            Self::Two(sign, _, left, right) => {
                let (left, right) = (left.value(), right.value());
                match *sign {
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    "<" => truth(left < right),
                    "≥" => truth(left >= right),
                    "≠" => truth((left - right).abs() > 0.5),
                    "&&" => truth(left != 0.0 && right != 0.0),
                    _ => truth(left != 0.0 || right != 0.0),
                }
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let signs = [("||", 1), ("&&", 2), ("<", 4), ("≥", 4), ("≠", 4), ("+", 6), ("-", 6), ("*", 7)];
    (0_u32..1000).prop_map(Tree::Number).prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Tree::Minus(Box::new(inner))),
            (prop::sample::select(signs.to_vec()), inner.clone(), inner.clone())
                .prop_map(|((sign, strength), left, right)| Tree::Two(sign, strength, Box::new(left), Box::new(right))),
            (inner.clone(), inner.clone(), inner).prop_map(|(test, yes, no)| Tree::Choice(
                Box::new(test),
                Box::new(yes),
                Box::new(no)
            )),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(expression in "\\PC{0,60}") {
        let _ = calculate(&expression, &mut scope());
    }

    #[test]
    fn never_panics_on_expression_like_text(expression in "[-0-9+*/^()\\[\\]?:,.%! A-Za-z=<>&|]{0,60}") {
        let _ = calculate(&expression, &mut scope());
    }

    #[test]
    fn sums_agree_with_rust(left in -100_000_i32..100_000, right in -100_000_i32..100_000) {
        let result = calculate(&format!("({left}) + ({right}) * 2"), &mut scope());
        prop_assert_eq!(result, Ok(f64::from(left) + f64::from(right) * 2.0));
    }

    #[test]
    fn what_is_printed_is_calculated(tree in tree()) {
        let text = tree.print(0);
        let value = calculate(&text, &mut scope()).expect("a number");
        prop_assert!((value - tree.value()).abs() <= 1e-6 * tree.value().abs(), "{} is {}", text, value);
    }

    #[test]
    fn arithmetic_has_its_laws(a in -1e6_f64..1e6, b in -1e6_f64..1e6, c in 1_i32..50) {
        let value = |text: String| evaluate(&text, &mut scope()).expect("a value");
        prop_assert_eq!(value(format!("({a}) + ({b})")), value(format!("({b}) + ({a})")));
        prop_assert_eq!(value(format!("({a}) * ({b})")), value(format!("({b}) * ({a})")));
        prop_assert_eq!(value(format!("({a}) - ({b}) = -(({b}) - ({a}))")).number(), Some(1.0));
        prop_assert_eq!(value(format!("TRUNC({a}) + FRACT({a}) = ({a})")).number(), Some(1.0));
        prop_assert_eq!(value(format!("({c} << 3) >> 3")).number(), Some(f64::from(c)));
        prop_assert_eq!(value(format!("{c}! / ({c} - 1)! = {c}")).number(), Some(1.0));
        prop_assert_eq!(value(format!("({c},{c} + 1)[2]")).number(), Some(f64::from(c + 1)));
        prop_assert_eq!(value(format!("MIN({a},{b}) + MAX({a},{b}) = ({a}) + ({b})")).number(), Some(1.0));
    }

    #[test]
    fn a_check_passes_what_can_be_calculated(expression in "[-0-9+*/^()?:,.%! A-Za-z=<>&|]{0,40}") {
        if calculate(&expression, &mut scope()).is_ok() {
            prop_assert_eq!(check(&expression, None), Ok(()));
        }
    }
}
