//! Which columns of the table take the fields.

use redshift_types::TargetColumn;

use super::command::CopyCommand;
use super::failure::CopyFailure;

/// The columns that take the fields, in the order of the fields.
///
/// Without a column list these are all columns but the identity ones, and those too with EXPLICIT_IDS.
///
/// # Errors
/// A list that names what the table has not, names a column twice, or leaves out one that needs a value.
pub fn field_columns(command: &CopyCommand, target: &[TargetColumn]) -> Result<Vec<TargetColumn>, CopyFailure> {
    let explicit = command.options.explicit_ids;
    let Some(list) = &command.columns else {
        return Ok(target.iter().filter(|column| explicit || !column.identity).cloned().collect());
    };
    let mut columns: Vec<TargetColumn> = Vec::with_capacity(list.len());
    for name in list {
        let Some(column) = target.iter().find(|column| column.name == *name) else {
            let message = format!("column \"{name}\" of relation \"{}\" does not exist", command.table);
            return Err(CopyFailure::of(message));
        };
        if columns.contains(column) {
            return Err(CopyFailure::of(format!("column \"{name}\" specified more than once")));
        }
        if column.identity && !explicit {
            let message = format!("cannot load the identity column \"{name}\": add EXPLICIT_IDS, or leave it out");
            return Err(CopyFailure::of(message));
        }
        columns.push(column.clone());
    }
    for column in target.iter().filter(|column| !columns.contains(column)) {
        if column.identity && explicit {
            let message = format!("EXPLICIT_IDS needs the identity column \"{}\" in the column list", column.name);
            return Err(CopyFailure::of(message));
        }
        if column.not_null && column.default.is_none() && !column.identity {
            let message = format!(
                "Cannot insert a NULL value into column {}: it is NOT NULL, has no default and is not in the column list",
                column.name
            );
            return Err(CopyFailure::of(message));
        }
    }
    Ok(columns)
}
