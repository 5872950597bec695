-- :query SELECT 1 AS amount
-- A view tells, without executing the query, which columns it gives, and what it reads.
CREATE VIEW :"schema"."matswap source_total" AS :query;
