use parquet::schema::parser::parse_message_type;

use super::*;

fn check(fields: &str, expected: &str) {
    let root = parse_message_type(&format!("message m {{ {fields} }}")).unwrap();
    let found = match columns(&root) {
        Ok(columns) => {
            columns.iter().map(|column| format!("{} {}", column.name, column.type_name)).collect::<Vec<_>>().join("; ")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected, "{fields}");
}

#[test]
fn simple_types() {
    check("optional boolean A;", "a boolean");
    check("optional int32 a; optional int64 b;", "a int; b bigint");
    check("optional int32 a (INTEGER(8,true)); optional int32 b (INT_16);", "a tinyint; b smallint");
    check("optional int32 a (INTEGER(8,false)); optional int32 b (UINT_16);", "a smallint; b int");
    check("optional int32 a (INTEGER(32,false)); optional int64 b (UINT_64);", "a bigint; b decimal(20,0)");
    check("optional float a; optional double b;", "a float; b double");
    check("optional binary a (UTF8); optional binary b (JSON); optional binary c;", "a string; b string; c binary");
    check("optional int32 a (DATE); optional int32 b (TIME(MILLIS,true));", "a date; b int");
    check(
        "optional int64 a (TIMESTAMP(MICROS,true)); optional int64 b (TIMESTAMP_MILLIS);",
        "a timestamp; b timestamp",
    );
    check("optional int96 a;", "a timestamp");
    check(
        "optional int64 a (DECIMAL(12,2)); optional fixed_len_byte_array(16) b (DECIMAL(38,10));",
        "a decimal(12,2); b decimal(38,10)",
    );
    check("optional fixed_len_byte_array(16) a (UUID); optional fixed_len_byte_array(4) b;", "a binary; b binary");
}

#[test]
fn lists_maps_and_structures() {
    check("optional group a (LIST) { repeated group list { optional int64 element; } }", "a array<bigint>");
    check("optional group a (LIST) { repeated int32 element; }", "a array<int>");
    check("optional group a (LIST) { repeated group array { optional int32 x; } }", "a array<struct<x:int>>");
    check("optional group a (LIST) { repeated group a_tuple { optional int32 x; } }", "a array<struct<x:int>>");
    check(
        "optional group a (LIST) { repeated group element { optional int32 x; optional binary y (UTF8); } }",
        "a array<struct<x:int,y:string>>",
    );
    check("repeated int32 a;", "a array<int>");
    check(
        "optional group a (MAP) { repeated group key_value { required binary key (UTF8); optional double value; } }",
        "a map<string,double>",
    );
    check(
        "optional group a { optional int32 X; optional group l (LIST) { repeated group list { optional int64 e (DECIMAL(9,2)); } } }",
        "a struct<x:int,l:array<decimal(9,2)>>",
    );
}

#[test]
fn what_no_table_can_have() {
    check(
        "optional fixed_len_byte_array(2) a (FLOAT16);",
        "column a: Athena has no type for FLOAT16; write it as another type, for instance as text",
    );
    check(
        "optional fixed_len_byte_array(12) a (INTERVAL);",
        "column a: Athena has no type for INTERVAL; write it as another type, for instance as text",
    );
    check("optional int32 DT;", "column DT: it is the name of the tables' partition key; give it another name");
    check(
        "optional int32 a; optional int32 A;",
        "column A: two columns have this name but for its case; give it another name",
    );
    check(
        "optional group a (MAP) { repeated group key_value { required group key { optional int32 x; } optional int32 value; } }",
        "column a: Athena has no type for a map with keys that are not simple; write it as another type, for instance as text",
    );
}
