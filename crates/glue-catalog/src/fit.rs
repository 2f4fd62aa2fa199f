//! Whether a file's type can be read as a column's type.
//!
//! Athena user guide, "Types of schema updates": in partitioned tables tinyint, smallint, int and bigint widen in this order, and float
//! to double.

/// How a file's type fits a column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The column can be read from the file.
    Fits,
    /// It could be, if the column had the file's type; which also reads the files that fit now.
    Widens,
    /// No type reads both.
    Differs,
}

/// How `file` fits a column of the type `column`. Both are types of Hive, in any case and with any blanks.
pub fn fit(column: &str, file: &str) -> Fit {
    let (column, file) = (normal(column), normal(file));
    if column == file || (file == "string" && is_bounded_text(&column)) {
        return Fit::Fits;
    }
    let place = |name: &str| {
        let families: [&[&str]; 2] = [&["tinyint", "smallint", "int", "bigint"], &["float", "double"]];
        families
            .iter()
            .enumerate()
            .find_map(|(family, names)| names.iter().position(|other| *other == name).map(|width| (family, width)))
    };
    match (place(&column), place(&file)) {
        (Some((left, column)), Some((right, file))) if left == right && file < column => Fit::Fits,
        (Some((left, _)), Some((right, _))) if left == right => Fit::Widens,
        _ => Fit::Differs,
    }
}

/// Lower case without blanks, and one of several names of the same type.
fn normal(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    match name.to_ascii_lowercase().as_str() {
        "integer" => "int".to_owned(),
        "real" => "float".to_owned(),
        other => other.to_owned(),
    }
}

/// Somebody gave the texts a length; they are read from the same bytes.
fn is_bounded_text(name: &str) -> bool {
    name.starts_with("varchar(") || name.starts_with("char(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_fit_or_widen_or_differ() {
        let check =
            |column: &str, file: &str, expected: Fit| assert_eq!(fit(column, file), expected, "{column} {file}");
        check("bigint", "bigint", Fit::Fits);
        check("bigint", "int", Fit::Fits);
        check("bigint", "tinyint", Fit::Fits);
        check("INTEGER", "smallint", Fit::Fits);
        check("double", "float", Fit::Fits);
        check("array< int >", "array<int>", Fit::Fits);
        check("varchar(20)", "string", Fit::Fits);
        check("int", "bigint", Fit::Widens);
        check("tinyint", "smallint", Fit::Widens);
        check("real", "double", Fit::Widens);
        check("bigint", "double", Fit::Differs);
        check("string", "bigint", Fit::Differs);
        check("bigint", "string", Fit::Differs);
        check("decimal(10,2)", "decimal(12,2)", Fit::Differs);
        check("array<int>", "array<bigint>", Fit::Differs);
        check("varchar(20)", "bigint", Fit::Differs);
    }
}
