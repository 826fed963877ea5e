# Sourced by the jobs in the guest: pt-doctor as it is built, run by the Node that came through the share.
[ -f /job/env.sh ] && . /job/env.sh
PT() { /job/share/node /job/share/pt-doctor.mjs "$@"; }
# Everything of /etc that has to be the same again: bytes, links, modes, owners.
etc_state() { ( cd / && find etc -type f -print0 | sort -z | xargs -0 sha256sum; find etc -type l -printf '%p -> %l\n' | sort; find etc -printf '%p %m %u %g\n' | sort ); }
driver_of() { basename "$(readlink -f /sys/bus/pci/devices/$1/driver 2>/dev/null)" 2>/dev/null; }
# 03:00.0 is a qemu-xhci, 01:00.0 an NVMe disk with a sibling of the same id at 08:00.1: bound by id and by address.
XHCI=0000:03:00.0
NVME=0000:01:00.0
TWIN=0000:08:00.1
