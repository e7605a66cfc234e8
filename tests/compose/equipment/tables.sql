create table found (id int);
insert into found values (42);
