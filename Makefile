# make run, make test: all set-up on a fresh machine is done on the way. ARGS are handed to the program or to pytest.
PYTHON := .venv/bin/python
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: run test check soak clean
.DEFAULT_GOAL := run

run: .venv/ready-to-run
	@$(PYTHON) main.py $(ARGS)

test: .venv/ready-to-test
	$(OFFSCREEN) $(PYTHON) -m pytest -n 2 --dist loadfile -m "not soak and not alone" $(ARGS)
	$(OFFSCREEN) $(PYTHON) -m pytest -m "alone and not soak" $(ARGS)

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
