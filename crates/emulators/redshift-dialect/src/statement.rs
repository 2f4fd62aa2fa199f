//! What a statement is, beside the SQL that runs it.

use redshift_types::{RedshiftType, TargetColumn};

/// A table, view or other relation that a statement names. Names are folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The schema, when the statement states one.
    pub schema: Option<String>,
    /// The relation's own name.
    pub name: String,
}

impl Relation {
    /// A relation that is found through the search path.
    pub fn unqualified(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A relation in a schema.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }
}

impl std::fmt::Display for Relation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A statement that was understood: what it does and the DuckDB statements that do it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What the statement does, with what the engine around DuckDB must know to do it.
    pub kind: StatementKind,
    /// DuckDB statements to run in order; empty where the engine acts itself (COPY, LOCK, SET ...).
    /// The result and the row count are those of the last one.
    pub sql: Vec<String>,
    /// Relations that the statement reads, sorted, without common table expressions.
    pub reads: Vec<Relation>,
    /// Relations that the statement changes, creates or drops, sorted.
    pub writes: Vec<Relation>,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `SELECT`, `WITH`, `VALUES`-free set operations: has a result set.
    Query,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// `CREATE TABLE` with columns or `LIKE`.
    CreateTable(CreateTable),
    /// `CREATE TABLE ... AS` and `SELECT ... INTO`.
    CreateTableAs {
        /// Whether the table lives as long as the session.
        temporary: bool,
    },
    /// `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.
    CreateView {
        /// `OR REPLACE` was given.
        or_replace: bool,
        /// `WITH NO SCHEMA BINDING`: names are resolved when the view is read.
        late_binding: bool,
        /// The view's defining query as it was written.
        query: String,
        /// The relations that the query reads; a late binding view must name their schemas.
        relations: Vec<Relation>,
    },
    /// `ALTER TABLE ... ADD COLUMN`.
    AlterAddColumn(TargetColumn),
    /// `ALTER TABLE ... DROP COLUMN`.
    AlterDropColumn {
        /// The column to drop.
        column: String,
    },
    /// `ALTER TABLE ... RENAME TO`.
    AlterRename {
        /// The new name, in the same schema.
        to: String,
    },
    /// `ALTER TABLE ... RENAME COLUMN`.
    AlterRenameColumn {
        /// The column's old name.
        from: String,
        /// The column's new name.
        to: String,
    },
    /// `ALTER TABLE ... ALTER COLUMN ... TYPE`: VARCHAR sizes only; not inside a transaction.
    AlterColumnType {
        /// The column.
        column: String,
        /// Its new type.
        data_type: RedshiftType,
    },
    /// `ALTER TABLE` forms which only concern storage, ownership or informational keys: accepted, without effect.
    AlterStorage,
    /// `ALTER TABLE ... APPEND FROM`: commits, not inside a transaction.
    AlterAppend(AlterAppend),
    /// `DROP TABLE|VIEW|SCHEMA ...`.
    Drop {
        /// What is dropped.
        object: ObjectKind,
        /// `IF EXISTS` was given.
        if_exists: bool,
        /// `CASCADE` was given.
        cascade: bool,
    },
    /// `CREATE SCHEMA`.
    CreateSchema {
        /// The schema's name.
        name: String,
        /// `IF NOT EXISTS` was given.
        if_not_exists: bool,
    },
    /// `TRUNCATE`: commits the transaction around it.
    Truncate,
    /// `LOCK`: takes the tables of `writes`, in the order they are written.
    Lock {
        /// The tables in the order they are written.
        tables: Vec<Relation>,
    },
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `COPY`: parsed elsewhere, from the text.
    Copy,
    /// `UNLOAD`: parsed elsewhere, from the text.
    Unload,
    /// `SET name TO value`, `SET name = value`.
    Set {
        /// The parameter, lower case.
        name: String,
        /// The value without quotes; lists are separated by `, `; `None` for `DEFAULT`.
        value: Option<String>,
    },
    /// `RESET name`, `RESET ALL`.
    Reset {
        /// The parameter, or `None` for all.
        name: Option<String>,
    },
    /// `SHOW name`.
    Show {
        /// The parameter, lower case, or `all`.
        name: String,
    },
    /// `EXPLAIN`.
    Explain,
    /// `VACUUM`: commits, not inside a transaction.
    Vacuum,
    /// `ANALYZE`.
    Analyze,
    /// `CREATE USER`.
    CreateUser {
        /// The user's name.
        name: String,
    },
    /// `DROP USER`.
    DropUser {
        /// The users' names.
        names: Vec<String>,
        /// `IF EXISTS` was given.
        if_exists: bool,
    },
    /// `GRANT` and `REVOKE`.
    Grant(Grant),
    /// `COMMENT ON`.
    Comment,
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh,
    /// `CREATE FUNCTION ... LANGUAGE sql` and `DROP FUNCTION`.
    Function,
}

/// `GRANT` or `REVOKE`: who may, or may no longer, do what with which objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whether it is `REVOKE`.
    pub revoke: bool,
    /// The privileges' full names, lower case; `ALL` is written out.
    pub privileges: Vec<String>,
    /// What the privileges are on.
    pub on: GrantObjects,
    /// Who gets or loses them.
    pub grantees: Vec<Grantee>,
}

/// What privileges are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantObjects {
    /// Tables and views.
    Tables(Vec<Relation>),
    /// Every table and view that is in these schemas now.
    TablesOf(Vec<String>),
    /// Schemas.
    Schemas(Vec<String>),
    /// Databases.
    Databases(Vec<String>),
}

/// Who has a privilege.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// A user, by a name in lower case.
    User(String),
    /// Everybody.
    Public,
}

impl GrantObjects {
    /// The privileges that there are on such objects. Source: Redshift developer guide, "GRANT".
    pub fn privileges(&self) -> &'static [&'static str] {
        match self {
            Self::Tables(_) | Self::TablesOf(_) => {
                &["select", "insert", "update", "delete", "drop", "references", "alter", "truncate"]
            }
            Self::Schemas(_) => &["create", "usage", "alter", "drop"],
            Self::Databases(_) => &["create", "temporary", "usage", "alter"],
        }
    }
}

/// The kinds of objects that DROP takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A view.
    View,
    /// A materialized view, which is kept as a table.
    MaterializedView,
    /// A schema.
    Schema,
}

/// `CREATE TABLE` beyond its SQL.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTable {
    /// The columns in their order; empty for `LIKE` only.
    pub columns: Vec<TargetColumn>,
    /// `TEMP`, or a name that begins with `#`.
    pub temporary: bool,
    /// `IF NOT EXISTS` was given.
    pub if_not_exists: bool,
    /// The table whose columns are taken over.
    pub like: Option<Like>,
}

/// `LIKE parent [INCLUDING DEFAULTS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// The table whose columns, types and NOT NULL are taken over.
    pub parent: Relation,
    /// Whether the default expressions are taken over.
    pub including_defaults: bool,
}

/// `IDENTITY(seed, step)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The first value.
    pub seed: i64,
    /// The distance between values.
    pub step: i64,
    /// `GENERATED BY DEFAULT`: a value may be given.
    pub by_default: bool,
}

/// `ALTER TABLE target APPEND FROM source [IGNOREEXTRA | FILLTARGET]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterAppend {
    /// The table that receives the rows.
    pub target: Relation,
    /// The table that is empty afterwards.
    pub source: Relation,
    /// Columns which only the source has are discarded.
    pub ignore_extra: bool,
    /// Columns which only the target has are filled with their default or NULL.
    pub fill_target: bool,
}
