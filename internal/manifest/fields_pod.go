package manifest

// podDocument is a whole Pod (core/v1 of Kubernetes 1.35).
type podDocument struct {
	object
	APIVersion string   `yaml:"apiVersion" need:"yes" enum:"v1" doc:"The version of the Pod API: v1."`
	Kind       string   `yaml:"kind" need:"yes" enum:"Pod" doc:"The kind of this document: Pod."`
	Metadata   metadata `yaml:"metadata" need:"yes" doc:"The name of the pod and what is known about it."`
	Spec       podSpec  `yaml:"spec" need:"yes" doc:"The containers of the pod, how they are restarted and stopped."`
	Status     anything `yaml:"status" doc:"What a cluster says about the pod. Not looked at."`
}

// workloadDocument is a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job.
type workloadDocument struct {
	object
	APIVersion string       `yaml:"apiVersion" need:"yes" enum:"apps/v1|batch/v1" doc:"The version of the workload's API: apps/v1, or batch/v1 for a Job."`
	Kind       string       `yaml:"kind" need:"yes" doc:"The kind of the workload."`
	Metadata   metadata     `yaml:"metadata" need:"yes" doc:"The name of the workload."`
	Spec       workloadSpec `yaml:"spec" need:"yes" doc:"The workload. Of it, nile looks at the template only."`
	Status     anything     `yaml:"status" doc:"What a cluster says about the workload. Not looked at."`
}

// workloadSpec is the part of a workload that a pod can be made of.
type workloadSpec struct {
	openObject
	Template podTemplate `yaml:"template" need:"yes" doc:"The pod that the workload makes."`
}

// cronJobDocument is a CronJob, whose template stands one level deeper.
type cronJobDocument struct {
	object
	APIVersion string      `yaml:"apiVersion" need:"yes" enum:"batch/v1" doc:"The version of the CronJob API: batch/v1."`
	Kind       string      `yaml:"kind" need:"yes" enum:"CronJob" doc:"The kind of this document: CronJob."`
	Metadata   metadata    `yaml:"metadata" need:"yes" doc:"The name of the CronJob."`
	Spec       cronJobSpec `yaml:"spec" need:"yes" doc:"The CronJob. Of it, nile looks at the pod template only."`
	Status     anything    `yaml:"status" doc:"What a cluster says about the CronJob. Not looked at."`
}

type cronJobSpec struct {
	openObject
	JobTemplate jobTemplate `yaml:"jobTemplate" need:"yes" doc:"The Job that the CronJob makes."`
}

type jobTemplate struct {
	object
	Metadata anything     `yaml:"metadata" doc:"The metadata of the Job. Not looked at."`
	Spec     workloadSpec `yaml:"spec" need:"yes" doc:"The Job. Of it, nile looks at the template only."`
}

type podTemplate struct {
	object
	Metadata metadata `yaml:"metadata" doc:"Labels and annotations of the pod."`
	Spec     podSpec  `yaml:"spec" need:"yes" doc:"The containers of the pod, how they are restarted and stopped."`
}

// metadata is ObjectMeta.
type metadata struct {
	object
	Name         string            `yaml:"name" doc:"The name, unique in its namespace."`
	GenerateName string            `yaml:"generateName" doc:"The beginning of a name that the API server completes."`
	Namespace    string            `yaml:"namespace" doc:"The namespace, default if not set."`
	Labels       map[string]string `yaml:"labels" doc:"Labels; a container can read them through fieldRef."`
	Annotations  map[string]string `yaml:"annotations" doc:"Annotations; a container can read them through fieldRef."`

	UID                        anything `yaml:"uid" doc:"Set by a cluster. Not looked at."`
	ResourceVersion            anything `yaml:"resourceVersion" doc:"Set by a cluster. Not looked at."`
	Generation                 anything `yaml:"generation" doc:"Set by a cluster. Not looked at."`
	SelfLink                   anything `yaml:"selfLink" doc:"Set by old clusters. Not looked at."`
	CreationTimestamp          anything `yaml:"creationTimestamp" doc:"Set by a cluster. Not looked at."`
	DeletionTimestamp          anything `yaml:"deletionTimestamp" doc:"Set by a cluster. Not looked at."`
	DeletionGracePeriodSeconds anything `yaml:"deletionGracePeriodSeconds" doc:"Set by a cluster. Not looked at."`
	OwnerReferences            anything `yaml:"ownerReferences" doc:"Which objects own this one. Not looked at."`
	Finalizers                 anything `yaml:"finalizers" doc:"What must happen before it is removed from a cluster. Not looked at."`
	ManagedFields              anything `yaml:"managedFields" doc:"Set by a cluster. Not looked at."`
}

