# SPDX-License-Identifier: Apache-2.0
# bpf -> wheel; python -> agent-packages, operator-packages; of these runtime -> agent, operator. Build with
# `--target agent` or `--target operator`; `make image` does both. The base needs apt and a Debian with Python 3.11 or
# newer, as Debian 12 and 13 are.
#
# What changes seldom comes first: after a change of source only the wheel is made anew, and only the last, small
# layer of an image differs. Both images share Python and the packages that the wheel needs by itself; on top each has
# its own extra's. No compiler, no pip, no Kubernetes client: a pod needs none to reach its API server. Nor llvmlite
# with 170 MB of LLVM, which only pylibbpf's own Python imports: the agent takes the library beside that.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS bpf
WORKDIR /src
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages image-bpf build
COPY Makefile ./
COPY bpf bpf
RUN mkdir -p agent/lanner_agent/kernel && make bpf

FROM ${BASE} AS python
WORKDIR /src
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages python
COPY requirements.lock ./
RUN python3 -m venv --without-pip /opt/lanner && python3 -m venv /build && \
    /build/bin/pip --python /opt/lanner/bin/python install -q --require-hashes --no-deps -r requirements.lock

# What is in /opt/lanner already is not installed once more.
FROM python AS agent-packages
COPY requirements-agent.lock ./
RUN /build/bin/pip --python /opt/lanner/bin/python install -q --require-hashes --no-deps --no-warn-script-location \
      --root /packages -r requirements-agent.lock && \
    rm -r /packages/opt/lanner/lib/python3*/site-packages/llvmlite*

FROM python AS operator-packages
COPY requirements-operator.lock ./
RUN /build/bin/pip --python /opt/lanner/bin/python install -q --require-hashes --no-deps --no-warn-script-location \
      --root /packages -r requirements-operator.lock

FROM python AS wheel
COPY requirements-dev.lock ./
RUN /build/bin/pip install -q --require-hashes --no-deps -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY LICENSES LICENSES
COPY charts/lanner/rules charts/lanner/rules
COPY engine engine
COPY apiserver apiserver
COPY sources sources
COPY page page
COPY agent agent
COPY operator operator
COPY --from=bpf /src/agent/lanner_agent/kernel/lanner.bpf.o agent/lanner_agent/kernel/
RUN /build/bin/pip wheel -q --no-deps --no-build-isolation -w dist . && \
    /build/bin/pip --python /opt/lanner/bin/python install -q --no-deps --no-warn-script-location --root /lanner dist/lanner-*.whl

FROM ${BASE} AS runtime
COPY packages.txt ./
COPY .ci/install-packages .ci/
RUN .ci/install-packages image-runtime && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* packages.txt .ci
COPY --from=python /opt/lanner /opt/lanner
ENV PATH=/opt/lanner/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

FROM runtime AS operator
COPY --from=operator-packages /packages/opt/lanner /opt/lanner
COPY --from=wheel /lanner/opt/lanner /opt/lanner
USER 65532:65532
ENTRYPOINT ["lanner-operator"]

FROM runtime AS agent
COPY --from=agent-packages /packages/opt/lanner /opt/lanner
COPY --from=wheel /lanner/opt/lanner /opt/lanner
ENTRYPOINT ["lanner"]
CMD ["run"]
