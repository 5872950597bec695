-- :options
VACUUM :options :"schema".:"name";
