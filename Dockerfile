# syntax=docker/dockerfile:1
# One image for every service; the command says which one it is (docs/deploy.md).
#
#   docker build --tag saetm:cpu .
#   docker build --tag saetm:cuda --build-arg VARIANT=cuda .
#
# VARIANT  cpu: torch from TORCH_INDEX, without CUDA's libraries; cuda: torch from PyPI, with them.
# EXTRAS   of pyproject.toml. vllm is none of them: it is served by an image of its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG VARIANT=cpu

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS tools
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/saetm
ENV PATH=/opt/saetm/bin:$PATH
WORKDIR /src
COPY constraints.txt /src/

# PyPI's torch for Linux brings gigabytes of CUDA's libraries. The two packages whose builds differ
# come from an index that has builds for the CPU; what they need comes from PyPI with all the rest.
FROM tools AS torch-cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --index-url "$TORCH_INDEX" --constraint constraints.txt torch torchvision

FROM tools AS torch-cuda
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --constraint constraints.txt torch torchvision

# hadolint ignore=DL3006
FROM torch-${VARIANT} AS packages
ARG EXTRAS="image postgres kubernetes"
COPY pyproject.toml /src/
COPY deploy/dependencies.py /src/deploy/
RUN --mount=type=cache,target=/root/.cache/pip \
    python deploy/dependencies.py $EXTRAS > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt \
    && pip check

FROM tools AS wheel
COPY . /src/
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --no-deps --wheel-dir /wheels .

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS final
# KubeRay's probes call wget. Its version is that of the base image's distribution.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends wget \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 saetm \
    && useradd --uid 10001 --gid saetm --no-create-home --home-dir /var/lib/saetm saetm \
    && install --directory --owner saetm --group saetm /var/lib/saetm /opt/dagster
COPY --from=packages /opt/saetm /opt/saetm
ENV PATH=/opt/saetm/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SAETM_HOME=/var/lib/saetm
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl
COPY deploy/entrypoint.sh /usr/local/bin/saetm-entrypoint
COPY --chown=saetm:saetm deploy/dagster.yaml deploy/workspace.yaml /opt/dagster/

USER 10001:10001
WORKDIR /var/lib/saetm
EXPOSE 3000
ENTRYPOINT ["saetm-entrypoint"]
CMD ["saetm", "ui", "--host", "0.0.0.0"]
# Of the web server; a service of another kind brings its own (deploy/compose.yaml).
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:3000/server_info', timeout=8)"]
