module "files" {
  source = "../files"

  name       = local.name
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.data_subnet_ids
#% if cookiecutter.celery == "none"
  clients    = local.clients
#% else
  clients    = { for name in ["web", "worker"] : name => local.clients[name] }
#% endif
}
