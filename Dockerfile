# The image of the action. Everything that is downloaded is named with its hash in requirements*.txt.
# A release gives BASE with its digest; whoever reaches no registry gives a base of their own.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/build \
 && python -m venv --without-pip /opt/venv \
 && /opt/build/bin/pip install --quiet --no-cache-dir --require-hashes --only-binary :all: \
      --requirement requirements-build.txt \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --quiet --no-cache-dir --no-compile --require-hashes \
      --only-binary :all: --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY pipelayer pipelayer
COPY examples/nightly examples/nightly
RUN /opt/build/bin/pip wheel --quiet --no-cache-dir --no-deps --no-index --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --quiet --no-cache-dir --no-compile --no-deps --no-index \
      /tmp/wheel/*.whl
# What the action never imports goes: the terminal's packages, what PyGithub needs only to be a GitHub App, the models of
# the AWS services that aren't called. Those that give credentials stay (sso, sso-oidc; sts does that, too).
# Bytecode is made once, here, and never compared with its source.
RUN /opt/build/bin/pip --python /opt/venv/bin/python uninstall --quiet --yes \
      click cryptography markdown-it-py mdurl pycparser pygments rich \
 && find /opt/venv/bin -type f -delete \
 && rm -r /opt/venv/lib/python3*/site-packages/boto3/data \
 && find /opt/venv/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
      ! -name datapipeline ! -name s3 ! -name secretsmanager ! -name sts \
      ! -name sso ! -name sso-oidc -exec rm -r {} + \
 && /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

FROM ${BASE}
# The newest git of the base's Debian, for its security updates: a pinned version would vanish from the mirror. Only what
# fetches over HTTPS and reads objects stays; its commands in Perl and shell go, and Perl with them. The base's own modules
# are compiled too, but for some that the action never imports: Python's official images come without bytecode.
# hadolint ignore=DL3008,SC2046
RUN apt-get update -qq \
 && apt-get install --yes --quiet --no-install-recommends busybox-static git \
 && dpkg --purge --force-depends git-man liberror-perl perl \
      $(dpkg-query --show --showformat '${Package} ' 'libperl5.*' 'perl-modules-*') \
 && ln -sf ../../bin/git /usr/lib/git-core/git \
 && find /usr/lib/git-core -mindepth 1 ! -name git ! -name 'git-remote-http*' -delete \
 && find /usr/share/doc -type f ! -name copyright -delete \
 && rm -rf /usr/bin/git-shell /usr/bin/scalar /usr/share/locale/* /usr/share/man/* \
      /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* \
 && python -m compileall -q --invalidation-mode unchecked-hash \
      -x '/(.*-packages|_pyrepl|asyncio|ensurepip|idlelib|pydoc_data|sqlite3|test|tkinter|turtledemo|unittest|xmlrpc)/' \
      "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
LABEL org.opencontainers.image.title="Pipelayer" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/pipelayer/pipelayer"
COPY --from=build /opt/venv /opt/venv
COPY entrypoint.py /app/entrypoint.py
# Root, because the workspace and the runner's files belong to a user that only the runner knows.
# What the job's steps have put into these variables is of another machine, and no library or git of the workspace may come
# before ours. So a static program, which the loader has no part in, takes them away before Python is loaded. `-I` keeps the
# workspace and the caller's PYTHON* settings out of the interpreter, but for the launcher's.
ENTRYPOINT ["/bin/busybox", "env", "-u", "LD_LIBRARY_PATH", "-u", "LD_PRELOAD", "-u", "LD_AUDIT", \
            "-u", "LD_DEBUG", "-u", "LD_PROFILE", "-u", "LD_TRACE_LOADED_OBJECTS", "-u", "AWS_DATA_PATH", \
            "-u", "GCONV_PATH", "-u", "LOCPATH", "-u", "__PYVENV_LAUNCHER__", \
            "-u", "OPENSSL_CONF", "-u", "OPENSSL_MODULES", "-u", "OPENSSL_ENGINES", "-u", "SSLKEYLOGFILE", \
            "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "/opt/venv/bin/python", "-I", "/app/entrypoint.py"]
