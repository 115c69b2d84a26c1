# Build: dependencies by the hashes of the lock, then the project itself, into one virtual environment.
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/amtsbote
COPY requirements.lock .
RUN /opt/amtsbote/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY adapters adapters
COPY queues queues
COPY schemas schemas
RUN /opt/amtsbote/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/amtsbote/bin/pip uninstall --yes hatchling \
 && /opt/amtsbote/bin/pip uninstall --yes pip

# Run: the interpreter and that environment, nothing that builds or installs.
FROM python:3.12-slim-bookworm
RUN python -m pip uninstall --yes pip \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin amtsbote \
 && install -d -o amtsbote -g amtsbote /srv/amtsbote/var
COPY --from=build /opt/amtsbote /opt/amtsbote
COPY LICENSE /srv/amtsbote/
# Relative folders of the configuration are meant from /srv/amtsbote/config.
WORKDIR /srv/amtsbote
ENV PATH=/opt/amtsbote/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AMTSBOTE_CONFIG=/srv/amtsbote/config/amtsbote.toml \
    AMTSBOTE_HTTP_HOST=0.0.0.0
USER 10001:10001
VOLUME /srv/amtsbote/var
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
ENTRYPOINT ["amtsbote"]
CMD ["serve", "--role", "api"]
