# Run by «sam build» in a layer's folder (samconfig.toml: build_in_source).
#
# Lambda's runtime reads the bytecode of its own version alone, whatever python3 is here. pyenv's shims want to be told.
PYTHON = PYENV_VERSION=3.13 python3.13 -I

build-%:
	@$(PYTHON) -c "" 2>/dev/null || { echo "Install Python 3.13 so that python3.13 is on the PATH: the layers carry its bytecode." >&2; exit 1; }
	@$(PYTHON) ../build.py $(notdir $(CURDIR)) "$(ARTIFACTS_DIR)/python"
