set -ex
. /job/share/share.sh
# A hand edit is refused, and nothing changes.
cp -p /etc/modprobe.d/pt-doctor.conf /root/conf
echo '# by hand' >> /etc/modprobe.d/pt-doctor.conf
PT undo --yes && exit 41 || [ $? = 3 ]
cp -p /root/conf /etc/modprobe.d/pt-doctor.conf
time PT undo --yes
etc_state > /root/etc.now
diff /root/etc.before /root/etc.now
[ ! -e /var/lib/pt-doctor ]
