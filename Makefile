# make run, make test: all set-up on a fresh machine is done on the way. ARGS are handed to the program or to pytest.
PYTHON := .venv/bin/python
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: run test check soak clean
.DEFAULT_GOAL := run

run: .venv/ready-to-run
	@$(PYTHON) main.py $(ARGS)

test: .venv/ready-to-test
	@# What measures time runs by itself; exit code 5 means that there is no such test among those asked for.
	$(OFFSCREEN) $(PYTHON) -m pytest -m "alone and not soak" $(ARGS) || [ $$? -eq 5 ]
	$(OFFSCREEN) $(PYTHON) -m pytest -n 2 --dist loadfile --max-worker-restart 0 -m "not soak and not alone" $(ARGS)

check: .venv/ready-to-test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

soak: .venv/ready-to-test
	$(OFFSCREEN) $(PYTHON) -m pytest -m soak -s $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready-to-run: requirements.txt scripts/setup.sh
	@sh scripts/setup.sh requirements.txt
	@touch $@

.venv/ready-to-test: requirements-dev.txt requirements.txt scripts/setup.sh
	@sh scripts/setup.sh requirements-dev.txt
	@touch $@ .venv/ready-to-run
