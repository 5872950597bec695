-- Was the swap of this run committed in this database's history?
SELECT g.swapped_at
  FROM matswap.generation AS g
 WHERE g.run = $1;
