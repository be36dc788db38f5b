# SPDX-License-Identifier: Apache-2.0
# bpf -> wheel -> runtime -> agent, operator. Build with `--target agent` or `--target operator`.
# The base needs apt and Python 3.11 or newer in it, as Debian 12 and 13 have.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS bpf
WORKDIR /src
COPY packages.txt Makefile ./
COPY .ci .ci
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends make && make build-packages
COPY bpf bpf
RUN mkdir -p agent/lanner_agent/kernel && make bpf

FROM ${BASE} AS wheel
WORKDIR /src
COPY packages.txt Makefile requirements.lock requirements-dev.lock ./
COPY .ci .ci
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends make && make python-packages
RUN python3 -m venv /build && /build/bin/pip install -q --require-hashes --no-deps -r requirements-dev.lock
RUN python3 -m venv /opt/lanner && /opt/lanner/bin/pip install -q --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY charts/lanner/rules charts/lanner/rules
COPY engine engine
COPY agent agent
COPY operator operator
COPY --from=bpf /src/agent/lanner_agent/kernel/lanner.bpf.o agent/lanner_agent/kernel/lanner.bpf.o
RUN /build/bin/pip wheel -q --no-deps --no-build-isolation -w dist . && \
    /opt/lanner/bin/pip install -q --no-deps dist/lanner-*.whl && \
    /opt/lanner/bin/pip uninstall -q -y pip

FROM ${BASE} AS runtime
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends python3 libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY --from=wheel /opt/lanner /opt/lanner
ENV PATH=/opt/lanner/bin:$PATH PYTHONUNBUFFERED=1

FROM runtime AS operator
USER 65532:65532
ENTRYPOINT ["lanner-operator"]

FROM runtime AS agent
ENTRYPOINT ["lanner"]
CMD ["run"]
