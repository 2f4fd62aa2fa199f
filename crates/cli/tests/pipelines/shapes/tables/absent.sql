CREATE TABLE IF NOT EXISTS shapes.absent (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER,
    note   VARCHAR(20) DEFAULT 'none'
);
