SET ROLE :"role";
