"""A whole operation in one process: devices, network, servers and disks of the imagination, the ledger's real code."""
