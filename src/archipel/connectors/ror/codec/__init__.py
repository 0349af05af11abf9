"""The ROR's formats, pure: capacities, FHIRPath Patch, answers, addresses, and the check against its profiles."""
