"""The best set of projects: which establishments group together, on which themes, for the highest total ceiling.

The way through: ``instance`` (what is asked), ``board`` (every perimeter and its ceiling), ``model`` (CP-SAT over the
useful ones), ``themes`` (who bears what), ``greedy`` (what one would do by hand), ``proof`` (a certificate by duals and
branches), ``checker`` (verifies the certificate, shares no code with the others), ``explain`` (in French), ``solve``.
"""
