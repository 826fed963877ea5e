# First boot: plan, apply, plan again.
set -ex
. /job/share/share.sh
etc_state > /root/etc.before
driver_of $XHCI > /root/driver.before
PT plan --fix intel-iommu-on --fix iommu-pt --fix disable-idle-d3 --bind $XHCI --bind $NVME || [ $? = 1 ]
# The disk that the guest booted from is refused.
ROOT_DISK=$(readlink -f /sys/class/block/vda | grep -o '[0-9a-f]\{4\}:[0-9a-f:]*\.[0-7]' | tail -n 1)
PT plan --bind "$ROOT_DISK" && exit 21 || [ $? = 3 ]
time PT apply --yes --fix intel-iommu-on --fix iommu-pt --fix disable-idle-d3 --bind $XHCI --bind $NVME
PT plan --fix intel-iommu-on --fix iommu-pt --fix disable-idle-d3 --bind $XHCI --bind $NVME
lsinitramfs /boot/initrd.img-$(uname -r) | grep -E 'vfio|pt-doctor'
# Before the reboot verify tells that, and nothing else.
PT verify && exit 22 || [ $? = 1 ]
PT verify | grep DRIFT | grep -v 'not rebooted' && exit 23 || true
