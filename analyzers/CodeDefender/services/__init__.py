"""The services, one file each: a class that implements `interface.Service`.

In: an observable, the analyzer's configuration, the run's deadline. Out: a `lookup.verdict.Report`, or a
`Failure` in one sentence. A service knows nothing of the others, nor of Cortex's files.

`SERVICES` is the list of them: `config.service` of a definition → module and class. Only the one that is
needed is imported.
"""

from __future__ import annotations

SERVICES = {
    "virustotal": ("virustotal", "VirusTotal"),
    "virustotal_scan": ("virustotal_scan", "VirusTotalScan"),
    "snyk": ("snyk", "Snyk"),
    "osv": ("osv", "OSV"),
    "hybridanalysis": ("hybridanalysis", "HybridAnalysis"),
    "hybridanalysis_scan": ("hybridanalysis_scan", "HybridAnalysisScan"),
    "host": ("host", "Host"),
    "content": ("content", "Content"),
    "human": ("human", "Human"),
}