// podSpec is PodSpec with the block of nile.
type podSpec struct {
	object
	InitContainers                []container  `yaml:"initContainers" doc:"Containers that run one after the other before the main ones. One with restartPolicy Always is a sidecar: it goes on running beside them."`
	Containers                    []container  `yaml:"containers" need:"yes" doc:"The main containers, started in this order."`
	RestartPolicy                 string       `yaml:"restartPolicy" enum:"Always|OnFailure|Never" doc:"Whether a container that has ended is started again. Always if not set."`
	TerminationGracePeriodSeconds *int64       `yaml:"terminationGracePeriodSeconds" min:"0" doc:"Seconds between the stop signal and SIGKILL. 30 if not set."`
	SecurityContext               *podSecurity `yaml:"securityContext" doc:"User and groups of all containers."`
	Volumes                       []volume     `yaml:"volumes" by:"kubernetes" doc:"The volumes that containers mount. Kubernetes mounts them; nile looks at their names."`
	ServiceAccountName            string       `yaml:"serviceAccountName" by:"kubernetes" doc:"The service account. A container can read it through fieldRef."`
	OS                            *podOS       `yaml:"os" by:"kubernetes" doc:"The operating system of the containers."`
	ActiveDeadlineSeconds         *int64       `yaml:"activeDeadlineSeconds" by:"later" min:"1" max:"2147483647" doc:"Seconds that the pod may run."`
	Nile                          *podNile     `yaml:"nile" doc:"What only nile knows. Leave the block out for a cluster."`

	EphemeralContainers          anything `yaml:"ephemeralContainers" by:"kubernetes" doc:"Containers put into a running pod to debug it."`
	DNSPolicy                    anything `yaml:"dnsPolicy" by:"kubernetes" doc:"How names are resolved."`
	NodeSelector                 anything `yaml:"nodeSelector" by:"kubernetes" doc:"Which nodes the pod may run on, by label."`
	ServiceAccount               anything `yaml:"serviceAccount" by:"kubernetes" doc:"Old name of serviceAccountName."`
	AutomountServiceAccountToken anything `yaml:"automountServiceAccountToken" by:"kubernetes" doc:"Whether the token of the service account is mounted."`
	NodeName                     anything `yaml:"nodeName" by:"kubernetes" doc:"The node that the pod runs on."`
	HostNetwork                  anything `yaml:"hostNetwork" by:"kubernetes" doc:"Whether the pod uses the network of its node."`
	HostPID                      anything `yaml:"hostPID" by:"kubernetes" doc:"Whether the pod sees the processes of its node."`
	HostIPC                      anything `yaml:"hostIPC" by:"kubernetes" doc:"Whether the pod uses the IPC namespace of its node."`
	ShareProcessNamespace        anything `yaml:"shareProcessNamespace" by:"kubernetes" doc:"Whether the containers see each other's processes."`
	ImagePullSecrets             anything `yaml:"imagePullSecrets" by:"kubernetes" doc:"Secrets for the registries of the images."`
	Hostname                     anything `yaml:"hostname" by:"kubernetes" doc:"The host name of the pod."`
	HostnameOverride             anything `yaml:"hostnameOverride" by:"kubernetes" doc:"The host name that the pod sees, whatever its DNS name."`
	Subdomain                    anything `yaml:"subdomain" by:"kubernetes" doc:"The subdomain of the pod's name in DNS."`
	SetHostnameAsFQDN            anything `yaml:"setHostnameAsFQDN" by:"kubernetes" doc:"Whether the host name is the full name."`
	Affinity                     anything `yaml:"affinity" by:"kubernetes" doc:"Near which nodes and pods it should run."`
	SchedulerName                anything `yaml:"schedulerName" by:"kubernetes" doc:"The scheduler that places the pod."`
	Tolerations                  anything `yaml:"tolerations" by:"kubernetes" doc:"Which taints of nodes it tolerates."`
	HostAliases                  anything `yaml:"hostAliases" by:"kubernetes" doc:"Lines for /etc/hosts."`
	PriorityClassName            anything `yaml:"priorityClassName" by:"kubernetes" doc:"The priority class of the pod."`
	Priority                     anything `yaml:"priority" by:"kubernetes" doc:"The priority, set by a cluster from the class."`
	PreemptionPolicy             anything `yaml:"preemptionPolicy" by:"kubernetes" doc:"Whether it may push out pods of lower priority."`
	DNSConfig                    anything `yaml:"dnsConfig" by:"kubernetes" doc:"Servers and options for resolving names."`
	ReadinessGates               anything `yaml:"readinessGates" by:"kubernetes" doc:"Further conditions of the pod's readiness."`
	RuntimeClassName             anything `yaml:"runtimeClassName" by:"kubernetes" doc:"Which container runtime runs it."`
	EnableServiceLinks           anything `yaml:"enableServiceLinks" by:"kubernetes" doc:"Whether services are described in the environment."`
	Overhead                     anything `yaml:"overhead" by:"kubernetes" doc:"What the container runtime itself needs."`
	TopologySpreadConstraints    anything `yaml:"topologySpreadConstraints" by:"kubernetes" doc:"How pods are spread over nodes."`
	HostUsers                    anything `yaml:"hostUsers" by:"kubernetes" doc:"Whether it shares the user namespace of its node."`
	SchedulingGates              anything `yaml:"schedulingGates" by:"kubernetes" doc:"What must be cleared before it is placed."`
	ResourceClaims               anything `yaml:"resourceClaims" by:"kubernetes" doc:"Devices that the pod claims."`
	Resources                    anything `yaml:"resources" by:"kubernetes" doc:"CPU and memory of the pod as a whole."`
	WorkloadRef                  anything `yaml:"workloadRef" by:"kubernetes" doc:"The workload that it is scheduled with."`
}

