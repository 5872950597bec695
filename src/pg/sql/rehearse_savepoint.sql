SAVEPOINT matswap
