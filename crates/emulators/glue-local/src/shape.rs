//! The structures of the API: which members they have, and how long those may be.
//!
//! From the Glue API reference, "Table API", "Partition API" and "Database API". Lengths are characters.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// What a member may hold.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A text of so many characters at least and at most.
    Text { least: usize, most: usize },
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// Anything: structures that are kept and not looked at.
    Any,
    /// A list.
    List(&'static Shape),
    /// Texts by name.
    Texts { most: usize },
    /// A structure of these members.
    Structure(&'static [(&'static str, Shape)]),
}

const NAME: Shape = Shape::Text { least: 1, most: 255 };
const DESCRIPTION: Shape = Shape::Text { least: 0, most: 2_048 };
const PARAMETERS: Shape = Shape::Texts { most: 512_000 };
const LONG_TEXT: Shape = Shape::Text { least: 0, most: 409_600 };

const COLUMN: Shape = Shape::Structure(&[
    ("Name", NAME),
    ("Type", Shape::Text { least: 0, most: 131_072 }),
    ("Comment", Shape::Text { least: 0, most: 255 }),
    ("Parameters", PARAMETERS),
]);

const STORAGE_DESCRIPTOR: Shape = Shape::Structure(&[
    ("Columns", Shape::List(&COLUMN)),
    ("Location", Shape::Text { least: 0, most: 2_056 }),
    ("AdditionalLocations", Shape::List(&Shape::Text { least: 0, most: 2_056 })),
    ("InputFormat", Shape::Text { least: 0, most: 128 }),
    ("OutputFormat", Shape::Text { least: 0, most: 128 }),
    ("Compressed", Shape::Boolean),
    ("NumberOfBuckets", Shape::Number),
    ("SerdeInfo", Shape::Structure(&[("Name", NAME), ("SerializationLibrary", NAME), ("Parameters", PARAMETERS)])),
    ("BucketColumns", Shape::List(&NAME)),
    ("SortColumns", Shape::List(&Shape::Structure(&[("Column", NAME), ("SortOrder", Shape::Number)]))),
    ("Parameters", PARAMETERS),
    ("SkewedInfo", Shape::Any),
    ("StoredAsSubDirectories", Shape::Boolean),
    ("SchemaReference", Shape::Any),
]);

/// `DatabaseInput`.
pub(crate) const DATABASE_INPUT: Shape = Shape::Structure(&[
    ("Name", NAME),
    ("Description", DESCRIPTION),
    ("LocationUri", Shape::Text { least: 1, most: 1_024 }),
    ("Parameters", PARAMETERS),
    ("CreateTableDefaultPermissions", Shape::Any),
    ("TargetDatabase", Shape::Any),
    ("FederatedDatabase", Shape::Any),
]);

/// `TableInput`: what `GetTable` answers has more members, which are not taken back.
pub(crate) const TABLE_INPUT: Shape = Shape::Structure(&[
    ("Name", NAME),
    ("Description", DESCRIPTION),
    ("Owner", NAME),
    ("LastAccessTime", Shape::Number),
    ("LastAnalyzedTime", Shape::Number),
    ("Retention", Shape::Number),
    ("StorageDescriptor", STORAGE_DESCRIPTOR),
    ("PartitionKeys", Shape::List(&COLUMN)),
    ("ViewOriginalText", LONG_TEXT),
    ("ViewExpandedText", LONG_TEXT),
    ("TableType", Shape::Text { least: 0, most: 255 }),
    ("Parameters", PARAMETERS),
    ("TargetTable", Shape::Any),
    ("FederatedTable", Shape::Any),
    ("ViewDefinition", Shape::Any),
]);

/// `PartitionInput`.
pub(crate) const PARTITION_INPUT: Shape = Shape::Structure(&[
    ("Values", VALUES),
    ("LastAccessTime", Shape::Number),
    ("StorageDescriptor", STORAGE_DESCRIPTOR),
    ("Parameters", PARAMETERS),
    ("LastAnalyzedTime", Shape::Number),
]);

