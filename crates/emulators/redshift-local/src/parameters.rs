//! `:name` parameters of ExecuteStatement and BatchExecuteStatement.

use std::collections::BTreeSet;

use crate::scan::{Kind, Token, tokens};

/// One parameter: a name and the text that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The names that `sql` uses.
pub(crate) fn names(sql: &str) -> BTreeSet<String> {
    let all = tokens(sql);
    (0..all.len()).filter_map(|at| name_at(sql, &all, at)).map(str::to_owned).collect()
}

/// `sql` with every `:name` replaced by its value as a text; the database casts it. Names without a value stay.
pub(crate) fn bind(sql: &str, parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return sql.to_owned();
    }
    let all = tokens(sql);
    let mut bound = String::with_capacity(sql.len());
    let mut at = 0;
    while at < all.len() {
        let value = name_at(sql, &all, at).and_then(|name| parameters.iter().find(|parameter| parameter.name == name));
        match value {
            Some(parameter) => {
                bound.push('\'');
                bound.push_str(&parameter.value.replace('\\', "\\\\").replace('\'', "''"));
                bound.push('\'');
                at += 2;
            }
            None => {
                bound.push_str(all[at].text(sql));
                at += 1;
            }
        }
    }
    bound
}

/// The parameter's name when the token at `at` is its colon. A colon inside brackets after a number or name is a slice, not a parameter.
fn name_at<'a>(sql: &'a str, all: &[Token], at: usize) -> Option<&'a str> {
    let (colon, word) = (&all[at], all.get(at + 1)?);
    let named = matches!(word.kind, Kind::Word | Kind::Number)
        && word.text(sql).chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (colon.kind == Kind::Symbol && colon.text(sql) == ":" && named).then(|| word.text(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_names_outside_texts_and_comments() {
        let parameters = [
            Parameter { name: "a".to_owned(), value: "it's".to_owned() },
            Parameter { name: "b_1".to_owned(), value: "7".to_owned() },
        ];
        let check = |sql: &str, expected: &str| assert_eq!(bind(sql, &parameters), expected, "{sql}");
        check("select :a, :b_1::smallint", "select 'it''s', '7'::smallint");
        check("select ':a' /* :a */ -- :a\n, x::a", "select ':a' /* :a */ -- :a\n, x::a");
        check("select :other", "select :other");
        assert_eq!(names("select :a, ':b', :c::int"), BTreeSet::from(["a".to_owned(), "c".to_owned()]));
    }
}
