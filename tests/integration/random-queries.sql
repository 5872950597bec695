-- What random_queries' views read: three schemas, the same few names in each; a and b belong to the set, c doesn't.
-- Every relation has the columns id, t, s; the names are also those of schemas, columns, functions and aliases.
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE SCHEMA c;
CREATE TABLE c.t (id int, t int, s text);
CREATE TABLE c.x (id int, t int, s text);
CREATE TABLE c.y (id int, t int, s text);
CREATE TABLE c.u (id int, t int, s text);
INSERT INTO c.t SELECT i, i % 3, 'c.t ' || i FROM generate_series(1, 5) i;
INSERT INTO c.x SELECT i, i % 2, 'c.x ' || i FROM generate_series(2, 5) i;
INSERT INTO c.y SELECT i, 1, 'a.t' FROM generate_series(0, 3) i;
INSERT INTO c.u SELECT i, i, 'c.u' FROM generate_series(1, 3) i;
CREATE FUNCTION a.t(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN (n + 1) % 7;
CREATE FUNCTION b.x(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN (n + 2) % 7;
