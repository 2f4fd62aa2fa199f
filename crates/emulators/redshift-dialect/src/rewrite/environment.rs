//! The types of columns and expressions, as far as they can be told without running anything.

use std::collections::HashMap;

use polyglot_sql::expressions::{Expression, Literal, TableRef};
use polyglot_sql::traversal::ExpressionWalk;

use super::nodes::with_clause;
use super::types::type_of;
use crate::catalog::Catalog;
use redshift_types::RedshiftType;

/// The columns that a statement can name. Scopes are not told apart: a name which has two types has none here.
pub(super) struct Environment<'a> {
    pub(super) catalog: &'a dyn Catalog,
    /// By name alone.
    columns: HashMap<String, Option<RedshiftType>>,
    /// By table alias and name.
    qualified: HashMap<(String, String), Option<RedshiftType>>,
    /// The columns of the table that the statement changes, in order.
    pub(super) target: Vec<(String, RedshiftType)>,
}

impl<'a> Environment<'a> {
    /// Looks at every table, subquery and common table expression of a statement.
    pub(super) fn of(tree: &Expression, catalog: &'a dyn Catalog) -> Self {
        let mut environment = Self { catalog, columns: HashMap::new(), qualified: HashMap::new(), target: Vec::new() };
        match tree {
            Expression::Insert(insert) => environment.set_target(&insert.table),
            Expression::Update(update) => environment.set_target(&update.table),
            Expression::Delete(delete) => environment.set_target(&delete.table),
            Expression::Merge(merge) => {
                if let Expression::Table(table) = merge.this.as_ref() {
                    environment.set_target(table);
                }
            }
            _ => {}
        }
        let nodes: Vec<&Expression> = tree.dfs().collect();
        for node in &nodes {
            if let Expression::Table(table) = node {
                environment.add_table(table);
            }
        }
        // inner queries come later in this order, so from the last to the first
        for node in nodes.iter().rev() {
            if let Expression::Subquery(subquery) = node {
                let name = subquery.alias.as_ref().map(|alias| alias.name.clone());
                let names = subquery.column_aliases.iter().map(|column| column.name.clone()).collect();
                environment.add_query(name, &subquery.this, names);
            }
            if let Expression::Select(select) = node {
                environment.add_aliases(&select.expressions);
            }
            if let Some(with) = with_clause(node) {
                for cte in &with.ctes {
                    let names = cte.columns.iter().map(|column| column.name.clone()).collect();
                    environment.add_query(Some(cte.alias.name.clone()), &cte.this, names);
                }
            }
        }
        environment
    }

    fn set_target(&mut self, table: &TableRef) {
        let schema = table.schema.as_ref().map(|schema| schema.name.as_str());
        self.target = self.catalog.columns(schema, &table.name.name).unwrap_or_default();
        self.add_table(table);
    }

    fn add_table(&mut self, table: &TableRef) {
        let schema = table.schema.as_ref().map(|schema| schema.name.as_str());
        let alias = table.alias.as_ref().unwrap_or(&table.name).name.clone();
        for (name, data_type) in self.catalog.columns(schema, &table.name.name).unwrap_or_default() {
            self.add(Some(&alias), name, Some(data_type));
        }
    }

    fn add_query(&mut self, alias: Option<String>, query: &Expression, names: Vec<String>) {
        let Some(outputs) = outputs(query) else { return };
        for (position, output) in outputs.iter().enumerate() {
            let (own, value) = match output {
                Expression::Alias(named) => (Some(named.alias.name.clone()), &named.this),
                Expression::Column(column) => (Some(column.name.name.clone()), output),
                other => (None, other),
            };
            if let Some(name) = names.get(position).cloned().or(own) {
                let data_type = self.infer(value);
                self.add(alias.as_ref(), name, data_type);
            }
        }
    }

    /// Names of a select list, which its other expressions may use; a column of the same name goes first.
    fn add_aliases(&mut self, expressions: &[Expression]) {
        for expression in expressions {
            if let Expression::Alias(named) = expression
                && !self.columns.contains_key(&named.alias.name)
            {
                let data_type = self.infer(&named.this);
                self.columns.insert(named.alias.name.clone(), data_type);
            }
        }
    }

    fn add(&mut self, alias: Option<&String>, name: String, data_type: Option<RedshiftType>) {
        let merge = |known: &mut Option<RedshiftType>| {
            if *known != data_type {
                *known = None;
            }
        };
        if let Some(alias) = alias {
            self.qualified.entry((alias.clone(), name.clone())).and_modify(merge).or_insert(data_type);
        }
        self.columns.entry(name).and_modify(merge).or_insert(data_type);
    }

    /// The type of a column.
    pub(super) fn column(&self, table: Option<&str>, name: &str) -> Option<RedshiftType> {
        match table {
            Some(table) => *self.qualified.get(&(table.to_string(), name.to_string()))?,
            None => *self.columns.get(name)?,
        }
    }

