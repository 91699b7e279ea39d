package metrics

// allFamilies are all families, in the order in which [Recorder.Write] writes them. The page
// docs/reference/metrics.md and the dashboard are held against them.
func allFamilies() []*Family {
	return []*Family{
		&buildInfo, &podInfo, &podState, &podReady, &podStartTime, &held, &holdTime, &crashes,
		&containerInfo, &containerUp, &containerState, &containerReady, &containerStarted, &startTime, &starts, &startFailures,
		&restarts, &exits, &lastExitCode, &backoff, &jobRuns, &jobFailures, &jobSkipped, &jobNext, &initDuration, &changes, &changeFailures, &probeResults, &probeDuration,
		&processes, &threads, &zombies, &memory, &cpu, &outputBytes, &outputLines, &reaped, &signals, &reloads, &hookEvents,
		&ownCPU, &ownMemory, &ownFiles, &goroutines, &ownStartTime,
	}
}
