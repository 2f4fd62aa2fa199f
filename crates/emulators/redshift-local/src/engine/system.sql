-- System tables and views. Braces are filled in when the database opens. What is not Redshift's is called emulated_*: it is found without a
-- schema too, so it must not have a name that a user's table could have.

create schema if not exists {schema};
create schema if not exists {database}.public;

create table if not exists {schema}.emulated_loads (
    query_id bigint, session_id bigint, transaction_id bigint, database_name varchar, table_name varchar,
    status varchar, loaded_rows bigint, data_source varchar, error_message varchar, end_time timestamp);

create table if not exists {schema}.emulated_load_errors (
    query_id bigint, session_id bigint, transaction_id bigint, database_name varchar, table_name varchar, start_time timestamp,
    file_name varchar, line_number bigint, column_name varchar, column_type varchar, column_length varchar, position bigint,
    error_code integer, error_message varchar, raw_line varchar, raw_field_value varchar);

-- Who was made by CREATE USER, and what each may do. Names are in lower case; a relation's has its schema.
create table if not exists {schema}.emulated_users (name varchar);
create table if not exists {schema}.emulated_privileges (grantee varchar, kind varchar, name varchar, privilege varchar);

create or replace view {schema}.pg_user as
select 'admin' as usename, 100 as usesysid, true as usecreatedb, true as usesuper, false as usecatupd, '********' as passwd,
       null::timestamp as valuntil, null::varchar as useconfig
union all
select name, 101 + rowid::integer, false, false, false, '********', null, null from {schema}.emulated_users;

-- A table's id is its name's hash, the same for as long as it has the name.
create or replace macro {schema}.emulated_table_number(name) as (hash(name) % 1000000)::integer + 100000;

create or replace view {schema}.sys_load_error_detail as
select 100 as user_id, query_id, transaction_id, session_id::integer as session_id, database_name,
       {schema}.emulated_table_number(table_name) as table_id, start_time, file_name, line_number, column_name, column_type,
       column_length, position::integer as position, error_code, error_message
from {schema}.emulated_load_errors;

create or replace view {schema}.stl_load_errors as
select 100 as userid, 0 as slice, {schema}.emulated_table_number(table_name) as tbl, start_time as starttime,
       session_id::integer as session, query_id::integer as query, file_name as filename, line_number, column_name as colname,
       column_type as type, column_length as col_length, position::integer as position, raw_line, raw_field_value,
       error_code as err_code, error_message as err_reason, 0 as is_partial, 0::bigint as start_offset
from {schema}.emulated_load_errors;

create or replace view {schema}.sys_load_history as
select 100 as user_id, query_id, transaction_id, session_id::integer as session_id, database_name, status, table_name,
       end_time as start_time, end_time, 0::bigint as duration, data_source, loaded_rows,
       (select count(*) from {schema}.emulated_load_errors e where e.query_id = l.query_id) as error_count, error_message
from {schema}.emulated_loads l;

create or replace view {schema}.stl_load_commits as
select 100 as userid, query_id::integer as query, 0 as slice, data_source as name, data_source as filename, 0 as byte_offset,
       loaded_rows as lines_scanned, 0 as errors, end_time as curtime, 1::smallint as status, 's3' as file_format
from {schema}.emulated_loads where status = 'completed';

create or replace view {schema}.emulated_columns as
select case when c.database_name = 'temp' then 'pg_temp_1' else c.schema_name end as schema_name, c.table_name, c.column_name,
       c.column_index::integer as position, c.is_nullable,
       coalesce(nullif(split_part(c.comment, chr(10), 1), ''), case c.data_type
           when 'VARCHAR' then 'character varying(65535)' when 'TIMESTAMP' then 'timestamp without time zone'
           when 'TIMESTAMP WITH TIME ZONE' then 'timestamp with time zone' when 'DOUBLE' then 'double precision' when 'FLOAT' then 'real'
           when 'TIME' then 'time without time zone' when 'JSON' then 'super' when 'HUGEINT' then 'numeric(38,0)'
           else replace(lower(c.data_type), 'decimal', 'numeric') end) as type,
       coalesce(nullif(split_part(c.comment, chr(10), 3), ''), c.column_default) as column_default
from duckdb_columns() c
where not c.internal and c.schema_name <> '{system}' and (c.database_name = '{database}' or c.database_name = 'temp');

create or replace view {schema}.pg_table_def as
select schema_name as schemaname, table_name as tablename, column_name as "column", type, 'none' as encoding, false as distkey,
       0 as sortkey, not is_nullable as "notnull"
from {schema}.emulated_columns;

create or replace view {schema}.svv_columns as
select '{name}' as table_catalog, schema_name as table_schema, table_name, column_name, position as ordinal_position, column_default,
       case when is_nullable then 'YES' else 'NO' end as is_nullable,
       regexp_replace(type, '\(.*\)', '') as data_type,
       case when type like 'char%' then regexp_extract(type, '\((\d+)\)', 1)::integer end as character_maximum_length,
       case regexp_replace(type, '\(.*\)', '') when 'smallint' then 16 when 'integer' then 32 when 'bigint' then 64
           when 'numeric' then regexp_extract(type, '\((\d+),', 1)::integer end as numeric_precision,
       case when type like 'numeric%' then regexp_extract(type, ',(\d+)\)', 1)::integer
            when type in ('smallint', 'integer', 'bigint') then 0 end as numeric_scale,
       null::varchar as remarks
from {schema}.emulated_columns;

create or replace view {schema}.svv_tables as
select '{name}' as table_catalog, case when database_name = 'temp' then 'pg_temp_1' else schema_name end as table_schema, table_name,
       case when database_name = 'temp' then 'LOCAL TEMPORARY' else 'BASE TABLE' end as table_type, null::varchar as remarks
from duckdb_tables() where not internal and schema_name <> '{system}' and database_name in ('{database}', 'temp')
union all
select '{name}', schema_name, view_name, 'VIEW', null
from duckdb_views() where not internal and schema_name <> '{system}' and database_name = '{database}';

create or replace view {schema}.information_schema_columns as
select * exclude (remarks) from {schema}.svv_columns;
create or replace view {schema}.information_schema_tables as
select * exclude (remarks) from {schema}.svv_tables;
create or replace view {schema}.information_schema_schemata as
select '{name}' as catalog_name, schema_name, 'admin' as schema_owner
from duckdb_schemas() where not internal and database_name = '{database}' and schema_name not in ('{system}', 'main');

create or replace view {schema}.svv_redshift_columns as
select '{name}' as database_name, schema_name, table_name, column_name, position as ordinal_position, type as data_type, column_default,
       case when is_nullable then 'YES' else 'NO' end as is_nullable
from {schema}.emulated_columns;
create or replace view {schema}.svv_redshift_tables as
select table_catalog as database_name, table_schema as schema_name, table_name, table_type from {schema}.svv_tables;
create or replace view {schema}.svv_all_schemas as
select '{name}' as database_name, schema_name, 100 as schema_owner, 'local' as schema_type
from {schema}.information_schema_schemata;
create or replace view {schema}.svv_table_info as
select '{name}' as database, schema_name as "schema", {schema}.emulated_table_number(table_name) as table_id, table_name as "table",
       estimated_size::numeric(38,0) as tbl_rows
from duckdb_tables() where not internal and schema_name <> '{system}' and database_name = '{database}';

create or replace view {schema}.stv_db_isolation_level as
select '{name}' as db_name, 'Snapshot Isolation' as isolation_level;
