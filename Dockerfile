# One image for the pipeline's steps, Dataflow's workers and the web server (docs/cloud.md).
#   docker build --tag outpainting:0.1.0 .                           for CPUs
#   docker build --build-arg EXTRAS=gpu --tag outpainting:0.1.0 .    for NVIDIA GPUs
# It needs no BuildKit, which `tfx pipeline create --build_image` does not use.
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv
# Of the very version that uv.lock has: Beam's Python and its boot program go together.
FROM apache/beam_python3.10_sdk:2.74.0 AS beam

# The whole image has the compiler that two packages without wheels need.
FROM python:3.10.19-bookworm AS build
ARG EXTRAS=""
ARG TPU=""
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
ENV UV_PROJECT_ENVIRONMENT=/opt/outpainting
COPY --from=uv /uv /usr/local/bin/uv
WORKDIR /src
# Apart from our own code, so that a change there does not install everything anew.
COPY pyproject.toml uv.lock ./
# `perceptual`: the Evaluator measures by its network.
RUN uv sync --locked --no-dev --no-install-project --extra=perceptual ${EXTRAS:+--extra="$EXTRAS"}
COPY . .
RUN uv sync --locked --no-dev --no-editable --extra=perceptual ${EXTRAS:+--extra="$EXTRAS"}
# Beside the lock file, as in scripts/setup.sh: its driver is published outside the package index.
RUN test -z "$TPU" || uv pip install --python /opt/outpainting/bin/python \
    --reinstall-package tensorflow-tpu tensorflow-tpu==2.16.2 \
    --find-links https://storage.googleapis.com/libtpu-tf-releases/index.html

FROM python:3.10.19-slim-bookworm
RUN useradd --create-home --uid 1000 outpaint
COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=build /opt/outpainting /opt/outpainting
COPY scripts/entrypoint.sh /usr/local/bin/outpainting-entrypoint
# Beam's boot program would otherwise make an environment that sees nothing of ours.
ENV PATH=/opt/outpainting/bin:$PATH TF_USE_LEGACY_KERAS=0 TF_ENABLE_ONEDNN_OPTS=1 RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
USER 1000
WORKDIR /home/outpaint
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/outpainting-entrypoint"]
CMD ["outpaint", "serve", "--host", "0.0.0.0", "--port", "8080"]
