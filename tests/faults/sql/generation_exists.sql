SELECT pg_catalog.to_regclass('matswap.generation') IS NOT NULL AS found;