    /// Whether a table of this name or alias has a column of that name.
    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.qualified.contains_key(&(table.to_string(), column.to_string()))
    }

    /// The type of an expression, before or after it was rewritten.
    pub(super) fn infer(&self, expression: &Expression) -> Option<RedshiftType> {
        match expression {
            Expression::Column(column) => {
                self.column(column.table.as_ref().map(|table| table.name.as_str()), &column.name.name)
            }
            Expression::Literal(literal) => literal_type(literal),
            Expression::Boolean(_) => Some(RedshiftType::Boolean),
            Expression::Cast(cast) | Expression::TryCast(cast) => type_of(&cast.to).ok(),
            Expression::Paren(paren) => self.infer(&paren.this),
            Expression::Alias(alias) => self.infer(&alias.this),
            Expression::Neg(unary) => self.infer(&unary.this),
            Expression::Add(pair) | Expression::Sub(pair) => self.sum(&pair.left, &pair.right),
            Expression::Mul(pair) | Expression::Div(pair) | Expression::Mod(pair) => {
                self.product(&pair.left, &pair.right)
            }
            Expression::Concat(pair) => match self.infer(&pair.left)? {
                bytes @ RedshiftType::Varbyte(_) => Some(bytes),
                _ => Some(RedshiftType::Varchar(65_535)),
            },
            Expression::Count(_) => Some(RedshiftType::BigInt),
            Expression::Min(aggregate) | Expression::Max(aggregate) => self.infer(&aggregate.this),
            Expression::Sum(aggregate) => match self.infer(&aggregate.this)? {
                RedshiftType::Decimal { scale, .. } => Some(RedshiftType::Decimal { precision: 38, scale }),
                RedshiftType::Real | RedshiftType::DoublePrecision => Some(RedshiftType::DoublePrecision),
                _ => Some(RedshiftType::BigInt),
            },
            Expression::WindowFunction(window) => self.infer(&window.this),
            Expression::Coalesce(list) => list.expressions.iter().find_map(|value| self.infer(value)),
            Expression::NullIf(pair) => self.infer(&pair.this),
            Expression::Case(case) => {
                case.whens.iter().map(|(_, value)| value).chain(&case.else_).find_map(|value| self.infer(value))
            }
            Expression::Subquery(subquery) => self.infer(outputs(&subquery.this)?.first()?),
            Expression::Function(function) => self.returned(&function.name, &function.args),
            _ => None,
        }
    }

    fn sum(&self, left: &Expression, right: &Expression) -> Option<RedshiftType> {
        use RedshiftType as T;
        let (left, right) = (self.infer(left)?, self.infer(right)?);
        match (left, right) {
            (T::Date, other) | (other, T::Date) if is_integer(other) => Some(T::Date),
            (T::Date, T::Date) => Some(T::BigInt),
            (T::Timestamp | T::TimestampTz, _) => Some(left),
            _ => numeric(left, right, |(p1, s1), (p2, s2)| {
                let scale = s1.max(s2);
                (scale + (p1 - s1.min(p1)).max(p2 - s2.min(p2)) + 1, scale)
            }),
        }
    }

    fn product(&self, left: &Expression, right: &Expression) -> Option<RedshiftType> {
        numeric(self.infer(left)?, self.infer(right)?, |(p1, s1), (p2, s2)| (p1 + p2, s1 + s2))
    }

    fn returned(&self, name: &str, arguments: &[Expression]) -> Option<RedshiftType> {
        use RedshiftType as T;
        let first = || arguments.first().and_then(|argument| self.infer(argument));
        Some(match name {
            "rsop_int2" => T::SmallInt,
            "rsop_int4" | "rs_charindex" | "rs_strpos" | "rs_position" | "rs_regexp_count" | "rs_regexp_instr" => {
                T::Integer
            }
            "rsop_int8" | "rs_datediff" | "rs_datediff_time" | "rs_len" | "rs_length" | "rs_strtol" | "rs_extract" => {
                T::BigInt
            }
            "rsop_bool" | "rsop_super_bool" => T::Boolean,
            "rsop_date" | "rs_to_date" | "rs_last_day" | "rs_next_day" | "rs_trunc_date" | "current_date" => T::Date,
            "rsop_timestamp"
            | "rs_getdate"
            | "rs_sysdate"
            | "rs_add_months"
            | "rs_convert_timezone"
            | "rsop_at_time_zone"
            | "rs_date_trunc" => T::Timestamp,
            "rs_dateadd" => match arguments.get(2).and_then(|value| self.infer(value)) {
                Some(kept @ (T::Time | T::TimeTz | T::TimestampTz)) => kept,
                _ => T::Timestamp,
            },
            "rsop_timestamptz" | "rs_to_timestamp" | "rsop_zone_of" => T::TimestampTz,
            "rsop_time" => T::Time,
            "rsop_timetz" => T::TimeTz,
            "rsop_char" => T::Char(4_096),
            "rsop_super" | "rs_json_parse" | "json_array" | "json_object" | "json_extract" | "rs_array_concat"
            | "rs_array_flatten" | "rs_subarray" | "rs_split_to_array" | "rs_array" | "rs_object" => T::Super,
            "rsop_varbyte"
            | "rsop_varbyte_int2"
            | "rsop_varbyte_int4"
            | "rsop_varbyte_int8"
            | "rs_from_hex"
            | "rs_to_varbyte"
            | "rs_json_serialize_to_varbyte"
            | "rs_concat_bytes"
            | "rs_substring_bytes"
            | "rsop_not"
            | "rsop_and"
            | "rsop_or" => T::Varbyte(64_000),
            "rs_concat" | "rs_substring" if matches!(first(), Some(T::Varbyte(_))) => T::Varbyte(64_000),
            "rsop_varchar"
            | "rs_btrim"
            | "rs_ltrim"
            | "rs_rtrim"
            | "rs_left"
            | "rs_right"
            | "rs_lower"
            | "rs_upper"
            | "rs_initcap"
            | "rs_lpad"
            | "rs_rpad"
            | "rs_repeat"
            | "rs_replace"
            | "rs_reverse"
            | "rs_split_part"
            | "rs_translate"
            | "rs_concat"
            | "rs_substring"
            | "rs_to_char"
            | "rs_regexp_substr"
            | "rs_regexp_replace"
            | "rs_md5"
            | "rs_json_serialize"
            | "rs_json_extract_path_text"
            | "rsop_json_path" => T::Varchar(65_535),
            _ => return None,
        })
    }
}

