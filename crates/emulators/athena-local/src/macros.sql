-- Functions of Athena that DuckDB has under no name, or means otherwise.

-- A path in brackets, as Athena also takes it: $["a b"] is $."a b".
CREATE MACRO athena_path(p) AS regexp_replace(p, '\[["'']([^"''\]]*)["'']\]', '."\1"', 'g');
-- NULL for text that is not JSON.
CREATE MACRO athena_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, athena_path(p)) END;
-- NULL for objects and arrays too.
CREATE MACRO athena_json_extract_scalar(j, p) AS CASE WHEN json_valid(j) THEN
  CASE WHEN json_type(j, athena_path(p)) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(j, athena_path(p)) END END;
CREATE MACRO athena_json_array_length(j) AS CASE WHEN json_valid(j) THEN
  CASE WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END END;
CREATE MACRO athena_json_array_get(j, n) AS CASE WHEN json_valid(j) THEN json_extract(j, '$[' || n || ']') END;
CREATE MACRO athena_json_size(j, p) AS CASE WHEN json_valid(j) THEN
  CASE json_type(j, athena_path(p)) WHEN 'OBJECT' THEN len(json_keys(j, athena_path(p)))
    WHEN 'ARRAY' THEN CAST(json_array_length(j, athena_path(p)) AS BIGINT) ELSE 0 END END;
CREATE MACRO athena_json_parse(j) AS CAST(j AS JSON);
CREATE MACRO athena_json_format(j) AS CAST(j AS VARCHAR);
-- The moment as a clock in the zone shows it.
CREATE MACRO athena_at_timezone(t, z) AS timezone(z, CAST(t AS TIMESTAMP WITH TIME ZONE));
CREATE MACRO athena_to_iso8601(t) AS CASE typeof(t) WHEN 'DATE' THEN CAST(t AS VARCHAR)
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(CAST(t AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')
  ELSE strftime(CAST(t AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END;
-- NULL for what is not there, of an array or a map.
CREATE MACRO athena_element_at(c, k) AS c[k];
CREATE MACRO approx_percentile(x, p) AS approx_quantile(x, p);
CREATE MACRO array_join(a, s) AS array_to_string(a, s);
CREATE MACRO sequence(a, b) AS generate_series(a, b);
CREATE MACRO map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO url_extract_protocol(u) AS nullif(regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1), '');
CREATE MACRO url_extract_host(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1), '');
CREATE MACRO url_extract_path(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1);
CREATE MACRO url_extract_query(u) AS nullif(regexp_extract(u, '\?([^#]*)', 1), '');
CREATE MACRO url_extract_parameter(u, n) AS CASE WHEN regexp_matches(u, '[?&]' || n || '=') THEN
  url_decode(regexp_extract(u, '[?&]' || n || '=([^&#]*)', 1)) END;
