package manifest

// container is Container of the Pod API with the block of nile, for init and
// main containers alike.
type container struct {
	object
	Name       string   `yaml:"name" need:"yes" doc:"The name of the container, unique in the pod."`
	Command    []string `yaml:"command" doc:"The program and its first arguments. Required: nile has no image whose ENTRYPOINT it could run. $(NAME) is replaced by the container's variables."`
	Args       []string `yaml:"args" doc:"Further arguments. $(NAME) is replaced by the container's variables."`
	WorkingDir string   `yaml:"workingDir" doc:"The directory to start in, absolute. nile's own if not set."`

	Env     []envVar        `yaml:"env" doc:"Environment variables, on top of nile's own environment."`
	EnvFrom []envFromSource `yaml:"envFrom" doc:"Sources of environment variables. Kubernetes puts them into nile's environment."`

	RestartPolicy      string        `yaml:"restartPolicy" enum:"Always|OnFailure|Never" doc:"Overrides the pod's policy. Always makes an init container a sidecar."`
	RestartPolicyRules []restartRule `yaml:"restartPolicyRules" doc:"Rules by exit code, the first that matches wins over restartPolicy."`

	Lifecycle      *lifecycle         `yaml:"lifecycle" doc:"What happens after the start and before the stop."`
	LivenessProbe  *probe             `yaml:"livenessProbe" doc:"Restarts the container when it fails."`
	ReadinessProbe *probe             `yaml:"readinessProbe" doc:"Says whether the container is ready for work."`
	StartupProbe   *probe             `yaml:"startupProbe" doc:"Says that the container has started; the other probes wait for it."`
	Security       *containerSecurity `yaml:"securityContext" doc:"User, groups and rights of the process."`

	TerminationMessagePath   string `yaml:"terminationMessagePath" doc:"The file in which the process says why it ended."`
	TerminationMessagePolicy string `yaml:"terminationMessagePolicy" enum:"File|FallbackToLogsOnError" doc:"Whether the last output stands in for an empty message."`

	Ports        []containerPort `yaml:"ports" by:"kubernetes" doc:"The ports that the process listens on. Probes can name them."`
	VolumeMounts []volumeMount   `yaml:"volumeMounts" by:"kubernetes" doc:"Where volumes are mounted. nile looks here for the files of fileKeyRef."`
	Nile         *containerNile  `yaml:"nile" doc:"What only nile knows. Leave the block out for a cluster."`

	Image           anything `yaml:"image" by:"kubernetes" doc:"The image of the container. nile runs what is there."`
	ImagePullPolicy anything `yaml:"imagePullPolicy" by:"kubernetes" doc:"When the image is fetched."`
	Resources       anything `yaml:"resources" by:"kubernetes" doc:"CPU and memory that it asks for and may use."`
	ResizePolicy    anything `yaml:"resizePolicy" by:"kubernetes" doc:"Whether a change of resources restarts it."`
	VolumeDevices   anything `yaml:"volumeDevices" by:"kubernetes" doc:"Block devices of the container."`
	Stdin           anything `yaml:"stdin" by:"kubernetes" doc:"Whether standard input stays open."`
	StdinOnce       anything `yaml:"stdinOnce" by:"kubernetes" doc:"Whether standard input is closed after its first use."`
	TTY             anything `yaml:"tty" by:"kubernetes" doc:"Whether the process gets a terminal."`
}

type envVar struct {
	object
	Name      string     `yaml:"name" need:"yes" doc:"The name of the variable: printable ASCII without =."`
	Value     string     `yaml:"value" doc:"The value. $(NAME) is replaced by variables that stand before it, $$ is a $."`
	ValueFrom *envSource `yaml:"valueFrom" doc:"Where the value comes from, instead of value."`
}

type envSource struct {
	object
	FieldRef         *fieldRef         `yaml:"fieldRef" doc:"A field of the pod."`
	FileKeyRef       *fileKeyRef       `yaml:"fileKeyRef" doc:"A key in a file of variables on a volume."`
	ResourceFieldRef *resourceFieldRef `yaml:"resourceFieldRef" by:"kubernetes" doc:"A resource limit. Taken from nile's environment, if it has that name."`
	ConfigMapKeyRef  *keyRef           `yaml:"configMapKeyRef" by:"kubernetes" doc:"A key of a ConfigMap. Taken from nile's environment, if it has that name."`
	SecretKeyRef     *keyRef           `yaml:"secretKeyRef" by:"kubernetes" doc:"A key of a Secret. Taken from nile's environment, if it has that name."`
}

type fieldRef struct {
	object
	APIVersion string `yaml:"apiVersion" enum:"v1" doc:"The version of the Pod API: v1."`
	FieldPath  string `yaml:"fieldPath" need:"yes" doc:"The field, such as metadata.name or metadata.labels['app']."`
}

type fileKeyRef struct {
	object
	VolumeName string `yaml:"volumeName" need:"yes" doc:"The volume that has the file."`
	Path       string `yaml:"path" need:"yes" doc:"The file, relative to the root of the volume."`
	Key        string `yaml:"key" need:"yes" doc:"The name of the variable in the file."`
	Optional   bool   `yaml:"optional" doc:"Whether the file or the key may be missing."`
}

