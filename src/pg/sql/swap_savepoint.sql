SAVEPOINT :"name";
