#% set sizes = cookiecutter._sizes[cookiecutter.tier]
#% macro object(values)
{ {% for name, value in values.items() %}{{ name }} = {{ value | tojson }}{{ ", " if not loop.last }}{% endfor %} }
#%- endmacro
#% macro task(size)
cpu = {{ (size.cpus | float * 1024) | int }}, memory = {{ size.memory[:-1] | int * (1024 if size.memory.endswith("g") else 1) }}
#%- endmacro
# How much of everything there is, for the tier {{ cookiecutter.tier }}. modules/stack/variables.tf has the units.

sizes = {
  zones           = {{ sizes.aws.zones | tojson }}
  one_nat_gateway = {{ sizes.aws.one_nat_gateway | tojson }}

  web      = { {{ task(sizes.web) }}, min = {{ sizes.web.replicas }}, max = {{ sizes.web.most }} }
#% if cookiecutter.celery != "none"
  worker   = { {{ task(sizes.worker) }}, min = {{ sizes.worker.replicas }}, max = {{ sizes.worker.most }}, spot = false }
  beat     = { {{ task(sizes.beat) }} }
#% endif
#% for name in ("database", "cache", "search") if name in sizes.aws
  {{ name.ljust(8) }} = {{ object(sizes.aws[name]) }}
#% endfor
}
