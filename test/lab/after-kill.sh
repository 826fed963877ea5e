# The boot after the cut: pt-doctor says what happened; undo brings /etc back, or resume finishes and the next boot is for verify.
set -x
. /job/share/share.sh
ls -la /var/lib/pt-doctor /etc/modprobe.d
[ -e /var/lib/pt-doctor/0001.applying.json ] || exit 60
PT plan --fix iommu-pt 2>&1 | grep 'cut off' || exit 61
PT apply --yes --fix iommu-pt && exit 62 || [ $? = 3 ] || exit 62
if [ "$WAY" = resume ]; then
  PT apply --resume --yes || exit 63
  ls /var/lib/pt-doctor | grep applied || exit 64
  lsinitramfs /boot/initrd.img-$(uname -r) | grep pt-doctor.conf || exit 65
  PT verify > /tmp/verify && exit 70
  grep 'Reboot first' /tmp/verify || exit 71
  PT undo --yes || exit 66
else
  PT undo --yes || exit 67
fi
etc_state > /root/etc.now
diff /root/etc.before /root/etc.now || exit 68
[ ! -e /var/lib/pt-doctor ] || exit 69
echo "LAB: killed in update-initramfs and cut off; $WAY after the next boot, and /etc is byte-identical"
