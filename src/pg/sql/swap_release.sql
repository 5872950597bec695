-- What has been locked since stays locked.
RELEASE SAVEPOINT :"name";