type podOS struct {
	object
	Name string `yaml:"name" need:"yes" enum:"linux|windows" doc:"The operating system: linux. nile does not run on windows."`
}

// volume is the name of a volume; what it is made of is Kubernetes' concern.
type volume struct {
	openObject
	Name string `yaml:"name" need:"yes" doc:"The name of the volume, unique in the pod."`
}

// podSecurity is PodSecurityContext.
type podSecurity struct {
	object
	RunAsUser          *int64  `yaml:"runAsUser" min:"0" max:"2147483647" doc:"The user id that processes run as."`
	RunAsGroup         *int64  `yaml:"runAsGroup" min:"0" max:"2147483647" doc:"The group id that processes run as."`
	RunAsNonRoot       *bool   `yaml:"runAsNonRoot" doc:"Whether running as root is refused."`
	SupplementalGroups []int64 `yaml:"supplementalGroups" min:"0" max:"2147483647" doc:"Further groups of the processes."`
	FSGroup            *int64  `yaml:"fsGroup" min:"0" max:"2147483647" doc:"A further group of the processes. That volumes belong to it is left to Kubernetes."`

	SupplementalGroupsPolicy anything `yaml:"supplementalGroupsPolicy" by:"kubernetes" doc:"Whether groups of the image's /etc/group count."`
	FSGroupChangePolicy      anything `yaml:"fsGroupChangePolicy" by:"kubernetes" doc:"When volumes are given to fsGroup."`
	SELinuxOptions           anything `yaml:"seLinuxOptions" by:"kubernetes" doc:"SELinux context."`
	SELinuxChangePolicy      anything `yaml:"seLinuxChangePolicy" by:"kubernetes" doc:"How the SELinux context of volumes is changed."`
	WindowsOptions           anything `yaml:"windowsOptions" by:"kubernetes" doc:"Settings for Windows."`
	Sysctls                  anything `yaml:"sysctls" by:"kubernetes" doc:"Kernel parameters of the pod."`
	SeccompProfile           anything `yaml:"seccompProfile" by:"kubernetes" doc:"Which system calls are allowed."`
	AppArmorProfile          anything `yaml:"appArmorProfile" by:"kubernetes" doc:"The AppArmor profile."`
}
