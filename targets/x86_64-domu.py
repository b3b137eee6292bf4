# kunit.py --qemu_config: a PV domU, created by Xen's toolstack in a dom0 of the same image
#
# The machine is that of x86_64-xen. With TOOLSTACK, tools/boot gives dom0 Debian's toolstack and
# makes guest/dom0 its init. That passes the test parameters on to the domU and shows its console.
import dataclasses
import os

LIKE = 'x86_64-xen'
with open(os.path.join(os.path.dirname(__file__), LIKE + '.py')) as machine:
    exec(machine.read())
TOOLSTACK = 'yes'
# Programs run for some seconds in both domains: by instructions, these take minutes
ICOUNT = 'never'
# Lockdep reports gntdev_ioctl_map_grant_ref() in 7.3.4: it copies to user space under the lock
# that gntdev_mmap() takes. So in dom0 lockdep does not check the order of locks.
QEMU_ARCH = dataclasses.replace(QEMU_ARCH, kernel_command_line=QEMU_ARCH.kernel_command_line +
                                ' lockdep.prove_locking=0')
