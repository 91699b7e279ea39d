// Package presets knows what language runtimes need to be told so that they leave
// evidence when they fail, and what options of theirs stand where.
//
// Everything that is known of a runtime stands in one table, see [Table]; the rest of
// the package recognises a runtime by its command ([Recognise]), puts the table's
// settings into an environment without overriding what a user has set ([Apply]), reads
// the user's own options from a file ([ParseOptions]), and says where artefacts then
// lie ([Artefacts]) and how a debugger gets in ([Debug]).
//
// Nothing here is applied by itself: a wrapped command's environment stays what it was
// unless a hold, a preset or an options file was asked for.
//
// The package stands before a first child's start: it imports little and initialises
// nothing. Its functions keep no state and may be called concurrently.
package presets