/// The values of a partition's keys.
pub(crate) const VALUES: Shape = Shape::List(&Shape::Text { least: 0, most: 1_024 });

impl Shape {
    /// What of a value is taken: members that the structure has and that are not null.
    pub(crate) fn accept(&self, path: &str, value: &Value) -> Result<Value, Refusal> {
        match (self, value) {
            (Self::Any, _) | (Self::Number, Value::Number(_)) | (Self::Boolean, Value::Bool(_)) => Ok(value.clone()),
            (Self::Text { least, most }, Value::String(text)) => {
                limited(path, text, *least, *most)?;
                Ok(value.clone())
            }
            (Self::List(shape), Value::Array(items)) => {
                let taken =
                    (1..).zip(items).map(|(number, item)| shape.accept(&format!("{path}.{number}.member"), item));
                taken.collect()
            }
            (Self::Texts { most }, Value::Object(texts)) => {
                for (name, text) in texts {
                    let path = format!("{path}.{name}");
                    limited(&path, name, 1, 255)?;
                    let text = text.as_str().ok_or_else(|| unreadable(&path, "a text", text))?;
                    limited(&path, text, 0, *most)?;
                }
                Ok(value.clone())
            }
            (Self::Structure(members), Value::Object(given)) => {
                let mut taken = Object::new();
                for (name, shape) in *members {
                    if let Some(value) = given.get(*name).filter(|value| !value.is_null()) {
                        taken.insert((*name).to_owned(), shape.accept(&format!("{path}.{}", camel(name)), value)?);
                    }
                }
                Ok(Value::Object(taken))
            }
            _ => Err(unreadable(path, self.name(), value)),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "a text",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Any => "anything",
            Self::List(_) => "a list",
            Self::Texts { .. } | Self::Structure(_) => "an object",
        }
    }
}

/// A member's name as Glue's messages write it.
pub(crate) fn camel(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// A constraint that is not met, in the words of AWS's services.
pub(crate) fn constraint(path: &str, rule: &str) -> Refusal {
    Refusal::invalid(format!("1 validation error detected: Value at '{path}' failed to satisfy constraint: {rule}"))
}

fn limited(path: &str, text: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length < least {
        return Err(constraint(path, &format!("Member must have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(constraint(path, &format!("Member must have length less than or equal to {most}")));
    }
    Ok(())
}

fn unreadable(path: &str, expected: &str, value: &Value) -> Refusal {
    let start: String = value.to_string().chars().take(40).collect();
    Refusal::new("SerializationException", format!("{path} must be {expected}, and it is {start}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(input: Value) -> String {
        let refusal = TABLE_INPUT.accept("tableInput", &input).unwrap_err();
        format!("{}: {}", refusal.code, refusal.message)
    }

    #[test]
    fn members_of_the_answer_are_ignored_and_wrong_ones_refused() {
        let input = json!({ "Name": "t", "DatabaseName": "d", "CreateTime": 1.5, "VersionId": "3", "Owner": null,
            "StorageDescriptor": { "Columns": [{ "Name": "a", "Type": "int", "Extra": 1 }], "More": {} } });
        assert_eq!(
            TABLE_INPUT.accept("tableInput", &input).unwrap(),
            json!({ "Name": "t", "StorageDescriptor": { "Columns": [{ "Name": "a", "Type": "int" }] } })
        );
        insta::assert_snapshot!(
            refused(json!({ "Name": "t", "StorageDescriptor": { "Location": "x".repeat(2_057) } })),
            @"InvalidInputException: 1 validation error detected: Value at 'tableInput.storageDescriptor.location' failed to satisfy constraint: Member must have length less than or equal to 2056"
        );
        insta::assert_snapshot!(
            refused(json!({ "Name": "t", "PartitionKeys": "dt" })),
            @r#"SerializationException: tableInput.partitionKeys must be a list, and it is "dt""#
        );
        insta::assert_snapshot!(
            refused(json!({ "Name": "t", "Parameters": { "a": 1 } })),
            @"SerializationException: tableInput.parameters.a must be a text, and it is 1"
        );
    }
}