/// The select list of a query.
fn outputs(query: &Expression) -> Option<&Vec<Expression>> {
    match query {
        Expression::Select(select) => Some(&select.expressions),
        Expression::Union(union) => outputs(&union.left),
        Expression::Except(except) => outputs(&except.left),
        Expression::Intersect(intersect) => outputs(&intersect.left),
        Expression::Subquery(subquery) => outputs(&subquery.this),
        Expression::Paren(paren) => outputs(&paren.this),
        _ => None,
    }
}

fn literal_type(literal: &Literal) -> Option<RedshiftType> {
    match literal {
        Literal::Number(text) if text.contains(['e', 'E']) => Some(RedshiftType::DoublePrecision),
        Literal::Number(text) => match text.split_once('.') {
            Some((whole, fraction)) => Some(RedshiftType::Decimal {
                precision: u8::try_from(whole.trim_start_matches('0').len() + fraction.len()).ok()?.max(1),
                scale: u8::try_from(fraction.len()).ok()?,
            }),
            None => text
                .parse::<i64>()
                .ok()
                .map(|value| if i32::try_from(value).is_ok() { RedshiftType::Integer } else { RedshiftType::BigInt }),
        },
        Literal::Date(_) => Some(RedshiftType::Date),
        Literal::Time(_) => Some(RedshiftType::Time),
        Literal::Timestamp(_) | Literal::Datetime(_) => Some(RedshiftType::Timestamp),
        _ => None,
    }
}

/// Whether values are whole numbers.
pub(super) fn is_integer(data_type: RedshiftType) -> bool {
    matches!(data_type, RedshiftType::SmallInt | RedshiftType::Integer | RedshiftType::BigInt)
}

/// Precision and scale of a number; whole numbers are decimals without a fraction.
pub(super) fn digits(data_type: RedshiftType) -> Option<(u8, u8)> {
    match data_type {
        RedshiftType::SmallInt => Some((5, 0)),
        RedshiftType::Integer => Some((10, 0)),
        RedshiftType::BigInt => Some((19, 0)),
        RedshiftType::Decimal { precision, scale } => Some((precision, scale)),
        _ => None,
    }
}

/// The type of an operation on two whole numbers.
pub(super) fn wider(left: RedshiftType, right: RedshiftType) -> RedshiftType {
    match (left, right) {
        (RedshiftType::BigInt, _) | (_, RedshiftType::BigInt) => RedshiftType::BigInt,
        (RedshiftType::SmallInt, RedshiftType::SmallInt) => RedshiftType::SmallInt,
        _ => RedshiftType::Integer,
    }
}

type Digits = (u8, u8);

fn numeric(left: RedshiftType, right: RedshiftType, rule: impl Fn(Digits, Digits) -> Digits) -> Option<RedshiftType> {
    use RedshiftType as T;
    let floating = |data_type| matches!(data_type, T::Real | T::DoublePrecision);
    if floating(left) || floating(right) {
        return Some(T::DoublePrecision);
    }
    if is_integer(left) && is_integer(right) {
        return Some(wider(left, right));
    }
    let (precision, scale) = rule(digits(left)?, digits(right)?);
    Some(T::Decimal { precision: precision.min(38), scale: scale.min(37) })
}
