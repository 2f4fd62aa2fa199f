CREATE TABLE IF NOT EXISTS shapes.columnar (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
