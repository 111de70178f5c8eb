# The image of the action. Everything that is downloaded is named with its hash in requirements*.txt.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/build \
 && python -m venv --without-pip /opt/venv \
 && /opt/build/bin/pip install --quiet --no-cache-dir --require-hashes --only-binary :all: \
      --requirement requirements-build.txt \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --quiet --no-cache-dir --require-hashes \
      --only-binary :all: --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY pipelayer pipelayer
COPY examples/nightly examples/nightly
RUN /opt/build/bin/pip wheel --quiet --no-cache-dir --no-deps --no-index --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --quiet --no-cache-dir --no-deps --no-index /tmp/wheel/*.whl

FROM ${BASE}
# The newest git of the base's Debian, for its security updates: a pinned version would vanish from the mirror.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install --yes --quiet --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/venv /opt/venv
COPY entrypoint.py /app/entrypoint.py
# Root, because the workspace and the runner's files belong to a user that only the runner knows. `-I` keeps the workspace
# and the caller's PYTHON* settings out of the interpreter.
ENTRYPOINT ["/opt/venv/bin/python", "-I", "/app/entrypoint.py"]
