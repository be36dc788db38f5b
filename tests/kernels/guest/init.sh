#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# init.sh: the guest's first process.
#
# in:  /modules/*.ko in name order, /lanner (the project), /dev/vda (Debian with Python)
# out: lines on the serial console; GUEST lines and those of watch.py are for the host; then power off
# The root is an overlay, as a container's is: executables of the disk are in its lower layer.
/bin/busybox mkdir -p /proc /sys /dev /disk /upper /newroot
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
echo 1 >/proc/sys/kernel/printk
echo "GUEST kernel $(uname -r) $(uname -m)"
for module in /modules/*.ko; do
    insmod "$module" || echo "GUEST refuses module $module"
done
i=0
while [ ! -b /dev/vda ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
mount -t ext4 -o ro /dev/vda /disk
mount -t tmpfs tmpfs /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/disk,upperdir=/upper/data,workdir=/upper/work overlay /newroot
mkdir -p /newroot/proc /newroot/sys /newroot/dev
cp -r /lanner /newroot/lanner
cp /bin/busybox /newroot/busybox
cat >/newroot/start <<'START'
export PATH=/usr/sbin:/usr/bin HOME=/root PYTHONPATH=/lanner PYTHONDONTWRITEBYTECODE=1
mount=/busybox\ mount
$mount -t tracefs tracefs /sys/kernel/tracing
$mount -t bpf bpf /sys/fs/bpf
$mount -t cgroup2 cgroup2 /sys/fs/cgroup
/usr/bin/python3 /lanner/watch.py
echo "GUEST watch exit $?"
echo "GUEST end $(cut -d' ' -f1 /proc/uptime)"
/busybox poweroff -f
START
for folder in proc sys dev; do mount --move /$folder /newroot/$folder; done
exec switch_root /newroot /busybox sh /start
