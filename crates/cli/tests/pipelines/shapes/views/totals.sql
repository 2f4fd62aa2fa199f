CREATE OR REPLACE VIEW shapes.totals AS
SELECT COUNT(*) AS n, SUM(amount) AS total
FROM shapes.plain
WITH NO SCHEMA BINDING;
