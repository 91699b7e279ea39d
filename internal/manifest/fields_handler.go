package manifest

// probe is Probe of the Pod API.
type probe struct {
	object
	Exec      *execAction `yaml:"exec" doc:"A command; exit code 0 is success."`
	HTTPGet   *httpAction `yaml:"httpGet" doc:"An HTTP request; 200 to 399 is success."`
	TCPSocket *tcpAction  `yaml:"tcpSocket" doc:"A TCP connection; that it opens is success."`
	GRPC      *grpcAction `yaml:"grpc" doc:"A gRPC health check; SERVING is success."`

	InitialDelaySeconds           int64  `yaml:"initialDelaySeconds" min:"0" max:"2147483647" doc:"Seconds from the start to the first probe."`
	TimeoutSeconds                int64  `yaml:"timeoutSeconds" min:"0" max:"2147483647" doc:"Seconds after which a probe fails. 1 if not set."`
	PeriodSeconds                 int64  `yaml:"periodSeconds" min:"0" max:"2147483647" doc:"Seconds between probes. 10 if not set."`
	SuccessThreshold              int64  `yaml:"successThreshold" min:"0" max:"2147483647" doc:"Successes in a row that count. 1 if not set."`
	FailureThreshold              int64  `yaml:"failureThreshold" min:"0" max:"2147483647" doc:"Failures in a row that count. 3 if not set."`
	TerminationGracePeriodSeconds *int64 `yaml:"terminationGracePeriodSeconds" min:"1" doc:"Overrides the pod's grace when this probe has the container stopped."`
}

type lifecycle struct {
	object
	PostStart  *lifecycleHandler `yaml:"postStart" doc:"Done right after the start; the next container waits for it."`
	PreStop    *lifecycleHandler `yaml:"preStop" doc:"Done before the stop signal; counts against the grace."`
	StopSignal stopSignal        `yaml:"stopSignal" doc:"The signal that asks the process to end. SIGTERM if not set. Kubernetes wants spec.os.name with it."`
}

type lifecycleHandler struct {
	object
	Exec      *execAction  `yaml:"exec" doc:"A command."`
	HTTPGet   *httpAction  `yaml:"httpGet" doc:"An HTTP request."`
	Sleep     *sleepAction `yaml:"sleep" doc:"A pause of so many seconds."`
	TCPSocket *tcpAction   `yaml:"tcpSocket" doc:"Accepted by the API for old manifests; fails when it is run."`
}

type execAction struct {
	object
	Command []string `yaml:"command" doc:"The program and its arguments, with no shell around them."`
}

type httpAction struct {
	object
	Path    string       `yaml:"path" doc:"The path of the URL, / if not set."`
	Port    port         `yaml:"port" need:"yes" doc:"The port, by number or by its name in ports."`
	Host    string       `yaml:"host" doc:"The host, the pod itself if not set."`
	Scheme  string       `yaml:"scheme" enum:"HTTP|HTTPS" doc:"HTTP (if not set) or HTTPS, whose certificate is not verified."`
	Headers []httpHeader `yaml:"httpHeaders" doc:"Headers of the request."`
}

type httpHeader struct {
	object
	Name  string `yaml:"name" need:"yes" doc:"The name of the header."`
	Value string `yaml:"value" doc:"Its value."`
}

type tcpAction struct {
	object
	Port port   `yaml:"port" need:"yes" doc:"The port, by number or by its name in ports."`
	Host string `yaml:"host" doc:"The host, the pod itself if not set."`
}

type grpcAction struct {
	object
	Port    int64  `yaml:"port" need:"yes" min:"1" max:"65535" doc:"The port number."`
	Service string `yaml:"service" doc:"The service to ask about, all of them if not set."`
}

type sleepAction struct {
	object
	Seconds int64 `yaml:"seconds" need:"yes" min:"0" doc:"Seconds, at most the grace of the pod."`
}
