# The image: one binary, the libraries it runs on, and nobody's rights. docs/containers.md says how it is used.
#
#   docker build -t vitrina .
#   docker run -d -p 5000:5000 -e VITRINA_OPEN=yes -v vitrina:/var/lib/vitrina vitrina
#
# Only what every builder reads is used, the one of 2020 included.
ARG BASE_IMAGE=debian:bookworm-slim

# ---- what the build needs -------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS packages
COPY deploy/packages.txt /packages.txt
RUN apt-get update -qq \
    && sed -n '/^\[build\]/,/^\[[^b]/{/^[a-z]/p}' /packages.txt \
       | xargs env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*

# ---- the binary, without its symbols --------------------------------------------------------------------------------
FROM packages AS build
COPY . /src
WORKDIR /src
RUN cmake --preset release -DCMAKE_CXX_COMPILER_LAUNCHER= -DCMAKE_EXE_LINKER_FLAGS=-s \
    && cmake --build build/release --target vitrina \
    && install -D build/release/vitrina /out/vitrina \
    && rm -rf build

# ---- what is shipped ------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vitrina" \
      org.opencontainers.image.description="Self-hosted video backend: upload once, watch anywhere, publish everywhere" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="debian:bookworm-slim"
# The media child loads FFmpeg when a file is to be read; the rest is linked.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
       ca-certificates libavcodec59 libavformat59 libavutil57 libboost-container1.81.0 libboost-json1.81.0 libcctz2 libcurl4 libfmt9 libpq5 libseccomp2 \
       libspdlog1.10 libsqlite3-0 libssl3 libswscale6 libutf8proc2 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* /usr/share/doc/* /usr/share/man/* \
       /usr/share/locale/* \
    && groupadd --gid 10001 vitrina \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/vitrina --shell /usr/sbin/nologin vitrina \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/vitrina
COPY --from=build /out/vitrina /usr/local/bin/vitrina
RUN ["vitrina", "version"]

# Inside, everything listens for the other containers; who may reach it from outside is for -p and the networks to say.
ENV VITRINA_DATA=/var/lib/vitrina \
    VITRINA_LISTEN=0.0.0.0:5000 \
    VITRINA_PUBLISH_LISTEN=0.0.0.0:5001 \
    VITRINA_WORK_LISTEN=0.0.0.0:5002
USER 10001:10001
WORKDIR /var/lib/vitrina
VOLUME /var/lib/vitrina
EXPOSE 5000 5001 5002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["vitrina", "health"]
ENTRYPOINT ["vitrina"]
CMD ["serve"]
