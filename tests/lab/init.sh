#!/bin/busybox sh
# The first process of the lab's virtual machine: loads the drivers, then does what the host says.
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /run
mkdir -p /tmp /dev/pts
mount -t devpts none /dev/pts
export PATH=/bin:/sbin HOME=/tmp LANG=C.UTF-8
exec >/dev/console 2>&1

while read -r module; do
    modprobe "$module" || echo "lab: no module $module"
done </etc/lab-modules

# Port 1 is a shell for the host. A port can be opened once, so once for both directions.
until [ -e /dev/vport0p1 ]; do sleep 0.1; done
while :; do
    setsid sh 0<>/dev/vport0p1 1>&0 2>&0
    sleep 0.1
done
