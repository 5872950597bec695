ANALYZE :"schema".:"name";
