"""Everything that touches a disk, a socket or a vendor, one file per thing."""
