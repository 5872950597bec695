-- :query SELECT 1
EXPLAIN (FORMAT JSON) :query
