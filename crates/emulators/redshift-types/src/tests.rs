use super::RedshiftType;

fn check(ddl: &str, display: &str, type_name: &str, duckdb: &str) {
    let parsed = RedshiftType::parse(ddl).unwrap();
    assert_eq!(
        (parsed.to_string().as_str(), parsed.type_name(), parsed.duckdb_type().as_str()),
        (display, type_name, duckdb),
        "{ddl}"
    );
    assert_eq!(RedshiftType::parse(display).unwrap(), parsed, "{display} reads back");
}

#[test]
fn every_alias_is_its_type() {
    check("INT2", "smallint", "int2", "SMALLINT");
    check("int", "integer", "int4", "INTEGER");
    check(" Int8 ", "bigint", "int8", "BIGINT");
    check("numeric", "numeric(18,0)", "numeric", "DECIMAL(18,0)");
    check("DECIMAL( 10 , 2 )", "numeric(10,2)", "numeric", "DECIMAL(10,2)");
    check("float4", "real", "float4", "FLOAT");
    check("float", "double precision", "float8", "DOUBLE");
    check("FLOAT(24)", "real", "float4", "FLOAT");
    check("double  precision", "double precision", "float8", "DOUBLE");
    check("bool", "boolean", "bool", "BOOLEAN");
    check("char", "character(1)", "bpchar", "VARCHAR");
    check("bpchar", "character(256)", "bpchar", "VARCHAR");
    check("nchar(3)", "character(3)", "bpchar", "VARCHAR");
    check("varchar", "character varying(256)", "varchar", "VARCHAR");
    check("text", "character varying(256)", "varchar", "VARCHAR");
    check("VARCHAR(MAX)", "character varying(65535)", "varchar", "VARCHAR");
    check("character varying (10)", "character varying(10)", "varchar", "VARCHAR");
    check("nvarchar(7)", "character varying(7)", "varchar", "VARCHAR");
    check("timestamp", "timestamp without time zone", "timestamp", "TIMESTAMP");
    check("timestamptz", "timestamp with time zone", "timestamptz", "TIMESTAMP WITH TIME ZONE");
    check("time", "time without time zone", "time", "TIME");
    check("timetz", "time with time zone", "timetz", "TIME WITH TIME ZONE");
    check("super", "super", "super", "JSON");
    check("varbyte", "binary varying(64000)", "varbyte", "BLOB");
}

fn refused(ddl: &str, expected: &str) {
    let error = RedshiftType::parse(ddl).unwrap_err().to_string();
    assert!(error.contains(expected), "{ddl}: {error}");
}

#[test]
fn what_redshift_refuses_is_refused() {
    refused("uuid", "type \"uuid\" does not exist");
    refused("varchar(65536)", "must be 1 to 65535 bytes, or max");
    refused("varchar(0)", "must be 1 to 65535 bytes, or max");
    refused("char(5000)", "must be 1 to 4096 bytes");
    refused("decimal(39,0)", "a precision of 1 to 38");
    refused("decimal(5,6)", "a scale up to it");
    refused("geometry", "does not know the type geometry yet");
    refused("varchar(10", "does not exist");
}
