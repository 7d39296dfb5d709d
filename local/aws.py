"""S3 and SQS: moto's server."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # moto builds queue URLs and presigned forms with the port that it believes to serve on.
    os.environ["MOTO_PORT"] = str(options.port)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", options.port, application, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
