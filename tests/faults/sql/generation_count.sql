SELECT count(*) FROM matswap.generation;
