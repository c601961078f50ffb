"""One file per section of the report: each turns the evidence into what its template shows, and says nothing else."""
