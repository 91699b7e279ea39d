# The image of nile: one static binary at /nile, and nothing else.
#
#   docker build -t nile .
#   docker buildx build --platform linux/amd64,linux/arm64 \
#     --build-arg VERSION=v1.2.3 --build-arg REVISION=$(git rev-parse HEAD) \
#     --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) -t nile:v1.2.3 .
#
# The binary is reproducible: the same source, Go version, VERSION and REVISION
# give the same bytes on any machine. With SOURCE_DATE_EPOCH and the exporter's
# rewrite-timestamp=true the image is, too.

ARG GO_VERSION=1.26.8

# The compiler runs on the builder's own platform and cross-compiles: no emulation.
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS build
WORKDIR /src

COPY go.mod go.sum ./
# The Go of the image and no other: a toolchain line in go.mod must not fetch one.
ENV GOTOOLCHAIN=local CGO_ENABLED=0
RUN go mod download && go mod verify

COPY . .
ARG TARGETOS=linux
ARG TARGETARCH
ARG VERSION=dev
ARG REVISION=
# The Makefile has the flags. -buildvcs=false: .git is not in the build context; VERSION
# and REVISION say it.
RUN GOOS="${TARGETOS}" GOARCH="${TARGETARCH}" GOFLAGS=-buildvcs=false \
    make build OUT=/out/nile VERSION="${VERSION}" REVISION="${REVISION}"

FROM scratch
ARG VERSION=dev
ARG REVISION=
LABEL org.opencontainers.image.title="nile" \
      org.opencontainers.image.description="The init process for pods: reaps, supervises, and keeps the scene of a crash" \
      org.opencontainers.image.source="https://github.com/nile-init/nile" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY LICENSE /LICENSE
COPY --from=build --chmod=0755 /out/nile /nile

# An ordinary user without a name, so that the image runs in a namespace with the
# "restricted" Pod Security level as it is. nile needs no /etc/passwd, no home and
# no writable root, and works under any other user: set runAsUser, or runAsUser: 0
# where `nile cp` is to keep the owners of files.
USER 65532:65532
ENTRYPOINT ["/nile"]
