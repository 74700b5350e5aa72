# Two images of one environment (docs/cloud.md): the pipeline's steps and the web server, and
# Dataflow's workers.
#   TAG=$(.venv/bin/python -m pipeline.source)
#   LINE="--build-arg TFX=${TAG%-*}"          the line of TFX (docs/compatibility.md) of this machine
#   docker build --tag outpainting:$TAG $LINE .                            for CPUs
#   docker build --tag outpainting:$TAG $LINE --build-arg EXTRAS=gpu .     for NVIDIA GPUs
#   docker build --tag outpainting-worker:$TAG $LINE --target worker .
# It needs no BuildKit, which `tfx pipeline create --build_image` does not use.
ARG TFX=1.16
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

# Beam's of the very version that uv.lock has: its Python and its boot program go together.
FROM python:3.10.19-bookworm AS whole-1.16
FROM python:3.10.19-slim-bookworm AS slim-1.16
FROM apache/beam_python3.10_sdk:2.74.0 AS beam-1.16
FROM python:3.13.9-trixie AS whole-1.21
FROM python:3.13.9-slim-trixie AS slim-1.21
FROM apache/beam_python3.13_sdk:2.77.0 AS beam-1.21
FROM beam-${TFX} AS beam

# The whole image has the compiler that two packages without wheels need.
FROM whole-${TFX} AS build
ARG EXTRAS=""
ARG TPU=""
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
ENV UV_PROJECT_ENVIRONMENT=/opt/outpainting
COPY --from=uv /uv /usr/local/bin/uv
WORKDIR /src
# Apart from our own code, so that a change there does not install everything anew.
COPY pyproject.toml uv.lock ./
# `perceptual`: the Evaluator measures by its network.
RUN uv sync --locked --no-dev --no-install-project --extra=pipeline --extra=serve --extra=perceptual ${EXTRAS:+--extra="$EXTRAS"}
COPY . .
RUN uv sync --locked --no-dev --no-editable --extra=pipeline --extra=serve --extra=perceptual ${EXTRAS:+--extra="$EXTRAS"}
# The bill of materials, in CycloneDX.
RUN uv export --locked --no-dev --extra=pipeline --extra=serve --extra=perceptual ${EXTRAS:+--extra="$EXTRAS"} --format=cyclonedx1.5 --output-file="$UV_PROJECT_ENVIRONMENT/bom.json" --quiet
# Beside the lock file, as in scripts/setup.sh: its driver is published outside the package index.
RUN test -z "$TPU" || uv pip install --python /opt/outpainting/bin/python \
    --reinstall-package tensorflow-tpu tensorflow-tpu==2.16.2 \
    --find-links https://storage.googleapis.com/libtpu-tf-releases/index.html

FROM slim-${TFX} AS runtime
COPY --from=build /opt/outpainting /opt/outpainting
# Beam's boot program would otherwise make an environment that sees nothing of ours.
ENV PATH=/opt/outpainting/bin:$PATH TF_USE_LEGACY_KERAS=0 TF_ENABLE_ONEDNN_OPTS=1 RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
# GKE and Vertex AI mount the GPU's driver there, where nobody looks by itself; Docker goes by the
# other two.
ENV PATH=$PATH:/usr/local/nvidia/bin LD_LIBRARY_PATH=/usr/local/nvidia/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

# As root: Dataflow mounts folders of root's under /var/opt, and boot writes there.
FROM runtime AS worker
COPY --from=beam /opt/apache/beam /opt/apache/beam
WORKDIR /root
ENTRYPOINT ["/opt/apache/beam/boot"]

FROM runtime AS outpainting
RUN useradd --create-home --uid 1000 outpaint
USER 1000
WORKDIR /home/outpaint
EXPOSE 8080
CMD ["outpaint", "serve", "--host", "0.0.0.0", "--port", "8080"]
