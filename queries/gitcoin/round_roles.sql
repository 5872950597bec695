-- Who runs a round. A few hundred rows, read as a whole: no index, so the file is just the query.
SELECT r.chain_id,
       r.round_id,
       lower(r.address)          AS address,
       r.role,
       min(r.created_at_block)   AS since_block,
       count(*) FILTER (WHERE r.role = 'ADMIN')
           OVER (PARTITION BY r.chain_id, r.round_id) > 0 AS round_has_admin
FROM indexer.round_roles AS r
WHERE r.role IN ('ADMIN', 'MANAGER')
GROUP BY r.chain_id, r.round_id, r.address, r.role
