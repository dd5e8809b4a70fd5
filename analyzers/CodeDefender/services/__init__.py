"""The services, one file each: a class that implements `interface.Service`.

In: an observable, the analyzer's configuration, the run's deadline. Out: a `lookup.verdict.Report`, or a
`Failure` in one sentence. A service knows nothing of the others, nor of Cortex's files.
"""
