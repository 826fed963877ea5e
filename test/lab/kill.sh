# The applier is killed in the middle of update-initramfs, and the machine is cut off at once: no sync, no shutdown.
set -x
. /job/share/share.sh
etc_state > /root/etc.before
driver_of $XHCI > /root/driver.before
sync
# Not through PT: the process itself has to die, not a shell around it.
/job/share/node /job/share/pt-doctor.mjs apply --yes --fix iommu-pt --bind $XHCI > /job/out/apply.log 2>&1 &
applier=$!
for i in $(seq 600); do pgrep -x mkinitramfs > /dev/null && break; sleep 0.2; done
sleep 1
pgrep -x mkinitramfs || exit 51
kill -9 $applier || exit 52
pkill -9 -x update-initramf; pkill -9 -x mkinitramfs
ls -la /var/lib/pt-doctor > /job/out/records.log
grep applying /job/out/records.log || exit 53
echo 0 > /job/out/.rc
# The machine loses power here: the host of the lab sees QEMU quit.
echo o > /proc/sysrq-trigger
sleep 60
