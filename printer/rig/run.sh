#!/bin/sh
# Runs the tests of printer/rig in a virtual machine with Debian 12's own kernel, as root in there and nowhere else.
# Needs: apt-get install -y --no-install-recommends qemu-system-x86 busybox-static cpio kmod
# Usage, from the repository: sh printer/rig/run.sh [directory for the kernel and the image; default: build/rig-tty]
set -eu
dir=${1:-build/rig-tty}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

CGO_ENABLED=0 go test -c -tags rig -o "$dir/rig.test" ./printer/rig

cd "$dir"
if [ ! -d kernel ]; then
	package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | head -1)
	apt-get download "$package"
	dpkg-deb -x "$package"_*.deb kernel.part
	mv kernel.part kernel
fi
version=$(ls kernel/lib/modules)

rm -rf image
mkdir -p image/bin image/sbin image/proc image/sys image/dev image/tmp "image/lib/modules/$version/kernel/drivers" "image/lib/modules/$version/kernel/fs"
cp /bin/busybox image/bin/
for tool in sh mount modprobe poweroff; do ln -s /bin/busybox "image/bin/$tool"; done
ln -s /bin/busybox image/sbin/modprobe
cp -r "kernel/lib/modules/$version/kernel/drivers/usb" "image/lib/modules/$version/kernel/drivers/"
cp -r "kernel/lib/modules/$version/kernel/fs/configfs" "image/lib/modules/$version/kernel/fs/"
cp kernel/lib/modules/"$version"/modules.order kernel/lib/modules/"$version"/modules.builtin* "image/lib/modules/$version/"
depmod -b image "$version"
cp rig.test image/
cat > image/init <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for m in xhci-pci usbserial ftdi_sio cdc-acm usblp libcomposite dummy_hcd; do modprobe $m; done
mount -t configfs none /sys/kernel/config
/rig.test -test.v -test.timeout 120s && echo "RIG PASSED"
poweroff -f
INIT
chmod +x image/init
(cd image && find . | cpio -o -H newc 2>/dev/null | gzip -1) > image.gz

rm -f stuck.in stuck.out wire
mkfifo stuck.in stuck.out
sleep 600 < stuck.out > stuck.in & # holds the pipe open and never reads it
reader=$!
trap 'kill $reader 2>/dev/null' EXIT
timeout 200 qemu-system-x86_64 -accel tcg,thread=multi -m 512 -smp 2 -nodefaults -display none -no-reboot \
	-kernel kernel/boot/vmlinuz-"$version" -initrd image.gz -append "console=ttyS0 quiet panic=-1" \
	-chardev stdio,id=con -device isa-serial,chardev=con,index=0 \
	-chardev pipe,id=stuck,path=stuck -device isa-serial,chardev=stuck,index=1 \
	-chardev socket,id=usb,path=wire,server=on,wait=off -chardev socket,id=wire,path=wire -device isa-serial,chardev=wire,index=2,irq=5 \
	-device qemu-xhci -device usb-serial,chardev=usb,id=us0,always-plugged=on | tee log
grep -q "^RIG PASSED" log
