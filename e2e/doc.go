// Package e2e holds the tests of nile in real containers with real servers: Docker, Podman, pods made through
// Kubernetes' Container Runtime Interface, Tomcat with a WAR, nginx, and rsyslogd as log shipper and as collector. They
// are behind the build tag "e2e", since they need root and Debian's packages; run.sh installs what is missing, starts a
// Docker engine where none answers, and a containerd, and runs them:
//
//	make e2e
//
// At the end stands a table of what was shown.
//
// No image comes from a registry: images are made of nile and a few files, and the machine's /usr is mounted into
// them read-only. Nothing leaves the loopback device: the containers have no network, and the tests enter their network
// namespaces to talk to them; pods of the Container Runtime Interface have the machine's, and do not use it.
package e2e
