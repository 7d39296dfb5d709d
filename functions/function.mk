# Run by «sam build» in a function's folder (samconfig.toml: build_in_source).
#
# A function's alias moves to a new version only when the function's own code changes, not when a layer does:
# https://github.com/aws/serverless-application-model/issues/3610. So each function carries a stamp: a hash of everything that the layers are made of.
LAYERS = ../../shared/quarry ../../layers ../../certificates

build-%:
	cp *.py "$(ARTIFACTS_DIR)"
	$(if $(FOLDERS),cp -R $(FOLDERS) "$(ARTIFACTS_DIR)" && find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -r {} +)
	find $(LAYERS) -type f ! -name '*.pyc' -exec git hash-object {} + | LC_ALL=C sort | git hash-object --stdin > "$(ARTIFACTS_DIR)/layer-stamp"
