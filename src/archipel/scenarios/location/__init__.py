"""Where to put what: facility location solved to a certificate, whatever the service (laboratory, laundry, PUI).

Pure kernels on arrays: costs in, chosen sites and a proven lower bound out. No table, no page.
"""
