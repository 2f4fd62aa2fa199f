//! Numbers and booleans as COPY reads them.

use super::failure::Rejection;

/// A whole number between `min` and `max`; `kind` is the name of its type in errors.
pub(super) fn integer(field: &[u8], min: i64, max: i64, kind: &'static str) -> Result<i64, Rejection> {
    let (start, digits) = digits(field);
    let negative = field.get(start.wrapping_sub(1)) == Some(&b'-');
    let mut value = 0_i64;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(invalid_digit(field, start + at, kind));
        }
        // Counted below zero, where there is room for the smallest number too.
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_sub(i64::from(digit)))
            .ok_or_else(|| overflow(digits, field, start, kind))?;
    }
    if digits.is_empty() {
        return Err(invalid_digit(field, start, kind));
    }
    let value = if negative { Some(value) } else { value.checked_neg() };
    value.filter(|value| (min..=max).contains(value)).ok_or_else(|| overflow(digits, field, start, kind))
}

/// A decimal as its digits without the point, at `scale`. What does not fit the scale is cut off, or rounded.
pub(super) fn decimal(field: &[u8], precision: u8, scale: u8, round: bool) -> Result<i128, Rejection> {
    const KIND: &str = "Decimal";
    let (start, digits) = digits(field);
    let negative = field.get(start.wrapping_sub(1)) == Some(&b'-');
    let too_large = || Rejection::new(1204, format!("Overflow for NUMERIC({precision},{scale})"));
    let (mut value, mut places, mut point, mut any, mut up) = (0_i128, 0_u8, false, false, false);
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if *byte == b'.' && !point {
            point = true;
            continue;
        }
        if digit > 9 {
            return Err(invalid_digit(field, start + at, KIND));
        }
        any = true;
        if point && places >= scale {
            up |= places == scale && digit >= 5;
            places = places.saturating_add(1);
            continue;
        }
        places += u8::from(point);
        value = value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit))).ok_or_else(too_large)?;
    }
    if !any {
        return Err(invalid_digit(field, start, KIND));
    }
    let missing = u32::from(scale.saturating_sub(places));
    value = value.checked_mul(10_i128.pow(missing)).ok_or_else(too_large)?;
    value += i128::from(up && round);
    if value >= 10_i128.pow(u32::from(precision)) {
        return Err(too_large());
    }
    Ok(if negative { -value } else { value })
}

/// A DOUBLE PRECISION.
pub(super) fn double(field: &[u8]) -> Result<f64, Rejection> {
    float(field, "Double", f64::is_infinite)
}

/// A REAL.
pub(super) fn real(field: &[u8]) -> Result<f32, Rejection> {
    float(field, "Float", f32::is_infinite)
}

fn float<F: std::str::FromStr + Copy>(
    field: &[u8],
    kind: &'static str,
    is_infinite: fn(F) -> bool,
) -> Result<F, Rejection> {
    let text = std::str::from_utf8(field).unwrap_or_default().trim();
    let Ok(value) = text.parse::<F>() else {
        let strange = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b' ');
        return Err(match field.iter().position(strange) {
            Some(at) => invalid_digit(field, at, kind),
            None => Rejection::new(1208, format!("Invalid value, Type: {kind}")),
        });
    };
    if is_infinite(value) && text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(Rejection::new(1204, format!("Overflow, Column type: {kind}")));
    }
    Ok(value)
}

/// A BOOLEAN: t, true, y, yes, 1 and their opposites in any case.
pub(super) fn boolean(field: &[u8]) -> Result<bool, Rejection> {
    let word = field.trim_ascii();
    let is = |words: [&[u8]; 5]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is([b"t", b"true", b"y", b"yes", b"1"]) {
        Ok(true)
    } else if is([b"f", b"false", b"n", b"no", b"0"]) {
        Ok(false)
    } else {
        Err(Rejection::new(1210, "Unknown boolean format"))
    }
}

/// The bytes after blanks and a sign, without blanks at the end, and where they start.
fn digits(field: &[u8]) -> (usize, &[u8]) {
    let blanks = field.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let sign = usize::from(matches!(field.get(blanks), Some(b'-' | b'+')));
    let start = blanks + sign;
    (start, field.get(start..).unwrap_or_default().trim_ascii_end())
}