type resourceFieldRef struct {
	object
	ContainerName string   `yaml:"containerName" doc:"The container whose resources are meant."`
	Resource      string   `yaml:"resource" need:"yes" doc:"The resource, such as limits.memory."`
	Divisor       anything `yaml:"divisor" doc:"The unit of the value."`
}

type keyRef struct {
	object
	Name     string `yaml:"name" doc:"The name of the ConfigMap or Secret."`
	Key      string `yaml:"key" need:"yes" doc:"The key in it."`
	Optional bool   `yaml:"optional" doc:"Whether it may be missing."`
}

type envFromSource struct {
	object
	Prefix       string     `yaml:"prefix" doc:"Put before each name."`
	ConfigMapRef *sourceRef `yaml:"configMapRef" by:"kubernetes" doc:"All keys of a ConfigMap."`
	SecretRef    *sourceRef `yaml:"secretRef" by:"kubernetes" doc:"All keys of a Secret."`
}

type sourceRef struct {
	object
	Name     string `yaml:"name" doc:"The name of the ConfigMap or Secret."`
	Optional bool   `yaml:"optional" doc:"Whether it may be missing."`
}

type restartRule struct {
	object
	Action    string     `yaml:"action" need:"yes" enum:"Restart|RestartAllContainers" doc:"What to do when the rule matches."`
	ExitCodes *exitCodes `yaml:"exitCodes" need:"yes" doc:"The exit codes that match."`
}

type exitCodes struct {
	object
	Operator string  `yaml:"operator" need:"yes" enum:"In|NotIn" doc:"Whether the code must be one of the values, or none of them."`
	Values   []int64 `yaml:"values" min:"0" max:"255" doc:"The exit codes, at most 255 of them."`
}

type containerPort struct {
	object
	Name          string   `yaml:"name" doc:"The name of the port, which probes can use."`
	ContainerPort int64    `yaml:"containerPort" need:"yes" min:"1" max:"65535" doc:"The port number."`
	HostPort      int64    `yaml:"hostPort" min:"0" max:"65535" doc:"The port of the node that leads here."`
	HostIP        anything `yaml:"hostIP" doc:"The address of the node that leads here."`
	Protocol      string   `yaml:"protocol" enum:"TCP|UDP|SCTP" doc:"The protocol, TCP if not set."`
}

type volumeMount struct {
	object
	Name              string   `yaml:"name" need:"yes" doc:"The volume."`
	MountPath         string   `yaml:"mountPath" need:"yes" doc:"Where it is mounted."`
	SubPath           string   `yaml:"subPath" doc:"The part of the volume that is mounted."`
	SubPathExpr       string   `yaml:"subPathExpr" doc:"The same with $(NAME) references."`
	ReadOnly          anything `yaml:"readOnly" doc:"Whether it is mounted read-only."`
	RecursiveReadOnly anything `yaml:"recursiveReadOnly" doc:"Whether mounts below it are read-only too."`
	MountPropagation  anything `yaml:"mountPropagation" doc:"Whether later mounts are passed on."`
}

// containerSecurity is SecurityContext.
type containerSecurity struct {
	object
	RunAsUser                *int64        `yaml:"runAsUser" min:"0" max:"2147483647" doc:"The user id that the process runs as."`
	RunAsGroup               *int64        `yaml:"runAsGroup" min:"0" max:"2147483647" doc:"The group id that the process runs as."`
	RunAsNonRoot             *bool         `yaml:"runAsNonRoot" doc:"Whether running as root is refused."`
	AllowPrivilegeEscalation *bool         `yaml:"allowPrivilegeEscalation" doc:"false sets no_new_privs: set-user-id programs gain nothing."`
	Capabilities             *capabilities `yaml:"capabilities" doc:"Capabilities to add and to drop, within what nile itself has."`
	Privileged               *bool         `yaml:"privileged" by:"kubernetes" doc:"Whether the container has all rights on its node."`

	SELinuxOptions         anything `yaml:"seLinuxOptions" by:"kubernetes" doc:"SELinux context."`
	WindowsOptions         anything `yaml:"windowsOptions" by:"kubernetes" doc:"Settings for Windows."`
	ReadOnlyRootFilesystem anything `yaml:"readOnlyRootFilesystem" by:"kubernetes" doc:"Whether the root file system is read-only."`
	ProcMount              anything `yaml:"procMount" by:"kubernetes" doc:"How /proc is mounted."`
	SeccompProfile         anything `yaml:"seccompProfile" by:"kubernetes" doc:"Which system calls are allowed."`
	AppArmorProfile        anything `yaml:"appArmorProfile" by:"kubernetes" doc:"The AppArmor profile."`
}

type capabilities struct {
	object
	Add  []string `yaml:"add" doc:"Capabilities to add, such as NET_BIND_SERVICE, or ALL."`
	Drop []string `yaml:"drop" doc:"Capabilities to drop, or ALL."`
}
