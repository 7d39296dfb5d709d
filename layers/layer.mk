# Run by «sam build» in a layer's folder (samconfig.toml: build_in_source).
#
# Lambda's runtime reads only the bytecode of its own Python version, which need not be that of python3 here. The variable
# selects it where python3.13 is a shim of pyenv.
PYTHON = PYENV_VERSION=3.13 python3.13 -I

build-%:
	@$(PYTHON) -c "" 2>/dev/null || { echo "Install Python 3.13 so that python3.13 is on the PATH: the layers carry its bytecode." >&2; exit 1; }
	@$(PYTHON) ../build.py $(notdir $(CURDIR)) "$(ARTIFACTS_DIR)/python"
