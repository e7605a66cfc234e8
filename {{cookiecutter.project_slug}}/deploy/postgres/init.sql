-- Runs once, on an empty volume. The project owns its database, and is no superuser.
\getenv password POSTGRES_PASSWORD
CREATE ROLE app LOGIN PASSWORD :'password';
CREATE DATABASE app OWNER app;
#% if cookiecutter.tier == "scale" and cookiecutter.cloud == "aws"
\connect app
-- So that a backup can bring them back.
SET ROLE app;
\include /aurora.sql
#% endif
