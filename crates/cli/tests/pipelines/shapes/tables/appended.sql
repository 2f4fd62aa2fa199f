CREATE TABLE IF NOT EXISTS shapes.appended (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
