# Production image of web, workers and beat.
# Build: docker compose build

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements/run.txt /tmp/run.txt
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/run.txt \
    && /venv/bin/pip uninstall --yes pip setuptools
WORKDIR /app
COPY . .
# Static files are collected at build time, so that the file system can be read-only.
# The settings want a whole configuration; none of it stays in the image.
RUN CYBERFRAME_ENV=production CYBERFRAME_STATIC_ROOT=/static \
    CYBERFRAME_BASE_URL=https://build.invalid CYBERFRAME_SECRET_KEY="$(head -c 60 /dev/urandom | base64)" \
    CYBERFRAME_DATABASE_URL=postgresql:///none CYBERFRAME_REDIS_URL=redis://none \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 cyberframe \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin cyberframe
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CYBERFRAME_ENV=production \
    CYBERFRAME_HOST=0.0.0.0 \
    CYBERFRAME_VAR=/tmp \
    CYBERFRAME_STATIC_ROOT=/static \
    CYBERFRAME_LOG_FORMAT=json
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python", "manage.py"]
CMD ["serve"]
