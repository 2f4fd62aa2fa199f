-- VARBYTE.
CREATE OR REPLACE MACRO rs_from_hex(a) AS unhex(a);
CREATE OR REPLACE MACRO rs_to_varbyte(a, f) AS CASE lower(f) WHEN 'hex' THEN unhex(a) WHEN 'binary' THEN unhex(rsx_binary('b', a, '')) WHEN 'utf8' THEN encode(a) WHEN 'utf-8' THEN encode(a) WHEN 'base64' THEN from_base64(a) ELSE error('invalid format for TO_VARBYTE') END;
CREATE OR REPLACE MACRO rs_from_varbyte(a, f) AS CASE lower(f) WHEN 'hex' THEN lower(hex(a)) WHEN 'binary' THEN rsx_binary('t', hex(a), '') WHEN 'utf8' THEN decode(a) WHEN 'utf-8' THEN decode(a) WHEN 'base64' THEN to_base64(a) ELSE error('invalid format for FROM_VARBYTE') END;
CREATE OR REPLACE MACRO rs_getbit(a, n) AS CAST(substr(rsx_binary('t', hex(a), ''), 8 * octet_length(a) - n, 1) AS INTEGER);
CREATE OR REPLACE MACRO rs_get_bit(a, n) AS CAST(substr(rsx_binary('t', hex(a), ''), 8 * octet_length(a) - n, 1) AS INTEGER);
CREATE OR REPLACE MACRO rs_json_serialize_to_varbyte(a) AS encode(CAST(a AS VARCHAR));
