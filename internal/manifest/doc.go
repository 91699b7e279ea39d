// Package manifest reads a Kubernetes Pod manifest and turns the part of it
// that concerns processes into a [supervisor.Spec].
//
// # What is read
//
// A file holds one or more YAML (or JSON) documents. The first Pod counts, or
// the pod template of a Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or
// CronJob; documents of other kinds are skipped, and a List is looked into.
//
// # The fields
//
// The Go structs in fields_*.go are the only list of fields. Their tags drive
// the decoder, the "did you mean" suggestions and the JSON Schema alike:
//
//	yaml:"name"       the key
//	doc:"…"           one sentence for people, shown by editors through the schema
//	need:"yes"        the field must be there
//	enum:"A|B"        the only values
//	min:"0" max:"9"   the range of a number
//	by:"kubernetes"   accepted, and listed as left to Kubernetes
//	by:"later"        checked, and listed as not carried out by this version
//	plain:"Exit"      the value of a by:"later" field that asks for nothing new
//
// A field that no struct names is an error. What only nile knows stands in a
// block "nile"; without these blocks the manifest has only fields that the
// API server of Kubernetes 1.35 knows.
//
// # Errors
//
// Everything that is wrong is reported at once, in the order of the file, each
// with its line and column, see [Error]. Only a mistake in the YAML itself ends
// the reading, since what follows it cannot be known.
package manifest
