ALTER STATISTICS :"schema".:"name" SET SCHEMA :"target";
