-- :columns id, amount
-- :options FORMAT csv, HEADER
-- In the transaction that made the table: the rows are then visible to every snapshot, as those of a view
-- (https://www.postgresql.org/docs/current/sql-copy.html, FREEZE).
COPY :"schema".:"name" (:columns) FROM STDIN WITH (FREEZE, :options);
