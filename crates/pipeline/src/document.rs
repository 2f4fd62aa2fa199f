//! A `pipeline.toml` held against the schema of its types: everything that does not fit is reported with its place, and what fits
//! is retained, so that the rest can still be checked.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Collector, Text, nearest, similar};
use crate::settings::PipelineSettings;

/// The settings of a file and where each of its keys is.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) file: Text<'a>,
    pub(crate) settings: PipelineSettings,
    places: BTreeMap<String, usize>,
}

impl<'a> Document<'a> {
    /// Reads a file; `None` if it is not TOML, in which case nothing more can be checked.
    pub(crate) fn read(file: Text<'a>, out: &mut Collector) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(file.text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            out.add(&file, offset, format!("this is no TOML: {}", error.message()), None);
        }
        if !errors.is_empty() {
            return None;
        }
        let mut walk = Walk { file, out, places: BTreeMap::new() };
        let value = walk.table("", schema().as_value(), table.get_ref(), 0)?;
        let places = walk.places;
        match serde_json::from_value(value) {
            Ok(settings) => Some(Self { file, settings, places }),
            Err(error) => {
                out.add(&file, 0, error.to_string(), None);
                None
            }
        }
    }

    /// Whether the author wrote the key.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Where the value of the key is; where the table around it is when the key is not written.
    pub(crate) fn offset(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(offset) = self.places.get(path) {
                return *offset;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return 0,
            }
        }
    }

    /// Reports a problem of a key's value; of the whole file when the path is empty.
    pub(crate) fn problem(&self, out: &mut Collector, path: &str, message: impl Into<String>, help: Option<String>) {
        let key = Some(shown(path)).filter(|key| !key.is_empty());
        out.add_for_key(&self.file, self.offset(path), key, message, help);
    }
}

/// The schema of `pipeline.toml`, in one piece.
pub(crate) fn schema() -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<PipelineSettings>()
}

/// The path of a key in a table.
pub(crate) fn child(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The path of an item in a list.
pub(crate) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The path as a person writes it: the position already identifies the item of a list.
fn shown(path: &str) -> String {
    let mut shown = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(start) = rest.find('[') {
        let digits = rest[start + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = start + 1 + digits;
        if digits > 0 && rest[end..].starts_with(']') {
            shown.push_str(&rest[..start]);
            rest = &rest[end + 1..];
        } else {
            shown.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    shown + rest
}

/// A list of the names of an enum's values.
pub(crate) fn enum_values(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().filter_map(Value::as_str).collect());
    }
    let variants = schema.get("oneOf")?.as_array()?;
    Some(variants.iter().filter_map(|variant| variant.get("const").and_then(Value::as_str)).collect())
}

/// The type of a schema, without the `null` of a key that may be absent.
pub(crate) fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|n| *n != "null").unwrap_or_default(),
        _ => "",
    }
}

struct Walk<'a, 'o> {
    file: Text<'a>,
    out: &'o mut Collector,
    places: BTreeMap<String, usize>,
}

impl Walk<'_, '_> {
    /// The value as far as it fits the schema; `None` when it does not fit at all.
    fn value(&mut self, path: &str, schema: &Value, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let offset = value.span().start;
        self.places.insert(path.to_owned(), offset);
        let value = value.get_ref();
        if let Some(names) = enum_values(schema) {
            return self.name(path, &names, value, offset);
        }
        match (type_of(schema), value) {
            ("string", DeValue::String(text)) => Some(Value::from(text.as_ref())),
            ("boolean", DeValue::Boolean(truth)) => Some(Value::from(*truth)),
            ("integer", DeValue::Integer(number)) => self.number(path, number, offset),
            ("array", DeValue::Array(items)) => {
                let schema = schema.get("items")?;
                let items = items.iter().enumerate();
                Some(items.filter_map(|(index, value)| self.value(&item(path, index), schema, value)).collect())
            }
            ("object", DeValue::Table(table)) => self.table(path, schema, table, offset),
            (expected, _) => {
                let message = format!("expected {}, found {}", type_name(expected), found(value));
                self.report(path, offset, message, None);
                None
            }
        }
    }

    fn name(&mut self, path: &str, names: &[&str], value: &DeValue<'_>, offset: usize) -> Option<Value> {
        match value.as_str() {
            Some(text) if names.contains(&text) => Some(Value::from(text)),
            Some(text) => {
                let help = similar(text, names).map(|name| format!("did you mean \"{name}\"?"));
                self.report(path, offset, format!("\"{text}\" is not one of {}", names.join(", ")), help);
                None
            }
            None => {
                self.report(
                    path,
                    offset,
                    format!("expected one of {}, found {}", names.join(", "), found(value)),
                    None,
                );
                None
            }
        }
    }

    fn number(&mut self, path: &str, number: &toml::de::DeInteger<'_>, offset: usize) -> Option<Value> {
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(Value::from(number)),
            Err(_) => {
                let message = format!("expected a whole number from 0 to {}, found {number}", u64::MAX);
                self.report(path, offset, message, None);
                None
            }
        }
    }

    fn table(&mut self, path: &str, schema: &Value, table: &DeTable<'_>, offset: usize) -> Option<Value> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return self.named_values(path, schema.get("additionalProperties")?, table);
        };
        let mut valid = Map::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match properties.get(name) {
                Some(schema) => {
                    valid.extend(self.value(&child(path, name), schema, value).map(|v| (name.to_owned(), v)))
                }
                None => {
                    let help = nearest(name, properties.keys().map(String::as_str));
                    self.report(&child(path, name), key.span().start, format!("unknown key \"{name}\""), help);
                }
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !table.keys().any(|key| key.get_ref() == name) {
                let help = properties.get(name).and_then(|schema| schema.get("description")).and_then(Value::as_str);
                let help = help.map(|text| format!("its meaning: {}", first_sentence(text)));
                self.report(path, offset, format!("the key \"{name}\" is missing"), help);
            }
        }
        Some(Value::Object(valid))
    }

    /// A table whose keys the author chooses.
    fn named_values(&mut self, path: &str, schema: &Value, table: &DeTable<'_>) -> Option<Value> {
        let mut valid = Map::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            valid.extend(self.value(&child(path, name), schema, value).map(|value| (name.to_owned(), value)));
        }
        Some(Value::Object(valid))
    }

    fn report(&mut self, path: &str, offset: usize, message: String, help: Option<String>) {
        let key = Some(shown(path)).filter(|key| !key.is_empty());
        self.out.add_for_key(&self.file, offset, key, message, help);
    }
}

fn type_name(name: &str) -> &'static str {
    match name {
        "string" => "a text in quotes",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "array" => "a list in [ ]",
        _ => "a table of keys",
    }
}

fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{text}\""),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(truth) => format!("{truth}"),
        DeValue::Datetime(time) => format!("the date {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table of keys".to_owned(),
    }
}

/// The first sentence of a description, on one line, without its full stop.
pub(crate) fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").unwrap_or(line.len());
    line[..end].trim_end_matches('.').to_owned()
}
