DEALLOCATE :"name";