#[cold]
fn invalid_digit(field: &[u8], at: usize, kind: &'static str) -> Rejection {
    let letter = match field.get(at..) {
        None | Some([]) => String::new(),
        Some(rest) => String::from_utf8_lossy(&rest[..rest.len().min(4)]).chars().take(1).collect(),
    };
    Rejection::new(1207, format!("Invalid digit, Value '{letter}', Pos {at}, Type: {kind}"))
}

/// A number that is too large, unless what follows its first digits is no digit at all.
#[cold]
fn overflow(digits: &[u8], field: &[u8], start: usize, kind: &'static str) -> Rejection {
    match digits.iter().position(|byte| !byte.is_ascii_digit()) {
        Some(at) => invalid_digit(field, start + at, kind),
        None => Rejection::new(1222, format!("Overflow, Column type: {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal, double, integer};

    fn check_integer(field: &str, expected: &str) {
        let shown = match integer(field.as_bytes(), i32::MIN.into(), i32::MAX.into(), "Integer") {
            Ok(value) => value.to_string(),
            Err(rejection) => format!("{} {}", rejection.code, rejection.message),
        };
        assert_eq!(shown, expected, "{field}");
    }

    #[test]
    fn integers() {
        check_integer("0", "0");
        check_integer("+12", "12");
        check_integer(" -2147483648 ", "-2147483648");
        check_integer("2147483648", "1222 Overflow, Column type: Integer");
        check_integer("99999999999999999999", "1222 Overflow, Column type: Integer");
        check_integer("99999999999999999999x", "1207 Invalid digit, Value 'x', Pos 20, Type: Integer");
        check_integer("a", "1207 Invalid digit, Value 'a', Pos 0, Type: Integer");
        check_integer("1.5", "1207 Invalid digit, Value '.', Pos 1, Type: Integer");
        check_integer("1é", "1207 Invalid digit, Value 'é', Pos 1, Type: Integer");
        check_integer("-", "1207 Invalid digit, Value '', Pos 1, Type: Integer");
        assert_eq!(integer(b"-9223372036854775808", i64::MIN, i64::MAX, "Long"), Ok(i64::MIN));
    }

    fn check_decimal(field: &str, round: bool, expected: &str) {
        let shown = match decimal(field.as_bytes(), 8, 2, round) {
            Ok(value) => value.to_string(),
            Err(rejection) => format!("{} {}", rejection.code, rejection.message),
        };
        assert_eq!(shown, expected, "{field}");
    }

    #[test]
    fn decimals_are_cut_unless_they_are_rounded() {
        check_decimal("20.259", false, "2025");
        check_decimal("20.259", true, "2026");
        check_decimal("-20.255", true, "-2026");
        check_decimal("20.2549", true, "2025");
        check_decimal("1", false, "100");
        check_decimal(".5", false, "50");
        check_decimal("5.", false, "500");
        check_decimal("999999.99", false, "99999999");
        check_decimal("999999.995", true, "1204 Overflow for NUMERIC(8,2)");
        check_decimal("1000000", false, "1204 Overflow for NUMERIC(8,2)");
        check_decimal("1e3", false, "1207 Invalid digit, Value 'e', Pos 1, Type: Decimal");
        check_decimal("1.2.3", false, "1207 Invalid digit, Value '.', Pos 3, Type: Decimal");
        check_decimal(".", false, "1207 Invalid digit, Value '.', Pos 0, Type: Decimal");
    }

    #[test]
    fn floats() {
        assert_eq!(double(b" 1.5e3 "), Ok(1500.0));
        assert_eq!(double(b"1e999").unwrap_err().message, "Overflow, Column type: Double");
        assert_eq!(double(b"1,5").unwrap_err().message, "Invalid digit, Value ',', Pos 1, Type: Double");
        assert_eq!(double(b"1-2").unwrap_err().code, 1208);
        assert!(double(b"NaN").unwrap().is_nan());
    }
}
