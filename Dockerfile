# lab on the processor, for a user without root rights; runs are kept in the volume /runs.
#
#   docker build -t lab .
#   docker run --rm -it -v "$PWD/runs:/runs" lab run q-learning-maze
#
# The folder that is mounted must be writable for user 1000. Pages (lab ui, --display) bind to 127.0.0.1: add --network host.
FROM python:3.11-slim

RUN pip install --no-cache-dir uv==0.13.9 \
    && useradd --create-home --uid 1000 lab \
    && mkdir /app /runs \
    && chown lab:lab /app /runs

USER lab
WORKDIR /app
ENV LAB_RUNS_DIR=/runs \
    PYTHONUNBUFFERED=1 \
    UV_COMPILE_BYTECODE=1

COPY --chown=lab:lab pyproject.toml README.md LICENSE ./
COPY --chown=lab:lab lab_core lab_core
COPY --chown=lab:lab lab_app lab_app
COPY --chown=lab:lab plugins plugins
RUN uv sync --no-cache --no-group dev

VOLUME /runs
ENTRYPOINT ["uv", "run", "--no-sync", "lab"]
CMD ["--help"]
