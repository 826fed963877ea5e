# After a reboot: with a record verify has to agree and a nested QEMU gets the device; without one everything is as before.
set -x
. /job/share/share.sh
cat /proc/cmdline
lspci -nnk -s $XHCI; lspci -nnk -s $NVME; lspci -nnk -s $TWIN
[ -d /sys/bus/pci/devices/$TWIN ] || { lspci -nn; exit 30; }
if [ -d /var/lib/pt-doctor ]; then
  PT verify || exit 31
  [ "$(driver_of $XHCI)" = vfio-pci ] || exit 32
  [ "$(driver_of $NVME)" = vfio-pci ] || exit 33
  [ "$(driver_of $TWIN)" = nvme ] || exit 34
  PT plan --fix intel-iommu-on --fix iommu-pt --fix disable-idle-d3 --bind $XHCI --bind $NVME || exit 35
  rm -f /tmp/f; mkfifo /tmp/f; exec 8<>/tmp/f; ( sleep 8; echo 'info pci' >&8; echo quit >&8 ) &
  timeout 120 qemu-system-x86_64 -machine q35 -accel tcg -m 256 -nodefaults -display none -monitor stdio -device vfio-pci,host=$XHCI </tmp/f | grep -a 'USB controller' || exit 36
  echo "LAB: bound at boot, verified, and given to a nested QEMU"
else
  etc_state > /root/etc.now
  diff /root/etc.before /root/etc.now || exit 37
  [ "$(driver_of $XHCI)" = "$(cat /root/driver.before)" ] || exit 38
  [ "$(driver_of $NVME)" = nvme ] || exit 39
  echo "LAB: after undo and reboot /etc is byte-identical and the old driver is back"
fi
