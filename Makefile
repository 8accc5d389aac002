# cyberframe: `make run` to try it, `make check test` before a commit, `make help` for the rest.
.DEFAULT_GOAL := help
PYTHON_IN := .venv/bin/python
RUN := .venv/embedded.txt
DEV := .venv/dev.txt

.PHONY: help run test check format audit lock bench docs clean

help: ## what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(RUN) ## the whole platform with its demo world, on this machine; Ctrl-C stops it
	@exec $(PYTHON_IN) manage.py up

test: $(DEV) ## the whole suite, on its own PostgreSQL, Valkey and Chromium
	@scripts/browser
	@scripts/system-servers
	$(PYTHON_IN) -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(DEV) ## style, types, layers, templates, translations, settings, docs, licences
	$(PYTHON_IN) -m ruff check .
	$(PYTHON_IN) -m ruff format --check .
	$(PYTHON_IN) -m mypy .
	.venv/bin/lint-imports
	$(PYTHON_IN) -m scripts.check

format: $(DEV) ## format the code
	$(PYTHON_IN) -m ruff check --fix .
	$(PYTHON_IN) -m ruff format .

audit: $(DEV) ## known vulnerabilities of the locked packages (asks PyPI's advisory service)
	$(PYTHON_IN) -m pip_audit --strict --require-hashes --disable-pip -r requirements/run.txt

lock: $(DEV) ## lock the dependencies again, with hashes
	@for name in dev embedded run uv; do \
		constraint=$$([ $$name = dev ] || echo "-c requirements/dev.txt"); \
		$(PYTHON_IN) -m uv pip compile --quiet --upgrade --generate-hashes --universal \
			--python-version 3.11.7 --no-header $$constraint \
			requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

bench: $(DEV) ## measure what bench/ measures
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(PYTHON_IN) -m $$(echo $$file | sed "s,/,.,;s,\.py$$,,") || exit 1; done

docs: $(DEV) ## write docs/configuration.md from the code
	$(PYTHON_IN) -m scripts.configuration

clean: ## remove the environment and caches; keeps var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is as new as its lock file: the second start installs nothing.
$(RUN): requirements/embedded.txt requirements/uv.txt
	@scripts/environment requirements/embedded.txt
	@cp requirements/embedded.txt $@

$(DEV): requirements/dev.txt requirements/uv.txt
	@scripts/environment requirements/dev.txt
	@cp requirements/dev.txt $@
