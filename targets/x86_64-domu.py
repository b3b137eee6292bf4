# kunit.py --qemu_config: a PV domU, created by Xen's toolstack in a dom0 of the same image
#
# The machine is that of x86_64-xen. With TOOLSTACK, tools/boot gives dom0 Debian's toolstack and
# makes guest/dom0 its init. That passes the test parameters on to the domU and shows its console.
import os

LIKE = 'x86_64-xen'
with open(os.path.join(os.path.dirname(__file__), LIKE + '.py')) as machine:
    exec(machine.read())
IMAGE = 'x86_64.domu'
TOOLSTACK = 'yes'
# Programs run for some seconds in both domains: by instructions, these take minutes
ICOUNT = 'never'
