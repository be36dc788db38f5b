#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# init.sh: the guest's first process.
#
# in:  /modules/*.ko in name order, /lanner (the project), /dev/vda (Debian with Python)
# out: lines on the serial console; GUEST lines and those of the Python scripts are for the host; then power off
# The root of watch.py is an overlay, as a container's is: executables of the disk are in its lower layer.
# The root of cases.py is the disk itself, as a node's is. At last systemd takes the place of this script, and
# starts units.py; not in a routine guest (lanner.routine in the kernel's command line). Where doctor.py finds that
# the agent cannot run, all ends behind it.
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
mount -t ext4 /dev/vda /disk
mount -t tmpfs tmpfs /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/disk,upperdir=/upper/data,workdir=/upper/work overlay /newroot
mkdir -p /newroot/proc /newroot/sys /newroot/dev
cp -a /lanner /newroot/lanner
cp /bin/busybox /newroot/busybox
cat >/newroot/start <<'START'
export PATH=/usr/sbin:/usr/bin HOME=/root PYTHONPATH=/lanner PYTHONDONTWRITEBYTECODE=1
mount=/busybox\ mount
$mount -t tracefs tracefs /sys/kernel/tracing
$mount -t bpf bpf /sys/fs/bpf
$mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /dev/pts
$mount -t devpts devpts /dev/pts
grep -q lanner.routine /proc/cmdline && export LANNER_ROUTINE=1
end() {
    echo "GUEST end $(cut -d' ' -f1 /proc/uptime)"
    /busybox poweroff -f
}
/usr/bin/python3 -m tests.kernels.guest.watch
echo "GUEST watch exit $?"
/usr/bin/python3 -m tests.kernels.guest.doctor || end
/busybox ip link set lo up
mkdir -p /mnt
$mount -t ext4 /dev/vda /mnt
mkdir -p /mnt/proc /mnt/sys /mnt/dev /mnt/tmp /mnt/etc /mnt/srv /mnt/opt /mnt/mnt
for folder in proc sys dev; do $mount --rbind /$folder /mnt/$folder; done
$mount -t tmpfs tmpfs /mnt/tmp
ln -s /proc/self/fd /dev/fd
echo guest >/mnt/etc/hostname
# packages that are never configured leave no accounts
echo root:x:0:0:root:/root:/bin/sh >/mnt/etc/passwd
echo root:x:0: >/mnt/etc/group
cp -a /lanner /mnt/lanner
# a new root of the mounts rather than chroot, in which unshare(CLONE_NEWUSER) is refused
unshare -m /busybox sh -c 'cd /mnt && pivot_root . . && umount -l . && cd /tmp &&
    exec /usr/bin/python3 -m tests.kernels.guest.cases >/tmp/said'
status=$?
[ $status -le 1 ] || tail -n 20 /mnt/tmp/said
echo "GUEST cases exit $status"
[ -z "$LANNER_ROUTINE" ] || end
# the generators and presets of a first boot are for machines that stay
rm -f /usr/lib/systemd/system-generators/*
/usr/bin/tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
mkdir -p /etc/systemd/system
cp /lanner/tests/kernels/guest/guest.service /etc/systemd/system
exec /usr/lib/systemd/systemd --unit=guest.service --log-target=console --log-level=warning --crash-reboot
START
for folder in proc sys dev; do mount --move /$folder /newroot/$folder; done
exec switch_root /newroot /busybox sh /start
