# SPDX-License-Identifier: Apache-2.0
# bpf, wheel -> runtime -> agent, operator. Build with `--target agent` or `--target operator`; `make image` does both.
# The base needs apt and a Debian with Python 3.11 or newer, as Debian 12 and 13 are.
#
# What changes seldom comes first: after a change of source only the wheel is made anew, and only the last, small
# layer of an image differs. The images hold Python and what the lock file names: no compiler, no pip, and of
# llvmlite only the part that pylibbpf imports, without 170 MB of LLVM.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS bpf
WORKDIR /src
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages image-bpf build
COPY Makefile ./
COPY bpf bpf
RUN mkdir -p agent/lanner_agent/kernel && make bpf

FROM ${BASE} AS wheel
WORKDIR /src
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages python
COPY requirements.lock requirements-dev.lock ./
RUN python3 -m venv --without-pip /opt/lanner && python3 -m venv /build && \
    /build/bin/pip --python /opt/lanner/bin/python install -q --require-hashes --no-deps -r requirements.lock && \
    rm -r /opt/lanner/lib/python3*/site-packages/llvmlite/binding
RUN /build/bin/pip install -q --require-hashes --no-deps -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY LICENSES LICENSES
COPY charts/lanner/rules charts/lanner/rules
COPY engine engine
COPY apiserver apiserver
COPY agent agent
COPY operator operator
COPY --from=bpf /src/agent/lanner_agent/kernel/lanner.bpf.o agent/lanner_agent/kernel/
RUN /build/bin/pip wheel -q --no-deps --no-build-isolation -w dist . && \
    /build/bin/pip --python /opt/lanner/bin/python install -q --no-deps --no-warn-script-location --root /lanner dist/lanner-*.whl

FROM ${BASE} AS runtime
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages image-runtime && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* packages.txt .ci
COPY --from=wheel /opt/lanner /opt/lanner
COPY --from=wheel /lanner/opt/lanner /opt/lanner
ENV PATH=/opt/lanner/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

FROM runtime AS operator
USER 65532:65532
ENTRYPOINT ["lanner-operator"]

FROM runtime AS agent
ENTRYPOINT ["lanner"]
CMD ["run"]
