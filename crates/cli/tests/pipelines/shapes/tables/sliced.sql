CREATE TABLE IF NOT EXISTS shapes.sliced (
    month  VARCHAR(7) NOT NULL,
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
